"""A town to be lived in: one server, six phones with their pages, and the board over them, on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from socket import socket
from typing import Any, Literal

import httpx

from bluezone.cli.listening import listen, serve
from bluezone.cli.rehearsal import residents
from bluezone.clock import RealClock
from bluezone.phone.pages import serve_pages
from bluezone.randomness import SeededRandomness, SystemRandomness
from bluezone.server import Officer, Settings, create_rehearsal
from bluezone.town import Desk, PacedClock, Town
from bluezone.town.board import SPOTS, WALLS, ArchiveSchedule, Board, Casework, Ledger, create_board
from bluezone.town.board import Officer as OfficerCard

_CONSOLE = "/console/"


@dataclass(frozen=True, slots=True)
class LiveTown:
    """A town that runs; `stopped` is set once somebody wants it to end."""

    server: str
    page: str
    board: Board
    officer: Officer
    stopped: asyncio.Event


@asynccontextmanager
async def live_town(
    folder: Path,
    settings: Settings,
    listener: socket,
    *,
    clock: PacedClock,
    randomness: SeededRandomness,
    language: Literal["vi", "en"],
) -> AsyncIterator[LiveTown]:
    """Start everything in an empty folder; the server answers at `listener`."""
    host, port = listener.getsockname()[:2]
    server = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    at_work: list[Callable[[], None]] = []
    app, officer = await create_rehearsal(
        settings, clock=clock, randomness=randomness.child("server"), residents=residents()
    )
    async with AsyncExitStack() as house:
        await house.enter_async_context(serve(_watched(app, at_work), listener))
        transport = httpx.AsyncHTTPTransport(retries=1)
        town = Town(
            folder / "phones",
            clock=clock,
            randomness=randomness,
            server=server,
            transport=transport,
            homes=SPOTS,
            walls=WALLS,
        )
        house.push_async_callback(town.close)
        await town.start()
        desk = Desk(server, (settings.data_dir / "desk-api-key").read_text().strip(), transport)
        schedule = ArchiveSchedule(settings.export_period_minutes * 60, settings.export_min_age_hours * 3600)
        board = Board(town, clock, Casework(desk, clock), Ledger(server, transport, schedule))
        house.push_async_callback(board.close)
        at_work.append(board.note_desk_at_work)
        board.speak(language)
        at_board = listen("127.0.0.1", 0)
        origin = f"http://127.0.0.1:{at_board.getsockname()[1]}"
        frames = {}
        for key, one in town.residents.items():
            # The six were set up long ago; the story is about what comes after.
            one.phone.set_preferences(replace(one.phone.preferences(), first_run_done=True))
            pages = await house.enter_async_context(serve_pages(one.phone, frame_ancestors=(origin,)))
            frames[key] = pages.url
        secret = SystemRandomness().token_bytes(18).hex()
        card = OfficerCard(
            f"{server}{_CONSOLE}cases", officer.login, officer.password, lambda: officer.code(RealClock().now())
        )
        page = create_board(board, frames, secret=secret, origin=origin, server=server, language=language, officer=card)
        stopped = await house.enter_async_context(serve(page, at_board))
        yield LiveTown(server, f"{origin}/{secret}/", board, officer, stopped)


def _watched(app: Any, at_work: list[Callable[[], None]]) -> Any:
    """The application; each of `at_work` is called before it takes a form that somebody at the desk sends."""

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].startswith(_CONSOLE):
            for tell in at_work:
                tell()
        await app(scope, receive, send)

    return watched
