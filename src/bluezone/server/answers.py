"""How every refusal and failure is told: `ErrorResponse`, a status, and the headers that all answers carry."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
)
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.types import BeforeMessageSendHookHandler, Message, Scope

from bluezone.clock import Clock
from bluezone.errors import BluezoneError
from bluezone.protocol import CertificateExpired, CertificateInvalid, KeyHmacMismatch, ProtocolError
from bluezone.protocol.wire import ErrorResponse
from bluezone.server.errors import MethodNotAllowed, NotFound, RequestMalformed, RequestTooLarge, ServerError

SECURITY_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
"""Added to every answer that does not set them itself."""

log = structlog.get_logger(__name__)

_UNTRUSTED = (CertificateExpired, CertificateInvalid, KeyHmacMismatch)

AnyRequest = Request[Any, Any, Any]


class InternalError(ServerError):
    """Something failed that should not; the log of the server says what."""

    code = "internal_error"


def status_of(error: BluezoneError) -> int:
    """The HTTP status with which an error is answered."""
    if isinstance(error, ProtocolError):
        return 401 if isinstance(error, _UNTRUSTED) else 400
    return error.status if isinstance(error, ServerError) else 500


def answer_error(_request: AnyRequest, error: Exception) -> Response[ErrorResponse]:
    """The answer to an error of any kind; the cause of an unforeseen one stays in the log."""
    told = _tell(error)
    status = status_of(told)
    if status >= 500:
        # Neither message nor traceback: they may quote what the request carried.
        log.error("request failed", error=type(error).__name__, at=_place(error))
    headers = {"Retry-After": "30"} if status == 503 else None
    return Response(ErrorResponse(error=str(told), error_code=told.code), status_code=status, headers=headers)


def header_adder(clock: Clock) -> BeforeMessageSendHookHandler:
    """A hook that completes an answer's headers: security, and the date by this clock.

    Phones compare the date with their own clock, so in a rehearsal it has to be the rehearsal's.
    """

    async def add_headers(message: Message, _scope: Scope) -> None:
        if message["type"] == "http.response.start":
            date = (b"date", formatdate(clock.now(), usegmt=True).encode())
            present = {name.lower() for name, _ in message["headers"]}
            added = [header for header in (date, *SECURITY_HEADERS) if header[0] not in present]
            message["headers"] = [*message["headers"], *added]

    return add_headers


def _tell(error: Exception) -> BluezoneError:
    if isinstance(error, BluezoneError):
        return error
    if isinstance(error, NotFoundException):
        return NotFound("There is nothing at this address.")
    if isinstance(error, MethodNotAllowedException):
        return MethodNotAllowed("This address does not take that method.")
    if isinstance(error, RequestEntityTooLarge):
        return RequestTooLarge("The body of this request is too large; send fewer keys or less padding.")
    if isinstance(error, HTTPException) and error.status_code < 500:
        return RequestMalformed("The request does not have the documented form; see /schema/openapi.json.")
    return InternalError("The server failed at this request; try again later.")


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
