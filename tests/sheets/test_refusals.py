"""Every file that is not taken, and that whatever comes is refused in one way only and within bounds."""

from __future__ import annotations

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bluezone.sheets import (
    Sheet,
    SheetBroken,
    SheetEmpty,
    SheetEncrypted,
    SheetFormatOld,
    SheetHasLinks,
    SheetHasMacros,
    SheetHasZeroBytes,
    SheetHoldsFiles,
    SheetLimits,
    SheetNotTable,
    SheetsError,
    SheetTooLarge,
    SheetUnpacksTooLarge,
    SheetXmlUnsafe,
    read_sheet,
)
from tests.sheets.books import HEAD, MAIN, PLAIN_ROWS, inline, parts, relations, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016)


def book(**more: str | bytes) -> bytes:
    """A plain workbook with some parts added; `__` in a name stands for `/`, `_` before the ending for `.`."""
    return zipped(parts(PLAIN_ROWS) | {name.replace("__", "/"): content for name, content in more.items()})


def with_part(name: str, content: str | bytes = b"x") -> bytes:
    return zipped(parts(PLAIN_ROWS) | {name: content})


def with_sheet(content: str) -> bytes:
    return with_part("xl/worksheets/sheet1.xml", content)


@pytest.mark.parametrize(
    ("error", "data"),
    [
        (SheetEmpty, b""),
        (SheetEmpty, b" \r\n\n"),
        (SheetEmpty, b"\xef\xbb\xbf"),
        (SheetEmpty, b";;\n;;\n"),
        (SheetEmpty, b"PK\x05\x06" + bytes(18)),
        (SheetNotTable, b"%PDF-1.7\n1 0 obj"),
        (SheetNotTable, b"<html><table><tr><td>1</td></tr></table></html>"),
        (SheetNotTable, b"\xef\xbb\xbf\n <TABLE border=1><tr><td>1</td></tr></TABLE>"),
        (SheetNotTable, "<html>".encode("utf-16")),
        (SheetNotTable, b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>'),
        (SheetNotTable, b"MIME-Version: 1.0\nX-Document-Type: Workbook"),
        (SheetNotTable, b"\x89PNG\r\n\x1a\n" + bytes(40)),
        (SheetNotTable, bytes(range(256)) * 8),
        (SheetNotTable, OLE),
        (SheetNotTable, zipped({"a.txt": "x"})),
        (SheetNotTable, zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<x/>"})),
        (SheetFormatOld, OLE + "Workbook".encode("utf-16-le")),
        (SheetFormatOld, b"\x09\x08\x10\x00" + bytes(100)),
        (SheetFormatOld, zipped({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"x"})),
        (SheetFormatOld, zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"})),
        (SheetEncrypted, OLE + "EncryptedPackage".encode("utf-16-le")),
        (SheetHasZeroBytes, b"ho ten,tuoi\nNam,3\x00\n"),
        (SheetHasMacros, with_part("xl/vbaProject.bin")),
        (SheetHasMacros, with_part("xl/macrosheets/sheet1.xml", "<x/>")),
        (SheetHasMacros, with_part("xl/activeX/activeX1.bin")),
        (
            SheetHasMacros,
            with_part(
                "[Content_Types].xml",
                '<Types><Override PartName="/xl/workbook.xml" '
                'ContentType="application/vnd.ms-excel.sheet.macroEnabled.main+xml"/></Types>',
            ),
        ),
        (SheetHasLinks, with_part("xl/externalLinks/externalLink1.xml", "<ddeLink ddeService='cmd'/>")),
        (SheetHasLinks, with_part("xl/connections.xml", "<x/>")),
        (
            SheetHasLinks,
            with_part(
                "xl/worksheets/_rels/sheet1.xml.rels",
                relations(("image", "http://x.example/a.png"), mode=' TargetMode="External"'),
            ),
        ),
        (SheetHasLinks, with_part("xl/other/_rels/a.xml.rels", relations(("externalLinkPath", "b.xlsx")))),
        (SheetHoldsFiles, with_part("xl/embeddings/oleObject1.bin")),
        (SheetHoldsFiles, with_part("xl/media/image1.png", zipped({"a": "b"}))),
        (SheetHoldsFiles, with_part("xl/media/bomb.zip")),
        (SheetBroken, b"PK\x03\x04 and nothing more"),
        (SheetBroken, with_part("a")[:-30]),
        (SheetBroken, with_sheet(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>')),
        (SheetBroken, with_sheet('<?xml version="1.0" encoding="zlib"?><worksheet/>')),
        (SheetBroken, zipped({"[Content_Types].xml": "<Types/>"})),
        (SheetBroken, zipped(parts('<row r="1"><c r="A1" t="s"><v>7</v></c></row>'))),
        (SheetBroken, zipped(parts('<row r="2"/><row r="1"/>'))),
        (SheetBroken, zipped(parts('<row r="1048577"/>'))),
        (SheetBroken, zipped(parts('<row r="1"><c r="B1"><v>1</v></c><c r="A1"><v>1</v></c></row>'))),
        (SheetBroken, zipped(parts('<row r="1"><c r="A2"><v>1</v></c></row>'))),
        (SheetBroken, zipped(parts(PLAIN_ROWS, after='<mergeCells><mergeCell ref="A1:ZZZZ9"/></mergeCells>'))),
        (SheetBroken, zipped(parts(PLAIN_ROWS), zipfile.ZIP_BZIP2)),
        (SheetBroken, b'a,b\n"open,c\n'),
        (SheetXmlUnsafe, with_sheet('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')),
        (SheetXmlUnsafe, with_sheet('<!DOCTYPE x SYSTEM "http://x.example/x.dtd"><x/>')),
        (SheetXmlUnsafe, with_part("xl/theme/theme1.xml", "<!DOCTYPE x><x/>")),
        (SheetXmlUnsafe, with_part("docProps/app.dat", "\ufeff<!DOCTYPE x><x/>".encode("utf-16-le"))),
        (SheetXmlUnsafe, with_part("customXml/item1.xml", "<a>" * 1000)),
        (SheetXmlUnsafe, with_part("customXml/item1.xml", "<a b='" + "x" * 400_000 + "'/>")),
        (SheetXmlUnsafe, with_part("customXml/item1.xml", f"<a>{''.join(f'<b{n}/>' for n in range(5_000))}</a>")),
        (SheetTooLarge, zipped(parts(f'<row r="1">{inline("A1", "x" * 32_768)}</row>'))),
        (SheetTooLarge, zipped(parts('<row r="1"><c r="IW1"><v>1</v></c></row>'))),
        (SheetTooLarge, b",".join([b"x"] * 257)),
        (SheetTooLarge, b"x" * 40_000),
        (SheetTooLarge, b"," * 1_000_001),
        (SheetTooLarge, b"\n" * 1_048_577 + b"a,b"),
        (SheetTooLarge, b"x" * 200_000),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_file_is_refused_for_what_it_is(error: type[SheetsError], data: bytes) -> None:
    with pytest.raises(SheetsError) as caught:
        read_sheet(data)
    assert type(caught.value) is error
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)


def test_plain_workbook_of_these_tests_is_taken() -> None:
    assert len(read_sheet(with_part("xl/media/image1.png", b"\x89PNG")).rows) == 1


def test_hyperlinks_of_cells_are_no_reason_to_refuse() -> None:
    rels = relations(("hyperlink", "mailto:tramyte@example.vn"), mode=' TargetMode="External"')
    assert read_sheet(with_part("xl/worksheets/_rels/sheet1.xml.rels", rels)).rows


def test_ill_formed_old_drawing_is_not_read_and_not_refused() -> None:
    assert read_sheet(with_part("xl/drawings/vmlDrawing1.vml", "<xml><br></xml>")).rows


@pytest.mark.parametrize("rows", [100_001, 150_000])
def test_too_many_rows_are_refused_with_the_limit_named(rows: int) -> None:
    with pytest.raises(SheetTooLarge, match="100000"):
        read_sheet(b"a,b\n" * rows)


def test_callers_limits_hold_for_workbooks_too() -> None:
    page = openpyxl.Workbook()
    assert page.active is not None
    for number in range(30):
        page.active.append([number])
    packed = io.BytesIO()
    page.save(packed)
    assert len(read_sheet(packed.getvalue(), limits=SheetLimits(rows=30)).rows) == 30
    with pytest.raises(SheetTooLarge, match="29 filled rows"):
        read_sheet(packed.getvalue(), limits=SheetLimits(rows=29))
    with pytest.raises(SheetTooLarge, match="1000 bytes"):
        read_sheet(packed.getvalue(), limits=SheetLimits(bytes=1000))


def test_locked_archive_is_refused() -> None:
    data = bytearray(book())
    for at in range(len(data) - 4):
        if data[at : at + 4] == b"PK\x01\x02":
            data[at + 8] |= 1
    with pytest.raises(SheetEncrypted):
        read_sheet(bytes(data))


def lying(size: int) -> bytes:
    """A workbook whose list of parts claims this size for each."""
    data = bytearray(book())
    for at in range(len(data) - 4):
        if data[at : at + 4] == b"PK\x01\x02":
            data[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(data)


def many_parts() -> bytes:
    return zipped(parts(PLAIN_ROWS) | {f"xl/media/{number}": "" for number in range(2_000)})


def long_list() -> bytes:
    return zipped({f"{number}{'x' * 200}": "" for number in range(5_000)})


def sparse() -> bytes:
    return zipped(parts('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="IV1048576"><v>2</v></c></row>'))


def long_cell(length: int) -> str:
    return (
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="str"><v>{"x" * length}</v></c></row></sheetData></worksheet>'
    )


def long_text() -> bytes:
    return with_sheet(long_cell(60_000_000))


def long_comment() -> bytes:
    return with_part("xl/theme/theme1.xml", f"<a><!--{'x' * 60_000_000}--></a>")


def merged_often() -> bytes:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, 2_001))
    merged = '<mergeCell ref="A1:IV2000"/>' * 5_000
    return zipped(parts(rows, after=f"<mergeCells>{merged}</mergeCells>"))


def many_styles() -> bytes:
    return zipped(parts(PLAIN_ROWS, styles=f"<cellXfs>{'<xf/>' * 400_000}</cellXfs>"))


def many_relations() -> bytes:
    listed = "".join(f"<Relationship Id='{number}'/>" for number in range(20_000))
    return with_part("xl/_rels/workbook.xml.rels", f"<R>{listed}</R>")


@pytest.mark.parametrize(
    ("error", "made"),
    [
        (SheetUnpacksTooLarge, lambda: lying(2**31)),
        (SheetBroken, lambda: lying(3)),
        (SheetUnpacksTooLarge, many_parts),
        (SheetUnpacksTooLarge, long_list),
        (SheetUnpacksTooLarge, lambda: with_part("xl/media/zeros", bytes(100_000_000))),
        (SheetUnpacksTooLarge, long_text),
        (SheetUnpacksTooLarge, long_comment),
        (SheetTooLarge, merged_often),
        (SheetBroken, many_styles),
        (SheetBroken, many_relations),
        (None, sparse),
    ],
)
def test_bombs_take_little_memory(error: type[SheetsError] | None, made: Callable[[], bytes]) -> None:
    data = made()
    tracemalloc.start()
    try:
        outcome: Any = read_sheet(data)
    except SheetsError as refused:
        outcome = refused
    finally:
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert type(outcome) is (error or Sheet), outcome
    assert most < 64 * 1024 * 1024


def test_long_text_and_comment_of_incompressible_size_are_refused_as_they_pass() -> None:
    """Below the bounds of an archive the bounds of one cell and one tag hold."""
    roomy = zipfile.ZIP_STORED
    sheet = long_cell(5_000_000)
    with pytest.raises(SheetTooLarge):
        read_sheet(zipped(parts(PLAIN_ROWS) | {"xl/worksheets/sheet1.xml": sheet}, roomy))
    with pytest.raises(SheetXmlUnsafe):
        read_sheet(zipped(parts(PLAIN_ROWS) | {"xl/theme/theme1.xml": f"<a><!--{'x' * 5_000_000}--></a>"}, roomy))


def outcome(data: bytes) -> Sheet | SheetsError:
    try:
        return read_sheet(data, limits=SheetLimits(rows=1_000))
    except SheetsError as error:
        return error


@given(st.binary(max_size=2_000))
@example(b"PK\x03\x04")
@example(b'=""')
def test_any_bytes_give_a_sheet_or_a_refusal(data: bytes) -> None:
    assert isinstance(outcome(data), Sheet | SheetsError)


@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1258", "latin-1"]))
def test_any_text_gives_a_sheet_or_a_refusal(text: str, encoding: str) -> None:
    assert isinstance(outcome(text.encode(encoding, "replace")), Sheet | SheetsError)


WHOLE = zipped(
    parts(
        PLAIN_ROWS + '<row r="2" hidden="1"><c r="A2" s="1"><v>44046</v></c><c r="C2" t="s"><v>0</v></c></row>',
        after='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>',
        before='<cols><col min="1" max="3" hidden="1"/></cols>',
        texts="<si><t>Hưng Yên</t></si>",
        styles='<fonts><font><name val=".VnTime"/></font></fonts><cellXfs><xf/><xf numFmtId="14"/></cellXfs>',
    )
)


@settings(max_examples=400)
@given(st.data())
def test_any_damage_to_a_workbook_gives_a_sheet_or_a_refusal(data: st.DataObject) -> None:
    damaged = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert isinstance(outcome(bytes(damaged)), Sheet | SheetsError)


NAMES = st.sampled_from(["row", "c", "v", "f", "is", "t", "r", "rPh", "sheetData", "mergeCell", "col", "si", "x"])
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["r", "s", "t", "ref", "min", "max", "hidden"]),
    st.one_of(
        st.sampled_from(
            ["s", "str", "inlineStr", "b", "d", "e", "n", "A1", "A1:C3", "1", "-1", "1e9", "¹", "٣", "9" * 400]
        ),
        st.text(st.characters(codec="utf-8", exclude_characters="<&\"'", exclude_categories=["C"]), max_size=5),
    ),
    max_size=3,
)
INNER = st.recursive(
    st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="<&", exclude_categories=["C"]), max_size=6),
              st.sampled_from(["1", "44046", "1e999", "inf", "_x0000_", "_xD800_", "2020-08-01", "0"])),
    lambda inner: st.builds(
        lambda name, attributes, content: f"<{name} {' '.join(f'{k}={v!r}' for k, v in attributes.items())}>"
        f"{''.join(content)}</{name}>",
        NAMES, ATTRIBUTES, st.lists(inner, max_size=4),
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=400)
@given(st.lists(INNER, max_size=6).map("".join), INNER, INNER)
def test_any_tags_in_a_workbook_give_a_sheet_or_a_refusal(rows: str, texts: str, after: str) -> None:
    assert isinstance(outcome(zipped(parts(rows, texts=texts, styles=after, after=after))), Sheet | SheetsError)
