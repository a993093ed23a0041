"""What officials type: days as people write them, years, communes by name; each with what is wrong about it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit, find_unit, fold, search_units

_WORDS = {
    "hom nay": 0,
    "nay": 0,
    "today": 0,
    "hom qua": 1,
    "qua": 1,
    "yesterday": 1,
    "hom kia": 2,
}
"""Days ago, by what people say, without marks."""
_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{4}|\d{2}))?", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_CLOCK = re.compile(r"\b(\d{1,2})\s*(?:h|g|:|giờ)\s*(\d{2})?\b", re.ASCII)
_AGE = re.compile(r"(\d{1,3}) ?(?:t|tuoi|years?( old)?)", re.ASCII)
_CODE_AT_END = re.compile(r"\(([0-9A-Z][0-9A-Z.\-]{0,19})\)$", re.ASCII)


class NotUnderstood(ValueError):
    """What was typed is none of the forms that the field takes; `fault` is a code of `words.FAULTS`."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def read_day(text: str, today: date) -> date | None:
    """A day as d/m/Y, "5/8" (the latest one), "hôm qua"; None for nothing. Raises NotUnderstood."""
    said = fold(text)
    if not said:
        return None
    if said in _WORDS:
        return today - timedelta(days=_WORDS[said])
    try:
        if found := _ISO.fullmatch(said):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DAY.fullmatch(said):
            day, month = int(found[1]), int(found[2])
            if found[3]:
                return date(int(found[3]) + (2000 if len(found[3]) == 2 else 0), month, day)
            return _latest(day, month, today)
    except ValueError:
        pass
    raise NotUnderstood("day_malformed")


def read_moment(text: str, today: date) -> int | None:
    """A day with its time, in either order ("7h30 2/8", "hôm qua 19:00"), as Unix seconds; None for nothing.

    Raises NotUnderstood.
    """
    said = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    if not said:
        return None
    clock = _CLOCK.search(said)
    if clock is None:
        raise NotUnderstood("moment_malformed")
    hour, minute = int(clock[1]), int(clock[2] or 0)
    rest = (said[: clock.start()] + said[clock.end() :]).strip(" ,")
    try:
        day = read_day(rest, today)
    except NotUnderstood:
        raise NotUnderstood("moment_malformed") from None
    if day is None or hour > 23 or minute > 59:
        raise NotUnderstood("moment_malformed")
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIETNAM).timestamp())


def read_birth_year(text: str, today: date) -> int | None:
    """A year, or an age as "35 tuổi"; None for nothing. Raises NotUnderstood."""
    said = fold(text)
    if not said:
        return None
    if re.fullmatch(r"\d{4}", said, re.ASCII):
        return int(said)
    if found := _AGE.fullmatch(said):
        return today.year - int(found[1])
    raise NotUnderstood("year_malformed")


def read_unit(connection: sa.Connection, text: str) -> Unit:
    """The commune that was typed: its code, "xã Liên Phương (11974)", or a name that one alone has.

    Raises NotUnderstood.
    """
    said = " ".join(unicodedata.normalize("NFC", text).split())
    ending = _CODE_AT_END.search(said)
    if said and said.isprintable() and (unit := find_unit(connection, ending[1] if ending else said)) is not None:
        return unit
    wanted = fold(said.partition(",")[0])
    if not wanted or not said.isprintable():
        raise NotUnderstood("unit_missing")
    found = search_units(connection, wanted, most=50)
    same = [unit for unit in found if wanted in {fold(unit.title), fold(unit.name)}]
    smallest = max((unit.path.count("/") for unit in same), default=0)
    same = [unit for unit in same if unit.path.count("/") == smallest]
    if len(same) == 1:
        return same[0]
    if len(found) == 1:
        return found[0]
    raise NotUnderstood("unit_ambiguous" if found else "unit_unknown")


def day_text(day: date | None) -> str:
    """A day as it is typed."""
    return "" if day is None else f"{day.day}/{day.month}/{day.year}"


def moment_text(at: int | None) -> str:
    """A moment as it is typed."""
    if at is None:
        return ""
    local = datetime.fromtimestamp(at, VIETNAM)
    return f"{local.hour}h{local.minute:02d} {day_text(local.date())}"


def unit_text(unit: Unit | None) -> str:
    """A unit as fields show it, with the code by which it is read again."""
    return "" if unit is None else f"{unit.title} ({unit.code})"


class Typed:
    """The fields of a form, read one by one; what cannot be read is gathered in `faults`.

    `ending` is put behind every field's name, for the lines of a form with many.
    """

    def __init__(self, fields: Mapping[str, str], today: date, ending: str = "") -> None:
        self._fields = fields
        self._today = today
        self._ending = ending
        self.faults: dict[str, str] = {}

    def text(self, name: str) -> str:
        """What was typed, without characters that cannot be seen; lines stay lines."""
        raw = self._fields.get(name + self._ending, "")
        shown = (
            letter for letter in raw.replace("\r\n", "\n") if letter == "\n" or unicodedata.category(letter) != "Cc"
        )
        return unicodedata.normalize("NFC", "".join(shown)).encode("utf-8", "replace").decode().strip()

    def ticked(self, name: str) -> bool:
        return self._fields.get(name + self._ending, "") == "1"

    def version(self) -> int:
        """The version of the record that the form was made from; 0, which no record has, for anything else."""
        text = self._fields.get("version" + self._ending, "")
        return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else 0

    def day(self, name: str, *, missing: str = "") -> date | None:
        """`missing` is the fault of an empty field, where it may not be empty."""
        try:
            day = read_day(self.text(name), self._today)
        except NotUnderstood as error:
            self.faults[name] = error.fault
            return None
        if day is None and missing:
            self.faults[name] = missing
        return day

    def moment(self, name: str) -> int:
        """0 for what cannot be read, with its fault."""
        try:
            at = read_moment(self.text(name), self._today)
        except NotUnderstood as error:
            self.faults[name] = error.fault
            return 0
        if at is None:
            self.faults[name] = "moment_missing"
            return 0
        return at

    def birth_year(self, name: str) -> int | None:
        try:
            return read_birth_year(self.text(name), self._today)
        except NotUnderstood as error:
            self.faults[name] = error.fault
            return None

    def unit(self, connection: sa.Connection, name: str) -> str:
        """The code of the commune that was typed; nothing for what cannot be read, with its fault."""
        try:
            return read_unit(connection, self.text(name)).code
        except NotUnderstood as error:
            self.faults[name] = error.fault
            return ""


def _latest(day: int, month: int, today: date) -> date:
    """The latest such day that is not after today. Raises ValueError for a day that no year has."""
    for year in range(today.year, today.year - 9, -1):  # a leap day may be eight years back
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return found
    raise ValueError("no year has this day")
