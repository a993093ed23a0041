"""What is typed about a day: a temperature, and a line of a paper sheet."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bluezone.server.followup.errors import LineNotUnderstood, TemperatureImpossible
from bluezone.server.followup.terms import KEYS, Result

COLDEST, HOTTEST = 330, 430
"""Tenths of a degree; anything else is a slip of the pen."""

_TEMPERATURE = re.compile(r"(\d{2})(?:[.,]?(\d))?\s*(?:°?\s*[cC])?", re.ASCII)
_LINE = re.compile(r"([A-Za-z])\s*([A-Za-z])\s*(\d)\s*([a-zA-Z1-7])(?:\s+(.*)|\s*(\d{2}.*))?", re.ASCII)
LONGEST_LINE = 600


def read_temperature(text: str) -> int | None:
    """Tenths of a degree of "36,8", "36.8", "368" or "37"; None for nothing. Raises TemperatureImpossible."""
    said = text.strip()
    if not said:
        return None
    found = _TEMPERATURE.fullmatch(said) if len(said) < 20 else None
    tenths = int(found[1]) * 10 + int(found[2] or 0) if found else 0
    if not COLDEST <= tenths <= HOTTEST:
        raise TemperatureImpossible("Type a temperature between 33 and 43 degrees, as 36,8.")
    return tenths


def temperature_text(tenths: int | None, decimal: str = ",") -> str:
    """As people write it."""
    return "" if tenths is None else f"{tenths // 10}{decimal}{tenths % 10}"


@dataclass(frozen=True, slots=True)
class Line:
    """A row's code, and what was marked on that row."""

    code: str
    result: Result
    temperature: int | None
    note: str


def read_line(text: str) -> Line:
    """A line as "AB3 s 36,8 ho nhẹ": code, key of the result, then a temperature and a note where there are any.

    Raises LineNotUnderstood or TemperatureImpossible.
    """
    found = _LINE.fullmatch(text.strip()) if len(text) <= LONGEST_LINE else None
    result = KEYS.get(found[4].lower()) if found else None
    if found is None or result is None:
        raise LineNotUnderstood("Type the row's code and the result's letter, as AB3 s 36,8.")
    first, _, rest = (found[5] or found[6] or "").strip().partition(" ")
    temperature = None
    if first[:1].isdigit():
        temperature, first = read_temperature(first), ""
    return Line(f"{found[1]}{found[2]}{found[3]}".upper(), result, temperature, f"{first} {rest}".strip())
