"""All pages of the accounts room under one router."""

from __future__ import annotations

from collections.abc import Callable

from litestar import Response, Router, get
from litestar.params import FromPath

from bluezone.server.accounts import door_routes, own_routes, privacy_routes, staff_routes
from bluezone.server.accounts.console import ConsoleParameter, Door, console_router
from bluezone.server.accounts.service import Accounts
from bluezone.server.errors import NotFound


@get("/{rest:path}", opt={"may": Door.ANYBODY})
async def nothing_here(console: ConsoleParameter, rest: FromPath[str]) -> Response[bytes]:  # noqa: ARG001
    """A wrong address is told in a page."""
    raise NotFound("There is nothing at this address.")


def accounts_router(accounts: Accounts, *, client_address: Callable[[str, str, int], str]) -> Router:
    """The pages of this room."""
    rooms = (door_routes, own_routes, staff_routes, privacy_routes)
    handlers = [*(handler for room in rooms for handler in room.handlers), nothing_here]
    return console_router(accounts, handlers, client_address=client_address)
