"""An event loop in virtual time: when nothing is due it jumps to the next timer instead of sleeping.

Hours of waiting pass in a moment, and in the same order every time. Work in threads stops the clock until it is done,
so a story that asks a database stays repeatable. While a socket is watched the other end lives in real time, so the
loop waits for real.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import selectors
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bluezone.town.errors import VirtualTimeStalled

_T = TypeVar("_T")


class _JumpingSelector(selectors.DefaultSelector):
    """Adds the time it was asked to wait to `now`, in seconds, unless somebody outside the loop still works."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.jobs = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self.jobs:
            # The loop's own pipe wakes it when the thread is done; until then no time passes.
            return super().select(None)
        if len(self.get_map()) > 1:  # one is the loop's own pipe
            started = time.monotonic()
            events = super().select(timeout)
            self.now += time.monotonic() - started if events or timeout is None else timeout
            return events
        if timeout is None:
            raise VirtualTimeStalled(
                "Every task waits and nothing is due; look for a future that nobody completes or a thread started"
                " past run_in_executor."
            )
        self.now += timeout
        return events


class _SubmissionKeeper(concurrent.futures.Executor):
    """Hands one job to another executor and remembers its future."""

    submitted: concurrent.futures.Future[Any]

    def __init__(self, executor: concurrent.futures.Executor) -> None:
        self._executor = executor

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> concurrent.futures.Future[Any]:
        self.submitted = self._executor.submit(fn, *args, **kwargs)
        return self.submitted


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An asyncio loop whose `time()` starts at 0 and moves only when every task waits.

    Raises VirtualTimeStalled from its run methods when they would wait for ever.
    """

    def __init__(self) -> None:
        self._wait = _JumpingSelector()
        self._pool: concurrent.futures.Executor | None = None
        super().__init__(self._wait)
        # asyncio runs timers due within this of now; after 194 days its nanosecond is lost in a float's rounding, and
        # a timer due exactly now would never run.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        return self._wait.now

    def run_in_executor(  # type: ignore[override]
        self, executor: concurrent.futures.Executor | None, func: Callable[..., _T], *args: Any
    ) -> asyncio.Future[_T]:
        if executor is None:
            executor = self._pool = self._pool or concurrent.futures.ThreadPoolExecutor(thread_name_prefix="virtual")
        keeper = _SubmissionKeeper(executor)
        future = super().run_in_executor(keeper, func, *args)
        self._wait.jobs += 1
        # Registered after asyncio's own callback, so the result is on its way before the clock may move again.
        keeper.submitted.add_done_callback(lambda _: self.call_soon_threadsafe(self._end_job))
        return future

    def set_default_executor(self, executor: concurrent.futures.ThreadPoolExecutor) -> None:  # type: ignore[override]
        self._pool = executor

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:  # noqa: ARG002 - asyncio's name
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _end_job(self) -> None:
        self._wait.jobs -= 1


def run_virtual(main: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """The result of `main()` run to its end in virtual time.

    Raises what `main` raises; an ExceptionGroup when a task or callback in the background failed and nobody looked.
    """
    failures: list[Exception] = []

    def remember(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception):
            failures.append(error)
        else:
            loop.default_exception_handler(context)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.get_loop().set_exception_handler(remember)
        try:
            result = runner.run(main())
        except VirtualTimeStalled as stalled:
            if failures:
                raise ExceptionGroup("A background task failed and the rest waits for it.", failures) from stalled
            raise
    if failures:
        raise ExceptionGroup("A background task failed unseen.", failures)
    return result
