import asyncio
import random
from fractions import Fraction

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.desk import cases, limits
from bluezone.server.desk.codes import SHORT_CODES, CodeKind
from bluezone.server.desk.errors import CodeExpired, CodeUnknown, CodeUsed, ShortCodesPaused, TooManyWrongCodes
from bluezone.server.desk.limits import client_address
from bluezone.server.desk.rules import Test
from bluezone.server.desk.tables import desk_clients, desk_minutes

START = 1_597_017_600.0
HOUR = 3600.0
TEST = Test("recursive", None, None)
TYPES = ("confirmed", "likely", "recursive")


def number(value):
    """What stands for the hash of a short code in these tests: its number."""
    return value.to_bytes(32, "big")


def issue(connection, code, now):
    draw = cases.Draw(f"{code:036d}", number(code), number(SHORT_CODES + code))
    return cases.insert_case(connection, TEST, [draw], quota=10**6, now=now)


def attempt(connection, code, client, now, kind=CodeKind.SHORT):
    hashes = [number(code + (SHORT_CODES if kind is CodeKind.LONG else 0))]
    tokens = [random.randbytes(32)]
    outcome = cases.claim(connection, kind, hashes, tokens, accept=TYPES, client=client.ljust(16), now=now)
    return outcome if isinstance(outcome, Test) else type(outcome.error)


def test_one_client_may_be_wrong_thirty_times_an_hour(database):
    def story(connection):
        issue(connection, 1, START)
        outcomes = [attempt(connection, 1000 + tried, b"one", START + tried) for tried in range(32)]
        assert outcomes == [CodeUnknown] * 30 + [TooManyWrongCodes] * 2
        assert attempt(connection, 1, b"one", START + 60) is TooManyWrongCodes
        assert attempt(connection, 1, b"another", START + 60) == TEST
        issue(connection, 2, START + HOUR + 120)
        assert attempt(connection, 2, b"one", START + HOUR + 120) == TEST

    database.write_now(story)


@given(live=st.integers(1, limits.MOST_LIVE_SHORT_CODES))
def test_the_chance_of_an_hour_of_guesses_is_one_in_ten_thousand_and_a_hundred_slips_fit(live):
    borne = limits.BUDGET // live
    assert Fraction(borne * live, SHORT_CODES) <= Fraction(1, 10_000)
    assert borne >= 100
    one_success = 1 / (limits.BUDGET / SHORT_CODES)  # hours of guessing at the limit, on average
    assert one_success > 365 * 24


@pytest.mark.parametrize(("live", "spent", "borne"), [(1, 9900, 100), (3, 9100, 300), (25, 0, 400), (100, 0, 100)])
def test_many_clients_together_stay_within_the_budget(database, live, spent, borne):
    def story(connection):
        for code in range(live):
            issue(connection, code, START)
        if spent:
            limits.charge(connection, b"earlier".ljust(16), spent, START)
        for tried in range(borne):
            assert attempt(connection, 1000 + tried, b"%d" % tried, START + tried) is CodeUnknown
        assert attempt(connection, 5000, b"fresh", START + borne) is ShortCodesPaused
        assert attempt(connection, 0, b"owner", START + borne) is ShortCodesPaused
        assert attempt(connection, 0, b"owner", START + borne, CodeKind.LONG) == TEST

    database.write_now(story)
    assert spent + borne * live <= limits.BUDGET < spent + (borne + 1) * live


def test_the_desk_gives_out_links_alone_when_short_codes_would_be_too_easy_to_guess(database):
    def story(connection):
        stored = [issue(connection, code, START) for code in range(limits.MOST_LIVE_SHORT_CODES + 1)]
        assert all(case.short_expires_at for case in stored[:-1])
        assert stored[-1].short_expires_at == 0
        assert stored[-1].long_expires_at
        assert issue(connection, 500, START + 16 * 60).short_expires_at

    database.write_now(story)


def test_the_desk_gives_out_links_alone_while_short_codes_are_paused(database):
    def story(connection):
        issue(connection, 1, START)
        limits.charge(connection, b"guesser".ljust(16), limits.BUDGET - 1, START)
        assert issue(connection, 2, START).short_expires_at == 0
        assert attempt(connection, 1, b"owner", START) == TEST
        assert issue(connection, 3, START + HOUR + 61).short_expires_at

    database.write_now(story)


