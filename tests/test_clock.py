"""Clocks: real, fixed, scaled and wrong."""

from __future__ import annotations

import asyncio

import pytest

from bluezone.clock import FixedClock, RealClock, ScaledClock, SkewedClock
from bluezone.town import run_virtual


def test_a_scaled_clock_runs_at_its_rate() -> None:
    async def main() -> tuple[float, float]:
        clock = ScaledClock(1000.0, 60.0)
        begin = asyncio.get_running_loop().time()
        await clock.sleep(3600)
        return clock.now(), asyncio.get_running_loop().time() - begin

    now, waited = run_virtual(main)
    assert now == pytest.approx(4600.0)
    assert waited == pytest.approx(60.0)


def test_a_change_of_rate_reaches_those_who_sleep() -> None:
    async def main() -> float:
        clock = ScaledClock(0.0, 1.0)
        begin = asyncio.get_running_loop().time()
        sleeper = asyncio.create_task(clock.sleep(100))
        await asyncio.sleep(10)
        clock.set_rate(90)
        await sleeper
        return asyncio.get_running_loop().time() - begin

    assert run_virtual(main) == pytest.approx(11.0)


def test_a_stopped_clock_holds_its_sleepers_until_it_runs_again() -> None:
    async def main() -> tuple[bool, float]:
        clock = ScaledClock(0.0, 1.0)
        sleeper = asyncio.create_task(clock.sleep(5))
        await asyncio.sleep(1)
        clock.set_rate(0)
        await asyncio.sleep(1000)
        held = not sleeper.done()
        clock.set_rate(1)
        await sleeper
        return held, clock.now()

    held, now = run_virtual(main)
    assert held
    assert now == pytest.approx(5.0)


def test_a_scaled_clock_can_be_read_from_threads_that_its_loop_waits_for() -> None:
    async def main() -> tuple[float, float]:
        clock = ScaledClock(1000.0, 2.0)
        await clock.sleep(50)
        return clock.now(), await asyncio.get_running_loop().run_in_executor(None, clock.now)

    assert run_virtual(main) == (pytest.approx(1050.0), pytest.approx(1050.0))


def test_skipping_wakes_those_whose_time_has_come() -> None:
    async def main() -> tuple[float, float]:
        clock = ScaledClock(0.0, 1.0)
        sleeper = asyncio.create_task(clock.sleep(500))
        await asyncio.sleep(0)
        clock.skip(600)
        await sleeper
        return clock.now(), asyncio.get_running_loop().time()

    assert run_virtual(main) == (pytest.approx(600.0), pytest.approx(0.0))


@pytest.mark.parametrize("seconds", [-1.0, 0.0, 1e-9])
def test_even_the_shortest_sleep_gives_others_a_turn(seconds: float) -> None:
    async def main() -> bool:
        ran = False

        async def other() -> None:
            nonlocal ran
            ran = True

        task = asyncio.create_task(other())
        await ScaledClock(0.0).sleep(seconds)
        await task
        return ran

    async def spin() -> int:
        clock, stop, turns = ScaledClock(0.0), asyncio.Event(), 0
        asyncio.get_running_loop().call_soon(stop.set)
        while not stop.is_set():
            await clock.sleep(seconds)
            turns += 1
        return turns

    assert run_virtual(main)
    assert run_virtual(spin) <= 2


def test_no_clock_runs_backwards() -> None:
    with pytest.raises(ValueError, match="backwards"):
        ScaledClock(0.0, -1.0)

    async def main() -> None:
        clock = ScaledClock(0.0)
        with pytest.raises(ValueError, match="backwards"):
            clock.set_rate(-1)
        with pytest.raises(ValueError, match="backwards"):
            clock.skip(-1)

    run_virtual(main)


def test_a_fixed_clock_stands_still_until_it_is_set() -> None:
    clock = FixedClock(10.0)
    assert clock.now() == clock.now() == 10.0
    clock.advance(5)
    assert clock.now() == 15.0
    asyncio.run(clock.sleep(7))
    assert clock.now() == 22.0
    clock.set(1.0)
    assert clock.now() == 1.0


def test_a_skewed_clock_is_wrong_by_its_offset() -> None:
    clock = SkewedClock(FixedClock(100.0), 7200.0)
    assert clock.now() == 7300.0
    clock.offset = -50.0
    assert clock.now() == 50.0


def test_the_real_clock_moves_forward() -> None:
    clock = RealClock()
    before = clock.now()
    asyncio.run(clock.sleep(0.01))
    assert clock.now() > before > 1_600_000_000
