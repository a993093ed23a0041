"""Which published keys this phone heard, and how: matching, revisions, and the exposure windows that follow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import msgspec

from bluezone.matching import Matcher, Observed
from bluezone.phone.sightings import Sighting, times_by_identifier
from bluezone.phone.store import Store
from bluezone.protocol import (
    DAY_SECONDS,
    DailyKey,
    KeyArchive,
    KeyBatch,
    Metadata,
    ProtocolError,
    PublishedKey,
    ReportType,
    interval_start,
)
from bluezone.risk import UNCALIBRATED, ExposureWindow, HeardBeacon, RiskConfig, build_windows

_LARGE_BATCH = 100_000
"""From this many keys on the fast matching tier is worth its start-up."""


class Heard:
    """What the phone heard so far, ready for any number of archives."""

    def __init__(self, sightings: Sequence[Sighting]) -> None:
        self._sightings = sightings
        self._observed = Observed.of(times_by_identifier(sightings))
        self._matchers: dict[str, Matcher] = {}

    def match(self, batch: KeyBatch) -> dict[bytes, tuple[PublishedKey, list[HeardBeacon]]]:
        """The keys of a batch that were heard, by their bytes, each with every beacon of it."""
        heard: dict[bytes, tuple[PublishedKey, list[HeardBeacon]]] = {}
        for match in self._matcher("auto" if len(batch) >= _LARGE_BATCH else "numpy").match(batch):
            key = batch[match.key_index]
            beacons = _beacons(key.key, self._sightings[match.observed_index])
            heard.setdefault(key.key.key, (key, []))[1].extend(beacons)
        return heard

    def _matcher(self, tier: Literal["auto", "numpy"]) -> Matcher:
        if tier not in self._matchers:
            self._matchers[tier] = Matcher(self._observed, tier=tier)
        return self._matchers[tier]


class ArchiveFindings:
    """What one archive means to this phone; worked out away from the store, kept in one transaction."""

    def __init__(self, archive: KeyArchive, heard: Heard) -> None:
        self._archive = archive
        self._heard = heard

    @cached_property
    def exposures(self) -> dict[bytes, tuple[PublishedKey, list[HeardBeacon]]]:
        """Heard keys by their bytes; a revised key counts as revised."""
        return self._heard.match(self._archive.keys) | self._heard.match(self._archive.revised_keys)

    @cached_property
    def revoked(self) -> list[DailyKey]:
        """The keys that the archive withdraws."""
        batch = self._archive.revised_keys
        return [batch[row].key for row in range(len(batch)) if batch.report_type[row] == ReportType.REVOKED]


class ExposureLog:
    """The heard published keys in the store."""

    def __init__(self, store: Store, *, keep_days: int) -> None:
        self._store = store
        self._keep = keep_days * DAY_SECONDS

    def take(self, findings: ArchiveFindings) -> int:
        """Keep what an archive found; a withdrawn key never comes back. The number of heard keys."""
        with self._store.transaction() as connection:
            for key in findings.revoked:
                connection.execute("INSERT OR IGNORE INTO revoked_keys VALUES (?, ?)", (key.key, self._end(key)))
                connection.execute("DELETE FROM exposures WHERE key = ?", (key.key,))
            count = 0
            for published, beacons in findings.exposures.values():
                key = published.key
                if self._store.first("SELECT 1 FROM revoked_keys WHERE key = ?", (key.key,)):
                    continue
                connection.execute(
                    "INSERT INTO exposures VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                    " report_type = excluded.report_type, days_since_onset = excluded.days_since_onset,"
                    " heard = excluded.heard",
                    (
                        key.key,
                        key.rolling_start,
                        key.rolling_period,
                        int(published.report_type),
                        published.days_since_onset,
                        msgspec.msgpack.encode(beacons),
                        self._end(key),
                    ),
                )
                count += 1
            return count

    def windows(self, config: RiskConfig, own: frozenset[bytes]) -> list[list[ExposureWindow]]:
        """The exposure windows of each heard key, oldest key first; `own` keys of this phone are nobody's exposure."""
        rows = self._store.rows(
            "SELECT key, rolling_start, rolling_period, report_type, days_since_onset, heard FROM exposures"
            " ORDER BY rolling_start, key"
        )
        return [
            build_windows(
                PublishedKey(DailyKey(key, start, period), ReportType(report_type), onset),
                msgspec.msgpack.decode(heard, type=list[HeardBeacon]),
                config,
            )
            for key, start, period, report_type, onset, heard in rows
            if key not in own
        ]

    def _end(self, key: DailyKey) -> float:
        return interval_start(key.rolling_end) + self._keep


def _beacons(key: DailyKey, sighting: Sighting) -> list[HeardBeacon]:
    """The readings with the transmit power that only the published key makes readable."""
    try:
        tx_power = Metadata.decode(key.decrypt_metadata(sighting.identifier, sighting.metadata)).tx_power
    except ProtocolError:
        # Metadata of a later version, say: the meeting itself is certain, so it counts at the usual power.
        tx_power = UNCALIBRATED.tx_power
    return [HeardBeacon(time, rssi, tx_power, sighting.previous_scan) for time, rssi in sighting.readings]
