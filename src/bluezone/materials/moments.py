"""Days and hours as people in Vietnam read them, in both languages."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Literal

Language = Literal["vi", "en"]
VIETNAM = timezone(timedelta(hours=7))

_WEEKDAYS = {
    "vi": ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


def local(moment: float) -> datetime:
    """Unix seconds as the date and time in Vietnam."""
    return datetime.fromtimestamp(moment, VIETNAM)


def day_text(day: date) -> str:
    """Day, month, year: 4/8/2020."""
    return f"{day.day}/{day.month}/{day.year}"


def weekday_text(day: date, language: Language) -> str:
    """thứ Ba 4/8/2020."""
    return f"{_WEEKDAYS[language][day.weekday()]} {day_text(day)}"


def hour_text(moment: float, language: Language) -> str:
    """10 giờ 05 (which stays on one line); 10:05."""
    time = local(moment)
    return (
        f"{time.hour}\N{NO-BREAK SPACE}giờ\N{NO-BREAK SPACE}{time.minute:02}"
        if language == "vi"
        else f"{time.hour}:{time.minute:02}"
    )


def moment_text(moment: float, language: Language) -> str:
    """10 giờ 05, thứ Ba 4/8/2020; 10:05, Tuesday 4/8/2020."""
    return f"{hour_text(moment, language)}, {weekday_text(local(moment).date(), language)}"