def test_used_and_expired_codes_are_told_apart_and_cost_nobody_anything(database):
    def story(connection):
        issue(connection, 1, START)
        issue(connection, 2, START)
        assert attempt(connection, 1, b"owner", START) == TEST
        for _ in range(200):
            assert attempt(connection, 1, b"owner", START + 1) is CodeUsed
            assert attempt(connection, 2, b"other", START + 15 * 60) is CodeExpired
        return connection.execute(sa.select(sa.func.sum(desk_minutes.c.risk))).scalar_one()

    assert database.write_now(story) == 0


def test_wrong_long_codes_pause_nothing(database):
    def story(connection):
        issue(connection, 1, START)
        for tried in range(300):
            assert attempt(connection, 1000 + tried, b"one", START, CodeKind.LONG) is CodeUnknown
        assert attempt(connection, 1, b"one", START) == TEST

    database.write_now(story)


def test_counts_hold_over_a_restart_and_are_destroyed_after_an_hour(database):
    database.write_now(lambda c: issue(c, 1, START))
    for tried in range(limits.CLIENT_TRIES):
        database.write_now(lambda c, tried=tried: attempt(c, 1000 + tried, b"one", START))
    again = type(database)(database.url.render_as_string(hide_password=False))
    try:
        assert again.write_now(lambda c: attempt(c, 1, b"one", START)) is TooManyWrongCodes
        again.write_now(lambda c: limits.forget(c, START + HOUR + 61))
        for table in (desk_clients, desk_minutes):
            assert again.read_now(lambda c, table=table: c.execute(sa.select(table)).all()) == []
    finally:
        again.close_now()


def test_a_clock_put_back_forgives_nothing(database):
    def story(connection):
        issue(connection, 1, START)
        for tried in range(limits.CLIENT_TRIES):
            attempt(connection, 1000 + tried, b"one", START + 600)
        assert attempt(connection, 1, b"one", START) is TooManyWrongCodes

    database.write_now(story)


def test_guesses_at_the_same_moment_do_not_slip_past_the_budget(database):
    live = limits.MOST_LIVE_SHORT_CODES
    database.write_now(lambda c: [issue(c, code, START) for code in range(live)])

    async def story():
        outcomes = await asyncio.gather(
            *(database.write(attempt, 1000 + tried, b"%d" % tried, START) for tried in range(140))
        )
        await database.close()
        return outcomes

    outcomes = asyncio.run(story())
    assert sum(outcome is CodeUnknown for outcome in outcomes) == limits.BUDGET // live
    assert sum(outcome is ShortCodesPaused for outcome in outcomes) == 140 - limits.BUDGET // live


def test_a_guesser_with_any_number_of_addresses_stays_within_one_in_ten_thousand_an_hour(database):
    """Six hours of codes that come and run out, and a fresh address for each guess."""
    generator = random.Random(7)
    risks = []  # when, and the chance that this guess had

    def minute(connection, now):
        limits.forget(connection, now)
        for _ in range(generator.choice([0, 2, 3, 5, 8])):
            issue(connection, generator.randrange(SHORT_CODES), now)
        live = limits.live_short_codes(connection, now)
        for _ in range(20):
            guess = generator.randrange(SHORT_CODES)
            outcome = attempt(connection, guess, random.randbytes(16), now + generator.random())
            if outcome is ShortCodesPaused:
                break
            risks.append((now, live))

    for at in range(6 * 60):
        database.write_now(lambda c, at=at: minute(c, START + 60 * at))
    assert sum(risk for _, risk in risks) > 5 * limits.BUDGET / 2  # the guesser did get to guess
    for start in {when for when, _ in risks}:
        assert sum(risk for when, risk in risks if start <= when < start + HOUR) / SHORT_CODES <= 1e-4


@given(peer=st.ip_addresses().map(str), claimed=st.lists(st.ip_addresses(v=4).map(str), max_size=4))
def test_forwarded_addresses_are_believed_only_from_trusted_proxies(peer, claimed):
    header = ", ".join(claimed)
    assert client_address(peer, header, 0) == client_address(peer, "", 0)
    if claimed:
        assert client_address(peer, header, 1) == claimed[-1]
        assert client_address(peer, f"203.0.113.9, {header}", len(claimed)) == claimed[0]
    assert client_address(peer, "", 2) == client_address(peer, "", 0)


def test_one_subscriber_is_one_client():
    assert client_address("2001:db8:1:2:3:4:5:6", "", 0) == client_address("2001:db8:1:2:ffff::", "", 0)
    assert client_address("2001:db8:1:3::", "", 0) != client_address("2001:db8:1:2::", "", 0)
    assert client_address("::ffff:192.0.2.1", "", 0) == "192.0.2.1"
    assert client_address("", "", 0) == ""
