"""A sheet as a table: its header row found among titles, its columns by their names, each row's values or faults."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from bluezone.sheets.cells import BadCell, FaultCode, Note, Row, Sheet, Value, place
from bluezone.sheets.errors import SheetHeaderMissing
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

Kind = Literal["text", "date", "year", "number", "choice", "phone"]

_SEARCHED = 40
"""Filled rows at the top among which the header is looked for."""
_LONGEST_TITLE = 200
_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_COUNTED = re.compile(r"\(?\s*(\d{1,3}|[A-Za-z])\s*\)?\.?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is asked for: `key` names its values, `titles` are how files name it (compared folded).

    `choices` gives for each value of a choice the words that stand for it, `longest` the characters of a text.
    """

    key: str
    titles: tuple[str, ...]
    kind: Kind = "text"
    required: bool = False
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    longest: int = 2_000


@dataclass(frozen=True, slots=True)
class Heading:
    """A title as the file has it."""

    place: str
    title: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell gives no value; `value` is what stands in it."""

    code: FaultCode
    place: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """A row's values by the columns' keys, None where nothing stands or a fault is; `row` as the file counts."""

    row: int
    values: Mapping[str, str | int | float | date | None]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet whose header is found.

    `found` gives the heading of each column by its key. What must be put to whoever brings the file: `unknown`
    headings are not read; `ambiguous` keys stand over several columns, of which none is read; `missing` keys are
    required and not there.
    """

    header_row: int
    found: Mapping[str, Heading]
    unknown: tuple[Heading, ...]
    ambiguous: Mapping[str, tuple[Heading, ...]]
    missing: tuple[str, ...]
    records: tuple[Record, ...]
    notes: tuple[Note, ...]


def read_table(sheet: Sheet, columns: Sequence[Column]) -> Table:
    """The sheet's rows below its header, by the columns asked for.

    Raises:
        SheetHeaderMissing: no row near the top has two of the titles (one, where one column is asked for).
        ValueError: two columns claim the same title.
    """
    keys = _keys(columns)
    at, header = _header(sheet.rows, keys, min(2, len(columns)))
    places: dict[str, list[int]] = {}
    unknown = []
    for index, value in enumerate(header.cells):
        if key := _key(value, keys):
            places.setdefault(key, []).append(index)
        elif value is not None:
            unknown.append(_heading(header, index))
    notes = list(sheet.notes)
    rows = sheet.rows[at + 1 :]
    single = {key: found[0] for key, found in places.items() if _same(rows, found)}
    ambiguous = {
        key: tuple(_heading(header, index) for index in found) for key, found in places.items() if key not in single
    }
    if rows and _is_numbering(rows[0]):
        notes.append(Note("number_row", (str(rows[0].number),)))
        rows = rows[1:]
    if sections := [row for row in rows if row.section]:
        notes.append(Note("section_rows", tuple(str(row.number) for row in sections[:20])))
        rows = tuple(row for row in rows if not row.section)
    asked = [(column, single[column.key]) for column in columns if column.key in single]
    readers = {column.key: _Reader(column, epoch_1904=sheet.epoch_1904) for column, _ in asked}
    records = tuple(_record(row, asked, readers) for row in rows)
    notes += [
        Note("dates_maybe_swapped", (_heading(header, index).place, _heading(header, index).title))
        for column, index in asked
        if column.kind == "date" and _maybe_swapped(rows, index)
    ]
    return Table(
        header.number,
        {key: _heading(header, index) for key, index in single.items()},
        tuple(unknown),
        ambiguous,
        tuple(column.key for column in columns if column.required and column.key not in places),
        records,
        tuple(notes),
    )


