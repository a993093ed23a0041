"""Real processes that build archives at once, and that are killed while they build."""

from __future__ import annotations

import asyncio
import base64
import time
from collections import Counter
from multiprocessing.synchronize import Barrier

import pytest

from bluezone.clock import FixedClock
from bluezone.protocol import read_archive
from bluezone.randomness import SeededRandomness
from bluezone.server import Core, Settings, create_core
from bluezone.server.errors import DatabaseUnavailable
from bluezone.server.jobs import LeaseLost
from bluezone.server.keys import Keys
from bluezone.server.keys.errors import ArchivesBusy
from tests.server.prefork import context, kill
from tests.server.support import keys_room, publish_request, wire_keys

WINDOWS = 4
PHONES = 6


def build(settings: Settings, now: float, barrier: Barrier | None) -> None:
    """What each process does."""
    core = create_core(settings, clock=FixedClock(now), randomness=SeededRandomness(str(time.monotonic_ns())))
    room = keys_room(core)
    if barrier is not None:
        barrier.wait()
    try:
        asyncio.run(room.build_archives())
    except (ArchivesBusy, LeaseLost, DatabaseUnavailable):
        return


@pytest.fixture
def published(core: Core, clock: FixedClock) -> tuple[Keys, set[str]]:
    """Keys in several windows that are all due."""
    room = keys_room(core)
    sent: set[str] = set()

    async def main() -> None:
        for window in range(WINDOWS):
            for phone in range(PHONES):
                keys = wire_keys(f"phone {window} {phone}", 5, now=clock.now())
                await room.publish(publish_request(keys, now=clock.now()))
                sent.update(key.key for key in keys)
            clock.advance(2 * 3600)

    asyncio.run(main())
    clock.advance(6 * 3600)
    return room, sent


def counted(room: Keys) -> Counter[str]:
    """How often each key is in the archives that the index lists."""

    async def main() -> Counter[str]:
        found: Counter[str] = Counter()
        for name in await room.archive_names():
            file = await room.archive(name)
            archive = read_archive(await room.read_archive_part(file, 0, file.size))
            found.update(base64.b64encode(key.key.key).decode() for key in archive.keys)
        return found

    return asyncio.run(main())


def test_processes_that_build_at_once_put_each_key_into_one_archive(published: tuple[Keys, set[str]]) -> None:
    room, sent = published
    now = room.core.clock.now()
    barrier = context.Barrier(3)
    processes = [context.Process(target=build, args=(room.core.settings, now, barrier)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    found = counted(room)
    assert set(found.values()) == {1}
    assert sent <= set(found)


def test_a_builder_killed_again_and_again_loses_and_doubles_nothing(published: tuple[Keys, set[str]]) -> None:
    room, sent = published
    now = room.core.clock.now()
    for attempt in range(8):
        now += room.core.settings.lease_seconds + 1  # the dead one's lease runs out
        barrier = context.Barrier(2)
        process = context.Process(target=build, args=(room.core.settings, now, barrier))
        process.start()
        barrier.wait()
        time.sleep(0.004 * attempt)
        kill(process)
    build(room.core.settings, now + 10_000, None)
    found = counted(room)
    assert set(found.values()) == {1}
    assert sent <= set(found)
