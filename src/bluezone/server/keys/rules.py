"""Which keys of a publish call are taken (exposure-notifications-server docs/tek_validation.md). Pure.

A key that breaks a rule of its own is dropped and named in the answer, the others are taken; a call whose keys break a
rule together is refused whole.
"""

from __future__ import annotations

import base64
import binascii
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bluezone.protocol import (
    DAY_SECONDS,
    INTERVALS_A_DAY,
    KEY_BYTES,
    NO_ONSET,
    ReportType,
    day_start,
    interval_at,
    interval_start,
)
from bluezone.protocol.wire import WireKey
from bluezone.server.keys.errors import KeysOverlap, KeysRepeated, NoKeys, NoValidKey, TooManyKeys
from bluezone.server.settings import Settings

DEFAULT_TRANSMISSION_RISK = {
    ReportType.CONFIRMED_TEST: 2,
    ReportType.CONFIRMED_CLINICAL_DIAGNOSIS: 4,
    ReportType.REVOKED: 6,
}
"""Stands in for a transmission risk of 0 (exposure-notifications-server pkg/api/v1alpha1/verification_types.go)."""

MAX_TRANSMISSION_RISK = 8

TRANSITIONS = {
    ReportType.CONFIRMED_CLINICAL_DIAGNOSIS: {ReportType.CONFIRMED_TEST, ReportType.REVOKED},
    # Ours (decision 3 of the design): a contact who falls ill becomes a case; a contact confirmed in error is none.
    ReportType.RECURSIVE: {
        ReportType.CONFIRMED_TEST,
        ReportType.CONFIRMED_CLINICAL_DIAGNOSIS,
        ReportType.REVOKED,
    },
}
"""From which report type a published key may change to which others, once."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A key that may be stored; `created_at` is its truncated time of arrival, later when it is under embargo."""

    key: bytes
    rolling_start: int
    rolling_period: int
    report_type: ReportType
    days_since_onset: int
    transmission_risk: int
    created_at: int

    @property
    def rolling_end(self) -> int:
        return self.rolling_start + self.rolling_period


@dataclass(frozen=True, slots=True)
class Screened:
    """The keys to store and, for each dropped one, a sentence that names its place and fault but not its bytes."""

    candidates: tuple[Candidate, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


def check_count(keys: Sequence[WireKey], settings: Settings) -> None:
    """Raise NoKeys or TooManyKeys unless there are as many keys as a phone can have."""
    if not keys:
        raise NoKeys("A publish call carries at least one key; this one carries none.")
    if len(keys) > settings.max_keys_per_publish:
        raise TooManyKeys(f"A publish call carries at most {settings.max_keys_per_publish} keys, not {len(keys)}.")


def screen(
    keys: Sequence[WireKey], report_type: ReportType, *, onset_interval: int, now: float, settings: Settings
) -> Screened:
    """The keys of one call that can be stored; `onset_interval` is 0 when nothing is known about the onset.

    Raises NoValidKey, KeysRepeated or KeysOverlap when the whole call is to be refused.
    """
    candidates: list[Candidate] = []
    faults: list[str] = []
    warnings: list[str] = []
    for place, key in enumerate(keys):
        raw = _decode(key.key)
        fault = _fault(key, raw, now, settings)
        if fault is not None:
            faults.append(f"key {place} cannot be imported: {fault}")
            continue
        onset = _days_since(onset_interval, key.rolling_start_number)
        if onset != NO_ONSET and abs(onset) > settings.max_magnitude_symptom_onset_days:
            warnings.append(
                f"key {place} symptom onset is too large, {abs(onset)} > {settings.max_magnitude_symptom_onset_days}"
                " - saving without this key"
            )
            continue
        candidates.append(
            Candidate(
                raw,
                key.rolling_start_number,
                key.rolling_period,
                report_type,
                onset,
                key.transmission_risk or DEFAULT_TRANSMISSION_RISK.get(report_type, 0),
                _release(key, now, settings),
            )
        )
    if not candidates:
        raise NoValidKey(f"None of these keys can be taken: {'; '.join([*faults, *warnings])}.")
    _check_together(candidates, settings)
    return Screened(tuple(candidates), tuple(faults), tuple(warnings))


def arrival(now: float, settings: Settings) -> int:
    """The time of arrival that is stored: `now` truncated."""
    step = settings.created_truncation_minutes * 60
    return int(now // step) * step


def usable_onset(intervals: Sequence[int], *, now: float) -> int:
    """The first of several onset intervals that lies in the last 14 days, 0 when none does."""
    earliest = day_start(interval_at(max(0.0, now - 14 * DAY_SECONDS)))
    return next((onset for onset in intervals if earliest <= onset < interval_at(now) + 1), 0)


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _fault(key: WireKey, raw: bytes, now: float, settings: Settings) -> str | None:
    if len(raw) != KEY_BYTES:
        return f"a key has {KEY_BYTES} bytes, as base64"
    if not 1 <= key.rolling_period <= INTERVALS_A_DAY:
        return f"the rolling period lies between 1 and {INTERVALS_A_DAY}"
    if key.rolling_start_number > interval_at(now + settings.clock_skew_seconds):
        return "it begins in the future; check the phone's clock"
    oldest = day_start(interval_at(max(0.0, now - settings.max_key_age_days * DAY_SECONDS)))
    if key.rolling_start_number < oldest:
        return f"it is older than {settings.max_key_age_days} days"
    if not 0 <= key.transmission_risk <= MAX_TRANSMISSION_RISK:
        return f"the transmission risk lies between 0 and {MAX_TRANSMISSION_RISK}"
    return None


def _days_since(onset: int, start: int) -> int:
    """Whole UTC days from the onset to the key's start."""
    return NO_ONSET if onset == 0 else (day_start(start) - day_start(onset)) // INTERVALS_A_DAY


def _release(key: WireKey, now: float, settings: Settings) -> int:
    """The stored time of arrival; of a key that is still valid so late that its archive appears after the embargo.

    Archives lie at least `export_min_age_hours` back, which counts towards the embargo.
    """
    arrived = arrival(now, settings)
    end = interval_start(key.rolling_start_number + key.rolling_period)
    if end <= now:
        return arrived
    step = settings.created_truncation_minutes * 60
    earliest = end + max(0.0, settings.embargo_hours - settings.export_min_age_hours) * 3600
    return max(arrived, -int(-earliest // step) * step)


def _check_together(candidates: Sequence[Candidate], settings: Settings) -> None:
    if len({candidate.key for candidate in candidates}) != len(candidates):
        raise KeysRepeated("A publish call carries each key once; this one repeats a key.")
    starts = Counter(candidate.rolling_start for candidate in candidates)
    if max(starts.values()) > settings.max_same_start_keys:
        raise KeysOverlap(f"At most {settings.max_same_start_keys} keys begin together; more do in this call.")
    # Keys that begin together may overlap (a phone changed its key within a day), others may not.
    ends = {start: max(c.rolling_end for c in candidates if c.rolling_start == start) for start in starts}
    ordered = sorted(ends)
    for earlier, later in itertools.pairwise(ordered):
        if ends[earlier] > later:
            raise KeysOverlap(f"The key from interval {later} on overlaps with an earlier one; send whole days only.")
