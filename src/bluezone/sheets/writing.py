"""Writing workbooks and text files that say where they come from and compute nothing when they are opened."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import IO, Any, Literal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.writer.excel import ExcelWriter

from bluezone.sheets.cells import LAST_ROW, Value, column_letters
from bluezone.sheets.errors import SheetTooLarge
from bluezone.sheets.neutral import is_formula_like, neutralise
from bluezone.sheets.values import shown

WrittenKind = Literal["text", "date", "moment", "number"]

_VIETNAM = timezone(timedelta(hours=7))
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_WIDTHS: Mapping[WrittenKind, int] = {"text": 22, "date": 12, "moment": 17, "number": 10}
_LONGEST = 32_767
"""UTF-16 units that a cell can hold."""
_FOOTER = 200
"""A header or footer takes 255 characters, its page numbers included."""
_FIRST_YEAR = 1901
"""Spreadsheets count days from 1900, with one that never was."""
_EXACT = 10**15
_TITLE_SIGNS = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_NEW_LINE = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class WrittenColumn:
    """A column of a table that is written; `meaning` goes to the explanations, `width` is in characters."""

    title: str
    kind: WrittenKind = "text"
    width: int = 0
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class WrittenSheet:
    """A table: `heading` are the lines above it, `rows` may be made while it is written."""

    title: str
    columns: Sequence[WrittenColumn]
    rows: Iterable[Sequence[Value]]
    heading: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a file comes from: it stands above each table, at the foot of each printed page and in the properties."""

    who: str
    when: datetime
    purpose: str
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class SheetWords:
    """What a file says by itself, in one language."""

    explanations: str
    column: str
    meaning: str
    mark: str
    page: str


VIETNAMESE = SheetWords("Giải thích", "Cột", "Ý nghĩa", "{who} xuất lúc {when}, để: {purpose}", "Trang &P/&N")
ENGLISH = SheetWords("Explanations", "Column", "Meaning", "Exported by {who} at {when}, for: {purpose}", "Page &P/&N")


