"""Values as people say them: what a careful speaker wrote down, and what a listener gets back."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr_flows.speech import Kind, Value, spoken
from tests.ivr_flows import reader
from tests.ivr_flows.reader import words

LANGUAGES = ("zh", "en")
TODAY = date(2026, 11, 22)
languages = st.sampled_from(LANGUAGES)


def said(kind: Kind, value: Value, language: str = "zh", today: date | None = None) -> str:
    return words(spoken(kind, value, language, today=today))


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "零", "zero"),
        (2, "两", "two"),
        (10, "十", "ten"),
        (12, "十二", "twelve"),
        (20, "二十", "twenty"),
        (22, "二十二", "twenty two"),
        (100, "一百", "one hundred"),
        (102, "一百零二", "one hundred two"),
        (110, "一百一十", "one hundred ten"),
        (111, "一百一十一", "one hundred eleven"),
        (200, "两百", "two hundred"),
        (222, "两百二十二", "two hundred twenty two"),
        (1000, "一千", "one thousand"),
        (1005, "一千零五", "one thousand five"),
        (1010, "一千零一十", "one thousand ten"),
        (1015, "一千零一十五", "one thousand fifteen"),
        (1050, "一千零五十", "one thousand fifty"),
        (1100, "一千一百", "one thousand one hundred"),
        (2000, "两千", "two thousand"),
        (2222, "两千两百二十二", "two thousand two hundred twenty two"),
        (10000, "一万", "ten thousand"),
        (10300, "一万零三百", "ten thousand three hundred"),
        (10010, "一万零一十", "ten thousand ten"),
        (10002, "一万零二", "ten thousand two"),
        (20000, "两万", "twenty thousand"),
        (20020, "两万零二十", "twenty thousand twenty"),
        (25000, "两万五千", "twenty five thousand"),
        (100000, "十万", "one hundred thousand"),
        (100500, "十万零五百", "one hundred thousand five hundred"),
        (105000, "十万五千", "one hundred five thousand"),
        (120000, "十二万", "one hundred twenty thousand"),
        (1020000, "一百零二万", "one million twenty thousand"),
        (1100000, "一百一十万", "one million one hundred thousand"),
        (2000000, "两百万", "two million"),
        (20000002, "两千万零二", "twenty million two"),
        (100000000, "一亿", "one hundred million"),
        (200000000, "两亿", "two hundred million"),
        (100005000, "一亿零五千", "one hundred million five thousand"),
        (100100000, "一亿零一十万", "one hundred million one hundred thousand"),
        (150000000, "一亿五千万", "one hundred fifty million"),
        (1000000000, "十亿", "one billion"),
        (1050000000, "十亿五千万", "one billion fifty million"),
        (1000000000000, "一万亿", "one trillion"),
        (1000050000000, "一万亿零五千万", "one trillion fifty million"),
        (2000200000000, "两万零两亿", "two trillion two hundred million"),
        (10**15, "一千万亿", "one quadrillion"),
        (-2, "负二", "minus two"),
        (-200, "负两百", "minus two hundred"),
        ("1,234.50", "一千两百三十四点五", "one thousand two hundred thirty four point five"),
        (0.5, "零点五", "zero point five"),
        (2.25, "二点二五", "two point two five"),
        (Decimal("-0.05"), "负零点零五", "minus zero point zero five"),
        (3.0, "三", "three"),
        (0.1 + 0.2, "零点三", "zero point three"),
    ],
)
def test_numbers(value: Value, chinese: str, english: str) -> None:
    assert (said("number", value), said("number", value, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (1, "第一", "first"),
        (2, "第二", "second"),
        (10, "第十", "tenth"),
        (12, "第十二", "twelfth"),
        (21, "第二十一", "twenty first"),
        (35, "第三十五", "thirty fifth"),
        (40, "第四十", "number forty"),
        (100, "第一百", "number one hundred"),
        (101, "第一百零一", "number one hundred one"),
        (200, "第二百", "number two hundred"),
        (222, "第二百二十二", "number two hundred twenty two"),
        (2000, "第二千", "number two thousand"),
        (20000, "第二万", "number twenty thousand"),
    ],
)
def test_ordinals(value: int, chinese: str, english: str) -> None:
    assert (said("ordinal", value), said("ordinal", value, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("12.50", "十二元五角", "twelve yuan fifty"),
        ("¥12.05", "十二元零五分", "twelve yuan oh five"),
        ("0.05", "五分", "five fen"),
        ("0.50", "五角", "fifty fen"),
        ("0.55", "五角五分", "fifty five fen"),
        (0, "零元", "zero yuan"),
        (1, "一元", "one yuan"),
        (2, "两元", "two yuan"),
        (2.22, "两元两角两分", "two yuan twenty two"),
        (12, "十二元", "twelve yuan"),
        (100, "一百元", "one hundred yuan"),
        ("100.05", "一百元零五分", "one hundred yuan oh five"),
        ("1,286.40", "一千两百八十六元四角", "one thousand two hundred eighty six yuan forty"),
        (20000, "两万元", "twenty thousand yuan"),
        ("10000.01", "一万元零一分", "ten thousand yuan oh one"),
        (Decimal("99.9"), "九十九元九角", "ninety nine yuan ninety"),
    ],
)
def test_money(value: Value, chinese: str, english: str) -> None:
    assert (said("money", value), said("money", value, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("value", "chinese"),
    [
        ("10086", "幺零零八六"),
        ("110101", "幺幺零幺零幺"),
        ("320012345678", "三二零零|幺二三四|五六七八"),
        ("6222 0212 3456 7", "六二二二|零二幺二|三四五六|七"),
        ("1234567", "幺二三四|五六七"),
        (20261122, "二零二六|幺幺二二"),
        ("１２３", "幺二三"),
    ],
)
def test_digits(value: Value, chinese: str) -> None:
    assert said("digits", value) == chinese


@pytest.mark.parametrize(
    ("value", "chinese"),
    [
        ("13812345678", "幺三八|幺二三四|五六七八"),
        ("+8613812345678", "幺三八|幺二三四|五六七八"),
        ("+86 138 1234 5678", "幺三八|幺二三四|五六七八"),
        ("008613812345678", "幺三八|幺二三四|五六七八"),
        ("8613812345678", "幺三八|幺二三四|五六七八"),
        ("02162345678", "零二幺|六二三四|五六七八"),
        ("+862162345678", "零二幺|六二三四|五六七八"),
        ("(010) 6234-5678", "零幺零|六二三四|五六七八"),
        ("0512-6234567", "零五幺二|六二三|四五六七"),
        ("057187654321", "零五七幺|八七六五|四三二幺"),
        ("021-62345678-802", "零二幺|六二三四|五六七八|转八零二"),
        ("021-62345678转802", "零二幺|六二三四|五六七八|转八零二"),
        ("010 62345678 ext. 12", "零幺零|六二三四|五六七八|转幺二"),
        ("4008101234", "四零零|八幺零|幺二三四"),
        ("+864008101234", "四零零|八幺零|幺二三四"),
        ("95598", "九五五九八"),
        ("4008", "四零零八"),
        ("62345678", "六二三四|五六七八"),
        ("+12125550123", "加幺二幺|二五五五|零幺二三"),
    ],
)
def test_telephone_numbers(value: str, chinese: str) -> None:
    assert said("phone", value) == chinese


def test_telephone_numbers_in_english() -> None:
    assert said("phone", "+8613812345678", "en") == "one three eight | one two three four | five six seven eight"
    assert said("phone", "021-62345678x9", "en").endswith("| extension nine")


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("苏A12345", "苏诶幺二三四五", "苏 A one two three four five"),
        ("京a·88888", "京诶|八八八八八", "京 A | eight eight eight eight eight"),
        ("粤B1234学", "粤必幺二三四学", "粤 B one two three four 学"),
        ("KFR-35GW", "开艾弗阿尔|三五寄达不溜", "K F R | three five G double you"),
        ("P2026/0001", "批二零二六|零零零幺", "P two zero two six | zero zero zero one"),
    ],
)
def test_codes(value: str, chinese: str, english: str) -> None:
    assert (said("text_id", value), said("text_id", value, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("2026-11-22", "二零二六年十一月二十二日", "November twenty second twenty twenty six"),
        (date(2030, 1, 1), "二零三零年一月一日", "January first twenty thirty"),
        ("1999-02-12", "一九九九年二月十二日", "February twelfth nineteen ninety nine"),
        ("2005-10-31", "二零零五年十月三十一日", "October thirty first two thousand five"),
        ("1900-05-05", "一九零零年五月五日", "May fifth nineteen hundred"),
        ("1908-05-05", "一九零八年五月五日", "May fifth nineteen oh eight"),
    ],
)
def test_dates(value: Value, chinese: str, english: str) -> None:
    assert (said("date", value), said("date", value, "en")) == (chinese, english)


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("2026-11-20", "前天", "the day before yesterday"),
        ("2026-11-21", "昨天", "yesterday"),
        ("2026-11-22", "今天", "today"),
        ("2026-11-23", "明天", "tomorrow"),
        ("2026-11-24", "后天", "the day after tomorrow"),
        ("2026-11-25", "十一月二十五日", "November twenty fifth"),
        ("2027-01-02", "二零二七年一月二日", "January second twenty twenty seven"),
    ],
)
def test_dates_near_today(value: str, chinese: str, english: str) -> None:
    assert (said("date", value, today=TODAY), said("date", value, "en", TODAY)) == (chinese, english)


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        ("15:05", "下午三点零五分", "three oh five pee em"),
        ("00:00", "凌晨零点", "midnight"),
        ("00:30", "凌晨零点半", "twelve thirty eigh em"),
        ("02:10", "凌晨两点十分", "two ten eigh em"),
        ("06:00", "早上六点", "six eigh em"),
        ("09:15:59", "上午九点十五分", "nine fifteen eigh em"),
        ("12:00", "中午十二点", "noon"),
        ("12:05", "中午十二点零五分", "twelve oh five pee em"),
        ("14:30", "下午两点半", "two thirty pee em"),
        (time(23, 59), "晚上十一点五十九分", "eleven fifty nine pee em"),
    ],
)
def test_times(value: Value, chinese: str, english: str) -> None:
    assert (said("time", value), said("time", value, "en")) == (chinese, english)


def test_dates_with_times() -> None:
    assert said("datetime", "2026-11-23T15:10", today=TODAY) == "明天下午三点十分"
    assert said("datetime", "2026-11-22 09:00:00+08:00", "en", TODAY) == "today nine eigh em"
    assert said("datetime", datetime(2027, 3, 1, 8, 0)) == "二零二七年三月一日早上八点"  # noqa: DTZ001 - as it is written


@pytest.mark.parametrize(
    ("value", "chinese", "english"),
    [
        (0, "零秒", "zero seconds"),
        (1, "一秒", "one second"),
        (45, "四十五秒", "forty five seconds"),
        (60, "一分钟", "one minute"),
        (120, "两分钟", "two minutes"),
        (65, "一分钟零五秒", "one minute five seconds"),
        (90, "一分钟三十秒", "one minute thirty seconds"),
        (1800, "半小时", "half an hour"),
        (3600, "一小时", "one hour"),
        (5400, "一个半小时", "one and a half hours"),
        (9000, "两个半小时", "two and a half hours"),
        (4800, "一小时二十分钟", "one hour twenty minutes"),
        (7500, "两小时零五分钟", "two hours five minutes"),
        (3630, "一小时零一分钟", "one hour one minute"),
        (3599.7, "一小时", "one hour"),
        (86_400 * 2, "两天", "two days"),
        (86_400 + 3 * 3_600 + 59, "一天零三小时", "one day three hours"),
        ("PT1H30M", "一个半小时", "one and a half hours"),
        (timedelta(minutes=12), "十二分钟", "twelve minutes"),
    ],
)
def test_durations(value: Value, chinese: str, english: str) -> None:
    assert (said("duration", value), said("duration", value, "en")) == (chinese, english)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_up_to_a_hundred_thousand_is_understood(language: str) -> None:
    for value in (*range(20_000), *range(20_000, 100_001, 37)):
        assert reader.number(said("number", value, language), language) == value


@given(st.integers(-(10**15), 10**15), languages)
def test_large_numbers_are_understood(value: int, language: str) -> None:
    assert reader.number(said("number", value, language), language) == value


@given(st.lists(st.sampled_from([0, 0, 1, 2, 5, 10, 11, 20, 200, 2000, 1010, 9999]), min_size=1, max_size=3), languages)
def test_numbers_full_of_gaps_are_understood(groups: list[int], language: str) -> None:
    value = sum(group * 10_000**place for place, group in enumerate(groups))
    assert reader.number(said("number", value, language), language) == value


@given(st.decimals(-(10**9), 10**9, places=9), languages)
def test_decimals_are_understood(value: Decimal, language: str) -> None:
    assert reader.number(said("number", value, language), language) == value


@given(st.integers(1, 10**15), languages)
def test_ordinals_are_understood(value: int, language: str) -> None:
    heard = said("ordinal", value, language)
    assert (
        reader.english(heard.removeprefix("number ")) if language == "en" else reader.chinese(heard.removeprefix("第"))
    ) == value
    assert "两" not in heard


@given(st.integers(0, 10**13), languages)
def test_amounts_are_understood(fen: int, language: str) -> None:
    value = Decimal(fen) / 100
    assert reader.money(said("money", value, language), language) == value


@given(st.dates(date(1000, 1, 1)), languages)
def test_dates_are_understood(value: date, language: str) -> None:
    assert reader.day(said("date", value, language), language) == value
    assert reader.day(said("date", value.isoformat(), language), language) == value


@given(st.times(), languages)
def test_times_are_understood(value: time, language: str) -> None:
    assert reader.clock(said("time", value, language), language) == value.replace(second=0, microsecond=0)


@given(st.integers(0, 10**8), languages)
def test_durations_are_understood(value: int, language: str) -> None:
    heard = reader.seconds(said("duration", value, language), language)
    unit = 1 if value < 3600 else 60 if value < 86_400 else 3600
    assert abs(heard - value) <= unit / 2
    pieces = spoken("duration", value, language)
    units = {"day", "days", "hour", "hours", "minute", "minutes", "second", "seconds", "half_hour", "half_hours"}
    assert len([piece for piece in pieces if piece.id in units]) <= 2


@given(st.text("0123456789", min_size=1, max_size=40), languages)
def test_digits_are_understood(value: str, language: str) -> None:
    pieces = [piece.id for piece in spoken("digits", value, language) if piece.id != "pause"]
    assert "".join(piece.removeprefix("num_").replace("yao", "1") for piece in pieces) == value
