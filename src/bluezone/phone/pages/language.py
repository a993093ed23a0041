"""Two languages of equal weight: the sentences, and numbers and times as people say them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Literal

from markupsafe import Markup

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
LOCALE = Path(__file__).parent / "locale"
DOMAIN = "phone"

_WEEKDAYS_VI = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")


def N_(sentence: str) -> str:  # noqa: N802 - gettext's name for a sentence that is translated where it is shown
    """Mark a sentence for translation."""
    return sentence


@cache
def translations(language: Language) -> NullTranslations:
    """The sentences of a language; English is in the source itself."""
    if language == "en":
        return NullTranslations()
    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        return GNUTranslations(file)


def preferred(accept_language: str) -> Language:
    """English for a browser that asks for it before Vietnamese, else Vietnamese."""
    for part in accept_language.lower().split(","):
        for language in LANGUAGES:
            if part.strip().startswith(language):
                return language
    return "vi"


_TELEPHONE_GROUPS = {8: (4, 4), 10: (4, 3, 3), 11: (4, 3, 4)}


class Speech:
    """How one language says days, moments and lengths of time; `utc_offset` is the owner's, in seconds."""

    def __init__(self, language: Language, utc_offset: int) -> None:
        self.language = language
        self._offset = timedelta(seconds=utc_offset)
        self._say = translations(language)

    def filters(self) -> dict[str, Callable[..., object]]:
        """The sayings by the names that templates use."""
        return {
            "day": self.day,
            "short_day": self.short_day,
            "moment": self.moment,
            "clock": self.clock,
            "date_of": self.date_of,
            "length": self.length,
            "figure": self.figure,
            "number": self.number,
            "telephone": self.telephone,
        }

    def date_of(self, time: float) -> date:
        """The owner's date at a Unix time."""
        return self._local(time).date()

    def day(self, day: date) -> str:
        """A day: Chủ nhật 9/8, Sunday 9 Aug."""
        if self.language == "vi":
            return f"{_WEEKDAYS_VI[day.weekday()]} {day.day}/{day.month}"
        return f"{_WEEKDAYS_EN[day.weekday()]} {self.short_day(day)}"

    def short_day(self, day: date) -> str:
        """A day in a narrow place: 9/8, 9 Aug."""
        return f"{day.day}/{day.month}" if self.language == "vi" else f"{day.day} {_MONTHS_EN[day.month - 1]}"

    def clock(self, time: float) -> str:
        """A time of day: 7 giờ 30 tối, 7:30 pm."""
        local = self._local(time)
        hour = local.hour % 12 or 12
        if self.language == "en":
            return f"{hour}:{local.minute:02} {'am' if local.hour < 12 else 'pm'}"
        minutes = f" {local.minute}" if local.minute else ""
        return f"{hour} giờ{minutes} {_part_of_day(local.hour)}"

    def moment(self, time: float) -> str:
        """A day and time: Chủ nhật 9/8, 7 giờ 30 tối."""
        return f"{self.day(self.date_of(time))}, {self.clock(time)}"

    def length(self, minutes: float) -> str:
        """A length of time given in minutes: 24 phút, 9 giờ 12 phút."""
        hours, rest = divmod(round(minutes), 60)
        parts = []
        if hours:
            parts.append(self._say.ngettext("%(num)d hour", "%(num)d hours", hours) % {"num": hours})
        if rest or not hours:
            parts.append(self._say.ngettext("%(num)d minute", "%(num)d minutes", rest) % {"num": rest})
        return " ".join(parts)

    def figure(self, minutes: float) -> Markup:
        """A length of time with its numbers set large."""
        hours, rest = divmod(round(minutes), 60)
        parts = [(hours, self._say.gettext("h"))] if hours else []
        if rest or not hours:
            parts.append((rest, self._say.gettext("min")))
        return Markup(" ").join(Markup('<span class="figure">{}</span> {}').format(*part) for part in parts)

    def number(self, value: float) -> str:
        """A whole number: 1.250, 1,250."""
        text = f"{round(value):,}"
        return text.replace(",", ".") if self.language == "vi" else text

    @staticmethod
    def telephone(number: str) -> str:
        """A telephone number in groups as people read it out: 1900 9095, 0912 345 678; others as they are."""
        if not number.isdecimal() or len(number) not in _TELEPHONE_GROUPS:
            return number
        parts, at = [], 0
        for size in _TELEPHONE_GROUPS[len(number)]:
            parts.append(number[at : at + size])
            at += size
        return "\N{NO-BREAK SPACE}".join(parts)

    def _local(self, time: float) -> datetime:
        return datetime.fromtimestamp(time, UTC) + self._offset


def _part_of_day(hour: int) -> str:
    if 1 <= hour < 11:
        return "sáng"
    if 11 <= hour < 13:
        return "trưa"
    if 13 <= hour < 18:
        return "chiều"
    return "tối" if 18 <= hour < 22 else "đêm"
