"""The cells of an .xlsx workbook, read part by part with their places, types and dates."""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bluezone.sheets.cells import (
    LAST_ROW,
    BadCell,
    Collected,
    Note,
    Sheet,
    SheetLimits,
    Value,
    cell_too_long,
    column_letters,
    parse_place,
    place,
    rows_of,
)
from bluezone.sheets.errors import SheetBroken, SheetEmpty
from bluezone.sheets.letters import from_old_font, is_old_font
from bluezone.sheets.package import Package

EXPLANATIONS = ("Giải thích", "Explanations")
"""Titles of the second sheet that this room writes; it holds no rows of the table."""
_BAD_TEXT = 200
_MOST_MERGED = 100_000
_MOST_STYLES = 65_536
"""As many as a spreadsheet program takes; the same bound holds for fonts and formats."""
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
# What is no letter of a format: texts in quotes, escaped letters, colours and locales in brackets (but not [h]).
_FORMAT_TEXT = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
"""Formats that every workbook knows by number, ECMA-376 part 1, 18.8.30."""


def read_workbook(data: bytes, limits: SheetLimits) -> Sheet:
    """The first visible sheet of an .xlsx workbook that has a filled cell.

    Raises:
        SheetsError: the leaf that names why it is not taken.
    """
    package = Package(data, limits)
    book = _read_book(package)
    texts = _read_texts(package, book.parts.get("sharedStrings"), limits)
    styles = _read_styles(package, book.parts.get("styles"))
    visible = [one for one in book.sheets if not one.hidden]
    for one in visible or book.sheets:
        cells = _Cells(package, one.part, texts, styles, book.epoch_1904, limits)
        if cells.collected.rows:
            others = [other.title for other in book.sheets if other is not one and other.title not in EXPLANATIONS]
            notes = cells.notes()
            if others:
                notes.append(Note("other_sheets", tuple(others[:20])))
            rows = rows_of(cells.collected.rows, frozenset(cells.sections))
            return Sheet(one.title, rows, tuple(notes), book.epoch_1904)
    raise SheetEmpty("There is no filled cell in the workbook.")


@dataclass(frozen=True, slots=True)
class _Listed:
    title: str
    part: str
    hidden: bool


@dataclass(slots=True)
class _Book:
    sheets: list[_Listed] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)
    epoch_1904: bool = False


def _read_book(package: Package) -> _Book:
    main = next((part for kind, part in package.relations("").values() if kind == "officeDocument"), "xl/workbook.xml")
    if main not in package:
        raise SheetBroken("The workbook lacks its list of sheets; save it again in a spreadsheet program.")
    relations = package.relations(main)
    book = _Book(parts={kind: part for kind, part in relations.values() if part in package})
    listed: set[str] = set()

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag == "workbookPr" and "date1904" in attributes:  # an extension has a tag of this name too
            book.epoch_1904 = attributes["date1904"] in {"1", "true"}
        elif tag == "sheet":
            ids = (value for name, value in attributes.items() if name.endswith(":id"))
            kind, part = relations.get(next(ids, ""), ("", ""))
            if kind == "worksheet" and part in package and part not in listed:
                listed.add(part)
                hidden = attributes.get("state", "visible") != "visible"
                book.sheets.append(_Listed(_composed(attributes.get("name", ""))[:100], part, hidden))

    package.parse(main, start)
    return book


def _read_texts(package: Package, part: str | None, limits: SheetLimits) -> list[str]:
    """The shared texts, in their order."""
    texts: list[str] = []
    collected = Collected(limits)
    if part is None:
        return texts
    pieces: list[str] = []
    taking = phonetic = False
    length = 0

    def start(tag: str, _: dict[str, str]) -> None:
        nonlocal taking, phonetic
        if tag == "t":
            taking = not phonetic
        elif tag == "rPh":
            phonetic = True

    def end(tag: str) -> None:
        nonlocal taking, phonetic, length
        if tag == "t":
            taking = False
        elif tag == "rPh":
            phonetic = False
        elif tag == "si":
            collected.spend_text(length)
            collected.spend(1)
            texts.append("".join(pieces))
            pieces.clear()
            length = 0

    def text(piece: str) -> None:
        nonlocal length
        if taking:
            length += len(piece)
            if length > limits.cell:
                raise cell_too_long(limits.cell)
            pieces.append(piece)

    package.parse(part, start, end, text)
    return texts


@dataclass(frozen=True, slots=True)
class _Style:
    dated: bool = False
    old_font: str = ""


