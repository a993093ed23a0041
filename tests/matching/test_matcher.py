from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.matching import TOLERANCE_SECONDS, Match, Matcher, Observed
from bluezone.matching.numba_tier import ROOM, UNIT
from bluezone.matching.numpy_tier import CHUNK
from bluezone.protocol import INTERVAL_SECONDS, LAST_INTERVAL, DailyKey, KeyBatch, interval_start, padded_data
from bluezone.randomness import SeededRandomness
from tests.matching.baseline import START, heard_on_time, naive_matches, noise, random_keys

VECTORS = Path(__file__).parents[1] / "vectors"


def test_published_identifiers_of_the_specification_are_found(tier):
    vector = json.loads((VECTORS / "gaen_crypto_v1_2.json").read_text())
    key = DailyKey(bytes.fromhex(vector["tek"]), vector["rolling_start_interval_number"], vector["rolling_period"])
    rows = vector["intervals"]
    heard = [(bytes.fromhex(row["rpi"]), interval_start(row["en_interval_number"])) for row in rows]
    assert Matcher(heard, tier=tier).match(KeyBatch.of([key])) == [
        Match(0, index, row["en_interval_number"]) for index, row in enumerate(rows)
    ]


def test_single_keys_match_as_a_batch_of_them_does(tier):
    keys = random_keys("single", 3)
    matcher = Matcher([heard_on_time(keys[2], 7, 0.0)], tier=tier)
    assert matcher.match(keys) == matcher.match(KeyBatch.of(keys)) != []


def test_finds_what_the_baseline_finds_and_nothing_else(tier):
    keys = random_keys("baseline", 400)
    randomness = SeededRandomness("sightings")
    sightings = noise("noise", 2000)
    for _ in range(1500):
        key = keys[randomness.below(len(keys))]
        late = randomness.uniform(-1.5 * TOLERANCE_SECONDS, 1.5 * TOLERANCE_SECONDS)
        sightings.append(heard_on_time(key, randomness.below(key.rolling_period), late))
    expected = naive_matches(sightings, keys)
    assert 500 < len(expected) < 1500
    assert Matcher(sightings, tier=tier).match(KeyBatch.of(keys)) == expected


def test_every_interval_of_every_key_is_found(tier):
    keys = random_keys("every", 150)
    sightings = [heard_on_time(key, slot) for key in keys for slot in range(key.rolling_period)]
    # More at once than the compiled kernel returns from one call.
    assert len(sightings) > ROOM
    found = Matcher(sightings, tier=tier).match(KeyBatch.of(keys))
    assert found == naive_matches(sightings, keys)
    assert len(found) == len(sightings)


def test_nothing_heard_matches_nothing(tier):
    assert Matcher([], tier=tier).match(KeyBatch.of(random_keys("any", 3))) == []


def test_empty_batch_matches_nothing(tier):
    assert Matcher(noise("noise", 5), tier=tier).match(KeyBatch.of([])) == []


def test_identifier_heard_many_times_gives_every_sighting(tier):
    key = DailyKey(bytes(16), START)
    identifier, time = heard_on_time(key, 77)
    sightings = [(identifier, time + second) if second % 3 else (bytes(16), time) for second in range(300)]
    assert Matcher(sightings, tier=tier).match(KeyBatch.of([key])) == [
        Match(0, second, START + 77) for second in range(300) if second % 3
    ]


def test_key_in_a_batch_twice_is_reported_for_both_rows(tier):
    key = DailyKey(bytes(16), START)
    found = Matcher([heard_on_time(key, 5)], tier=tier).match(KeyBatch.of([key, key]))
    assert found == [Match(0, 0, START + 5), Match(1, 0, START + 5)]


