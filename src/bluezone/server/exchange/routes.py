"""All pages of the exchange room under one router."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Router
from litestar.di import Provide

from bluezone.server.accounts.access import Action
from bluezone.server.accounts.console import console_router
from bluezone.server.accounts.frame import ROOT, Entry, RoomFrame
from bluezone.server.accounts.service import Accounts
from bluezone.server.exchange import export_routes, import_routes, merge_routes, words
from bluezone.server.exchange.service import Exchange
from bluezone.server.language import N_

FRAME = RoomFrame(
    entries=(Entry(f"{ROOT}/exchange", "table", N_("In and out"), Action.WORK_CASES),),
    done=words.DONE,
    refusals=words.REFUSALS,
    events=words.EVENTS,
)


def exchange_router(
    accounts: Accounts, exchange: Exchange, *, client_address: Callable[[str, str, int], str]
) -> Router:
    """The pages of this room."""
    return console_router(
        accounts,
        [*import_routes.handlers, *export_routes.handlers, *merge_routes.handlers],
        client_address=client_address,
        frame=FRAME,
        dependencies={"exchange": Provide(lambda: exchange, sync_to_thread=False)},
    )