def _read_styles(package: Package, part: str | None) -> list[_Style]:
    """What each style of a cell makes of its value."""
    styles: list[_Style] = []
    if part is None:
        return styles
    formats: dict[str, str] = {}
    fonts: list[str] = []
    inside = ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if len(styles) > _MOST_STYLES or len(fonts) > _MOST_STYLES or len(formats) > _MOST_STYLES:
            raise SheetBroken("The workbook has far too many styles; copy its values into a new one.")
        if tag in {"fonts", "cellXfs", "numFmts", "dxfs", "cellStyleXfs"}:
            inside = tag
        elif tag == "numFmt" and inside == "numFmts":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif tag == "font" and inside == "fonts":
            fonts.append("")
        elif tag == "name" and inside == "fonts" and fonts:
            fonts[-1] = attributes.get("val", "")
        elif tag == "xf" and inside == "cellXfs":
            number = attributes.get("numFmtId", "0")
            font = attributes.get("fontId", "0")
            name = fonts[int(font)] if font.isdecimal() and int(font) < len(fonts) else ""
            styles.append(_Style(_is_dated(number, formats), name if is_old_font(name) else ""))

    def end(tag: str) -> None:
        nonlocal inside
        if tag == inside:
            inside = ""

    package.parse(part, start, end)
    return styles


def _is_dated(number: str, formats: dict[str, str]) -> bool:
    if (code := formats.get(number)) is not None:
        first = _FORMAT_TEXT.sub("", code).split(";")[0].lower()
        return "general" not in first and any(letter in first for letter in "dmyhs")
    return number.isdecimal() and int(number) in _DATE_FORMATS


class _Cells:
    """One sheet's cells, read as its part passes by."""

    def __init__(
        self,
        package: Package,
        part: str,
        texts: Sequence[str],
        styles: Sequence[_Style],
        epoch_1904: bool,
        limits: SheetLimits,
    ) -> None:
        self.collected = Collected(limits)
        self.sections: set[int] = set()
        self._texts = texts
        self._styles = styles
        self._epoch_1904 = epoch_1904
        self._limits = limits
        self._merged: list[tuple[int, int, int, int]] = []
        self._filled: list[str] = []
        self._hidden_rows = 0
        self._hidden_columns: set[int] = set()
        self._fonts: set[str] = set()
        self._plain = _Style()
        # Many cells share one text: it is made ready once for each font.
        self._ready: dict[tuple[int, str], Value] = {}
        self._read(package, part)
        self._fill()

    def notes(self) -> list[Note]:
        found = []
        if self._fonts:
            found.append(Note("old_font", tuple(sorted(self._fonts))))
        if self._filled:
            found.append(Note("merged", tuple(self._filled[:20])))
        if self._hidden_rows:
            found.append(Note("hidden_rows", (str(self._hidden_rows),)))
        width = max((len(cells) for _, cells in self.collected.rows), default=0)
        if hidden := [column_letters(column) for column in sorted(self._hidden_columns) if column < width]:
            found.append(Note("hidden_columns", tuple(hidden)))
        return found

    def _read(self, package: Package, part: str) -> None:  # noqa: C901, PLR0915  # one pass, its state in one place
        collected, limits = self.collected, self._limits
        row: list[Value] = []
        number = column = length = 0
        hidden = inside = phonetic = formula = taking = False
        attributes: dict[str, str] = {}
        pieces: list[str] = []

        def start(tag: str, given: dict[str, str]) -> None:
            nonlocal row, number, column, length, hidden, inside, phonetic, formula, taking, attributes
            if inside:
                if tag == "c":
                    if reference := given.get("r"):
                        at = parse_place(reference)
                        if at is None or at[0] != number or at[1] < column:
                            raise SheetBroken(f"The cell {reference[:20]} stands in the wrong place of the workbook.")
                        column = at[1]
                    attributes = given
                    formula = False
                    length = 0
                    pieces.clear()
                elif tag in {"v", "t"}:
                    # What stands after a formula is its result, which somebody may have written by hand.
                    inline = attributes.get("t") == "inlineStr"
                    taking = not (formula or phonetic) and inline == (tag == "t")
                elif tag == "f":
                    formula = taking = True
                    pieces.clear()
                elif tag == "rPh":
                    phonetic = True
                elif tag == "row":
                    number, column, row = _following(number, given.get("r", "")), 0, []
                    hidden = given.get("hidden") in {"1", "true"}
            elif tag == "sheetData":
                inside = True
            else:
                self._beside(tag, given)

        def end(tag: str) -> None:
            nonlocal column, inside, phonetic, taking
            if tag == "c" and inside:
                if pieces or formula:
                    collected.check_column(column)
                    row.extend([None] * (column - len(row)))
                    row.append(self._value("".join(pieces), attributes, formula=formula))
                column += 1
            elif tag in {"v", "t", "f"}:
                taking = False
            elif tag == "rPh":
                phonetic = False
            elif tag == "row" and inside:
                before = len(collected.rows)
                collected.add(number, row)
                self._hidden_rows += hidden and len(collected.rows) > before
            elif tag == "sheetData":
                inside = False

        def text(piece: str) -> None:
            nonlocal length
            if taking:
                length += len(piece)
                if length > limits.cell:
                    raise cell_too_long(limits.cell)
                collected.spend_text(len(piece))
                pieces.append(piece)

        package.parse(part, start, end, text)

    def _value(self, text: str, attributes: dict[str, str], *, formula: bool) -> Value:
        kind = attributes.get("t", "n")
        if formula:
            return BadCell("formula", _composed("=" + text)[:_BAD_TEXT])
        if kind == "e":
            return BadCell("cell_error", text[:_BAD_TEXT])
        style = attributes.get("s", "")
        made = self._styles[int(style)] if style.isdecimal() and int(style) < len(self._styles) else self._plain
        if kind == "s":
            if not text.isdecimal() or int(text) >= len(self._texts):
                raise SheetBroken("A cell of the workbook asks for a text that is not in it; save it again.")
            key = (int(text), made.old_font)
            if key not in self._ready:
                self._ready[key] = self._shown(self._texts[key[0]], made.old_font)
            return self._ready[key]
        if kind in {"str", "inlineStr"}:
            return self._shown(text, made.old_font)
        if kind == "b":
            return text.strip() in {"1", "true"}
        if kind == "d":
            return _iso(text.strip())
        return _number(text.strip(), self._epoch_1904 if made.dated else None)

    def _shown(self, text: str, old_font: str) -> Value:
        if old_font and not text.isascii():
            self._fonts.add(old_font)
            text = from_old_font(text, old_font)
        return _text(text)

    def _beside(self, tag: str, given: dict[str, str]) -> None:
        """Take in what stands before and after the cells."""
        if tag == "mergeCell":
            self._merge(given.get("ref", ""))
        elif tag == "col" and given.get("hidden") in {"1", "true"}:
            first, last = given.get("min", ""), given.get("max", "")
            if first.isdecimal() and last.isdecimal():
                self._hidden_columns.update(range(int(first) - 1, min(int(last), self._limits.columns)))

    def _merge(self, reference: str) -> None:
        first, _, last = reference.partition(":")
        top, bottom = parse_place(first), parse_place(last)
        if top is None or bottom is None or len(self._merged) >= _MOST_MERGED:
            raise SheetBroken("The merged cells of the workbook are damaged; save it again in a spreadsheet program.")
        self._merged.append((*top, *bottom))

    def _fill(self) -> None:
        """Give each cell of a merged range the value of its top left one, in rows that have anything in them."""
        rows = self.collected.rows
        numbers = [number for number, _ in rows]
        for top, left, bottom, right in self._merged:
            at, beyond = bisect_left(numbers, top), bisect_right(numbers, bottom)
            if at == beyond or numbers[at] != top or left >= len(rows[at][1]) or (top, left) == (bottom, right):
                continue
            value = rows[at][1][left]
            if value is None:
                continue
            right = min(right, self._limits.columns - 1)
            for number, cells in rows[at:beyond]:
                self.collected.spend(right - left + 1)
                alone = all(cell is None for cell in cells[:left]) and all(cell is None for cell in cells[right + 1 :])
                if alone and right - left >= 2:
                    self.sections.add(number)
                cells.extend([None] * (right + 1 - len(cells)))
                for column in range(left, right + 1):
                    if cells[column] is None:
                        cells[column] = value
            self._filled.append(f"{place(top, left)}:{place(bottom, right)}")


