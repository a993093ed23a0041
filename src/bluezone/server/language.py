"""Two languages of equal weight: the sentences of the server's pages, and how figures and moments are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Literal

Language = Literal["vi", "en"]
LANGUAGES: tuple[Language, ...] = ("vi", "en")
LOCALE = Path(__file__).parent / "locale"
DOMAIN = "server"
VIETNAM = timezone(timedelta(hours=7))
"""The pages' time: a province's office reads its own clock."""

_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")
_KIBIBYTE = 1024


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


def preferred(asked: str, accept_language: str) -> Language:
    """The language that an address asks for; else the browser's, Vietnamese where it names neither."""
    for part in (asked, *accept_language.lower().split(",")):
        for language in LANGUAGES:
            if part.strip().startswith(language):
                return language
    return "vi"


def filters(language: Language) -> dict[str, Callable[..., str]]:
    """How one language writes moments, numbers and sizes, by the names that templates use."""

    def number(value: float) -> str:
        text = f"{round(value):,}"
        return text.replace(",", ".") if language == "vi" else text

    def size(count: int) -> str:
        if count < _KIBIBYTE:
            return f"{count} B"
        unit, value = ("KB", count / _KIBIBYTE) if count < _KIBIBYTE**2 else ("MB", count / _KIBIBYTE**2)
        text = f"{value:.1f} {unit}"
        return text.replace(".", ",") if language == "vi" else text

    def day(time: float) -> str:
        local = datetime.fromtimestamp(time, VIETNAM)
        if language == "vi":
            return f"{local.day}/{local.month}/{local.year}"
        return f"{local.day} {_MONTHS_EN[local.month - 1]} {local.year}"

    def clock(time: float) -> str:
        return f"{datetime.fromtimestamp(time, VIETNAM):%H:%M}"

    def moment(time: float) -> str:
        return f"{clock(time)} ngày {day(time)}" if language == "vi" else f"{clock(time)} on {day(time)}"

    def iso(time: float) -> str:
        return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}"

    return {"number": number, "size": size, "day": day, "clock": clock, "moment": moment, "iso": iso}