def write_workbook(sheets: Sequence[WrittenSheet], *, mark: Mark | None, words: SheetWords = VIETNAMESE) -> bytes:
    """An .xlsx workbook of the tables and a last sheet with what their columns mean.

    The same input gives the same bytes. Rows are taken one at a time and packed at once, so tens of thousands fit in
    little memory. Texts that a program could compute are text cells with a quote prefix.

    Raises:
        SheetTooLarge: a table has more rows than a sheet can hold.
    """
    book = Workbook(write_only=True)
    for style in _styles():
        book.add_named_style(style)
    packed = io.BytesIO()
    with _Archive(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        titles: set[str] = set()
        for sheet in sheets:
            with _page(book, archive, _title(sheet.title, titles)) as (page, begin):
                _write_sheet(page, begin, sheet, mark, words)
        with _page(book, archive, _title(words.explanations, titles)) as (page, begin):
            _write_explanations(page, begin, sheets, words)
        _describe(book, sheets[0].title, mark)
        ExcelWriter(book, archive).save()
    return packed.getvalue()


def _describe(book: Workbook, title: str, mark: Mark | None) -> None:
    book.calculation = CalcProperties(calcId=0, fullCalcOnLoad=False)
    properties = book.properties
    properties.title = _legal(title)
    properties.creator = properties.lastModifiedBy = _legal(mark.who) if mark else "Bluezone"
    moment = mark.when.astimezone(UTC).replace(tzinfo=None, microsecond=0) if mark else datetime(*_ZIP_TIME)  # noqa: DTZ001
    properties.created = properties.modified = moment
    if mark:
        own = {"who": mark.who, "when": mark.when.isoformat(timespec="seconds"), "purpose": mark.purpose}
        for name, value in {**own, **mark.properties}.items():
            book.custom_doc_props.append(StringProperty(name=f"bluezone.{name}", value=_legal(value)))  # type: ignore[attr-defined]


def write_csv(sheet: WrittenSheet, *, mark: Mark | None, words: SheetWords = VIETNAMESE) -> bytes:
    """The table as CSV for spreadsheet programs: UTF-8 with its mark, commas, CRLF, an apostrophe before what they
    could compute."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for line in _lines_above(sheet, mark, words):
        writer.writerow([_csv_text(line)])
    writer.writerow([_csv_text(column.title) for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow([_csv_cell(value) for value in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


class _Archive(zipfile.ZipFile):
    """The workbook's archive: all parts bear the same time, and sheets go into it as they are made."""

    def part(self, name: str) -> IO[bytes]:
        return self.open(self._fixed(name), "w", force_zip64=True)

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        super().writestr(self._fixed(zinfo_or_arcname), data)

    def write(self, *_: Any, **__: Any) -> None:
        """Nothing: what openpyxl would copy from a temporary file is here already."""

    @staticmethod
    def _fixed(name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, _ZIP_TIME)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return info


class _StreamedWriter(WorksheetWriter):
    """Writes a sheet into the archive: a temporary file would keep people's data when the process is killed."""

    def cleanup(self) -> None:
        """Nothing to remove."""


@contextmanager
def _page(book: Workbook, archive: _Archive, title: str) -> Iterator[tuple[Any, Callable[[], None]]]:
    """A new sheet, and what to call once it is set up and its rows begin."""
    page: Any = book.create_sheet(title)
    with archive.part(f"xl/worksheets/sheet{len(book.worksheets)}.xml") as part:
        page._writer = _StreamedWriter(page, part)
        try:
            yield page, page._writer.write_top
        finally:
            page.close()


def _styles() -> Iterator[NamedStyle]:
    edge = Side(style="thin", color="FFB8C4CE")
    box = Border(left=edge, right=edge, top=edge, bottom=edge)
    top = Alignment(vertical="top", wrap_text=True)
    yield NamedStyle("bz mark", font=Font(italic=True, color="FF5B6B79"))
    yield NamedStyle("bz heading", font=Font(bold=True, size=13))
    yield NamedStyle(
        "bz header", font=Font(bold=True), border=box, fill=PatternFill("solid", fgColor="FFE3EDF7"),
        alignment=Alignment(vertical="center", horizontal="center", wrap_text=True),
    )  # fmt: skip
    yield NamedStyle("bz text", number_format="@", alignment=top, border=box)
    yield NamedStyle("bz date", number_format="d/m/yyyy", alignment=Alignment(vertical="top"), border=box)
    yield NamedStyle("bz moment", number_format="d/m/yyyy h:mm", alignment=Alignment(vertical="top"), border=box)
    yield NamedStyle("bz number", alignment=Alignment(vertical="top"), border=box)


def _write_sheet(
    page: Any, begin: Callable[[], None], sheet: WrittenSheet, mark: Mark | None, words: SheetWords
) -> None:
    above = _lines_above(sheet, mark, words)
    header = len(above) + (2 if above else 1)
    last = column_letters(len(sheet.columns) - 1)
    for index, column in enumerate(sheet.columns):
        page.column_dimensions[column_letters(index)].width = column.width or max(
            _WIDTHS[column.kind], min(len(column.title) + 2, 30)
        )
    page.freeze_panes = f"A{header + 1}"
    page.print_title_rows = f"{header}:{header}"
    page.page_setup.orientation = "landscape"
    page.page_setup.paperSize = 9  # A4
    page.page_setup.fitToHeight = 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    if mark:
        page.oddFooter.left.text = _legal(_mark_line(mark, words))[:_FOOTER].replace("&", "&&")
    page.oddFooter.right.text = words.page
    begin()
    for index, line in enumerate(above):
        page.append([_cell(page, line, "mark" if mark and index == 0 else "heading")])
    if above:
        page.append([])
    page.append([_cell(page, column.title, "header") for column in sheet.columns])
    number = header
    for row in sheet.rows:
        number += 1
        if number > LAST_ROW:
            raise SheetTooLarge(f"A sheet holds no more than {LAST_ROW} rows; write the table in several files.")
        page.append([_cell(page, value, column.kind) for value, column in zip(row, sheet.columns, strict=True)])
    page.auto_filter.ref = f"A{header}:{last}{number}"


def _write_explanations(
    page: Any, begin: Callable[[], None], sheets: Sequence[WrittenSheet], words: SheetWords
) -> None:
    page.column_dimensions["A"].width = 30
    page.column_dimensions["B"].width = 80
    begin()
    page.append([_cell(page, words.column, "header"), _cell(page, words.meaning, "header")])
    for column in dict.fromkeys(column for sheet in sheets for column in sheet.columns):
        page.append([_cell(page, column.title, "text"), _cell(page, column.meaning, "text")])


def _cell(page: Any, value: Value, style: str) -> Any:
    value = _local(value)
    cell = WriteOnlyCell(page)
    cell.style = f"bz {style}"
    if isinstance(value, date) and value.year >= _FIRST_YEAR:
        cell.value = value
        if style == "text":
            cell.style = f"bz {'moment' if isinstance(value, datetime) else 'date'}"
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _EXACT and style != "text":
        cell.value = value
    elif text := _legal(shown(value)):
        cell.value = _LOOKS_ESCAPED.sub("_x005F_", text)
        cell.data_type = "s"  # openpyxl would make formulas and errors of some texts
        if is_formula_like(text):
            cell.quotePrefix = True
    return cell


def _lines_above(sheet: WrittenSheet, mark: Mark | None, words: SheetWords) -> list[str]:
    return [*([_mark_line(mark, words)] if mark else []), *sheet.heading]


def _mark_line(mark: Mark, words: SheetWords) -> str:
    when = mark.when.astimezone(_VIETNAM)
    said = f"{when:%H:%M} {when.day}/{when.month}/{when.year}"
    return words.mark.format(who=mark.who, when=said, purpose=mark.purpose)


def _local(value: Value) -> Value:
    """A moment in Vietnam's time without its zone, which a cell cannot hold, to the second."""
    if not isinstance(value, datetime):
        return value
    return (value.astimezone(_VIETNAM) if value.tzinfo else value).replace(tzinfo=None, microsecond=0)


def _legal(text: str) -> str:
    """A text that XML and a cell can hold."""
    text = _ILLEGAL.sub("\ufffd", _NEW_LINE.sub("\n", text))
    if len(text) > _LONGEST // 2 and len(text.encode("utf-16-le")) // 2 > _LONGEST:
        text = f"{text[: _LONGEST // 2 - 1]}…"
    return text


def _csv_cell(value: Value) -> str:
    text = shown(_local(value))
    return text if isinstance(value, int | float) else _csv_text(text)


def _csv_text(text: str) -> str:
    return neutralise(_legal(text))


def _title(title: str, taken: set[str]) -> str:
    """A sheet's title as programs allow it, and no other sheet has it."""
    plain = _TITLE_SIGNS.sub(" ", _legal(title)).strip(" '")[:28].strip() or "Sheet"
    found, count = plain, 1
    while found.casefold() in taken:
        count += 1
        found = f"{plain[:25]} {count}"
    taken.add(found.casefold())
    return found
