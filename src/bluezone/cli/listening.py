"""One web application on one socket inside a running event loop, until it is asked to stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
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
    """Serve the ASGI application; the event is set once the server has been told to stop (signal or failure).

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
    stopped = asyncio.Event()
    task = asyncio.create_task(_run(server, listener, stopped))
    while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn tells nobody when it has started
        await asyncio.sleep(0.01)
    if task.done():
        await task
        raise RuntimeError("The server did not start; its log above says why.")
    try:
        yield stopped
    finally:
        server.should_exit = True
        await task


async def _run(server: uvicorn.Server, listener: socket.socket, stopped: asyncio.Event) -> None:
    try:
        await server.serve(sockets=[listener])
    finally:
        stopped.set()
