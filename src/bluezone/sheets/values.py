"""What a cell says as a date, a year, a number, a telephone number or one of some choices; or why it says none."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time

from bluezone.sheets.cells import BadCell, FaultCode, Value
from bluezone.sheets.workbook import from_serial

_SHORT = 80
"""Characters beyond which a cell is no date, number or telephone number."""
_DAY_FIRST = re.compile(r"(\d{1,2})\s*([/.\-])\s*(\d{1,2})\s*\2\s*(\d{2}|\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})([/.\-])(\d{1,2})\2(\d{1,2})")
_SAID = re.compile(r"(?:ngày\s+)?(\d{1,2})\s+tháng\s+(\d{1,2})(?:\s+năm|,)?\s+(\d{2}|\d{4})", re.IGNORECASE)
_CLOCK = re.compile(
    r"(.*\d)(?:[T ]|,\s*)\s*([01]?\d|2[0-3])(?:[:h]|\s*giờ\s*)([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?:Z|\s*phút)?"
)
_WITHOUT_DAY = re.compile(r"(?:\d{1,2}\s*[/.\-]\s*)?\d{4}|tháng\s+\d{1,2}(?:\s+năm\s+|/)\d{4}", re.IGNORECASE)
_SERIALS = range(10_000, 80_000)
"""Numbers of days that are taken for a date where no format says so: 1927 to 2119."""
_YEARS = range(1900, 2101)
_NUMBER = re.compile(r"-?\d{1,15}(?:([.,])(\d+))?")
_EXACT = 10**15
"""From here a spreadsheet's number has lost digits."""
_PHONE_SIGNS = re.compile(r"[\s.\-()\u2010-\u2015]+")
_MOBILE_OR_FIXED = re.compile(r"0(?:[35789]\d{8}|2\d{9})")
_ABROAD = re.compile(r"\+(?!84)[1-9]\d{7,14}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_NO_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """A text for comparing: no marks, case or punctuation, đ as d; "Họ và tên:" and "ho va ten" are the same."""
    marked = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    words = _NO_WORD.sub(" ", "".join(letter for letter in marked if not unicodedata.combining(letter))).strip()
    return words or text.strip()  # “+” and “-” are words too


def shown(value: Value) -> str:
    """A cell as its reader sees it: dates d/m/Y, whole numbers without a point."""
    match value:
        case None:
            return ""
        case BadCell():
            return value.text
        case bool():
            return "TRUE" if value else "FALSE"
        case datetime():
            return f"{value.day}/{value.month}/{value.year} {value:%H:%M}"
        case date():
            return f"{value.day}/{value.month}/{value.year}"
        case time():
            return f"{value:%H:%M}"
        case float():
            return f"{value:.15g}"
        case _:
            return str(value)


class Unreadable(ValueError):
    """The cell says nothing of the kind; `fault` says why. Never leaves the room."""

    def __init__(self, fault: FaultCode) -> None:
        super().__init__(fault)
        self.fault = fault


def read_text(value: Value, longest: int) -> str | None:
    """A text without blanks at its ends or runs of them, its lines kept."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _EXACT:
        raise Unreadable("digits_lost")
    text = shown(value)
    if len(text) > 4 * longest:
        raise Unreadable("too_long")
    lines = (" ".join(line.split()) for line in _INVISIBLE.sub("", text).split("\n"))
    text = "\n".join(line for line in lines if line)
    if len(text) > longest:
        raise Unreadable("too_long")
    return text or None


def read_date(value: Value, *, epoch_1904: bool = False) -> date | None:
    """A day, from a cell's date, a number of days, or a text as d/m/Y, d-m-Y, d.m.Y or ISO; a time of day is left out.

    Two digits are no year, and a month or year alone is no day.
    """
    if isinstance(value, datetime):
        return _in_our_time(value.date())
    if isinstance(value, date):
        return _in_our_time(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _counted_day(value, epoch_1904=epoch_1904)
    if not (text := _short(value, "date_unclear")):
        return None
    if clocked := _CLOCK.fullmatch(text):
        text = clocked[1].strip()
    if text.isdecimal() and text.isascii() and len(text) == 5:
        return _counted_day(int(text), epoch_1904=epoch_1904)
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, number = found[1], found[3], found[4]
    elif found := _DAY_FIRST.fullmatch(text):
        number, month, year = found[1], found[3], found[4]
    elif found := _SAID.fullmatch(text):
        number, month, year = found.groups()
    else:
        raise Unreadable("date_without_day" if _WITHOUT_DAY.fullmatch(text) else "date_unclear")
    if len(year) == 2:
        raise Unreadable("year_two_digits")
    try:
        day = date(int(year), int(month), int(number))
    except ValueError:
        raise Unreadable("date_impossible") from None
    return _in_our_time(day)


def _counted_day(number: float, *, epoch_1904: bool) -> date:
    if int(number) in _YEARS:
        raise Unreadable("date_without_day")
    day = from_serial(number, epoch_1904=epoch_1904) if int(number) in _SERIALS else None
    if not isinstance(day, date):
        raise Unreadable("date_unclear")
    return day.date() if isinstance(day, datetime) else day


def _in_our_time(day: date) -> date:
    if day.year not in _YEARS:
        raise Unreadable("year_impossible")
    return day


def read_year(value: Value) -> int | None:
    """A year of four digits between 1900 and 2100, alone or of a whole date."""
    if isinstance(value, date):
        year = value.year
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if 0 <= value < 100:
            raise Unreadable("year_two_digits")
        year = int(value) if value == int(value) else 0
    else:
        text = _short(value, "year_impossible")
        if not text:
            return None
        if re.fullmatch(r"[0-9]{1,4}", text):
            return read_year(int(text))
        try:
            day = read_date(text)
        except Unreadable as error:
            raise Unreadable(
                error.fault if error.fault in {"year_two_digits", "date_impossible"} else "year_impossible"
            ) from None
        return read_year(day)
    if year not in _YEARS:
        raise Unreadable("year_impossible")
    return year


def read_number(value: Value) -> int | float | None:
    """A number; a text may have a decimal comma or point, but a thousand's sign could be either and is refused."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if abs(value) >= _EXACT:
            raise Unreadable("digits_lost")
        return value
    text = _short(value, "number_unclear")
    if not text:
        return None
    found = _NUMBER.fullmatch(text.replace("\u2212", "-"))
    if not found or not text.isascii() or (found[2] and len(found[2]) == 3):
        raise Unreadable("number_unclear")
    number = float(found[0].replace(",", "."))
    return int(number) if number.is_integer() else number


def read_phone(value: Value) -> str | None:
    """A telephone number of Vietnam as 0 and nine digits (ten for a fixed line), one from abroad as + and its digits.

    Takes +84, 84 and 0084 for the 0, and gives back the 0 that a cell of numbers has lost. Several numbers, short
    ones and those of before 2018 are no telephone number.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value) if type(value) is int else _short(value, "phone_unclear")
    if not text:
        return None
    digits = _PHONE_SIGNS.sub("", text.removeprefix("'"))
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if digits.isascii() and not text.startswith("-"):
        domestic = re.sub(r"\A(?:\+84|84(?=\d{9}))0?", "0", digits)
        for number in (digits, domestic, f"0{digits}"):
            if _MOBILE_OR_FIXED.fullmatch(number):
                return number
        if _ABROAD.fullmatch(digits):
            return digits
    raise Unreadable("phone_unclear")


def _short(value: Value, fault: FaultCode) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _SHORT:
        if isinstance(value, str) and not value.strip():
            return ""
        raise Unreadable(fault)
    return " ".join(_INVISIBLE.sub("", value).split())
