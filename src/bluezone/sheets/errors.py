"""Why a file is not taken, or has no table in it."""

from __future__ import annotations

from typing import ClassVar

from bluezone.errors import BluezoneError


class SheetsError(BluezoneError, ValueError):
    """The root of the room's errors."""

    code: ClassVar[str] = "sheets_error"


class SheetTooLarge(SheetsError):
    """The file has more bytes, rows, columns or text than the caller takes; the message names the limit."""

    code: ClassVar[str] = "sheet_too_large"


class SheetUnpacksTooLarge(SheetsError):
    """The workbook unpacks into far more than its size lets expect, or into too many parts."""

    code: ClassVar[str] = "sheet_unpacks_too_large"


class SheetEmpty(SheetsError):
    """There is no filled cell in the file."""

    code: ClassVar[str] = "sheet_empty"


class SheetNotTable(SheetsError):
    """The file is neither a workbook nor text in columns: a PDF, a web page, a picture, a letter."""

    code: ClassVar[str] = "sheet_not_table"


class SheetFormatOld(SheetsError):
    """The workbook is of a kind that is not read (.xls, .xlsb, .ods)."""

    code: ClassVar[str] = "sheet_format_old"


class SheetEncrypted(SheetsError):
    """The workbook is locked with a password."""

    code: ClassVar[str] = "sheet_encrypted"


class SheetHasMacros(SheetsError):
    """The workbook carries macros or other program code."""

    code: ClassVar[str] = "sheet_has_macros"


class SheetHasLinks(SheetsError):
    """The workbook draws on other files, programs (DDE) or data connections."""

    code: ClassVar[str] = "sheet_has_links"


class SheetHoldsFiles(SheetsError):
    """The workbook holds other files or archives inside."""

    code: ClassVar[str] = "sheet_holds_files"


class SheetXmlUnsafe(SheetsError):
    """A part of the workbook declares a document type or entities, which no spreadsheet program writes."""

    code: ClassVar[str] = "sheet_xml_unsafe"


class SheetBroken(SheetsError):
    """The file is damaged: its archive, XML or quoting does not hold."""

    code: ClassVar[str] = "sheet_broken"


class SheetEncodingUnknown(SheetsError):
    """The letters of a text file cannot be read with certainty in any encoding that was used for Vietnamese."""

    code: ClassVar[str] = "sheet_encoding_unknown"


class SheetHasZeroBytes(SheetsError):
    """A text file holds bytes that are zero, which no table has."""

    code: ClassVar[str] = "sheet_has_zero_bytes"


class SheetHeaderMissing(SheetsError):
    """No row holds the titles of the columns that are asked for."""

    code: ClassVar[str] = "sheet_header_missing"
