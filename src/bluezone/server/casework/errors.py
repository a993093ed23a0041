"""What casework refuses, and what to do then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bluezone.server.errors import RequestRefused

if TYPE_CHECKING:
    from bluezone.server.casework.standing import Change


class CaseworkError(RequestRefused):
    """The root of casework's errors."""

    code = "casework_error"


class RecordInvalid(CaseworkError):
    """Fields that cannot be kept; `faults` says by the field's name which and why (a code of `words.FAULTS`)."""

    code = "record_invalid"
    status = 400

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(f"Correct {', '.join(sorted(faults))}; nothing was changed.")
        self.faults = faults


class RecordChanged(CaseworkError):
    """Somebody else changed the record after it was opened here."""

    code = "record_changed"
    status = 409


class PreviewStale(CaseworkError):
    """What the change would change is not what was shown; `changes` is what it is now."""

    code = "preview_stale"
    status = 409

    def __init__(self, message: str, changes: Sequence[Change]) -> None:
        super().__init__(message)
        self.changes = changes


class CaseOpen(CaseworkError):
    """The record cannot be closed while its case is open, or has an open case already."""

    code = "case_open"
    status = 409


class RecordClosed(CaseworkError):
    """The record is closed; whoever opens it says why."""

    code = "record_closed"
    status = 403


class UndoImpossible(CaseworkError):
    """The change is too old to undo, or somebody worked on the record since."""

    code = "undo_impossible"
    status = 409


class CodeImpossible(CaseworkError):
    """Nobody may give this person a code now; `lacking` says why not."""

    code = "code_impossible"
    status = 409

    def __init__(self, message: str, lacking: str) -> None:
        super().__init__(message)
        self.lacking = lacking


class CodeGone(CaseworkError):
    """A code that was on the screen is not any more, or is no longer good."""

    code = "code_gone"
    status = 410


class SlipUnprintable(CaseworkError):
    """The press refuses a slip, as for a text that does not fit; the code stays good."""

    code = "slip_unprintable"
    status = 409


class BulkColumnMissing(CaseworkError):
    """A file for codes in bulk has no column of case numbers."""

    code = "bulk_column_missing"
    status = 400


class BulkTooMany(CaseworkError):
    """A file for codes in bulk has more rows than anybody looks through."""

    code = "bulk_too_many"
    status = 400
