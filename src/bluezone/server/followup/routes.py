"""All pages of follow-up under one router."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Router
from litestar.di import Provide

from bluezone.server.accounts.access import Action
from bluezone.server.accounts.console import console_router
from bluezone.server.accounts.frame import ROOT, Entry, RoomFrame
from bluezone.server.accounts.service import Accounts
from bluezone.server.followup import figure_routes, list_routes, sheet_routes, words
from bluezone.server.followup.service import FollowUp
from bluezone.server.language import N_

ENTRIES = (
    Entry(f"{ROOT}/follow-up", "list-check", N_("Follow-up"), Action.SEE_CASES),
    Entry(f"{ROOT}/follow-up/figures", "table", N_("Figures"), Action.SEE_FIGURES),
)


def followup_router(
    accounts: Accounts, follow_up: FollowUp, *, client_address: Callable[[str, str, int], str]
) -> Router:
    """The pages of this room."""
    return console_router(
        accounts,
        [*list_routes.handlers, *sheet_routes.handlers, *figure_routes.handlers],
        client_address=client_address,
        frame=RoomFrame(ENTRIES, (figure_routes.overview(follow_up),), words.DONE, words.REFUSALS, words.EVENTS),
        dependencies={"follow_up": Provide(lambda: follow_up, sync_to_thread=False)},
    )
