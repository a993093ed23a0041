from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.sheets.values import (
    Unreadable,
    fold,
    read_date,
    read_number,
    read_phone,
    read_text,
    read_year,
    shown,
)

DAY = date(2020, 8, 3)


def outcome(read: Any, value: Any) -> Any:
    try:
        return read(value)
    except Unreadable as error:
        return error.fault


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("3/8/2020", DAY),
        ("03/08/2020", DAY),
        ("3-8-2020", DAY),
        ("03.08.2020", DAY),
        (" 3 / 8 / 2020 ", DAY),
        ("2020-08-03", DAY),
        ("2020/8/3", DAY),
        ("2020-08-03T07:30:00Z", DAY),
        ("3/8/2020 14:05", DAY),
        ("3/8/2020 14h05", DAY),
        ("ngày 3 tháng 8 năm 2020", DAY),
        ("44046", DAY),
        (44_046, DAY),
        (44_046.5, DAY),
        (DAY, DAY),
        (datetime.fromisoformat("2020-08-03T07:30"), DAY),
        ("", None),
        (None, None),
        ("31/2/2020", "date_impossible"),
        ("8/25/2020", "date_impossible"),
        ("29/2/2021", "date_impossible"),
        ("3/8/20", "year_two_digits"),
        ("3-8-20", "year_two_digits"),
        ("8/2020", "date_without_day"),
        ("2020", "date_without_day"),
        (2020, "date_without_day"),
        ("tháng 8/2020", "date_without_day"),
        ("3/8-2020", "date_unclear"),
        ("hôm qua", "date_unclear"),
        ("3/8/0202", "year_impossible"),
        (date(1850, 1, 1), "year_impossible"),
        (12, "date_unclear"),
        (True, "date_unclear"),
        (time(7), "date_unclear"),
        ("3/8/2020" * 50, "date_unclear"),
    ],
)
def test_dates(value: Any, day: Any) -> None:
    assert outcome(read_date, value) == day


@given(
    st.dates(date(1900, 1, 1), date(2100, 12, 31)),
    st.sampled_from(["{d}/{m}/{y}", "{d:02}/{m:02}/{y}", "{d}-{m}-{y}", "{d}.{m}.{y}", "{y}-{m:02}-{d:02}",
                     "{d}/{m}/{y} 00:00:00", "ngày {d} tháng {m} năm {y}"]),
)  # fmt: skip
def test_every_day_reads_back_in_every_form(day: date, form: str) -> None:
    assert read_date(form.format(d=day.day, m=day.month, y=day.year)) == day


@pytest.mark.parametrize(
    ("value", "year"),
    [
        (1985, 1985), ("1985", 1985), (" 1985 ", 1985), (1985.0, 1985), (date(1985, 5, 1), 1985), ("1/5/1985", 1985),
        (None, None), ("", None), (85, "year_two_digits"), ("85", "year_two_digits"), ("1/5/85", "year_two_digits"),
        (1899, "year_impossible"), (2101, "year_impossible"), ("khoảng 1985", "year_impossible"),
        (1985.5, "year_impossible"), ("31/2/1985", "date_impossible"), (True, "year_impossible"),
    ],
)  # fmt: skip
def test_years(value: Any, year: Any) -> None:
    assert outcome(read_year, value) == year


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3), (3.5, 3.5), ("3", 3), ("-3", -3), ("3,5", 3.5), ("3.5", 3.5), ("36,75", 36.75), ("", None),
        (None, None), ("ba", "number_unclear"),
        ("1.234", "number_unclear"), ("1,234", "number_unclear"), ("1.234,5", "number_unclear"),
        ("1e5", "number_unclear"), (True, "number_unclear"), (10**15, "digits_lost"), ("٣", "number_unclear"),
    ],
)  # fmt: skip
def test_numbers(value: Any, number: Any) -> None:
    assert outcome(read_number, value) == number


@pytest.mark.parametrize(
    ("value", "phone"),
    [
        ("0912345678", "0912345678"),
        ("0912 345 678", "0912345678"),
        ("0912.345.678", "0912345678"),
        ("(0221) 3862-345", "02213862345"),
        ("(0221) 3862-3456", "phone_unclear"),
        ("+84 912 345 678", "0912345678"),
        ("+84 (0)912 345 678", "0912345678"),
        ("0084912345678", "0912345678"),
        ("84912345678", "0912345678"),
        ("'0912345678", "0912345678"),
        (912_345_678, "0912345678"),
        (912_345_678.0, "0912345678"),
        (849_123_456, "0849123456"),
        (84_912_345_678, "0912345678"),
        (2_438_251_234, "02438251234"),
        ("024 3825 1234", "02438251234"),
        ("+8613912345678", "+8613912345678"),
        ("", None),
        (None, None),
        ("0123456789", "phone_unclear"),
        ("01234567890", "phone_unclear"),
        ("115", "phone_unclear"),
        ("0912345678/0987654321", "phone_unclear"),
        ("0912345678 (mẹ)", "phone_unclear"),
        ("091234567", "phone_unclear"),
        ("+84123", "phone_unclear"),
        (-912_345_678, "phone_unclear"),
        (912_345_678.5, "phone_unclear"),
        ("０９１２３４５６７８", "phone_unclear"),
        (True, "phone_unclear"),
        (DAY, "phone_unclear"),
    ],
)
def test_phones(value: Any, phone: Any) -> None:
    assert outcome(read_phone, value) == phone


@given(
    st.from_regex(r"\A0([35789][0-9]{8}|2[0-9]{9})\Z"), st.sampled_from(["{0}", "+84{1}", "84{1}", "0084{1}", "{1}"])
)
def test_every_number_of_vietnam_reads_back_in_every_form(number: str, form: str) -> None:
    text = form.format(number, number[1:])
    assert read_phone(text) == number
    if not text.startswith(("+", "0")):
        assert read_phone(int(text)) == number


@given(st.one_of(st.text(max_size=100), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.none(),
                 st.booleans(), st.dates(), st.datetimes(), st.times()))  # fmt: skip
def test_any_value_is_read_or_has_a_fault(value: Any) -> None:
    for read in (read_date, read_year, read_number, read_phone, lambda one: read_text(one, 200)):
        outcome(read, value)
    assert isinstance(shown(value), str)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  Nguyễn   Văn\u00a0Nam ", "Nguyễn Văn Nam"),
        ("a \n\n  b ", "a\nb"),
        ("\u200bHoa\ufeff", "Hoa"),
        (" ", None),
        (33_185_001_234, "33185001234"),
        (36.5, "36.5"),
        (DAY, "3/8/2020"),
        (10**15, "digits_lost"),
        ("x" * 201, "too_long"),
        ("x" * 5_000, "too_long"),
    ],
)
def test_texts(value: Any, text: Any) -> None:
    assert outcome(lambda one: read_text(one, 200), value) == text


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Họ và tên:", "ho va ten"), ("  NGÀY\nSINH* ", "ngay sinh"), ("Địa chỉ (thôn)", "dia chi thon"), ("+", "+")],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded
