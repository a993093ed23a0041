"""The home room's pages: the first page, the open ledger, the public keys as files."""

from __future__ import annotations

from typing import Any

from litestar import MediaType, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, SkipValidation

from bluezone.protocol.wire import PATH_CONFIG, PATH_GUIDANCE, PATH_INDEX
from bluezone.server.answers import AnyRequest
from bluezone.server.home.service import Home
from bluezone.server.language import N_
from bluezone.server.pages import PagesParameter, language_of
from bluezone.server.stored import MOST_ROWS, StoredTable

NEWEST_ARCHIVES = 6
"""How many archives stand open on the first page; the others unfold."""

JOBS = {
    "archives": N_("Archives last built"),
    "destruction": N_("Due keys and archives last destroyed"),
    "desk": N_("Due codes last destroyed"),
    "codes": N_("Numbers of codes last compared with the usual"),
    "guidance": N_("Due notes last destroyed"),
    "audit": N_("Due audit entries last destroyed"),
    "accounts": N_("Sessions and invitations last cleared away"),
    "messages": N_("Text messages last cleared away"),
    "sms": N_("Waiting text messages last looked at"),
    "followup": N_("Printed follow-up sheets last destroyed"),
    "casework": N_("Due records of casework last destroyed"),
    "exchange": N_("Lists brought in last destroyed when due"),
    "gates": N_("Due counts of gates last destroyed"),
    "notices": N_("Place notices last published"),
    "places": N_("Withdrawn places and old notices last destroyed"),
    "imports": N_("Lists that wait to be put on record last looked at"),
}
ADDRESSES = (
    (PATH_CONFIG, N_("The signed configuration that phones fetch")),
    (PATH_GUIDANCE, N_("What the province tells people, signed")),
    (PATH_INDEX, N_("The index of signed archives")),
    ("/api/keys", N_("The health desk's keys for certificates")),
    ("/schema/openapi.json", N_("Every call, described for programs (OpenAPI)")),
    ("/stored", N_("This ledger as JSON, for whoever asks for JSON")),
    ("/healthz", N_("Whether the server is ready")),
    ("/metrics", N_("Figures for Prometheus")),
)

HomeParameter = NamedDependency[SkipValidation[Home]]


@get("/", include_in_schema=False)
async def first(request: AnyRequest, home: HomeParameter, pages: PagesParameter) -> Response[bytes]:
    """What this server is, how it is and what it holds; 503 while the database is away."""
    overview = await home.overview(language_of(request))
    return pages.answer(
        request,
        "home/first.html",
        status_code=503 if overview.kept is None else 200,
        overview=overview,
        jobs=JOBS,
        addresses=ADDRESSES,
        newest=NEWEST_ARCHIVES,
    )


@get("/stored", summary="What this server holds, for what and until when")
async def stored(request: AnyRequest, home: HomeParameter, pages: PagesParameter) -> Response[list[StoredTable]]:
    """Rows are listed only where the setting `open_rows` allows it; elsewhere counts are an hour old and coarse.

    A browser (`Accept: text/html`) is shown a page. `?lang=en` or `Accept-Language` chooses the language.
    """
    ledger = await home.ledger.read(language_of(request))
    if request.accept.best_match([MediaType.JSON, MediaType.HTML]) == MediaType.HTML:
        page: Any = pages.answer(request, "home/stored.html", ledger=ledger, most_rows=MOST_ROWS)
        return page  # type: ignore[no-any-return]  # documented as JSON, for programs
    return Response(ledger.tables, headers={"Vary": "Accept, Accept-Language"})


@get("/keys/{file_name:str}", include_in_schema=False, sync_to_thread=False)
def public_key(file_name: FromPath[str], home: HomeParameter) -> Response[str]:
    """One public key as a PEM file, for `bluezone archive verify --key`."""
    key = home.public_key(file_name)
    return Response(
        key.pem,
        media_type="application/x-pem-file",
        headers={"Content-Disposition": f'attachment; filename="{key.file_name}"'},
    )


handlers = [first, stored, public_key]
