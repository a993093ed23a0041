"""One web application on one socket inside a running event loop, until it is asked to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import uvicorn


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises OSError (address in use, not allowed) before anything else has been started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError:
        listener.close()
        raise
    return listener


@asynccontextmanager
async def serve(app: Any, listener: socket.socket) -> AsyncIterator[asyncio.Event]:
    """Serve the ASGI application; the event is set once the server ended by itself or somebody pressed Ctrl-C.

    The application's own start has ended when the body begins; leaving the body stops the server and waits for it.
    Raises what stopped the application from starting.
    """
    import uvicorn

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        # The application says what time it is by its own clock, and whom to believe about addresses.
        date_header=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    # uvicorn raises the signal again when it is done, in the middle of whatever else is being closed.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]
    stopped = asyncio.Event()
    task = asyncio.create_task(_run(server, listener, stopped))
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells nobody when it has started
        await asyncio.sleep(0.01)
    if task.done():
        await task
        raise RuntimeError("The server did not start; its log above says why.")
    with _told_by_signals(stopped):
        try:
            yield stopped
        finally:
            server.should_exit = True
            await task


@contextlib.contextmanager
def _told_by_signals(stopped: asyncio.Event) -> Iterator[None]:
    """Set the event at the first Ctrl-C or SIGTERM; the next one ends the program at once, as everywhere."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone; a server in another one is stopped by whoever started it
        return
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def tell() -> None:
        stopped.set()
        forget()

    def forget() -> None:
        for each in signals:
            loop.remove_signal_handler(each)

    # Windows has no such handlers; there Ctrl-C is an exception, which the command line knows.
    with contextlib.suppress(NotImplementedError):
        for each in signals:
            loop.add_signal_handler(each, tell)
    try:
        yield
    finally:
        with contextlib.suppress(NotImplementedError):
            forget()


async def _run(server: uvicorn.Server, listener: socket.socket, stopped: asyncio.Event) -> None:
    try:
        await server.serve(sockets=[listener])
    finally:
        stopped.set()
