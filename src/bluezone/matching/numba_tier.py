"""Tier 1: the compiled kernel of `numba_kernel`, on every core that the process may use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from bluezone.matching.filter import Candidates, Filter
from bluezone.protocol import KeyBatch

UNIT = 8192
"""Keys that one thread works on at a time."""

ROOM = 8192
"""Candidates that one call of the kernel returns at most."""


class NumbaTier:
    """Finds candidates with the processor's AES and SHA instructions.

    For published keys only: the kernel's stack and buffers are not wiped and its timing is not reviewed, so a phone's
    own keys never pass through it.
    """

    name = "numba"

    def __init__(self, kernel: Callable[..., Any], threads: int = 0) -> None:
        self._kernel = kernel
        self._threads = threads or _usable_cores()

    def candidates(self, batch: KeyBatch, heard: Filter) -> Iterator[Candidates]:
        """Candidates of each unit of `batch`, in the order of its rows."""

        def unit(first: int) -> list[Candidates]:
            return self._unit(batch.take(first, min(first + UNIT, len(batch))), first, heard)

        units = range(0, len(batch), UNIT)
        threads = min(self._threads, len(units))
        if threads <= 1:
            for first in units:
                yield from unit(first)
            return
        with ThreadPoolExecutor(threads, "matching") as pool:
            for found in pool.map(unit, units):
                yield from found

    def _unit(self, part: KeyBatch, first: int, heard: Filter) -> list[Candidates]:
        # Copies of a unit, so that the kernel sees one kind of array, whatever the batch's columns are views of.
        keys = np.array(part.keys, np.uint8, order="C")
        starts = np.array(part.rolling_start, np.uint32)
        periods = np.array(part.rolling_period, np.uint8)
        rows, slots = np.empty(ROOM, np.int64), np.empty(ROOM, np.int64)
        low, high = np.empty(ROOM, np.uint64), np.empty(ROOM, np.uint64)
        found, at = [], 0
        while at < len(keys):
            before = at
            at, count = self._kernel(keys, starts, periods, at, heard.coarse, heard.fine, rows, slots, low, high)
            if at <= before:
                raise RuntimeError("The matching kernel stands still; match with tier 'numpy'.")
            found.append(
                Candidates(first + rows[:count], slots[:count].copy(), low[:count].copy(), high[:count].copy())
            )
        return found


def _usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
