"""What cannot be printed, and why."""

from __future__ import annotations

from typing import ClassVar

from bluezone.errors import BluezoneError


class MaterialsError(BluezoneError):
    """The root of the room's errors."""

    code: ClassVar[str] = "materials_error"


class CodeUnprintable(MaterialsError, ValueError):
    """A slip carries eight digits, or the sixteen characters of a long code, and a link that fits a QR code."""

    code: ClassVar[str] = "code_unprintable"


class SheetTooLong(MaterialsError, ValueError):
    """A follow-up sheet has more rows than there are row codes."""

    code: ClassVar[str] = "sheet_too_long"


class RowCodeUnknown(MaterialsError, ValueError):
    """The two letters and the digit are not a row of this sheet."""

    code: ClassVar[str] = "row_code_unknown"


class PaperTooSmall(MaterialsError, ValueError):
    """A text does not fit the place that the paper has for it."""

    code: ClassVar[str] = "paper_too_small"


class PictureRefused(MaterialsError, ValueError):
    """The picture is not an SVG of bearable size that stands by itself."""

    code: ClassVar[str] = "picture_refused"


class PrintingFailed(MaterialsError, RuntimeError):
    """The typesetter refused a template of ours."""

    code: ClassVar[str] = "printing_failed"
