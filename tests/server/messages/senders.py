"""Senders as real processes."""

from __future__ import annotations

import asyncio
from multiprocessing.process import BaseProcess

from bluezone.server import Settings, create_core
from bluezone.server.jobs import JobRunner
from bluezone.server.messages import MessagesService
from tests.server.prefork import context


def start(settings: Settings) -> BaseProcess:
    """A process that sends what is due until it is killed."""
    process = context.Process(target=_send, args=(settings,), daemon=True)
    process.start()
    return process


def _send(settings: Settings) -> None:
    async def main() -> None:
        core = create_core(settings)
        JobRunner(core, MessagesService(core).jobs()).start()
        await asyncio.Event().wait()

    asyncio.run(main())
