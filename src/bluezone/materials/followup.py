"""The sheet with which an officer goes through a commune for one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from bluezone.look import shield
from bluezone.materials.colours import colours, standalone, with_colours
from bluezone.materials.moments import Language, day_text, moment_text, weekday_text
from bluezone.materials.press import press, say, words
from bluezone.materials.rowcodes import row_code

DAYS = 14


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """One person to be followed on this day; what is not known is None or empty.

    `day` of `days` counts from the day after the last exposure. Nothing of a person shows in a log line.
    """

    name: str = field(repr=False)
    birth_year: int | None = field(repr=False)
    address: str = field(repr=False)
    phone: str = field(repr=False)
    level: Literal["f1", "f2"]
    day: int
    last_exposure: date | None
    days: int = DAYS
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FollowUpSheet:
    """One unit's list for one day, in the order in which it is printed.

    `number` names the sheet and goes into the row codes; `printed_at` is in Unix seconds.
    """

    number: str
    unit: str
    day: date
    officer: str
    rows: tuple[FollowUpRow, ...]
    hotline: str
    printed_by: str
    printed_at: float
    destroy_on: date


def follow_up_sheet(sheet: FollowUpSheet, *, language: Language) -> bytes:
    """The sheet as PDF, A4 landscape; the row at position n carries `row_code(n, sheet.number)`.

    Raises SheetTooLong when there are more rows than codes, PaperTooSmall for a text of more than half a page.
    """
    said = say(
        {name: sentence for name, sentence in words("followup")[language].items() if name != "page"},
        unit=sheet.unit,
        day=weekday_text(sheet.day, language),
        officer=sheet.officer,
        sheet=sheet.number,
        count=str(len(sheet.rows)),
        hotline=sheet.hotline,
        destroy=day_text(sheet.destroy_on),
        by=sheet.printed_by,
        printed=moment_text(sheet.printed_at, language),
    )
    texts = {
        "words": {**said, "page": words("followup")[language]["page"]},
        "unit": sheet.unit,
        "rows": [_row(position, row, sheet.number) for position, row in enumerate(sheet.rows)],
    }
    return press().pdf("followup", texts, language=language, at=sheet.printed_at, pictures=_shields())


def _row(position: int, row: FollowUpRow, sheet: str) -> dict[str, Any]:
    return {
        "code": row_code(position, sheet),
        "name": row.name,
        "born": str(row.birth_year or ""),
        "address": row.address,
        "phone": row.phone,
        "level": row.level,
        "day": f"{row.day}/{row.days}",
        "last": day_text(row.last_exposure) if row.last_exposure else "",
        "note": row.note,
    }


def _shields() -> Mapping[str, str]:
    return {
        level: with_colours(standalone(shield(level)), tint=colours()[f"{level}-tint"], current=colours()[level])
        for level in ("f1", "f2")
    }
