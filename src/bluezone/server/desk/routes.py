"""The desk room's calls: the health desk's own under its API key, and those of phones, real and fake alike."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from joserfc.jwk import ECKey
from litestar import Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import SecurityScheme
from litestar.params import JSONBody, SkipValidation

from bluezone.protocol.wire import (
    API_KEY_HEADER,
    CHAFF_HEADER,
    PATH_CERTIFICATE,
    PATH_CODE_STATUS,
    PATH_EXPIRE_CODE,
    PATH_ISSUE,
    PATH_VERIFY,
    CertificateRequest,
    CertificateResponse,
    CodeStatusRequest,
    CodeStatusResponse,
    ErrorResponse,
    ExpireCodeRequest,
    ExpireCodeResponse,
    IssueRequest,
    IssueResponse,
    VerifyRequest,
    VerifyResponse,
)
from bluezone.server.answers import AnyRequest, answer_error
from bluezone.server.desk.limits import client_address
from bluezone.server.desk.padding import BodyT, pad
from bluezone.server.desk.service import Desk, Issued

PATH_REISSUE = "/api/reissue"
PATH_KEYS = "/api/keys"

DeskParameter = NamedDependency[SkipValidation[Desk]]
"""The type of a handler's parameter `desk`."""


OK = 200

DESK_KEY = "deskApiKey"
SECURITY_SCHEMES = {DESK_KEY: SecurityScheme(type="apiKey", name=API_KEY_HEADER, security_scheme_in="header")}
"""For the application's OpenAPI document."""

_REFUSED = ResponseSpec(ErrorResponse, generate_examples=False, description="Refused")


class PublicKeys(msgspec.Struct):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[dict[str, Any]]


def _refusals(*statuses: int) -> dict[int, ResponseSpec]:
    return dict.fromkeys((400, 413, *statuses, 503, 507), _REFUSED)


