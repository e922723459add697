"""The page of a rating link as HTML: no script, no cookie, nothing from elsewhere; what is not ours is escaped."""

from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path

from cti_server.surveys.answering import LONGEST_COMMENT

_TAG = {"zh": "zh-CN", "en": "en"}
LANGUAGES = ("zh", "en")
_OTHER = {"zh": ("en", "English"), "en": ("zh", "中文")}
_SCORES = {
    "zh": ("非常不满意", "不满意", "一般", "满意", "非常满意"),
    "en": ("Very dissatisfied", "Dissatisfied", "Neither", "Satisfied", "Very satisfied"),
}
_T = {
    "zh": {
        "title": "请为我们的服务打分",
        "about": "{at} 的通话",
        "legend": "您对这次服务满意吗？",
        "score": "{n} 分，{word}",
        "comment": "想说的话（选填）",
        "hint": "哪里做得好，哪里可以更好",
        "send": "提交评价",
        "thanks": "感谢您的评价",
        "thanks_text": "您的意见会帮助我们做得更好。祝您生活愉快。",
        "sorry": "感谢您告诉我们",
        "sorry_text": "非常抱歉没有让您满意，我们会尽快与您联系。",
        "answered": "这次服务已经评价过了",
        "answered_text": "每次通话评价一次。感谢您的支持。",
        "expired": "链接已过期",
        "expired_text": "评价链接在通话后七天内有效。感谢您的支持。",
        "unknown": "链接无效",
        "unknown_text": "请检查是否复制了完整的链接。",
        "busy": "请稍候再试",
        "busy_text": "访问过于频繁，请过一会儿再打开这个链接。",
        "away": "暂时无法提交",
        "away_text": "请过几分钟再打开这个链接，您的评价还没有提交。",
        "missing": "请先选择 1 到 5 分，再提交。",
    },
    "en": {
        "title": "How did we do?",
        "about": "Your call of {at}",
        "legend": "How satisfied are you with our service?",
        "score": "{n}, {word}",
        "comment": "Anything to add (optional)",
        "hint": "What went well, what could be better",
        "send": "Send",
        "thanks": "Thank you",
        "thanks_text": "Your opinion helps us to do better. Have a good day.",
        "sorry": "Thank you for telling us",
        "sorry_text": "We are sorry that you are not satisfied, and will contact you soon.",
        "answered": "This call has been rated",
        "answered_text": "Each call can be rated once. Thank you for your support.",
        "expired": "This link has expired",
        "expired_text": "A link is valid for seven days after the call. Thank you for your support.",
        "unknown": "This link is not valid",
        "unknown_text": "Please check that you copied all of it.",
        "busy": "Please try again later",
        "busy_text": "This address asks too often; open the link again in a while.",
        "away": "It cannot be sent just now",
        "away_text": "Please open the link again in a few minutes; your answer has not been sent.",
        "missing": "Please choose 1 to 5 first.",
    },
}
_STAR = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M12 2.6l2.9 6 6.5.9-4.7 4.6 1.1 6.5L12 17.5l-5.8 3.1 '
    '1.1-6.5L2.6 9.5l6.5-.9z"/></svg>'
)
_ICONS = {
    "done": "M5 12.5l4.5 4.5L19 7.5",
    "clock": "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
}


@cache
def _style() -> str:
    return Path(__file__).with_name("survey_page.css").read_text(encoding="utf-8")


def form(language: str, at: datetime, *, missing: bool = False, comment: str = "") -> str:
    """The question. `at`: when they talked, in the company's time zone; `missing`: it was sent without a score."""
    words = _SCORES[language]
    stars = "".join(
        f'<label><input type="radio" name="score" value="{n}" required aria-label="{escape(_say(language, n))}">'
        f"{_STAR}</label>"
        for n in range(1, 6)
    )
    said = "".join(f'<span class="w{n}">{escape(word)}</span>' for n, word in enumerate(words, 1))
    alert = f'<p class="bad" role="alert">{_text(language, "missing")}</p>' if missing else ""
    when = _text(language, "about").format(at=escape(_day(at, language)))
    body = (
        f'<main><h1>{_text(language, "title")}</h1><p class="at">{when}</p>{alert}'
        f'<form method="post" action="?lang={language}"><fieldset><legend>{_text(language, "legend")}</legend>'
        f'<div class="stars">{stars}</div><p class="word" aria-hidden="true">{said}</p>'
        f'<p class="ends" aria-hidden="true"><span>{escape(words[0])}</span><span>{escape(words[-1])}</span></p>'
        "</fieldset>"
        f'<label class="field">{_text(language, "comment")}<textarea name="comment" maxlength="{LONGEST_COMMENT}" '
        f'placeholder="{_text(language, "hint")}">{escape(comment)}</textarea></label>'
        f'<button type="submit">{_text(language, "send")}</button></form></main>'
    )
    return _page(language, _text(language, "title"), body)


def thanks(language: str, score: int, *, low: bool) -> str:
    """After the answer, and whenever the link is opened again."""
    kind = "sorry" if low else "thanks"
    given = "".join(_STAR if n <= score else _STAR.replace("<svg", '<svg class="off"') for n in range(1, 6))
    more = f'<div class="given" role="img" aria-label="{escape(_say(language, score))}">{given}</div>'
    return _said(language, kind, "done", more)


def notice(language: str, kind: str) -> str:
    """What else there is to say: answered · expired · unknown · busy · away."""
    return _said(language, kind, "done" if kind == "answered" else "clock", "", plain=kind != "answered")


def _said(language: str, kind: str, icon: str, more: str, *, plain: bool = False) -> str:
    title = _text(language, kind)
    drawn = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{_ICONS[icon]}"/></svg>'
    disc = f'<div class="disc{" plain" if plain else ""}">{drawn}</div>'
    body = f'<main class="said">{disc}<h1>{title}</h1><p>{_text(language, f"{kind}_text")}</p>{more}</main>'
    return _page(language, title, body)


def _say(language: str, score: int) -> str:
    return _T[language]["score"].format(n=score, word=_SCORES[language][score - 1])


def _text(language: str, name: str) -> str:
    return escape(_T[language][name])


def _day(at: datetime, language: str) -> str:
    if language == "zh":
        return f"{at.month}月{at.day}日 {at:%H:%M}"
    return f"{at.day} {at:%B}, {at:%H:%M}"


def _page(language: str, title: str, body: str) -> str:
    other, shown = _OTHER[language]
    return (
        f'<!doctype html><html lang="{_TAG[language]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{title}</title><link rel="icon" href="data:,"><style>{_style()}</style></head><body>{body}'
        f'<nav><a href="?lang={other}" lang="{_TAG[other]}">{shown}</a></nav></body></html>'
    )
