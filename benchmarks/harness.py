"""What every benchmark shares: the row it yields, medians, pinning to cores, and peak memory of a child process.

A benchmark is a module of this package with `rows() -> Iterator[Row]`. It states its data in each row's `note` and
takes its peers' and limits' figures in the same run as its own.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

T = TypeVar("T")


class Row(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One figure: `ours` in `unit`, and where there are any a promise, a peer and a limit in the same unit.

    `better` says which way is good; `ratio` and `limit_share` are above 1 where ours is the better one.
    """

    what: str
    ours: float
    unit: str
    better: Literal["higher", "lower"] = "higher"
    promise: float | None = None
    peer: str = ""
    peer_value: float | None = None
    limit: str = ""
    limit_value: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer."""
        return self._times_better(self.peer_value)

    @property
    def limit_share(self) -> float | None:
        """Which share of the limit is reached."""
        return self._times_better(self.limit_value)

    @property
    def kept(self) -> bool | None:
        """Whether the promise is kept; None without one."""
        times = self._times_better(self.promise)
        return None if times is None else times >= 1

    def _times_better(self, other: float | None) -> float | None:
        if not other or not self.ours:
            return None
        return self.ours / other if self.better == "higher" else other / self.ours


def median_seconds(work: Callable[[], object], *, runs: int = 5) -> float:
    """The median wall time of `runs` calls, after one that is not counted."""
    work()
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


@contextlib.contextmanager
def pinned(cores: int) -> Iterator[None]:
    """Keep this thread, and threads and processes begun inside, on the first `cores` cores it may use."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(sorted(before)[:cores]))
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def in_child(work: Callable[..., T], *args: Any) -> tuple[T, float]:
    """What `work(*args)` returns in a fresh process, and that process's peak resident memory in MiB.

    `work` is a module's function. Raises RuntimeError when the child fails.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(sender, work, args))
    process.start()
    sender.close()
    try:
        result, peak = receiver.recv()
    except EOFError:
        raise RuntimeError(f"{work.__qualname__} failed in its own process; its error is printed above.") from None
    finally:
        process.join()
    return result, peak


def _child(sender: Any, work: Callable[..., object], args: tuple[Any, ...]) -> None:
    sender.send((work(*args), peak_mib()))


def peak_mib() -> float:
    """The most resident memory that this process has had so far, in MiB; 0 where the system does not tell."""
    # Not getrusage: its maximum survives exec, so a child would report the memory of the process that started it.
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text() if status.exists() else "")
    return int(found[1]) / 1024 if found else 0.0


def openssl_ecb_bytes_a_second(size: int = 8192) -> float | None:
    """What one core of this machine reaches in `openssl speed -evp aes-128-ecb`; None without the openssl command."""
    try:
        run = subprocess.run(
            ["openssl", "speed", "-elapsed", "-evp", "aes-128-ecb", "-bytes", str(size), "-seconds", "1", "-mr"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"^\+F:.*:([0-9.]+)\s*$", run.stdout, re.MULTILINE)
    return float(found[1]) if found else None
