"""The loop in virtual time: order, jumps, and what holds the clock."""

import asyncio
import socket
import threading
import time

import pytest

from bluezone.clock import ScaledClock
from bluezone.town.errors import VirtualTimeStalled
from bluezone.town.virtualtime import run_virtual

HOUR = 3600.0


def test_a_day_passes_without_waiting():
    async def main():
        loop = asyncio.get_running_loop()
        await asyncio.sleep(24 * HOUR)
        return loop.time()

    real = time.monotonic()
    assert run_virtual(main) == pytest.approx(24 * HOUR)
    assert time.monotonic() - real < HOUR


def test_sleepers_wake_in_the_order_of_their_times_and_see_them_exactly():
    async def main():
        loop = asyncio.get_running_loop()
        seen = []

        async def sleeper(seconds):
            await asyncio.sleep(seconds)
            seen.append((seconds, loop.time()))

        await asyncio.gather(*(sleeper(s) for s in (300.0, 0.25, 7 * HOUR, 12.5, 0.25)))
        return seen

    seen = run_virtual(main)
    assert [s for s, _ in seen] == [0.25, 0.25, 12.5, 300.0, 7 * HOUR]
    assert all(at == pytest.approx(s, abs=1e-9) for s, at in seen)


def test_two_runs_interleave_alike():
    async def main():
        log = []

        async def walker(name, step):
            for _ in range(50):
                await asyncio.sleep(step)
                log.append((name, asyncio.get_running_loop().time()))

        await asyncio.gather(*(walker(n, s) for n, s in (("a", 0.1), ("b", 0.2), ("c", 0.3), ("d", 0.1))))
        return log

    assert run_virtual(main) == run_virtual(main)


def test_no_time_passes_while_a_thread_works():
    async def main():
        loop = asyncio.get_running_loop()
        woken = []
        loop.call_later(0.001, woken.append, True)

        def work():
            release.wait(30)
            return list(woken)

        release = threading.Event()
        threading.Timer(0.05, release.set).start()
        during = await loop.run_in_executor(None, work)
        before = loop.time()
        await asyncio.sleep(0.002)
        return during, before, woken

    assert run_virtual(main) == ([], 0.0, [True])


def test_a_cancelled_wait_for_a_thread_still_holds_the_clock_until_the_thread_ends():
    async def main():
        loop = asyncio.get_running_loop()
        release = threading.Event()
        ended = []
        job = loop.run_in_executor(None, lambda: (release.wait(30), ended.append(True)))
        await asyncio.sleep(0)
        job.cancel()
        threading.Timer(0.05, release.set).start()
        await asyncio.sleep(HOUR)
        return ended

    assert run_virtual(main) == [True]


def test_an_executor_of_ones_own_holds_the_clock_too():
    async def main():
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            loop = asyncio.get_running_loop()
            thread = await loop.run_in_executor(pool, threading.current_thread)
            return thread is threading.main_thread(), loop.time()

    assert run_virtual(main) == (False, 0.0)


def test_the_error_of_a_thread_reaches_its_caller():
    async def main():
        await asyncio.to_thread(int, "no number")

    with pytest.raises(ValueError, match="no number"):
        run_virtual(main)


def test_timeouts_fire_and_cancelled_timers_do_not():
    async def main():
        loop = asyncio.get_running_loop()
        fired = []
        loop.call_later(HOUR, fired.append, "cancelled").cancel()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2 * HOUR):
                await asyncio.Event().wait()
        return fired, loop.time()

    fired, at = run_virtual(main)
    assert fired == []
    assert at == pytest.approx(2 * HOUR)


def test_a_watched_socket_makes_the_loop_wait_for_real():
    async def main():
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        with ours, theirs:
            # The peer answers after 50 real milliseconds; a loop that jumped would time out long before.
            threading.Timer(0.05, theirs.send, [b"x"]).start()
            return await asyncio.wait_for(loop.sock_recv(ours, 1), 30)

    assert run_virtual(main) == b"x"


def test_waiting_for_nothing_is_an_error_not_a_hang():
    async def main():
        await asyncio.Event().wait()

    with pytest.raises(VirtualTimeStalled):
        run_virtual(main)


def test_timers_still_run_after_a_year():
    async def main():
        await asyncio.sleep(365 * 24 * HOUR)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await asyncio.sleep(HOUR)

    run_virtual(main)


def test_a_background_failure_surfaces():
    async def main():
        async def fail():
            raise KeyError("lost")

        task = asyncio.create_task(fail())
        del task
        await asyncio.sleep(1)

    with pytest.raises(ExceptionGroup) as caught:
        run_virtual(main)
    assert isinstance(caught.value.exceptions[0], KeyError)


def test_a_failed_callback_surfaces():
    async def main():
        asyncio.get_running_loop().call_later(5, lambda: 1 / 0)
        await asyncio.sleep(10)

    with pytest.raises(ExceptionGroup):
        run_virtual(main)


def test_a_scaled_clock_on_it_runs_at_its_own_rate():
    async def main():
        clock = ScaledClock(1_596_412_800.0, 60)
        start = clock.now()
        await clock.sleep(HOUR)
        return clock.now() - start, asyncio.get_running_loop().time()

    passed, loop_time = run_virtual(main)
    assert passed == pytest.approx(HOUR)
    assert loop_time == pytest.approx(60)
