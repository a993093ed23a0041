"""What the server refuses, and with which HTTP status it says so."""

from __future__ import annotations

from typing import ClassVar

from bluezone.errors import BluezoneError


class ServerError(BluezoneError, RuntimeError):
    """The root of the server's errors; `status` is the HTTP status of the answer."""

    code = "server_error"
    status: ClassVar[int] = 500


class SettingsInvalid(ServerError, ValueError):
    """A setting is unknown or has a value that cannot be."""

    code = "settings_invalid"


class DatabaseUnavailable(ServerError):
    """The database cannot be reached or is busy; nothing of the call was kept."""

    code = "database_unavailable"
    status = 503


class StorageFull(DatabaseUnavailable):
    """The disk under the database or the archives is full; nothing of the call was kept."""

    code = "storage_full"
    status = 507


class RequestRefused(ServerError):
    """The root of refusals whose cause lies in the request."""

    code = "request_refused"
    status = 400


class RequestMalformed(RequestRefused, ValueError):
    """A request's body, header or path does not have the documented form."""

    code = "request_malformed"


class RequestTooLarge(RequestRefused):
    """A request's body is larger than its path takes."""

    code = "request_too_large"
    status = 413


class NotFound(RequestRefused):
    """There is nothing at this path."""

    code = "not_found"
    status = 404


class MethodNotAllowed(RequestRefused):
    """The path exists, but not for this method."""

    code = "method_not_allowed"
    status = 405