def _keys(columns: Sequence[Column]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for column in columns:
        for title in column.titles:
            if keys.setdefault(fold(title), column.key) != column.key:
                raise ValueError(f"The title “{title}” belongs to two columns.")
    return keys


def _key(value: Value, keys: Mapping[str, str]) -> str | None:
    """The column that a title names, whole or without what stands in brackets or below."""
    if not isinstance(value, str) or len(value) > _LONGEST_TITLE:
        return None
    for title in (value, _BRACKETS.sub(" ", value), value.split("\n")[0], value.split(" / ")[0]):
        if key := keys.get(fold(title)):
            return key
    return None


def _header(rows: Sequence[Row], keys: Mapping[str, str], least: int) -> tuple[int, Row]:
    """The row with the most titles; of a header in two rows the lower, which merged cells reach down into."""
    best = -1
    most = least - 1
    for index, row in enumerate(rows[:_SEARCHED]):
        count = len({key for value in row.cells if (key := _key(value, keys))})
        if count > most or (count == most and best == index - 1 and best >= 0):
            best, most = index, count
    if best < 0:
        raise SheetHeaderMissing("No row has the titles of the columns; put them in one row above the table.")
    return best, rows[best]


def _same(rows: Sequence[Row], columns: Sequence[int]) -> bool:
    """Whether the columns hold the same in each row: one column, or one that is merged out of several."""
    return len(columns) == 1 or all(len({row.cells[at : at + 1] for at in columns}) == 1 for row in rows)


def _heading(row: Row, index: int) -> Heading:
    return Heading(place(row.number, index), " ".join(shown(row.cells[index])[:_LONGEST_TITLE].split()))


def _is_numbering(row: Row) -> bool:
    """Whether the row only numbers the columns: (1) (2) (3), or A B 1 2."""
    cells = [shown(value) for value in row.cells if value is not None]
    marks = [found[1] for cell in cells if (found := _COUNTED.fullmatch(cell.strip()))]
    numbers = [int(mark) for mark in marks if mark.isdecimal()]
    return len(marks) == len(cells) >= 3 and numbers == list(range(1, len(numbers) + 1))


def _record(row: Row, asked: Sequence[tuple[Column, int]], readers: Mapping[str, _Reader]) -> Record:
    values: dict[str, str | int | float | date | None] = {}
    faults = []
    for column, index in asked:
        value = row.cells[index] if index < len(row.cells) else None
        read: str | int | float | date | None = None
        fault: FaultCode | None = None
        try:
            read = readers[column.key].read(value)
        except Unreadable as error:
            fault = error.fault
        else:
            if read is None and column.required:
                fault = "required"
        values[column.key] = read
        if fault:
            faults.append(Fault(fault, place(row.number, index), column.key, shown(value)[:_LONGEST_TITLE]))
    return Record(row.number, values, tuple(faults))


class _Reader:
    """Reads the cells of one column."""

    def __init__(self, column: Column, *, epoch_1904: bool) -> None:
        self._column = column
        self._epoch_1904 = epoch_1904
        self._choices = {fold(word): key for key, words in column.choices.items() for word in (key, *words)}

    def read(self, value: Value) -> str | int | float | date | None:
        if isinstance(value, BadCell):
            raise Unreadable(value.code)
        match self._column.kind:
            case "date":
                return read_date(value, epoch_1904=self._epoch_1904)
            case "year":
                return read_year(value)
            case "number":
                return read_number(value)
            case "phone":
                return read_phone(value)
            case "choice":
                return self._choice(value)
            case _:
                return read_text(value, self._column.longest)

    def _choice(self, value: Value) -> str | None:
        text = shown(value)
        if len(text) > _LONGEST_TITLE or (text.strip() and fold(text) not in self._choices):
            raise Unreadable("choice_unknown")
        return self._choices[fold(text)] if text.strip() else None


def _maybe_swapped(rows: Sequence[Row], index: int) -> bool:
    """Whether a program may have taken d/m for m/d: it makes dates of those it can and leaves the rest as text."""
    cells = [row.cells[index] for row in rows if index < len(row.cells)]
    dates = [cell for cell in cells if isinstance(cell, date)]
    texts = [cell for cell in cells if isinstance(cell, str)]
    late = [
        text
        for text in texts
        if (found := re.match(r"\s*(\d{1,2})[/.-]\d{1,2}[/.-]\d{4}", text)) and int(found[1]) > 12
    ]
    return bool(dates and late) and len(late) == len(texts) and all(day.day <= 12 for day in dates)
