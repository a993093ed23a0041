from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bluezone.phone.schedule import INTERVALS_AHEAD, KEYS_A_DAY, Identity, KeySchedule, Silence
from bluezone.phone.store import Store
from bluezone.protocol import SERVICE_BLUEZONE, Metadata, find_beacon, interval_at
from bluezone.randomness import SeededRandomness
from tests.phone.conftest import START


def schedule_of(store: Store, seed: str = "keys") -> KeySchedule:
    return KeySchedule(store, SeededRandomness(seed), tx_power=-7, service=SERVICE_BLUEZONE, keep_days=14)


def taken(schedule: KeySchedule, now: float) -> Identity:
    identity = schedule.next_identity(now)
    assert isinstance(identity, Identity)
    return identity


def test_identifier_is_of_the_present_interval_and_derives_from_the_kept_key(store: Store) -> None:
    schedule = schedule_of(store)
    identity = taken(schedule, START + 3700)
    beacon = find_beacon(identity.data)
    assert beacon is not None
    (own,) = schedule.used_keys(START + 3700)
    assert identity.interval == interval_at(START + 3700)
    assert beacon.identifier == own.key.rolling_identifier(identity.interval)
    assert Metadata.decode(own.key.decrypt_metadata(beacon.identifier, beacon.encrypted_metadata)).tx_power == -7


def test_restart_inside_a_used_interval_takes_the_next_one_of_the_same_key(store: Store) -> None:
    first = taken(schedule_of(store), START + 10)
    second = taken(schedule_of(store, "restarted"), START + 20)
    assert second.interval == first.interval + 1
    assert len(schedule_of(store).used_keys(START + 20)) == 1


def test_more_than_an_hour_ahead_begins_a_fresh_key_of_the_same_day(store: Store) -> None:
    intervals = [taken(schedule_of(store), START).interval for _ in range(INTERVALS_AHEAD + 2)]
    base = interval_at(START)
    assert intervals == [base + ahead for ahead in range(INTERVALS_AHEAD + 1)] + [base]
    starts = [own.key.rolling_start for own in schedule_of(store).used_keys(START)]
    assert starts == [base, base]


def test_clock_set_back_gets_a_fresh_key_with_the_same_start(store: Store) -> None:
    schedule = schedule_of(store)
    taken(schedule, START + 10 * 3600)
    back = taken(schedule, START + 2 * 3600)
    assert back.interval == interval_at(START + 2 * 3600)
    assert [own.key.rolling_start for own in schedule.used_keys(START + 10 * 3600)] == [interval_at(START)] * 2


def test_after_three_keys_of_a_day_the_phone_is_silent_until_it_can_go_on(store: Store) -> None:
    schedule = schedule_of(store)
    for hour in (20, 15, 10):
        taken(schedule, START + hour * 3600)
    silence = schedule.next_identity(START + 5 * 3600)
    assert silence == Silence(START + 10 * 3600 + 600 - 3600)
    assert taken(schedule, silence.until).interval == interval_at(START + 10 * 3600) + 1


def test_closed_key_gives_no_further_identifier(store: Store) -> None:
    schedule = schedule_of(store)
    taken(schedule, START)
    schedule.close(START)
    taken(schedule, START + 60)
    first, second = schedule.used_keys(START + 60)
    assert first.key.key != second.key.key
    assert first.key.rolling_period == 1


def test_closing_three_times_a_day_leaves_silence_until_the_next_day(store: Store) -> None:
    schedule = schedule_of(store)
    for minute in range(KEYS_A_DAY):
        taken(schedule, START + 600 * minute)
        schedule.close(START + 600 * minute)
    assert schedule.next_identity(START + 7200) == Silence(START + 86400)
    assert isinstance(schedule.next_identity(START + 86400), Identity)


def test_next_day_begins_with_a_key_of_its_own(store: Store) -> None:
    schedule = schedule_of(store)
    taken(schedule, START + 86399)
    taken(schedule, START + 86400)
    first, second = schedule.used_keys(START + 86400)
    assert second.key.rolling_start == first.key.rolling_start + 144
    assert first.key.rolling_period == 144


def test_keys_go_fourteen_days_after_their_last_interval(store: Store) -> None:
    schedule = schedule_of(store)
    taken(schedule, START)
    store.destroy_due(START + 15 * 86400 - 1)
    assert store.row("SELECT count(*) FROM own_keys") == (1,)
    store.destroy_due(START + 15 * 86400)
    assert store.row("SELECT count(*) FROM own_keys") == (0,)


def test_key_that_was_never_on_the_air_is_not_publishable(store: Store) -> None:
    schedule = schedule_of(store)
    taken(schedule, START)
    schedule.close(START)
    assert len(schedule.used_keys(START)) == 1
    assert schedule.used_keys(START - 86400) == []


def test_mark_is_on_the_disk_before_the_identifier_is_handed_out(path: Path) -> None:
    store = Store(path)
    identity = taken(schedule_of(store), START)
    store.close()
    again = Store(path)
    assert again.row("SELECT last_used FROM own_keys") == (identity.interval,)
    again.close()


steps = st.lists(
    st.tuples(st.integers(0, 3 * 86400), st.sampled_from(["go", "restart", "close"])), min_size=1, max_size=40
)


@given(steps)
def test_no_identifier_ever_repeats_however_the_clock_and_the_process_jump(steps: list[tuple[int, str]]) -> None:
    store = Store(":memory:")
    schedule = schedule_of(store)
    sent = set()
    for number, (offset, action) in enumerate(steps):
        now = START + offset
        if action == "restart":
            schedule = schedule_of(store, f"restart {number}")
        elif action == "close":
            schedule.close(now)
        identity = schedule.next_identity(now)
        if isinstance(identity, Silence):
            assert identity.until > now
            continue
        assert -1 <= identity.interval - interval_at(now) <= INTERVALS_AHEAD
        assert identity.data not in sent
        sent.add(identity.data)
    starts = [start for (start,) in store.rows("SELECT rolling_start FROM own_keys")]
    assert all(starts.count(start) <= KEYS_A_DAY for start in starts)
    store.close()
