"""The paced clock: nobody sees it jump, however hard the loop works; it stops, and it goes on."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from bluezone.town import PacedClock, run_paced

START = 1_596_412_800.0


class Steady:
    """A steady clock that moves by `step` seconds each time it is read, and by whatever it is told."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self._step = step

    def __call__(self) -> float:
        self.now += self._step
        return self.now


def test_everybody_wakes_at_their_time_and_in_turn() -> None:
    woken: list[tuple[float, float]] = []

    async def sleeper(clock: PacedClock, seconds: float) -> None:
        for number in range(1, 6):
            await clock.sleep(seconds)
            woken.append((clock.now() - START, number * seconds))

    async def main(clock: PacedClock) -> None:
        await asyncio.gather(*(sleeper(clock, seconds) for seconds in (3.0, 70.0, 451.0)))

    run_paced(main, start=START, rate=3600)
    assert len(woken) == 15
    assert all(when == due for when, due in woken)
    assert [when for when, _ in woken] == sorted(when for when, _ in woken)


def test_work_that_takes_long_makes_nobody_see_a_jump() -> None:
    steady = Steady(0.001)

    async def main(clock: PacedClock) -> list[float]:
        seen = [clock.now()]
        for _ in range(20):
            steady.now += 5.0  # the loop is held up: five hours of the clock at this rate
            await clock.sleep(60.0)
            seen.append(clock.now())
        return seen

    seen = run_paced(main, start=START, rate=3600, monotonic=steady)
    assert {later - earlier for earlier, later in itertools.pairwise(seen)} == {60.0}


def test_what_can_be_done_without_waiting_is_done_before_time_moves() -> None:
    async def main(clock: PacedClock) -> set[float]:
        seen = set()
        sleeping = asyncio.create_task(clock.sleep(0.001))
        for _ in range(1000):
            await asyncio.sleep(0)
            seen.add(clock.now())
        await sleeping
        return seen

    assert run_paced(main, start=START, rate=3600) == {START}


def test_time_stands_while_the_rate_is_nought_and_goes_on_from_there() -> None:
    steady = Steady(0.01)

    async def main(clock: PacedClock) -> tuple[bool, float]:
        sleeping = asyncio.create_task(clock.sleep(1.0))
        clock.set_rate(0)
        await asyncio.sleep(0.02)
        stopped = clock.now()
        asleep = not sleeping.done()
        steady.now += 1000.0
        clock.set_rate(60)
        await sleeping
        return asleep, stopped

    asleep, stopped = run_paced(main, start=START, rate=1, monotonic=steady)
    assert asleep
    assert stopped == START


def test_the_cancelled_are_not_waited_for() -> None:
    async def main(clock: PacedClock) -> float:
        cancelled = asyncio.create_task(clock.sleep(1e9))
        await asyncio.sleep(0)
        cancelled.cancel()
        await clock.sleep(10.0)
        return clock.now()

    assert run_paced(main, start=START, rate=3600) == START + 10


def test_sockets_and_threads_are_served_while_the_town_is_busy() -> None:
    async def main(clock: PacedClock) -> bytes:
        async def busy() -> None:
            while True:
                await clock.sleep(0.1)

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await asyncio.to_thread(bytes.upper, await reader.readline()))
            writer.close()

        living = [asyncio.create_task(busy()) for _ in range(20)]
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\n")
        answered = await reader.read()
        writer.close()
        server.close()
        for task in living:
            task.cancel()
        return answered

    assert run_paced(main, start=START, rate=3600) == b"HELLO\n"


@pytest.mark.parametrize("rate", [-1.0, 3601.0, float("nan")])
def test_a_rate_that_no_town_can_live_is_refused(rate: float) -> None:
    async def main(clock: PacedClock) -> None:
        clock.set_rate(rate)

    with pytest.raises(ValueError, match="0 to 3600"):
        run_paced(main, start=START, rate=1)
