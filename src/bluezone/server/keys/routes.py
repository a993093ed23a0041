"""The keys room's calls: publish, configuration, index and archives."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import HttpMethod, MediaType, Request, Response, get, post, route
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, HeaderParameter, JSONBody, SkipValidation
from litestar.response import Stream

from bluezone.protocol.wire import (
    CHAFF_HEADER,
    CONFIG_SIGNATURE_HEADER,
    PATH_CONFIG,
    PATH_INDEX,
    PATH_PUBLISH,
    ErrorResponse,
    PublishRequest,
    PublishResponse,
    ServerConfig,
)
from bluezone.server.answers import AnyRequest, answer_error
from bluezone.server.keys.chaff import Answered, ChaffProfile
from bluezone.server.keys.errors import RangeNotSatisfiable
from bluezone.server.keys.service import ArchiveFile, Keys

KeysParameter = NamedDependency[SkipValidation[Keys]]
ProfileParameter = NamedDependency[SkipValidation[ChaffProfile]]

INDEX_SECONDS = 300
CONFIG_SECONDS = 3600
ARCHIVE_SECONDS = 14 * 86400
CHUNK_BYTES = 1 << 20
UNPADDED_BYTES = 1024
"""More than an answer with a revision token for 28 keys has without its padding."""

FIRST_ANSWER = Answered(0.02, 2560)
"""What a fake upload is answered like before the first real one: about what the server takes on a small machine."""

PaddedT = TypeVar("PaddedT", bound=PublishResponse | ErrorResponse)

_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})")
_REFUSED = ResponseSpec(ErrorResponse, generate_examples=False, description="Refused; nothing was kept")
REFUSALS = {400: _REFUSED, 401: _REFUSED, 413: _REFUSED, 503: _REFUSED, 507: _REFUSED}


class PublishRefusal(ErrorResponse):
    """As `ErrorResponse`; `code` repeats `errorCode` under the name that the Google key server uses."""

    code: str = ""


def refuse_publish(request: AnyRequest, error: Exception) -> Response[Any]:
    """A refusal that is padded like a success."""
    plain = answer_error(request, error)
    refusal = PublishRefusal(error=plain.content.error, error_code=plain.content.error_code)
    refusal.code = refusal.error_code
    _pad(refusal, _size(request.app.state.keys_room, refusal))
    return Response(refusal, status_code=plain.status_code, headers=plain.headers)


@post(
    PATH_PUBLISH,
    status_code=200,
    summary="Publish daily keys",
    responses=REFUSALS,
    exception_handlers={Exception: refuse_publish},
)
async def publish(
    data: JSONBody[PublishRequest],
    keys: KeysParameter,
    publish_profile: ProfileParameter,
    chaff: Annotated[str | None, HeaderParameter(name=CHAFF_HEADER, description="Marks a fake upload")] = None,
) -> Response[PublishResponse]:
    """Publish as in the Google key server's API v1. With `X-Chaff` nothing is kept and nothing tells the difference."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    keys.settle()
    if chaff is not None:
        drawn = publish_profile.draw()
        await publish_profile.wait(drawn, began)
        return Response(_pad(PublishResponse(), drawn.size))
    answer = await keys.publish(data)
    size = _size(keys, answer)
    publish_profile.record(loop.time() - began, size)
    return Response(_pad(answer, size))


@get(PATH_CONFIG, summary="What phones need to know about this server")
async def config(keys: KeysParameter) -> Response[ServerConfig]:
    """Signed: the header `X-Config-Signature` holds the signature over the body."""
    configuration = keys.configuration
    return Response(
        configuration.body,  # type: ignore[arg-type]  # encoded once, so that the signature fits
        media_type=MediaType.JSON,
        headers={
            CONFIG_SIGNATURE_HEADER: configuration.signature,
            "Cache-Control": f"public, max-age={CONFIG_SECONDS}",
        },
    )


@get(PATH_INDEX, media_type=MediaType.TEXT, summary="The archives there are")
async def index(keys: KeysParameter) -> Response[str]:
    """One name a line, oldest to newest, relative to this path's folder."""
    names = await keys.archive_names()
    return Response(
        "".join(f"{name}\n" for name in names),
        media_type=MediaType.TEXT,
        headers={"Cache-Control": f"public, max-age={INDEX_SECONDS}"},
    )


@route(
    PATH_INDEX.replace("index.txt", "{name:str}"),
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    summary="A signed archive of keys",
    media_type="application/zip",
    responses={206: ResponseSpec(bytes, media_type="application/zip"), 404: _REFUSED, 416: _REFUSED},
)
async def archive(name: FromPath[str], request: Request[Any, Any, Any], keys: KeysParameter) -> Response[Any]:
    """Never changes under its name. Takes one range of bytes, so that a download goes on where it was interrupted."""
    file = await keys.archive(name)
    etag = f'"{file.digest}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": f"public, max-age={ARCHIVE_SECONDS}, immutable",
        "X-Archive-Size": str(file.size),
    }
    if etag in re.split(r"\s*,\s*", request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, headers=headers, media_type="application/zip")
    part = _wanted_part(request, file, etag)
    start, stop = part or (0, file.size)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{file.size}"
    headers["Content-Length"] = str(stop - start)
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(b"", status_code=status, headers=headers, media_type="application/zip")
    return Stream(_chunks(keys, file, start, stop), status_code=status, headers=headers, media_type="application/zip")


handlers = [publish, config, index, archive]


def publish_profile(keys: Keys) -> ChaffProfile:
    """What real publish calls look like, before the first one; the application keeps one and hands it to `publish`."""
    longest = keys.core.settings.chaff_max_latency_ms / 1000
    return ChaffProfile(keys.core.randomness, max_seconds=longest, first=FIRST_ANSWER)


def _wanted_part(request: Request[Any, Any, Any], file: ArchiveFile, etag: str) -> tuple[int, int] | None:
    """The bytes that Range asks for; None for all: no header, several ranges, or an If-Range of another file."""
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or request.headers.get("if-range", etag) != etag:
        return None
    first, last = match.groups()
    if first:
        start, stop = int(first), min(int(last) + 1 if last else file.size, file.size)
        if last and int(last) < int(first):
            return None
    elif last:
        start, stop = max(file.size - int(last), 0), file.size
    else:
        return None
    if start >= file.size or start >= stop:
        raise RangeNotSatisfiable("This part lies behind the archive's end; fetch the archive anew.")
    return start, stop


async def _chunks(keys: Keys, file: ArchiveFile, start: int, stop: int) -> AsyncIterator[bytes]:
    for at in range(start, stop, CHUNK_BYTES):
        yield await keys.read_archive_part(file, at, min(at + CHUNK_BYTES, stop))


def _size(keys: Keys, answer: PublishResponse | PublishRefusal) -> int:
    """How many bytes an answer is padded to: success or refusal, the answer's own length does not show."""
    least = keys.core.settings.publish_padding_bytes
    return max(UNPADDED_BYTES, len(msgspec.json.encode(answer))) + least + keys.core.randomness.below(least + 1)


def _pad(answer: PaddedT, size: int) -> PaddedT:
    """The answer with so much padding that its JSON has `size` bytes."""
    answer.padding = "-"
    answer.padding *= max(1, 1 + size - len(msgspec.json.encode(answer)))
    return answer
