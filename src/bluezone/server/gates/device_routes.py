"""What a gate's device asks for: its page, which works without a network, and the two calls that the page makes."""

from __future__ import annotations

import base64
import binascii
from datetime import date
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bluezone.look import (
    GATE_COLOURS,
    GATE_PICTURES,
    gate_colour_name,
    gate_picture,
    gate_picture_name,
)
from bluezone.protocol.gate import GateCertificate
from bluezone.server.answers import AnyRequest
from bluezone.server.errors import RequestMalformed
from bluezone.server.gates.counts import take
from bluezone.server.gates.registry import enrol
from bluezone.server.gates.service import Gates
from bluezone.server.language import LANGUAGES
from bluezone.server.pages import LANGUAGE_COOKIE, PagesParameter, language_of

SIGNATURE_HEADER = "X-Gate-Signature"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self';"
    " worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
LANGUAGE_SECONDS = 365 * 86400
_PRIVATE = {"Cache-Control": "no-store"}

GatesParameter = NamedDependency[SkipValidation[Gates]]
"""The type of a handler's parameter `gates`."""


class Enrolment(msgspec.Struct, frozen=True, rename="camel"):
    """The secret of a gate's link, and the device's public key: an uncompressed point on P-256, base64url."""

    token: Annotated[str, msgspec.Meta(max_length=100)]
    public_key: Annotated[str, msgspec.Meta(max_length=100)]


class Enrolled(msgspec.Struct, frozen=True, rename="camel"):
    """What the device is given, with the server's time (Unix seconds)."""

    gate: str
    label: str
    certificate: str
    valid_until: date
    now: float


class Renewed(msgspec.Struct, frozen=True, rename="camel"):
    """The gate's certificate of today, with the server's time (Unix seconds)."""

    certificate: str
    valid_until: date
    now: float


@get("/gate", include_in_schema=False, sync_to_thread=False)
def gate_page(request: AnyRequest, pages: PagesParameter) -> Response[bytes]:
    """The gate's page; whatever makes it this gate's comes from the device alone."""
    language = language_of(request)
    pictures = [(gate_picture(index), gate_picture_name(index, language)) for index in range(GATE_PICTURES)]
    answer = pages.answer(
        request,
        "gates/device.html",
        pictures=pictures,
        colours=[gate_colour_name(index, language) for index in range(GATE_COLOURS)],
    )
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    if request.query_params.get("lang", "") in LANGUAGES:
        answer.cookies.append(Cookie(LANGUAGE_COOKIE, value=language, path="/", max_age=LANGUAGE_SECONDS))
    return answer


@get("/gate/worker.js", include_in_schema=False, sync_to_thread=False)
def gate_worker(pages: PagesParameter) -> Response[bytes]:
    """What keeps the page on the device; served here, since it may keep nothing but what lies below its address."""
    body = pages.static.file("gates/worker.js").body
    headers = {
        "Cache-Control": "no-cache",
        "Service-Worker-Allowed": "/gate",
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
    }
    return Response(body, media_type="text/javascript", headers=headers)


@post("/v1/gates/enrol", include_in_schema=False, status_code=200)
async def enrol_device(request: AnyRequest, gates: GatesParameter) -> Response[Enrolled]:
    """Certify the key of the device that opens a gate's link first."""
    try:
        asked = msgspec.json.decode(await request.body(), type=Enrolment)
    except msgspec.DecodeError as error:
        raise RequestMalformed("A device sends its link's secret and its public key.") from error
    row, certificate = await gates.write(enrol, asked.token, _bytes(asked.public_key))
    now = gates.core.clock.now()
    content = Enrolled(row.id, row.label, _text(certificate.encoded), certificate.valid_until, now)
    return Response(content, headers=_PRIVATE)


@post("/v1/gates/counts", include_in_schema=False, status_code=200)
async def take_counts(request: AnyRequest, gates: GatesParameter) -> Response[Renewed]:
    """Take a batch that a gate signed; the header `X-Gate-Signature` holds r and s over the body, base64url."""
    signature = _bytes(request.headers.get(SIGNATURE_HEADER, ""))
    certificate: GateCertificate = await gates.write(take, await request.body(), signature)
    content = Renewed(_text(certificate.encoded), certificate.valid_until, gates.core.clock.now())
    return Response(content, headers=_PRIVATE)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """The bytes of a text in base64url; none for a text that is not."""
    try:
        return base64.b64decode(text.encode("ascii", "replace") + b"==", altchars=b"-_")
    except binascii.Error:
        return b""


handlers = [gate_page, gate_worker, enrol_device, take_counts]
