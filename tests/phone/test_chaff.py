from __future__ import annotations

import asyncio
import math

from bluezone.clock import ScaledClock
from bluezone.phone.chaff import NEXT_CHAFF, Chaff
from bluezone.phone.store import Store
from bluezone.phone.trust import Trust
from bluezone.protocol import wire
from bluezone.randomness import SeededRandomness
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import START, FileServer, client_of

DAY = 86400.0


async def live(
    server: FileServer, store: Store, clock: ScaledClock, seed: str, days: float, *, known: bool = True
) -> None:
    """A process of `days` that sends fake uploads and is then killed."""
    client, trust = client_of(server), Trust(store, ())
    if known:
        trust.accept(await client.config(), clock.now())
    chaff = Chaff(store=store, client=client, trust=trust, clock=clock, randomness=SeededRandomness(seed))
    task = asyncio.ensure_future(chaff.run())
    await clock.sleep(days * DAY)
    task.cancel()


def calls(server: FileServer) -> list[str]:
    return [path for method, path, _ in server.requests if method == "POST"]


def test_fake_uploads_come_at_the_configured_mean_across_restarts(server: FileServer, store: Store) -> None:
    async def story() -> None:
        clock = ScaledClock(START)
        for life in range(60):
            await live(server, store, clock, f"life {life}", 4)

    # A kill between two calls cuts a sequence short, so publish calls are counted.
    run_virtual(story)
    expected = 240 / server.config.chaff_days
    assert abs(calls(server).count(wire.PATH_PUBLISH) - expected) < 4 * math.sqrt(expected)


def test_fake_upload_goes_through_the_three_calls_in_order(server: FileServer, store: Store) -> None:
    async def story() -> None:
        await live(server, store, ScaledClock(START), "order", 30)

    run_virtual(story)
    made = calls(server)
    assert len(made) > 9
    whole = len(made) // 3
    assert made[: 3 * whole] == [wire.PATH_VERIFY, wire.PATH_CERTIFICATE, wire.PATH_PUBLISH] * whole


def test_server_that_refuses_ends_the_one_upload_alone(server: FileServer, store: Store) -> None:
    async def story() -> None:
        await live(server, store, ScaledClock(START), "refused", 60)

    server.to_posts = 503
    run_virtual(story)
    assert len(calls(server)) > 5
    assert set(calls(server)) == {wire.PATH_VERIFY}


def test_without_a_configuration_nothing_is_sent(server: FileServer, store: Store) -> None:
    async def story() -> None:
        await live(server, store, ScaledClock(START), "unknown", 30, known=False)

    run_virtual(story)
    assert server.requests == []


def test_moment_that_a_wrong_clock_made_absurd_is_drawn_anew(server: FileServer, store: Store) -> None:
    async def story() -> None:
        store.set_meta(NEXT_CHAFF, START + 4000 * DAY)
        await live(server, store, ScaledClock(START), "absurd", 0.1)

    run_virtual(story)
    due = store.meta(NEXT_CHAFF)
    assert due is not None
    assert due < START + 100 * DAY
