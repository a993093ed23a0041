"""Published keys against what was heard: exact, and as fast as the machine allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
import structlog

from bluezone.matching.errors import TierUnavailable
from bluezone.matching.filter import Candidates, Filter, Hits
from bluezone.matching.numba_tier import NumbaTier
from bluezone.matching.numpy_tier import NumpyTier
from bluezone.matching.observed import Observed
from bluezone.matching.selftest import numba_verdict
from bluezone.protocol import DailyKey, KeyBatch, PublishedKey

WORTH_COMPILING = 50_000
"""From this many keys in a batch on, importing numba and testing the kernel costs less than it saves."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Match:
    """One sighting of one published key: rows in the batch and in what was observed, and the identifier's interval."""

    key_index: int
    observed_index: int
    interval: int


class _Tier(Protocol):
    name: str

    def candidates(self, batch: KeyBatch, heard: Filter) -> Iterator[Candidates]: ...


class Matcher:
    """Finds published keys among what was heard; any number of batches, from any one thread at a time.

    A sighting counts when its identifier belongs to an interval of the key and it was heard no more than two hours
    before that interval began or after it ended, so that identifiers replayed from keys already public do not count
    (cryptography specification 1.2). `tier` "auto" uses the compiled kernel (tier 1) from the first batch that is worth
    it, once it has passed its self-test, and otherwise numpy (tier 0); naming a tier forces it. `threads` bounds the
    cores that tier 1 uses, 0 for all. Memory beyond `observed` is bounded by a chunk of keys and by what is found.

    Raises ObservedMalformed, and TierUnavailable when "numba" is named and cannot be used here.
    """

    def __init__(
        self,
        observed: Observed | Iterable[tuple[bytes, float]],
        *,
        tier: Literal["auto", "numpy", "numba"] = "auto",
        threads: int = 0,
    ) -> None:
        observed = observed if isinstance(observed, Observed) else Observed.of(observed)
        self._heard = Filter(observed)
        self._any = len(observed) > 0
        self._threads = threads
        self._undecided = tier == "auto"
        self._tier: _Tier = NumpyTier()
        if tier == "numba" and not self._take_numba():
            raise TierUnavailable(f"{numba_verdict().fault} Use tier 'auto'.")

    @property
    def tier(self) -> str:
        """The tier that works now, "numpy" or "numba"."""
        return self._tier.name

    def match(self, batch: KeyBatch | Iterable[PublishedKey | DailyKey]) -> list[Match]:
        """Every sighting of a key in `batch`, ordered by key, then by row in what was observed."""
        batch = batch if isinstance(batch, KeyBatch) else KeyBatch.of(batch)
        if not (self._any and len(batch)):
            return []
        if self._undecided and len(batch) >= WORTH_COMPILING:
            self._undecided = False
            if not self._take_numba():
                _log.info("matching_stays_on_tier_0", reason=numba_verdict().fault)
        parts = self._tier.candidates(batch, self._heard)
        return _matches([self._heard.confirm(found, batch) for found in parts if len(found.rows)])

    def _take_numba(self) -> bool:
        kernel = numba_verdict().kernel
        if kernel is None:
            return False
        self._tier = NumbaTier(kernel, self._threads)
        return True


def _matches(hits: list[Hits]) -> list[Match]:
    if not hits:
        return []
    rows, observed, intervals = (np.concatenate(column) for column in zip(*hits, strict=True))
    order = np.lexsort((intervals, observed, rows))
    columns = (column[order].tolist() for column in (rows, observed, intervals))
    return [Match(*entry) for entry in zip(*columns, strict=True)]
