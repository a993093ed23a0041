"""Reading a file of units: CSV as spreadsheets write it, every fault told with its line."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bluezone.server.units.errors import UnitsFileInvalid

COLUMNS = ("code", "type", "name", "parent_code")
MOST_BYTES = 8 * 1024 * 1024
"""Ten times the list of a whole country's communes."""
LONGEST_TYPE = 60
LONGEST_NAME = 200

# No letter of either case that a database could take for another, and none that a path or a pattern uses.
_CODE = re.compile(r"[0-9A-Z][0-9A-Z.-]{0,19}", re.ASCII)


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit as a file tells it; `parent` is empty at the top."""

    line: int
    code: str
    type: str
    name: str
    parent: str


def read_units(data: bytes) -> list[UnitRow]:
    """The rows of a CSV file with the columns code, type, name, parent_code, between commas, semicolons or tabs.

    Texts are composed (NFC), runs of blanks are one. Raises UnitsFileInvalid with every fault that a row has by itself.
    """
    if len(data) > MOST_BYTES:
        raise UnitsFileInvalid([f"the file is larger than {MOST_BYTES} bytes"])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnitsFileInvalid([f"line {line}: this is not UTF-8; save the file as “CSV UTF-8”"]) from error
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[UnitRow] = []
    faults: list[str] = []
    try:
        names = [_plain(cell) for cell in next(reader, [])]
        if lacking := [name for name in COLUMNS if name not in names]:
            raise UnitsFileInvalid([f"line 1: the column {name} is missing" for name in lacking])
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            # Longer than the head is a fault too: a name with an unquoted comma would lose its end.
            if len(cells) != len(names):
                faults.append(f"line {reader.line_num}: there are {len(cells)} cells, not {len(names)}")
                continue
            cell = dict(zip(names, map(_plain, cells), strict=True))
            row = UnitRow(reader.line_num, cell["code"], cell["type"], cell["name"], cell["parent_code"])
            rows.append(row)
            faults += [f"line {row.line}: {fault}" for fault in _faults(row)]
    except csv.Error as error:
        faults.append(f"line {reader.line_num}: this is no CSV ({error})")
    if not rows and not faults:
        faults.append("there is no unit in it")
    seen: dict[str, int] = {}
    for row in rows:
        if row.code in seen:
            faults.append(f"line {row.line}: the code {row.code} stands in line {seen[row.code]} already")
        seen.setdefault(row.code, row.line)
    if faults:
        raise UnitsFileInvalid(faults)
    return rows


def fold(text: str) -> str:
    """A text for searching: no marks, no case, đ as d; "Nguyễn" and "nguyen" are the same."""
    marked = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(letter for letter in marked if not unicodedata.combining(letter)).split())


def _plain(cell: str) -> str:
    return " ".join(unicodedata.normalize("NFC", cell).split())


def _faults(row: UnitRow) -> Iterator[str]:
    if not _CODE.fullmatch(row.code):
        yield f"the code “{row.code[:30]}” is not 1 to 20 digits, capital letters, dots and dashes"
    if row.parent and not _CODE.fullmatch(row.parent):
        yield f"the parent code “{row.parent[:30]}” is not 1 to 20 digits, capital letters, dots and dashes"
    for what, text, longest in (("type", row.type, LONGEST_TYPE), ("name", row.name, LONGEST_NAME)):
        if not 1 <= len(text) <= longest or not text.isprintable():
            yield f"the {what} is empty, longer than {longest} characters or not plain text"
