"""Whole numbers and ordinals as words, in Chinese and in English.

Chinese: 两 stands before 百, 千, 万, 亿 and for a lone two, which counts something (两位, 两元); 二 stands elsewhere
(十二, 一百零二) and in ordinals (第二, 第二百). 零 is said once for any gap inside a number (一千零五, 一万零三百,
一亿零五千), never for the zeros that end a group of four (十万五千). Ten is 十 at the start and 一十 after something
(一百一十).
"""

LARGEST = 10**15
ENGLISH_UNITS = (
    (10**15, "quadrillion"),
    (10**12, "trillion"),
    (10**9, "billion"),
    (10**6, "million"),
    (10**3, "thousand"),
)


def chinese(number: int, *, counting: bool = True) -> tuple[str, ...]:
    """Return the pieces of 0 to LARGEST; without `counting` every two in front is 二, as ordinals want it."""
    if number == 0:
        return ("num_0",)
    if number == 2:
        return ("num_liang",) if counting else ("num_2",)
    groups = [number // 10**power % 10_000 for power in (12, 8, 4, 0)]
    said: list[str] = []
    gap = False
    for place, group in enumerate(groups):
        if group == 0:
            gap = bool(said)
        else:
            if said and (gap or group < 1000):
                said.append("num_0")
            lone_two = group == 2 and place < 3 and counting
            said += ("num_liang",) if lone_two else _group(group, first=not said, counting=counting)
            gap = False
        if place in (0, 2) and group:
            said.append("unit_wan")
        elif place == 1 and said:
            said.append("unit_yi")
    return tuple(said)


def english(number: int) -> tuple[str, ...]:
    """Return the pieces of 0 to LARGEST, the American way: no "and" before the tens."""
    if number < 1000:
        return _below_thousand(number)
    said: list[str] = []
    for size, name in ENGLISH_UNITS:
        count, number = divmod(number, size)
        if count:
            said += [*_below_thousand(count), f"unit_{name}"]
    return (*said, *_below_thousand(number)) if number else tuple(said)


def english_ordinal(number: int) -> tuple[str, ...]:
    """Return the pieces of "first" to "thirty ninth", and of "number forty" and so on above, up to LARGEST."""
    if number >= 40:
        return ("ordinal_before", *english(number))
    *before, last = english(number)
    return (*before, last.replace("num_", "ord_"))


def _group(group: int, *, first: bool, counting: bool) -> tuple[str, ...]:
    """Return 1 to 9999; `first` when nothing was said before, so that ten is 十."""
    said: list[str] = []
    thousands, rest = divmod(group, 1000)
    hundreds, rest = divmod(rest, 100)
    if thousands:
        said += ["num_liang" if thousands == 2 and counting else f"num_{thousands}", "unit_qian"]
    if hundreds:
        said.append("num_200_er" if hundreds == 2 and not counting else f"num_{hundreds * 100}")
    if rest:
        if (thousands and not hundreds) or (hundreds and rest < 10):
            said.append("num_0")
        if 10 <= rest < 20 and (said or not first):
            said.append("num_1")
        said += below_hundred(rest)
    return tuple(said)


def below_hundred(number: int) -> tuple[str, ...]:
    """Return 0 to 99, the same in both languages: tens, then ones."""
    if number <= 20 or number % 10 == 0:
        return (f"num_{number}",)
    return (f"num_{number // 10 * 10}", f"num_{number % 10}")


def _below_thousand(number: int) -> tuple[str, ...]:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return below_hundred(rest)
    return (f"num_{hundreds * 100}", *below_hundred(rest)) if rest else (f"num_{hundreds * 100}",)
