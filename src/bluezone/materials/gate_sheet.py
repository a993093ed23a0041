"""A day's sheet for a gate without a device: a word to type and what the phone then shows, for each ten minutes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bluezone.look import gate_colour_name, gate_picture, gate_picture_name
from bluezone.materials.colours import colours, standalone, with_colours
from bluezone.materials.moments import Language, day_text, local, moment_text, weekday_text
from bluezone.materials.press import press, say, words

MINUTES = 10


@dataclass(frozen=True, slots=True)
class GateSheetRow:
    """From when (Unix seconds, for ten minutes), the word that visitors type, and what their phones show."""

    starts_at: int
    word: str
    digits: str
    picture: int
    colour: int


@dataclass(frozen=True, slots=True)
class GateSheet:
    """One gate's sheet of one day; `printed_at` is in Unix seconds."""

    gate: str
    unit: str
    day: date
    rows: Sequence[GateSheetRow]
    hotline: str
    printed_at: float


def gate_sheet(sheet: GateSheet, *, language: Language) -> bytes:
    """The sheet as PDF, A4. Raises PaperTooSmall, PrintingFailed."""
    said = say(
        words("gate_sheet")[language],
        gate=sheet.gate,
        unit=sheet.unit,
        day=weekday_text(sheet.day, language),
        destroy=day_text(sheet.day),
        hotline=sheet.hotline,
        printed=moment_text(sheet.printed_at, language),
    )
    rows = [
        {
            "time": f"{local(row.starts_at):%H:%M}",
            "word": row.word,
            "digits": row.digits,
            "picture": f"{row.picture}-{row.colour}",
            "name": gate_picture_name(row.picture, language),
            "colour": gate_colour_name(row.colour, language),
            "ground": f"gate-{row.colour}",
        }
        for row in sheet.rows
    ]
    texts = {"words": said, "gate": sheet.gate, "unit": sheet.unit, "rows": rows}
    pictures = {f"{row.picture}-{row.colour}": _picture(row) for row in sheet.rows}
    return press().pdf("gate_sheet", texts, language=language, at=sheet.printed_at, pictures=pictures)


def _picture(row: GateSheetRow) -> str:
    known, name = colours(), f"gate-{row.colour}"
    drawn = standalone(gate_picture(row.picture))
    return with_colours(drawn, ground=known[name], tone=known[f"{name}-tone"], current=known[f"{name}-ink"])
