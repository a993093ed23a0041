"""The application: every page's routes, and what is said when a page cannot be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import structlog
from litestar import Litestar, Response, get
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from bluezone.errors import BluezoneError
from bluezone.phone.pages import (
    code,
    diary,
    first_run,
    gate,
    help_pages,
    home,
    install,
    invite,
    licences,
    notices,
    repair,
    scan,
    settings,
    visits,
    warned,
)
from bluezone.phone.pages.door import ASGIApp, Door
from bluezone.phone.pages.site import PageRequest, Site, page, site_of
from bluezone.phone.pages.static import send_file
from bluezone.phone.phone import Phone

_ROOMS = (
    home, diary, notices, repair, settings, first_run, install, licences,
    code, warned, scan, gate, visits, invite, help_pages,
)  # fmt: skip
"""Modules with `handlers`, each a part of the pages."""
_FORM_BYTES = 64 * 1024

_log = structlog.get_logger(__name__)


@get("/static/{version:str}/{name:path}")
async def static(request: PageRequest, version: FromPath[str], name: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - part of the address
    """A style sheet, script, font or picture."""
    return send_file(site_of(request).static.file(name.lstrip("/")))


def create_pages(phone: Phone, *, secret: str, origin: str, frame_ancestors: Sequence[str] = ()) -> Door:
    """The pages as an ASGI application that answers at `origin`/`secret`/ alone."""
    handlers: list[Any] = [static]
    for room in _ROOMS:
        handlers += room.handlers
    site = Site(phone, f"/{secret}")
    pages = Litestar(
        route_handlers=handlers,
        state=State({"site": site}),
        on_shutdown=[site.deletions.finish],
        logging_config=None,
        openapi_config=None,
        exception_handlers={Exception: _say},
        request_max_body_size=_FORM_BYTES,
        compression_config=CompressionConfig(
            backend="gzip", gzip_compress_level=6, exclude=["^/static/", "^/worker.js"]
        ),
    )
    return Door(cast(ASGIApp, pages), secret=secret, origin=origin, frame_ancestors=frame_ancestors)


def _say(request: PageRequest, error: Exception) -> Response[str]:
    """The page for what went wrong: never a traceback, always a way on."""
    if isinstance(error, HTTPException) and error.status_code < 500:
        return page(request, "missing.html", status_code=error.status_code)
    code = error.code if isinstance(error, BluezoneError) else "internal_error"
    # Neither message nor traceback: they may quote what the owner typed.
    _log.error("page failed", error=type(error).__name__, code=code)
    return page(request, "failed.html", status_code=500, code=code)
