"""Jobs: one process at a time, whoever dies, however the clocks stand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bluezone.clock import FixedClock, ScaledClock
from bluezone.server import Core
from bluezone.server.jobs import Job, JobRunner, Lease, LeaseLost, acquire, read_jobs, release, renew


async def nothing(_lease: Lease) -> None:
    return None


def job(run: Callable[[Lease], Awaitable[None]] = nothing, every: float = 600) -> Job:
    return Job("archives", every, run)


def take(core: Core, holder: str) -> Lease | None:
    now, seconds = core.clock.now(), core.settings.lease_seconds
    return core.database.write_now(lambda c: acquire(c, job(), holder, now=now, seconds=seconds))


def test_a_job_that_runs_elsewhere_is_left_alone(core: Core) -> None:
    assert take(core, "a") is not None
    assert take(core, "b") is None


def test_a_job_is_taken_over_when_its_holder_died(core: Core, clock: FixedClock) -> None:
    first = take(core, "a")
    clock.advance(core.settings.lease_seconds + 1)
    second = take(core, "b")
    assert first is not None
    assert second is not None
    assert second.generation == first.generation + 1
    for write in (
        first.check,
        lambda c: renew(c, first, expires_at=0),
        lambda c: release(c, first, due_at=0, succeeded_at=None),
    ):
        with pytest.raises(LeaseLost):
            core.database.write_now(write)


def test_a_process_whose_clock_is_a_little_behind_takes_nothing_over(core: Core, clock: FixedClock) -> None:
    assert take(core, "a") is not None
    clock.advance(-5)
    assert take(core, "b") is None


def test_a_renewed_lease_is_not_taken_over(core: Core, clock: FixedClock) -> None:
    lease = take(core, "a")
    assert lease is not None
    clock.advance(core.settings.lease_seconds - 1)
    expires_at = clock.now() + core.settings.lease_seconds
    core.database.write_now(lambda c: renew(c, lease, expires_at=expires_at))
    clock.advance(2)
    assert take(core, "b") is None


def test_a_job_is_due_again_only_after_its_period(core: Core, clock: FixedClock) -> None:
    runs: list[Lease] = []

    async def note(lease: Lease) -> None:
        runs.append(lease)

    async def main() -> list[bool]:
        runner = JobRunner(core, [])
        outcomes = []
        for wait in (0, 599, 2):
            clock.advance(wait)
            outcomes.append(await runner.run_due(job(note)))
        return outcomes

    assert asyncio.run(main()) == [True, False, True]
    assert [lease.generation for lease in runs] == [1, 2]


def test_a_clock_that_is_put_back_years_does_not_stop_the_jobs(core: Core, clock: FixedClock) -> None:
    assert asyncio.run(JobRunner(core, []).run_due(job()))
    clock.advance(-10 * 365 * 86400)
    assert take(core, "b") is not None


def test_a_job_that_fails_is_tried_again_and_says_nothing_of_success(core: Core, clock: FixedClock) -> None:
    async def fails(_lease: Lease) -> None:
        raise OSError("no disk")

    async def main() -> None:
        runner = JobRunner(core, [])
        with pytest.raises(OSError, match="no disk"):
            await runner.run_due(job(fails))
        clock.advance(61)
        assert await runner.run_due(job())

    asyncio.run(main())
    (state,) = core.database.read_now(read_jobs)
    assert state.last_success == clock.now()


def test_two_runners_share_the_work_and_never_overlap(core: Core, restarted: Core) -> None:
    running = most = count = 0

    async def main() -> None:
        enough = asyncio.Event()

        async def work(_lease: Lease) -> None:
            nonlocal running, most, count
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.01)
            running -= 1
            count += 1
            if count == 8:
                enough.set()

        clock = ScaledClock(0, rate=100)
        runners = []
        for one in (core, restarted):
            object.__setattr__(one, "clock", clock)
            runners.append(JobRunner(one, [job(work, every=10)]))
        for runner in runners:
            runner.start()
        await enough.wait()
        for runner in runners:
            await runner.stop()

    asyncio.run(main())
    assert most == 1


def test_a_runner_goes_on_when_the_database_comes_back(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    done = asyncio.Event()

    async def work(_lease: Lease) -> None:
        done.set()

    async def main() -> None:
        nonlocal done
        done = asyncio.Event()
        object.__setattr__(core, "clock", ScaledClock(0, rate=1000))
        reach = core.database.write_now
        tries = 0

        def away(fn: Callable[..., object]) -> object:
            nonlocal tries
            tries += 1
            if tries <= 3:
                from bluezone.server.errors import DatabaseUnavailable

                raise DatabaseUnavailable("The database is away.")
            return reach(fn)

        monkeypatch.setattr(core.database, "write_now", away)
        runner = JobRunner(core, [job(work)])
        runner.start()
        await done.wait()
        await runner.stop()
        assert tries > 3

    asyncio.run(main())
