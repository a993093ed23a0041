"""What everybody can fetch: the files of notices, and the page that a plain camera opens from a place code."""

from __future__ import annotations

import re

from litestar import MediaType, Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from bluezone.protocol.notices import PATH_NOTICES
from bluezone.protocol.place import PATH_PLACE
from bluezone.server.answers import AnyRequest
from bluezone.server.pages import PagesParameter
from bluezone.server.places.service import Places

PlacesParameter = NamedDependency[SkipValidation[Places]]

INDEX_SECONDS = 300
FILE_SECONDS = 14 * 86400


@get(PATH_NOTICES, media_type=MediaType.TEXT, summary="The files of place notices there are")
async def notice_index(places: PlacesParameter) -> Response[str]:
    """One name a line, oldest to newest, relative to this path's folder."""
    names = await places.notice_names()
    return Response(
        "".join(f"{name}\n" for name in names),
        media_type=MediaType.TEXT,
        headers={"Cache-Control": f"public, max-age={INDEX_SECONDS}"},
    )


@get(PATH_NOTICES.replace("index.txt", "{name:str}"), summary="A signed file of place notices")
async def notice_file(name: FromPath[str], request: AnyRequest, places: PlacesParameter) -> Response[bytes]:
    """Never changes under its name."""
    file = await places.notice_file(name)
    etag = f'"{file.digest}"'
    headers = {"ETag": etag, "Cache-Control": f"public, max-age={FILE_SECONDS}, immutable"}
    if etag in re.split(r"\s*,\s*", request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, headers=headers, media_type="application/zip")
    return Response(file.body, headers=headers, media_type="application/zip")


@get(PATH_PLACE, include_in_schema=False)
async def help_page(request: AnyRequest, pages: PagesParameter, places: PlacesParameter) -> Response[bytes]:
    """What a place code is and how to use it; the code itself stands after the `#` and never arrives here."""
    return pages.answer(request, "places/help.html", hotline=places.ground.core.settings.hotline)


def public_router(places: Places) -> Router:
    """What needs no account."""
    return Router(
        path="/",
        route_handlers=[notice_index, notice_file, help_page],
        dependencies={"places": Provide(lambda: places, sync_to_thread=False)},
    )
