"""All pages of casework under one router."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Router
from litestar.di import Provide

from bluezone.server.accounts.access import Action
from bluezone.server.accounts.console import console_router
from bluezone.server.accounts.frame import ROOT, Entry, RoomFrame
from bluezone.server.accounts.service import Accounts
from bluezone.server.casework import case_routes, list_routes, person_routes, words
from bluezone.server.casework.service import Casework
from bluezone.server.language import N_

FRAME = RoomFrame(
    entries=(Entry(f"{ROOT}/cases", "stethoscope", N_("Cases"), Action.SEE_CASES),),
    done=words.DONE,
    refusals=words.REFUSALS,
    events=words.EVENTS,
)


def casework_router(
    accounts: Accounts, casework: Casework, *, client_address: Callable[[str, str, int], str]
) -> Router:
    """The pages of this room."""
    return console_router(
        accounts,
        [*list_routes.handlers, *case_routes.handlers, *person_routes.handlers],
        client_address=client_address,
        frame=FRAME,
        dependencies={"casework": Provide(lambda: casework, sync_to_thread=False)},
    )
