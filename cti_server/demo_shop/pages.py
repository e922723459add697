"""The shop's pages as HTML. Everything that is not ours is escaped; nothing is inline, so a strict policy holds."""

from html import escape

from cti_server.demo_shop.goods import PARTS, Part, Words

_T: dict[str, Words] = {
    "brand": {"zh": "修得好", "en": "Mendwell"},
    "line": {"zh": "家电配件商城", "en": "Spare parts"},
    "title": {"zh": "坏的只是一个零件", "en": "It is only one part that broke"},
    "lead": {
        "zh": "按型号找原厂配件，当天发货。拿不准？点右下角“免费回电”，懂行的人看着您这一页打给您。",
        "en": "Genuine parts by model, sent the same day. Not sure? Press “Call me back”: somebody who knows rings "
        "you, and sees the page you are on.",
    },
    "parts": {"zh": "常用配件", "en": "Often needed"},
    "fits": {"zh": "适用型号", "en": "Fits"},
    "back": {"zh": "全部配件", "en": "All parts"},
    "call": {"zh": "不确定型号？让我们打给您", "en": "Not sure it fits? We call you"},
    "buy": {"zh": "加入购物车", "en": "Add to basket"},
    "demo": {
        "zh": "演示商城：与呼叫中心不在同一个地址，商品均为虚构。",
        "en": "A demonstration on an address other than the call center's; the goods are invented.",
    },
    "missing": {"zh": "没有这个配件", "en": "There is no such part"},
}
_OTHER = {"zh": ("en", "English"), "en": ("zh", "中文")}
_TAG = {"zh": "zh-CN", "en": "en"}


def index(server: str, language: str) -> str:
    cards = "".join(_card(part, language) for part in PARTS)
    body = (
        f'<section class="hero"><h1>{_t("title", language)}</h1><p>{_t("lead", language)}</p></section>'
        f'<h2>{_t("parts", language)}</h2><ul class="grid">{cards}</ul>'
    )
    return _page(server, language, f"{_t('brand', language)} · {_t('line', language)}", body, "/")


def detail(server: str, language: str, part: Part) -> str:
    name, about = escape(part.name[language]), escape(part.about[language])
    body = (
        f'<p class="crumb"><a href="/?lang={language}">← {_t("back", language)}</a></p>'
        f'<article class="part"><div class="art">{_picture(part)}</div><div>'
        f'<h1>{name}</h1><p class="fits">{_t("fits", language)} <b>{escape(part.fits)}</b></p><p>{about}</p>'
        f'<p class="price">¥{part.price}</p>'
        f'<div class="acts"><button type="button" class="buy">{_t("buy", language)}</button>'
        f'<button type="button" class="ask" data-cti-open data-pass-part="{escape(part.id)}" '
        f'data-pass-model="{escape(part.fits)}">{_t("call", language)}</button></div></div></article>'
    )
    return _page(server, language, f"{part.name[language]} · {_t('brand', language)}", body, f"/part/{part.id}")


def missing(server: str, language: str) -> str:
    return _page(server, language, _t("missing", language), f"<h1>{_t('missing', language)}</h1>", "/")


def _card(part: Part, language: str) -> str:
    return (
        f'<li><a href="/part/{part.id}?lang={language}"><div class="art">{_picture(part)}</div>'
        f"<b>{escape(part.name[language])}</b><span>{escape(part.fits)}</span><em>¥{part.price}</em></a></li>"
    )


def _picture(part: Part) -> str:
    return f'<svg viewBox="0 0 120 120" aria-hidden="true">{part.picture}</svg>'


def _t(name: str, language: str) -> str:
    return escape(_T[name][language])


def _page(server: str, language: str, title: str, body: str, path: str) -> str:
    other, shown = _OTHER[language]
    return (
        f'<!doctype html><html lang="{_TAG[language]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/shop.css"><link rel="icon" href="data:,">'
        f'<script src="{escape(server)}/widget.js" data-key="demo-shop" data-pass-shop="{_t("brand", language)}" defer>'
        f'</script></head><body><header><a class="brand" href="/?lang={language}"><b>{_t("brand", language)}</b> '
        f"<span>{_t('line', language)}</span></a>"
        f'<a href="{escape(path)}?lang={other}" lang="{_TAG[other]}">{shown}</a></header>'
        f"<main>{body}</main><footer>{_t('demo', language)}</footer></body></html>"
    )
