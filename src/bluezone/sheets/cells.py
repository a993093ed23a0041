"""What a sheet is once read: rows of typed cells that keep the place they had in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

from bluezone.sheets.errors import SheetTooLarge

NoteCode = Literal[
    "encoding", "old_font", "merged", "hidden_rows", "hidden_columns", "other_sheets", "number_row", "section_rows",
    "dates_maybe_swapped",
]  # fmt: skip
FaultCode = Literal[
    "formula", "cell_error", "unprintable",
    "required", "too_long", "digits_lost",
    "date_unclear", "date_impossible", "date_without_day",
    "year_two_digits", "year_impossible",
    "number_unclear", "choice_unknown", "phone_unclear",
]  # fmt: skip

_PLACE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})", re.ASCII)
LAST_ROW = 1_048_576
LAST_COLUMN = 16_384


@dataclass(frozen=True, slots=True)
class SheetLimits:
    """The most that is taken; a spreadsheet program's own bound on a cell is 32,767 characters.

    `cells` counts each row up to its last filled cell, `characters` every text once; `unpacked` is in bytes, over all
    parts together, of a workbook whose file has at most `bytes`.
    """

    bytes: int = 32 * 1024 * 1024
    rows: int = 100_000
    columns: int = 256
    cells: int = 4_000_000
    cell: int = 32_767
    characters: int = 64_000_000
    unpacked: int = 256 * 1024 * 1024
    parts: int = 1_000


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell whose value is not to be used; `text` is what stands in it, cut to 200 characters."""

    code: FaultCode
    text: str


Value = str | int | float | bool | date | datetime | time | BadCell | None


@dataclass(frozen=True, slots=True)
class Note:
    """Something done or found that whoever brings the file should know; `details` names encodings, places, counts."""

    code: NoteCode
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A row with at least one filled cell: `cells` from column A to the last filled one, `number` as the file counts.

    `section` tells that one cell merged over three columns or more is all that stands in it.
    """

    number: int
    cells: tuple[Value, ...]
    section: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a file; `epoch_1904` tells which day its numbers of days are counted from."""

    title: str
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()
    epoch_1904: bool = False


def column_letters(column: int) -> str:
    """The letters above a column, counted from 0: A, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def place(row: int, column: int) -> str:
    """The cell's name as a spreadsheet shows it: C12 for row 12 and column 2."""
    return f"{column_letters(column)}{row}"


def parse_place(text: str) -> tuple[int, int] | None:
    """Row and column (from 0) of a cell's name, or None where it names no cell of a sheet."""
    if not (found := _PLACE.fullmatch(text)):
        return None
    column = 0
    for letter in found[1].upper():
        column = column * 26 + ord(letter) - 64
    row = int(found[2])
    return (row, column - 1) if row <= LAST_ROW and column <= LAST_COLUMN else None


class Collected:
    """Rows as they are read, kept within limits."""

    def __init__(self, limits: SheetLimits) -> None:
        self.rows: list[tuple[int, list[Value]]] = []
        self._limits = limits
        self._cells = 0
        self._characters = 0

    def add(self, number: int, cells: list[Value]) -> None:
        """Take a row in unless nothing stands in it.

        Raises:
            SheetTooLarge: it is one row, column, cell or text too many.
        """
        while cells and (cells[-1] is None or (isinstance(cells[-1], str) and not cells[-1].strip())):
            cells.pop()
        if not cells:
            return
        if len(self.rows) >= self._limits.rows:
            raise SheetTooLarge(
                f"The sheet has more than {self._limits.rows} filled rows; split it into several files."
            )
        self.check_column(len(cells) - 1)
        self.spend(len(cells))
        self.rows.append((number, cells))

    def check_column(self, column: int) -> None:
        if column >= self._limits.columns:
            raise SheetTooLarge(
                f"The sheet has more than {self._limits.columns} columns; delete those that are not needed."
            )

    def spend(self, cells: int) -> None:
        self._cells += cells
        if self._cells > self._limits.cells:
            raise SheetTooLarge(f"The sheet has more than {self._limits.cells} cells; split it into several files.")

    def spend_text(self, characters: int) -> None:
        self._characters += characters
        if self._characters > self._limits.characters:
            raise SheetTooLarge(
                f"The texts of the file have more than {self._limits.characters} characters; split it into several."
            )


def cell_too_long(limit: int) -> SheetTooLarge:
    return SheetTooLarge(f"A cell has more than {limit} characters; shorten its text.")


def rows_of(collected: Iterable[tuple[int, list[Value]]], sections: frozenset[int] = frozenset()) -> tuple[Row, ...]:
    return tuple(Row(number, tuple(cells), number in sections) for number, cells in collected)
