"""Text files in columns (.csv, .txt): their encoding, what parts the columns, and their rows."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from bluezone.sheets.cells import LAST_ROW, BadCell, Collected, Note, Sheet, SheetLimits, Value, cell_too_long, rows_of
from bluezone.sheets.errors import (
    SheetBroken,
    SheetEmpty,
    SheetEncodingUnknown,
    SheetHasZeroBytes,
    SheetNotTable,
    SheetTooLarge,
)
from bluezone.sheets.letters import decode_disguised, decode_old
from bluezone.sheets.neutral import restore

_TRIED = 50
"""Rows by which the delimiter is found."""
_DELIMITERS = "\t;,"
"""In the order of preference: where semicolons part the columns, commas may part decimals."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_LITERAL = re.compile(r'="([^"]*)"')
_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_BAD_TEXT = 200
_LONGEST_LINE = 1_000_000
"""Characters of one line; its cells are made all at once."""


def read_delimited(data: bytes, name: str, limits: SheetLimits) -> Sheet:
    """The rows of a text file whose columns are parted by commas, semicolons or tabs.

    Raises:
        SheetsError: the leaf that names why it is not taken.
    """
    text, encoding = _decode(data)
    notes = (Note("encoding", (encoding,)),) if encoding else ()
    if "\n" not in text:
        text = text.replace("\r", "\n")  # as the Macintosh once ended lines
    collected = Collected(limits)
    delimiter = None
    if told := _SEPARATOR.match(text):
        delimiter, text = told[1], text[told.end() :]
    first = 2 if told else 1
    for number, cells in enumerate(_records(text, delimiter or _delimiter(text)), first):
        values = [_value(cell, limits, collected) for cell in cells]
        collected.add(number, values)
    if not collected.rows:
        raise SheetEmpty("There is no filled cell in the file.")
    return Sheet(name, rows_of(collected.rows), notes)


def _decode(data: bytes) -> tuple[str, str]:
    """The text composed (NFC), and its encoding where that is not today's."""
    encoding = next((encoding for bom, encoding in _BOMS if data.startswith(bom)), "")
    if encoding:
        data = data.removeprefix(next(bom for bom, one in _BOMS if one == encoding))
    elif b"\0" in data[:1000]:
        encoding = _guess_utf16(data[:1000])
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        if encoding:
            raise SheetEncodingUnknown(
                "The letters of this text file are damaged; save it as “CSV UTF-8” or as .xlsx."
            ) from error
        if b"\0" in data or _binary(data):
            raise SheetNotTable("This file is not a table; choose an .xlsx or .csv file.") from None
        return decode_old(data)
    if "\0" in text:
        raise SheetHasZeroBytes("The text file holds bytes that are zero; save the table again from its program.")
    text, old = decode_disguised(text)
    return unicodedata.normalize("NFC", text), old or (encoding if encoding.startswith("utf-16") else "")


def _guess_utf16(head: bytes) -> str:
    """UTF-16 without its mark: letters of Latin have a zero on one side."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 5 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 5 and not odd else ""


def _binary(data: bytes) -> bool:
    head = data[:1000]
    return sum(byte < 32 and byte not in b"\t\r\n\x1a" for byte in head) > len(head) // 50


def _records(text: str, delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        if "field larger" in str(error):
            raise cell_too_long(csv.field_size_limit()) from error
        raise SheetBroken(
            f"The quotes around the cells near line {reader.line_num} do not match; save the table again."
        ) from error


def _lines(text: str) -> Iterator[str]:
    start = count = 0
    # Not `splitlines`, which also parts at signs that stand inside cells.
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        count += 1
        if end - start > _LONGEST_LINE or count > LAST_ROW:
            raise SheetTooLarge(
                f"The file has more than {LAST_ROW} lines, or one with more than {_LONGEST_LINE} characters; "
                "save only the table."
            )
        yield text[start:end]
        start = end


def _delimiter(text: str) -> str:
    """What parts the columns: the sign that parts the most rows into the same number of cells."""

    def even(delimiter: str) -> int:
        try:
            widths = Counter(len(cells) for cells in islice(_records(text, delimiter), _TRIED))
        except (SheetBroken, ValueError):
            return 0
        return max((count for width, count in widths.items() if width > 1), default=0)

    return max(_DELIMITERS, key=even)


def _value(cell: str, limits: SheetLimits, collected: Collected) -> Value:
    if len(cell) > limits.cell:
        raise cell_too_long(limits.cell)
    collected.spend_text(len(cell))
    if _CONTROL.search(cell):
        return BadCell("unprintable", _CONTROL.sub("\ufffd", cell)[:_BAD_TEXT])
    if literal := _LITERAL.fullmatch(cell):
        # How programs keep a number's leading zeros: a formula that is nothing but its text.
        return literal[1] or None
    if cell.lstrip().startswith("="):
        return BadCell("formula", cell[:_BAD_TEXT])
    return restore(cell).replace("\r\n", "\n") or None