@pytest.mark.parametrize("period", [1, 2, 7, 8, 9, 15, 16, 17, 143, 144])
def test_identifiers_outside_the_rolling_period_do_not_count(tier, period):
    whole = DailyKey(b"0123456789abcdef", START)
    short = DailyKey(whole.key, START, period)
    sightings = [heard_on_time(whole, slot) for slot in range(144)]
    # The key of a whole day beforehand leaves all its identifiers behind in the tier's memory.
    found = Matcher(sightings, tier=tier).match(KeyBatch.of([whole] * (CHUNK + 1) + [short]))
    assert [match for match in found if match.key_index == CHUNK + 1] == [
        Match(CHUNK + 1, slot, START + slot) for slot in range(period)
    ]


@pytest.mark.parametrize("period", [1, 15, 143])
def test_blocks_sent_unencrypted_match_no_key(tier, period):
    key = DailyKey(b"0123456789abcdef", START, period)
    sightings = [(padded_data(START + slot, 1), float(interval_start(START + slot))) for slot in range(144)]
    assert Matcher(sightings, tier=tier).match(KeyBatch.of([key])) == []


@pytest.mark.parametrize("start", [0, 1, 2**31 - 1, 2**31, LAST_INTERVAL - 143, LAST_INTERVAL - 5, LAST_INTERVAL])
def test_starts_at_the_ends_of_the_range_of_intervals(tier, start):
    key = DailyKey(b"0123456789abcdef", start)
    sightings = [heard_on_time(key, slot) for slot in range(144)]
    assert Matcher(sightings, tier=tier).match(KeyBatch.of([key])) == naive_matches(sightings, [key])


@pytest.mark.parametrize("slot", [0, 50, 143])
def test_two_hours_before_and_after_the_interval_count_and_not_a_moment_more(tier, slot):
    key = DailyKey(b"0123456789abcdef", START)
    identifier, begins = heard_on_time(key, slot)
    earliest, latest = begins - TOLERANCE_SECONDS, begins + INTERVAL_SECONDS + TOLERANCE_SECONDS
    times = [math.nextafter(earliest, 0), earliest, begins, latest, math.nextafter(latest, math.inf)]
    found = Matcher([(identifier, time) for time in times], tier=tier).match(KeyBatch.of([key]))
    assert [match.observed_index for match in found] == [1, 2, 3]


def test_identifiers_replayed_from_a_key_already_public_do_not_count(tier):
    key = DailyKey(b"0123456789abcdef", START)
    released = interval_start(key.rolling_end) + TOLERANCE_SECONDS
    sightings = [(identifier, released + 1.0) for identifier in key.rolling_identifiers()]
    assert Matcher(sightings, tier=tier).match(KeyBatch.of([key])) == []


def test_half_an_identifier_is_not_enough(tier):
    key = DailyKey(b"0123456789abcdef", START)
    identifier, time = heard_on_time(key, 3)
    alike = [
        (identifier[:8] + bytes(8), time),
        (bytes(8) + identifier[8:], time),
        (identifier[:15] + bytes([identifier[15] ^ 1]), time),
        (bytes([identifier[0] ^ 0x80]) + identifier[1:], time),
    ]
    assert Matcher([*alike, (identifier, time)], tier=tier).match(KeyBatch.of([key])) == [Match(0, 4, START + 3)]


def test_many_chosen_identifiers_with_one_beginning_hide_nothing(tier):
    key = DailyKey(b"0123456789abcdef", START)
    identifier, time = heard_on_time(key, 3)
    chosen = [(identifier[:8] + number.to_bytes(8, "big"), time) for number in range(5000)]
    sightings = [*chosen, (identifier, time), *chosen]
    assert Matcher(sightings, tier=tier).match(KeyBatch.of([key])) == [Match(0, 5000, START + 3)]


