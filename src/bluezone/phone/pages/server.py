"""The pages on a loopback port, under a secret that is new at every start."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import uvicorn

from bluezone.phone.pages.app import create_pages
from bluezone.phone.pages.door import Door
from bluezone.phone.phone import Phone
from bluezone.randomness import Randomness, SystemRandomness

_HOST = "127.0.0.1"
_SECRET_BYTES = 18


class PagesServer:
    """One phone's pages, from `start` to `stop` or as an async context; `url` is what to open in a browser."""

    def __init__(self, phone: Phone, *, port: int, frame_ancestors: Sequence[str], randomness: Randomness) -> None:
        self._phone = phone
        self._port = port
        self._frame_ancestors = tuple(frame_ancestors)
        self._secret = randomness.token_bytes(_SECRET_BYTES).hex()
        self._randomness = randomness
        self._door: Door | None = None
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def origin(self) -> str:
        """The origin of the pages, for whoever frames them."""
        return f"http://{_HOST}:{self._port}"

    @property
    def url(self) -> str:
        """The address of the first page, with the secret."""
        return f"{self.origin}/{self._secret}/"

    def ticket_url(self) -> str:
        """An address that opens the first page once. It may stand where others can read it, as in a command line.

        Raises RuntimeError before `start`.
        """
        if self._door is None:
            raise RuntimeError("The pages are not served yet; start them first.")
        ticket = self._randomness.token_bytes(_SECRET_BYTES).hex()
        self._door.admit_once(ticket)
        return f"{self.origin}/{ticket}"

    async def start(self) -> None:
        """Listen and serve. Raises OSError when the port is taken."""
        listener = socket.create_server((_HOST, self._port))
        self._port = listener.getsockname()[1]
        self._door = app = create_pages(
            self._phone, secret=self._secret, origin=self.origin, frame_ancestors=self._frame_ancestors
        )
        self._server = server = _Server(
            uvicorn.Config(
                app, log_config=None, access_log=False, server_header=False, proxy_headers=False,
                timeout_graceful_shutdown=1,
            )
        )  # fmt: skip
        self._task = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started and not self._task.done():  # noqa: ASYNC110 - uvicorn tells nobody when it has started
                await asyncio.sleep(0.01)
        except asyncio.CancelledError:
            await self.stop()
            raise
        if self._task.done():
            await self._task

    async def stop(self) -> None:
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
            self._server = self._task = self._door = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()


class _Server(uvicorn.Server):
    """A server among several in one process: signals are for whoever started the program."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve_pages(
    phone: Phone, *, port: int = 0, frame_ancestors: Sequence[str] = (), randomness: Randomness | None = None
) -> PagesServer:
    """The pages of a phone on 127.0.0.1; port 0 takes any free one. The phone itself is started by its owner.

    `frame_ancestors` are origins that may show the pages in a frame (none: nobody may).
    """
    return PagesServer(phone, port=port, frame_ancestors=frame_ancestors, randomness=randomness or SystemRandomness())
