"""Names of people and companies: made harmless, and made findable by sound."""

import unicodedata

NAME_CAP = 64
_READ_AT_MOST = 1024
_MARKS_IN_A_ROW = 2

# Characters that read otherwise when they are a surname; only those where the usual reading differs.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "区": "ou", "查": "zha", "盖": "ge", "朴": "piao",
    "洗": "xian", "乐": "yue", "员": "yun", "缪": "miao", "翟": "zhai", "繁": "po", "种": "chong", "秘": "bi",
    "折": "she", "召": "shao", "牟": "mu", "覃": "qin", "卜": "bu", "祭": "zhai", "隗": "wei", "颉": "xie", "郇": "xun",
}  # fmt: skip


def clean_name(raw: str | None) -> str:
    """A display name from outside as harmless text: NFC, one line, at most 64 characters, never raises.

    Control, bidirectional and other invisible characters, lone surrogates and private-use characters are removed,
    stacked combining marks limited. What is left is still only text: escape it where it is shown.
    """
    if not raw:
        return ""
    kept = []
    for char in raw[:_READ_AT_MOST]:
        category = unicodedata.category(char)
        if category in ("Zs", "Zl", "Zp") or char in "\t\n\r\v\f":
            kept.append(" ")
        elif category[0] != "C":
            kept.append(char)
    text = unicodedata.normalize("NFC", " ".join("".join(kept).split()))
    calm = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MARKS_IN_A_ROW:
            calm.append(char)
    return unicodedata.normalize("NFC", "".join(calm))[:NAME_CAP].strip()


def is_chinese(char: str) -> bool:
    """Whether `char` is a Han character (basic block, extension A or compatibility)."""
    return "㐀" <= char <= "䶿" or "一" <= char <= "鿿" or "豈" <= char <= "﫿"


def sounds(name: str) -> tuple[str, str]:
    """(`zhangwei`, `zw`) for 张伟: full pinyin and initials, lower case, letters and digits only.

    Surnames are read as surnames (单 shan, 曾 zeng, 尉迟 yuchi). Latin words keep their letters; their initials are
    the first letters of the words.
    """
    syllables = _syllables(name)
    return "".join(syllables)[:256], "".join(s[0] for s in syllables)[:NAME_CAP]


def _syllables(name: str) -> list[str]:
    from pypinyin import Style, lazy_pinyin  # slow, and most commands read no name

    read = lazy_pinyin(name, style=Style.NORMAL, errors=str, v_to_u=False)
    if name[:1] in _SURNAMES and len(name) <= 4 and all(is_chinese(c) for c in name):
        read[0] = _SURNAMES[name[0]]
    words = [word for piece in read for word in _latin(piece).split()]
    return [word for word in words if word]


def _latin(piece: str) -> str:
    flat = unicodedata.normalize("NFKD", piece).casefold()
    joined = "".join(c for c in flat if not unicodedata.combining(c) and c not in "'’")
    return "".join(c if c.isascii() and c.isalnum() else " " for c in joined)
