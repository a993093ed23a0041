"""Published keys matched with what was heard: both tiers beside exponot, plain cryptography and the bound of AES."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES128
from cryptography.hazmat.primitives.ciphers.modes import ECB
from exponot.exponot import rolling_proximity_identifier

from benchmarks.harness import Row, in_child, median_seconds, openssl_ecb_bytes_a_second, peak_mib, pinned
from bluezone.matching import Matcher, Observed
from bluezone.protocol import (
    IDENTIFIER_BYTES,
    INTERVALS_A_DAY,
    KeyBatch,
    derive_identifier_key,
    interval_start,
    padded_data,
)

Tier = Literal["numpy", "numba"]

_START = 2_660_544  # 3 August 2020
_HEARD = 10_000
_HITS = 300
_KEYS: dict[Tier, int] = {"numpy": 50_000, "numba": 500_000}
_PROMISES: dict[Tier, int] = {"numpy": 150_000, "numba": 1_800_000}
_TITLES: dict[Tier, str] = {"numpy": "tier 0 (numpy)", "numba": "tier 1 (numba)"}
_DATA = f"random keys of 144 intervals, {_HEARD:,} random identifiers heard and {_HITS} planted"


def rows() -> Iterator[Row]:
    """Keys a second by tier and cores, then by how much was heard, then memory and the start of tier 1."""
    with pinned(1):
        exponot, plain = _peer_rate(_exponot_identifiers, 300), _peer_rate(_plain_identifiers, 600)
        bound = openssl_ecb_bytes_a_second()
    aes = bound and bound / (INTERVALS_A_DAY * IDENTIFIER_BYTES)
    settings: tuple[tuple[Tier, int], ...] = (("numpy", 1), ("numba", 1), ("numba", 2))
    for tier, cores in settings:
        with pinned(cores):
            rate = _rate(tier, _HEARD, cores)
        title = f"{_TITLES[tier]}, {cores} core{'s' if cores > 1 else ''}"
        yield Row(
            what=title,
            ours=rate,
            unit="keys/s",
            promise=_PROMISES[tier] if cores == 1 else None,
            peer="exponot, one core",
            peer_value=exponot,
            limit=f"AES of openssl speed, {cores} x",
            limit_value=aes and aes * cores,
            note=f"{_DATA}; the bound has no HKDF and no search, and uses no VAES",
        )
        yield Row(
            what=f"{title}, beside plain cryptography",
            ours=rate,
            unit="keys/s",
            peer="one cipher an identifier, one core",
            peer_value=plain,
            note="the peer derives each key once and looks identifiers up in a set",
        )
    for tier, title in _TITLES.items():
        with pinned(1):
            rates = {heard: _rate(tier, heard, 1) for heard in (1_000, 10_000, 100_000, 500_000)}
        for heard, rate in rates.items():
            yield Row(
                what=f"{title}, 1 core, {heard:,} heard",
                ours=rate,
                unit="keys/s",
                peer="with 1,000 heard",
                peer_value=rates[1_000],
            )
    for tier, title in _TITLES.items():
        few, _ = in_child(_memory, tier, 100_000)
        many, _ = in_child(_memory, tier, 1_000_000)
        yield Row(
            what=f"{title}, memory beyond the keys' columns, 1,000,000 keys",
            ours=many,
            unit="MiB",
            better="lower",
            peer="100,000 keys",
            peer_value=few,
            note=f"own process, after a first small batch; {_DATA}",
        )
    in_child(_readiness)
    ready, _ = in_child(_readiness)
    yield Row(
        what="tier 1 made ready in a new process",
        ours=ready,
        unit="s",
        better="lower",
        note="import of numba, kernel from its cache, self-test; paid from a batch of 50,000 keys on",
    )


def _rate(tier: Tier, heard: int, threads: int) -> float:
    batch, observed = _data(_KEYS[tier], heard)
    matcher = Matcher(observed, tier=tier, threads=threads)
    found = len(matcher.match(batch))
    if found != _HITS:
        raise RuntimeError(f"{found} of {_HITS} planted sightings were found.")
    return len(batch) / median_seconds(lambda: matcher.match(batch))


def _data(keys: int, heard: int) -> tuple[KeyBatch, Observed]:
    """Random keys of one day and random identifiers, `_HITS` of them heard from the keys in time."""
    rng = np.random.default_rng(2020)
    zeros = np.zeros(keys, np.uint8)
    batch = KeyBatch(
        rng.integers(0, 256, (keys, 16), dtype=np.uint8),
        np.full(keys, _START, np.uint32),
        np.full(keys, INTERVALS_A_DAY, np.uint8),
        zeros,
        zeros.astype(np.int8),
        zeros,
    )
    identifiers = rng.integers(0, 256, (heard, IDENTIFIER_BYTES), dtype=np.uint8)
    times = np.full(heard, float(interval_start(_START)))
    for hit in range(_HITS):
        interval = _START + hit % INTERVALS_A_DAY
        identifier = batch[hit * (keys // _HITS)].key.rolling_identifier(interval)
        identifiers[hit] = np.frombuffer(identifier, np.uint8)
        times[hit] = interval_start(interval)
    return batch, Observed(identifiers, times)


def _peer_rate(identifiers_of: Callable[[bytes], Iterator[bytes]], keys: int) -> float:
    """Keys a second of a peer that makes identifiers one by one, looked up in a set."""
    batch, observed = _data(keys, _HEARD)
    heard = {row.tobytes() for row in observed.identifiers}
    keys_alone = [row.tobytes() for row in batch.keys]
    return keys / median_seconds(
        lambda: sum(identifier in heard for key in keys_alone for identifier in identifiers_of(key)), runs=3
    )


def _exponot_identifiers(key: bytes) -> Iterator[bytes]:
    return (rolling_proximity_identifier(_START + slot, key) for slot in range(INTERVALS_A_DAY))


def _plain_identifiers(key: bytes) -> Iterator[bytes]:
    identifier_key = derive_identifier_key(key)
    for slot in range(INTERVALS_A_DAY):
        encryptor = Cipher(AES128(identifier_key), ECB()).encryptor()
        yield encryptor.update(padded_data(_START, INTERVALS_A_DAY)[16 * slot : 16 * slot + 16]) + encryptor.finalize()


def _memory(tier: Tier, keys: int) -> float:
    batch, observed = _data(keys, _HEARD)
    matcher = Matcher(observed, tier=tier)
    matcher.match(batch.take(0, 1_000))
    before = peak_mib()
    matcher.match(batch)
    return peak_mib() - before


def _readiness() -> float:
    begin = time.perf_counter()
    Matcher([], tier="numba")
    return time.perf_counter() - begin