def require_api_key(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let nobody but the health desk pass."""
    desk: Desk = handler.opt["desk"]()
    desk.check_api_key(connection.headers.get(API_KEY_HEADER, ""))


@post(
    PATH_ISSUE,
    status_code=OK,
    guards=[require_api_key],
    security=[{DESK_KEY: []}],
    responses=_refusals(401, 429),
    summary="Issue a verification code for a case",
)
async def issue(desk: DeskParameter, data: JSONBody[IssueRequest]) -> IssueResponse:
    """`code` is empty while links alone are given out: short codes are paused, or too many of them are good."""
    return _told(await desk.issue(data.test_type, data.symptom_date, data.test_date))


@post(
    PATH_REISSUE,
    status_code=OK,
    guards=[require_api_key],
    security=[{DESK_KEY: []}],
    responses=_refusals(401, 404, 409, 429),
    summary="Issue a new code for a case and revoke the old",
)
async def reissue(desk: DeskParameter, data: JSONBody[ExpireCodeRequest]) -> IssueResponse:
    """Refused once the keys of the case are published."""
    return _told(await desk.reissue(data.uuid))


@post(
    PATH_CODE_STATUS,
    status_code=OK,
    guards=[require_api_key],
    security=[{DESK_KEY: []}],
    responses=_refusals(401, 404),
    summary="What became of a code",
)
async def code_status(desk: DeskParameter, data: JSONBody[CodeStatusRequest]) -> CodeStatusResponse:
    """`keysPublished` comes up to an hour late, and never says which keys."""
    state = await desk.state(data.uuid)
    return CodeStatusResponse(
        claimed=state.claimed,
        keys_published=state.published,
        expires_at_timestamp=state.short_expires_at,
        long_expires_at_timestamp=state.long_expires_at,
    )


@post(
    PATH_EXPIRE_CODE,
    status_code=OK,
    guards=[require_api_key],
    security=[{DESK_KEY: []}],
    responses=_refusals(401, 404),
    summary="Revoke a code and its token",
)
async def expire_code(desk: DeskParameter, data: JSONBody[ExpireCodeRequest]) -> ExpireCodeResponse:
    """Certificates already issued end by themselves within 15 minutes."""
    state = await desk.expire(data.uuid)
    return ExpireCodeResponse(
        uuid=data.uuid,
        expires_at_timestamp=state.short_expires_at,
        long_expires_at_timestamp=state.long_expires_at,
    )


async def fake_verify(request: AnyRequest) -> Response[ErrorResponse] | None:
    """Answer a fake call; None for a real one."""
    return await _fake(request, Desk.verify_fake)


async def fake_certificate(request: AnyRequest) -> Response[ErrorResponse] | None:
    """Answer a fake call; None for a real one."""
    return await _fake(request, Desk.certify_fake)


def refuse_padded(request: AnyRequest, error: Exception) -> Response[ErrorResponse]:
    """A refusal of the size that all answers have."""
    told = answer_error(request, error)
    return Response(pad(told.content, told.status_code or 500), status_code=told.status_code, headers=told.headers)


@post(
    PATH_VERIFY,
    status_code=OK,
    before_request=fake_verify,
    exception_handlers={Exception: refuse_padded},
    responses=_refusals(412, 429),
    summary="Trade a verification code for a token",
)
async def verify(request: AnyRequest, desk: DeskParameter, data: JSONBody[VerifyRequest]) -> Response[VerifyResponse]:
    """With a `nonce` the same call may be repeated when its answer was lost, until the code's time is over.

    With the header X-Chaff the call is fake: it takes as long, and its answer of the same size says nothing.
    """
    claimed = await desk.verify(data.code, data.accept, nonce=data.nonce, address=_address(request, desk))
    symptom_date, test_date = claimed.test.symptom_date, claimed.test.test_date
    return _padded(
        VerifyResponse(
            testtype=claimed.test.test_type,
            token=claimed.token,
            symptom_date=None if symptom_date is None else symptom_date.isoformat(),
            test_date=None if test_date is None else test_date.isoformat(),
        )
    )


@post(
    PATH_CERTIFICATE,
    status_code=OK,
    before_request=fake_certificate,
    exception_handlers={Exception: refuse_padded},
    responses=_refusals(),
    summary="Trade a token for a certificate over the keys that will be published",
)
async def certificate(desk: DeskParameter, data: JSONBody[CertificateRequest]) -> Response[CertificateResponse]:
    """The same call may be repeated when its answer was lost; with another `ekeyhmac` it is refused."""
    return _padded(CertificateResponse(certificate=await desk.certify(data.token, data.ekeyhmac)))


@get(PATH_KEYS, summary="The public keys of certificates", sync_to_thread=False)
def public_keys(desk: DeskParameter) -> PublicKeys:
    """For key servers elsewhere that accept this desk's certificates."""
    use = {"alg": "ES256", "use": "sig"}
    keys = desk.certificate_verifier().keys
    return PublicKeys(
        [{**ECKey.import_key(key).as_dict(private=False), "kid": kid, **use} for kid, key in keys.items()]
    )


def desk_router(desk: Desk) -> Router:
    """The calls of this desk."""

    def itself() -> Desk:
        return desk

    return Router(
        path="/",
        route_handlers=[issue, reissue, code_status, expire_code, verify, certificate, public_keys],
        dependencies={"desk": Provide(itself, sync_to_thread=False)},
        opt={"desk": itself},  # for guards and hooks, which get no dependencies; a function, since values are copied
    )


async def _fake(request: AnyRequest, work: Callable[[Desk], Awaitable[None]]) -> Response[ErrorResponse] | None:
    if CHAFF_HEADER not in request.headers:
        return None
    await request.body()
    await work(request.route_handler.opt["desk"]())
    return _padded(ErrorResponse(error="", error_code=""))


def _padded(body: BodyT) -> Response[BodyT]:
    return Response(pad(body, OK), status_code=OK)


def _address(request: AnyRequest, desk: Desk) -> str:
    forwarded_for = ",".join(request.headers.getall("X-Forwarded-For", []))
    peer = request.client.host if request.client is not None else ""
    return client_address(peer, forwarded_for, desk.trusted_proxies)


def _told(issued: Issued) -> IssueResponse:
    return IssueResponse(
        uuid=issued.uuid,
        code=issued.short.text if issued.short is not None else "",
        expires_at_timestamp=issued.short_expires_at,
        long_code=issued.long.text,
        long_expires_at_timestamp=issued.long_expires_at,
    )
