"""What a guidance must hold, and what a person may tell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files

import msgspec

from bluezone.protocol.wire import (
    LANGUAGES,
    LEVELS,
    TELL_COMMUNE_CHARACTERS,
    TELL_LEVELS,
    TELL_NAME_CHARACTERS,
    TELL_NOTE_CHARACTERS,
    TELL_PHONE_CHARACTERS,
    Bulletin,
    Guidance,
    LevelText,
    TellRequest,
)
from bluezone.server.guidance.errors import GuidanceMalformed, TellMalformed

MOST_STEPS = 8
MOST_BULLETINS = 10
DOCUMENT_BYTES = 32_768
"""Phones fetch it whole over slow networks."""
MOST_DAYS = 15
"""Phones remember 14 days, which touch 15 of the calendar."""

_TITLE, _TEXT, _BODY = 120, 400, 1500
_HOTLINE = re.compile(r"\+?[0-9][0-9 .]{1,18}[0-9]", re.ASCII)
_PHONE = re.compile(r"[+0-9 ().-]*", re.ASCII)
_ID = re.compile(r"[a-z0-9-]{1,40}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class GuidanceDraft(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new guidance; `basedOn` is the version that its author had before them."""

    based_on: int
    hotline: str
    levels: dict[str, dict[str, LevelText]]
    bulletins: list[Bulletin]


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody told, checked; texts are composed (NFC) and trimmed, empty where nothing was told."""

    level: str
    exposure_days: tuple[date, ...]
    name: str
    phone: str
    commune: str
    note: str


def shipped(hotline: str) -> Guidance:
    """What people are told before the province has said anything of its own: version 0, changed at time 0."""
    texts = files(__package__) / "texts"
    levels = {
        language: msgspec.json.decode((texts / f"{language}.json").read_bytes(), type=dict[str, LevelText])
        for language in LANGUAGES
    }
    return Guidance(version=0, updated_at=0, hotline=hotline, levels=levels, bulletins=[])


def check_draft(draft: GuidanceDraft) -> None:
    """Return when every level has its texts in every language; raises GuidanceMalformed for the first fault."""
    if not _HOTLINE.fullmatch(draft.hotline):
        raise GuidanceMalformed("The hotline is a telephone number of digits and spaces; correct it.")
    if set(draft.levels) != set(LANGUAGES) or any(set(texts) != set(LEVELS) for texts in draft.levels.values()):
        raise GuidanceMalformed(f"Write texts for {', '.join(LEVELS)} in each of {', '.join(LANGUAGES)}, no others.")
    if len(draft.bulletins) > MOST_BULLETINS or len({one.id for one in draft.bulletins}) < len(draft.bulletins):
        raise GuidanceMalformed(f"Keep at most {MOST_BULLETINS} bulletins, each with an id of its own.")
    for texts in draft.levels.values():
        for level in texts.values():
            if not 1 <= len(level.steps) <= MOST_STEPS:
                raise GuidanceMalformed(f"Give each level 1 to {MOST_STEPS} steps.")
    for bulletin in draft.bulletins:
        if not _ID.fullmatch(bulletin.id) or _day(bulletin.date) is None or set(bulletin.texts) != set(LANGUAGES):
            raise GuidanceMalformed(
                "A bulletin has an id of letters, digits and dashes, a date (YYYY-MM-DD) and texts in every language."
            )
    for text, longest in _texts(draft):
        if not text.strip() or len(text) > longest or not _is_seen(text):
            raise GuidanceMalformed(f"The text “{text[:40]}” is empty, longer than {longest} characters or not plain.")
    if len(msgspec.json.encode(draft)) > DOCUMENT_BYTES:
        raise GuidanceMalformed(f"All texts together are larger than {DOCUMENT_BYTES} bytes; shorten the bulletins.")


def check_tell(request: TellRequest, *, now: float) -> Told:
    """What was told, as it is kept. Raises TellMalformed."""
    if request.level not in TELL_LEVELS:
        raise TellMalformed(f"The level is one of {', '.join(TELL_LEVELS)}; others call the hotline.")
    today = datetime.fromtimestamp(now, UTC).date()
    days = {_day(text) for text in request.exposure_days}
    # A day more at either end, since people's calendars are up to 14 hours away from UTC.
    known = {day for day in days if day is not None and -MOST_DAYS <= (day - today).days <= 1}
    if known != days or len(request.exposure_days) > MOST_DAYS:
        raise TellMalformed("The days are those of the last two weeks, written YYYY-MM-DD; correct them.")
    texts: Mapping[str, tuple[str, int]] = {
        "name": (request.name, TELL_NAME_CHARACTERS),
        "phone": (request.phone, TELL_PHONE_CHARACTERS),
        "commune": (request.commune, TELL_COMMUNE_CHARACTERS),
        "note": (request.note, TELL_NOTE_CHARACTERS),
    }
    kept = {name: unicodedata.normalize("NFC", text).strip() for name, (text, _) in texts.items()}
    for name, (_, longest) in texts.items():
        if len(kept[name]) > longest or not _is_seen(kept[name], lines=name == "note"):
            raise TellMalformed(f"The {name} is longer than {longest} characters or not plain text; shorten it.")
    if not _PHONE.fullmatch(kept["phone"]):
        raise TellMalformed("The telephone number has digits, spaces and a plus sign; correct it.")
    return Told(request.level, tuple(sorted(known)), **kept)


def destroyed_on(received_at: float, days: int) -> date:
    """The UTC day on which what arrived then is destroyed."""
    return datetime.fromtimestamp(received_at, UTC).date() + timedelta(days)


def _texts(draft: GuidanceDraft) -> Iterator[tuple[str, int]]:
    for texts in draft.levels.values():
        for level in texts.values():
            yield level.title, _TITLE
            yield from ((text, _TEXT) for text in (level.summary, *level.steps))
    for bulletin in draft.bulletins:
        for text in bulletin.texts.values():
            yield text.title, _TITLE
            yield text.body, _BODY


def _is_seen(text: str, *, lines: bool = True) -> bool:
    return all(unicodedata.category(character) not in _UNSEEN or (lines and character == "\n") for character in text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
