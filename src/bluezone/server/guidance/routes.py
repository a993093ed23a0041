"""The guidance room's calls: the document for phones, its writing by the desk, and what warned people tell."""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
from litestar import MediaType, Response, Router, get, post, put
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.handlers import BaseRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, JSONBody, SkipValidation

from bluezone.protocol.wire import (
    API_KEY_HEADER,
    CONFIG_SIGNATURE_HEADER,
    PATH_GUIDANCE,
    PATH_TELL,
    ErrorResponse,
    Guidance,
    TellRequest,
    TellResponse,
)
from bluezone.server.answers import AnyRequest, answer_error
from bluezone.server.guidance.rules import GuidanceDraft
from bluezone.server.guidance.service import GuidanceService

PATH_DRAFT = "/api/guidance"
PATH_TELLS = "/api/tells"
GUIDANCE_SECONDS = 300
ANSWER_BYTES = 2048
"""Every answer to `POST /v1/tell` has this size, kept or refused."""

GuidanceParameter = NamedDependency[SkipValidation[GuidanceService]]
"""The type of a handler's parameter `guidance`."""

AnswerT = TypeVar("AnswerT", TellResponse, ErrorResponse)

_DESK = [{"deskApiKey": list[str]()}]
_REFUSED = ResponseSpec(ErrorResponse, generate_examples=False, description="Refused; nothing was kept")


class Tell(msgspec.Struct, frozen=True, rename="camel"):
    """What somebody told; `receivedAt` is the beginning of the hour in which (Unix seconds)."""

    uuid: str
    received_at: int
    level: str
    exposure_days: list[str]
    name: str
    phone: str
    commune: str
    note: str
    destroyed_on: str


def _refusals(*statuses: int) -> dict[int, ResponseSpec]:
    return dict.fromkeys((*statuses, 503, 507), _REFUSED)


def require_api_key(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Let nobody but the health desk pass."""
    guidance: GuidanceService = handler.opt["guidance"]()
    guidance.check_api_key(connection.headers.get(API_KEY_HEADER, ""))


@get(
    PATH_GUIDANCE, summary="What the province tells people", responses={304: ResponseSpec(None, description="As held")}
)
async def read_guidance(request: AnyRequest, guidance: GuidanceParameter) -> Response[Guidance]:
    """Signed as the configuration is: `X-Config-Signature` holds the signature over the body."""
    signed = await guidance.current()
    held = signed.etag in re.split(r"\s*,\s*", request.headers.get("if-none-match", ""))
    return Response(
        b"" if held else signed.body,  # type: ignore[arg-type]  # encoded once, so that the signature fits
        status_code=304 if held else 200,
        media_type=MediaType.JSON,
        headers={
            CONFIG_SIGNATURE_HEADER: signed.signature,
            "ETag": signed.etag,
            "Cache-Control": f"public, max-age={GUIDANCE_SECONDS}",
        },
    )


@put(
    PATH_DRAFT,
    guards=[require_api_key],
    security=_DESK,
    responses=_refusals(400, 401, 409, 413),
    summary="Put a new guidance into force",
)
async def replace_guidance(guidance: GuidanceParameter, data: JSONBody[GuidanceDraft]) -> Guidance:
    """The whole of it, based on the version in force; phones have it with their next look at the server."""
    return await guidance.replace(data)


@get(
    PATH_DRAFT + "/{version:int}",
    guards=[require_api_key],
    security=_DESK,
    responses=_refusals(401, 404),
    summary="An earlier guidance",
)
async def read_version(guidance: GuidanceParameter, version: FromPath[int]) -> Guidance:
    """Version 0 is what ships with the server."""
    return await guidance.version(version)


def refuse_padded(request: AnyRequest, error: Exception) -> Response[ErrorResponse]:
    """A refusal of the size that all answers have."""
    told = answer_error(request, error)
    return Response(_padded(told.content), status_code=told.status_code, headers=told.headers)


@post(
    PATH_TELL,
    status_code=200,
    exception_handlers={Exception: refuse_padded},
    responses=_refusals(400, 413, 429),
    summary="Tell the health office",
)
async def tell(request: AnyRequest, guidance: GuidanceParameter, data: JSONBody[TellRequest]) -> TellResponse:
    """For a warned person who wants to be called. Undocumented fields are refused: no identifiers, no keys."""
    day = await guidance.tell(
        data,
        peer=request.client.host if request.client is not None else "",
        forwarded_for=",".join(request.headers.getall("X-Forwarded-For", [])),
    )
    return _padded(TellResponse(destroyed_on=day.isoformat()))


@get(PATH_TELLS, guards=[require_api_key], security=_DESK, responses=_refusals(401), summary="What warned people told")
async def list_tells(guidance: GuidanceParameter) -> Response[list[Tell]]:
    """Of the last 14 days, latest first."""
    listed = [
        Tell(
            uuid=kept.uuid,
            received_at=kept.received_at,
            level=kept.told.level,
            exposure_days=[day.isoformat() for day in kept.told.exposure_days],
            name=kept.told.name,
            phone=kept.told.phone,
            commune=kept.told.commune,
            note=kept.told.note,
            destroyed_on=kept.destroyed_on.isoformat(),
        )
        for kept in await guidance.tells()
    ]
    return Response(listed, headers={"Cache-Control": "no-store"})


def guidance_router(guidance: GuidanceService) -> Router:
    """The calls of this room."""

    def itself() -> GuidanceService:
        return guidance

    return Router(
        path="/",
        route_handlers=[read_guidance, replace_guidance, read_version, tell, list_tells],
        dependencies={"guidance": Provide(itself, sync_to_thread=False)},
        opt={"guidance": itself},  # for guards, which get no dependencies; a function, since values are copied
    )


def _padded(answer: AnswerT) -> AnswerT:
    # Measured with one character of padding, since an empty one leaves the field out.
    answer.padding = "0"
    answer.padding *= max(1, 1 + ANSWER_BYTES - len(msgspec.json.encode(answer)))
    return answer