@pytest.mark.parametrize("count", [1, 2, 3, CHUNK - 1, CHUNK, CHUNK + 1, UNIT - 1, UNIT, UNIT + 1, 2 * UNIT + 17])
def test_first_and_last_key_are_found_at_any_batch_size(tier, count):
    keys = random_keys("sizes", count, whole_days=True)
    first, last = keys[0], keys[-1]
    matcher = Matcher([heard_on_time(last, 143), heard_on_time(first, 0)], tier=tier)
    expected = [Match(0, 1, first.rolling_start), Match(count - 1, 0, last.rolling_start + 143)]
    assert matcher.match(KeyBatch.of(keys)) == sorted(expected)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_number_of_threads_changes_nothing(tier, threads):
    keys = random_keys("threads", 3 * UNIT)
    sightings = [heard_on_time(key, 0) for key in keys[::50]]
    found = Matcher(sightings, tier=tier, threads=threads).match(KeyBatch.of(keys))
    assert found == [Match(50 * index, index, key.rolling_start) for index, key in enumerate(keys[::50])]


def test_one_matcher_takes_any_number_of_batches(tier):
    keys = random_keys("batches", 60)
    matcher = Matcher([heard_on_time(key, 0) for key in keys], tier=tier)
    for at in range(0, 60, 7):
        part = keys[at : at + 7]
        assert matcher.match(KeyBatch.of(part)) == [
            Match(index, at + index, key.rolling_start) for index, key in enumerate(part)
        ]


def test_columns_may_be_views_into_records_that_cannot_be_written(tier):
    keys = random_keys("views", 40)
    kind = np.dtype([("before", "u1", 3), ("key", "u1", 16), ("start", "<u4"), ("period", "u1")])
    records = np.frombuffer(
        b"".join(
            bytes(3) + key.key + key.rolling_start.to_bytes(4, "little") + bytes([key.rolling_period]) for key in keys
        ),
        kind,
    )
    zeros = np.zeros(len(keys), np.uint8)
    batch = KeyBatch(records["key"], records["start"], records["period"], zeros, zeros.astype(np.int8), zeros)
    sightings = [heard_on_time(key, key.rolling_period - 1) for key in keys]
    assert Matcher(sightings, tier=tier).match(batch) == naive_matches(sightings, keys)


@pytest.mark.parametrize("heard", [1_000, 100_000, 600_000])
def test_planted_sightings_are_found_among_very_many(tier, heard):
    rng = np.random.default_rng(heard)
    keys = random_keys("many", 1000, whole_days=True)
    identifiers = rng.integers(0, 256, (heard, 16), dtype=np.uint8)
    times = np.full(heard, float(interval_start(START)))
    planted = rng.choice(heard, 200, replace=False)
    for index, at in enumerate(planted):
        identifier, times[at] = heard_on_time(keys[index * 5], index % 144)
        identifiers[at] = np.frombuffer(identifier, np.uint8)
    found = Matcher(Observed(identifiers, times), tier=tier).match(KeyBatch.of(keys))
    assert found == [
        Match(index * 5, int(at), keys[index * 5].rolling_start + index % 144) for index, at in enumerate(planted)
    ]


seconds = st.floats(-2.0 * TOLERANCE_SECONDS, 2.0 * TOLERANCE_SECONDS) | st.sampled_from(
    [-TOLERANCE_SECONDS, -TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + INTERVAL_SECONDS, TOLERANCE_SECONDS]
)
daily_keys = st.builds(
    DailyKey, st.binary(min_size=16, max_size=16), st.integers(0, LAST_INTERVAL), st.integers(1, 144)
)


@given(data=st.data(), keys=st.lists(daily_keys, max_size=5))
def test_agrees_with_the_baseline_on_any_keys_and_sightings(tier, data, keys):
    own = st.nothing()
    if keys:
        own = st.builds(
            lambda key, slot, late: heard_on_time(key, slot % key.rolling_period, late),
            st.sampled_from(keys),
            st.integers(0, 143),
            seconds,
        )
    foreign = st.tuples(st.binary(min_size=16, max_size=16), st.floats(0, 2e12))
    sightings = data.draw(st.lists(own | foreign, max_size=12))
    assert Matcher(sightings, tier=tier).match(KeyBatch.of(keys)) == naive_matches(sightings, keys)
