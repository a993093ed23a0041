"""Reading a file of any name: what it is by its content, then its rows."""

from __future__ import annotations

from bluezone.sheets.cells import Sheet, SheetLimits
from bluezone.sheets.delimited import read_delimited
from bluezone.sheets.errors import SheetEmpty, SheetEncrypted, SheetFormatOld, SheetNotTable, SheetTooLarge
from bluezone.sheets.workbook import read_workbook

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x10\x00", b"\x09\x08\x08\x00")
_OTHER = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"MZ", b"II*\x00",
    b"MM\x00*", b"\x7fELF", b"SQLite format 3", b"RIFF",
)  # fmt: skip
_MARKUP = (
    b"<html",
    b"<!doctype",
    b"<table",
    b"<?xml",
    b"<head",
    b"<body",
    b"<meta",
    b"<style",
    b"<div",
    b"mime-version:",
)
_DEFAULT = SheetLimits()


def read_sheet(data: bytes, *, name: str = "", limits: SheetLimits = _DEFAULT) -> Sheet:
    """The rows of an .xlsx workbook's first sheet or of a text file in columns, told apart by their content.

    `name` is what the file is called, for the title of a text file, which has none. No formula is computed and no
    result of one is used; every cell keeps its place. Texts are composed (NFC).

    Raises:
        SheetsError: the leaf that names why the file is not taken; never anything else, whatever the bytes.
    """
    if len(data) > limits.bytes:
        raise SheetTooLarge(f"The file has more than {limits.bytes} bytes; split it into several.")
    if not data.strip():
        raise SheetEmpty("The file is empty.")
    if data.startswith(_ZIP):
        return read_workbook(data, limits)
    if data.startswith(_OLE):
        _refuse_compound(data)
    if data.startswith(_BIFF):
        raise SheetFormatOld("This is an old .xls workbook; save it as .xlsx and try again.")
    head = data[:512].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"").lower()
    if data.startswith(_OTHER) or head.startswith(_MARKUP):
        raise SheetNotTable("This file is not a table but a document; choose an .xlsx or .csv file.")
    return read_delimited(data, name, limits)


def _refuse_compound(data: bytes) -> None:
    """Refuse a file of Office's older container, by the streams whose names stand in it."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise SheetEncrypted("The workbook is locked with a password; save it without one and try again.")
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book")):
        raise SheetFormatOld("This is an old .xls workbook; save it as .xlsx and try again.")
    raise SheetNotTable("This file is not a workbook; choose an .xlsx or .csv file.")
