"""How plates and policy numbers are typed on a telephone's keypad.

Policy number: its digits only; letters are left out. PDAA202600000002 → 202600000002.
Plate: the province's sign is left out, each letter is the key that carries it (ABC 2, DEF 3, GHI 4, JKL 5, MNO 6,
PQRS 7, TUV 8, WXYZ 9), digits are themselves. 苏B·D0002 → 230002, 沪AD12345 → 2312345.
"""

import unicodedata

_KEYS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999")


def plate_keys(plate: str) -> str:
    """Six keys, seven for new-energy plates."""
    return "".join(sign for sign in _plain(plate).translate(_KEYS) if sign in "0123456789")


def policy_keys(policy: str) -> str:
    return "".join(sign for sign in _plain(policy) if sign in "0123456789")


def same_plate(one: str, other: str) -> bool:
    """Whether both are the same plate, however it is written: 苏A·D0002, 苏a d0002, 苏AD0002."""
    return _letters(one) == _letters(other)


def _letters(text: str) -> str:
    return "".join(sign for sign in _plain(text) if sign.isalnum())


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()
