"""What the exchange room refuses, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused


class ExchangeError(RequestRefused):
    """The root of the room's errors."""

    code = "exchange_error"


class FileMissing(ExchangeError):
    """The form came without a file."""

    code = "file_missing"
    status = 400


class FileRefused(ExchangeError):
    """The file is not taken; `reason` is the code of the sheets room's error, `details` what it names."""

    code = "file_refused"
    status = 400

    def __init__(self, message: str, reason: str, details: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.details = details


class ImportNotOpen(ExchangeError):
    """The import is running, done or undone already; its rows are not decided any more."""

    code = "import_not_open"
    status = 409


class ImportNotUndone(ExchangeError):
    """The import cannot be undone any more; `reason` says why not."""

    code = "import_not_undone"
    status = 409

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class ReasonMissing(ExchangeError):
    """Names leave the system only with a reason."""

    code = "reason_missing"
    status = 400


class ExportUnknown(ExchangeError):
    """There is no such list, or not in this form."""

    code = "export_unknown"
    status = 400


class MergeImpossible(ExchangeError):
    """The two records cannot be made one; `reason` says why not."""

    code = "merge_impossible"
    status = 409

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
