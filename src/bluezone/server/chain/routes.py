"""The pages of the chains and of the days, and the files taken from them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation

from bluezone.materials import PictureRefused
from bluezone.server.accounts.access import Action, roots
from bluezone.server.accounts.console import Console, ConsoleParameter, console_router
from bluezone.server.accounts.frame import ROOT, Entry, RoomFrame
from bluezone.server.accounts.service import Accounts
from bluezone.server.casework.service import day_text
from bluezone.server.chain.asked import Asked
from bluezone.server.chain.draw import Links
from bluezone.server.chain.errors import PictureKindUnknown, PictureReasonMissing
from bluezone.server.chain.plan import MOST_NAMED_FOLDED, Detail
from bluezone.server.chain.service import SHORTEST_REASON, Chain, Format, Kind
from bluezone.server.chain.speech import CLOSENESS, ORIGIN, Naming, Speech
from bluezone.server.chain.timeline import BY
from bluezone.server.language import N_, VIETNAM
from bluezone.server.pages import language_of

PATH = f"{ROOT}/chain"
PATHS = {Kind.CHAIN: PATH, Kind.TIMELINE: f"{PATH}/timeline"}
FRAME = RoomFrame(
    entries=(Entry(PATH, "git-branch", N_("Chains"), Action.SEE_CASES),),
    refusals={
        "picture_reason_missing": N_("Say in ten characters or more why names leave the system. Nothing was saved."),
        "picture_kind_unknown": N_("Choose a picture and a form from the lists. Nothing was saved."),
        "picture_refused": N_("This picture is too large for a PNG file. Choose a cluster or fewer days, or take SVG."),
    },
    events={"chain_exported": N_("Saved a picture of chains")},
)
_TYPES = {Format.SVG: "image/svg+xml", Format.PNG: "image/png"}

ChainParameter = NamedDependency[SkipValidation[Chain]]


@get("/chain", opt={"may": Action.SEE_CASES})
async def chain_page(console: ConsoleParameter, chain: ChainParameter) -> Response[bytes]:
    return await _page(console, chain, Kind.CHAIN, Asked.read(console.request.query_params.multi_items()))


@get("/chain/timeline", opt={"may": Action.SEE_CASES})
async def timeline_page(console: ConsoleParameter, chain: ChainParameter) -> Response[bytes]:
    return await _page(console, chain, Kind.TIMELINE, Asked.read(console.request.query_params.multi_items()))


@post("/chain/export", opt={"may": Action.EXPORT_CASES}, status_code=200)
async def export(console: ConsoleParameter, chain: ChainParameter) -> Response[Any]:
    form = await console.request.form()
    fields = [(name, str(value)) for name, value in form.multi_items()]
    given = dict(fields)
    asked = Asked.read(fields)
    try:
        kind, kept_as = Kind(given.get("picture", "")), Format(given.get("format", ""))
    except ValueError as error:
        raise PictureKindUnknown("There is no such picture, or not in this form.") from error
    naming = Naming.NAMES if given.get("names") == "1" else Naming.CODES
    speech = Speech(language_of(console.request), naming)
    try:
        body = await chain.export(console.account, kind, asked, speech, kept_as, given.get("reason", ""))
    except (PictureReasonMissing, PictureRefused) as error:
        return await _page(console, chain, kind, asked, error.code, given)
    day = datetime.fromtimestamp(console.accounts.ground.now(), VIETNAM)
    return Response(
        body,
        media_type=_TYPES[kept_as],
        headers={
            "Content-Disposition": f'attachment; filename="{kind}-{day:%Y-%m-%d-%H%M}.{kept_as}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        },
    )


async def _page(
    console: Console,
    chain: Chain,
    kind: Kind,
    asked: Asked,
    error: str = "",
    given: dict[str, str] | None = None,
) -> Response[bytes]:
    speech = Speech(language_of(console.request))
    links = Links(
        person=lambda person: f"{ROOT}/persons/{person}",
        opened=lambda one: asked.opening(one).address(PATH) + "#picture",
    )
    drawn = await chain.picture(console.account, kind, asked, speech, links)
    return console.page(
        "chain/picture.html",
        status_code=400 if error else 200,
        error=error,
        kind=kind.value,
        asked=asked,
        drawn=drawn,
        speech=speech,
        units=await chain.units(console.account),
        details=list(Detail),
        days_by=BY,
        day_text=day_text,
        closeness_names=CLOSENESS,
        origin_names=ORIGIN,
        paths={one.value: path for one, path in PATHS.items()},
        may_export=bool(roots(console.account, Action.EXPORT_CASES)),
        shortest_reason=SHORTEST_REASON,
        open_rows=MOST_NAMED_FOLDED,
        given=given or {},
    )


def chain_router(chain: Chain, accounts: Accounts, *, client_address: Callable[[str, str, int], str]) -> Router:
    """The pages of this room."""
    return console_router(
        accounts,
        [chain_page, timeline_page, export],
        client_address=client_address,
        frame=FRAME,
        dependencies={"chain": Provide(lambda: chain, sync_to_thread=False)},
    )