def _following(number: int, reference: str) -> int:
    """The row after `number`, as its reference says."""
    following = int(reference) if reference.isdecimal() else number + 1
    if not number < following <= LAST_ROW:
        raise SheetBroken(f"The row {reference[:20]} stands in the wrong place of the workbook.")
    return following


def _text(text: str) -> Value:
    if "_x" in text:
        text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    text = text.replace("\r\n", "\n")
    if _CONTROL.search(text):
        return BadCell("unprintable", _CONTROL.sub("\ufffd", text)[:_BAD_TEXT])
    return _composed(text) or None


def _number(text: str, dated: bool | None) -> Value:
    """A number, or the day it stands for; `dated` is which days it counts from, None for none."""
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        return BadCell("cell_error", text[:_BAD_TEXT])
    if not math.isfinite(number):
        return BadCell("cell_error", text[:_BAD_TEXT])
    if dated is not None:
        return from_serial(number, epoch_1904=dated) or BadCell("date_impossible", text[:_BAD_TEXT])
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def from_serial(number: float, *, epoch_1904: bool = False) -> date | datetime | time | None:
    """The day (and time, to the second) that a spreadsheet's number of days stands for; None where there is none.

    The 1900 system counts a 29 February 1900 that never was (number 60), ECMA-376 part 1, 18.17.4.1.
    """
    if not 0 <= number < 3_000_000 or (not epoch_1904 and 60 <= number < 61):
        return None
    first = datetime(1904, 1, 1) if epoch_1904 else datetime(1899, 12, 30 if number >= 61 else 31)  # noqa: DTZ001
    days, seconds = divmod(round(number * 86_400), 86_400)
    try:
        moment = first + timedelta(days=days, seconds=seconds)
    except OverflowError:
        return None
    if number < 1 and not epoch_1904:
        return moment.time() if days == 0 else None
    return moment if seconds else moment.date()


def _iso(text: str) -> Value:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return BadCell("date_unclear", text[:_BAD_TEXT])
    moment = moment.replace(tzinfo=None, microsecond=0)
    return moment if moment.time() != time() else moment.date()


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
