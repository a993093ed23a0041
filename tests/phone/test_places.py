"""Place notices: fetched by every phone alike, found by the one that was there, taken back, and of no use to others."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.clock import FixedClock
from bluezone.phone import Phone, PhoneSettings, StatusLevel
from bluezone.protocol import ArchiveSigner
from bluezone.protocol.notices import hours_between, notice_value, write_notices
from bluezone.protocol.place import PlaceCode, PlaceKind, write_place_code
from bluezone.protocol.scan_errors import PlaceCodeExpired, PlaceCodeMalformed, PlaceCodeUntrusted, WebPageScanned
from bluezone.randomness import SeededRandomness
from tests.phone.conftest import START, FileServer, client_of

HOUR = 3600.0
DAY = 24 * HOUR
HOST = "server.test"
MARKET = PlaceCode(
    name="Chợ Phố Hiến",
    address="Phố Hiến",
    unit="11950",
    kind=PlaceKind.MARKET,
    valid_from=date(2020, 8, 1),
    valid_until=date(2020, 12, 31),
    default_stay_minutes=90,
    seed=bytes(range(16)),
    server_key=bytes(32),
    issued=date(2020, 8, 1),
)


class NoRadio:
    """A place for a radio in phones that are never started."""


def phone_of(server: FileServer, clock: FixedClock, name: str = "visitor") -> Phone:
    return Phone(":memory:", NoRadio(), clock, SeededRandomness(name), client_of(server), PhoneSettings())  # type: ignore[arg-type]


def publish(server: FileServer, name: str, start: float, end: float, *, over: bool = False, at: float = 0) -> None:
    """A file that tells these hours at the market, among fillers; `at` is the end of what it covers."""
    fillers = SeededRandomness(name)
    values = {notice_value(MARKET.seed, hour, over=over) for hour in hours_between(start, end)}
    values |= {fillers.token_bytes(16) for _ in range(500)}
    covered = int(at or end)
    server.notices[name] = write_notices(values, signers=[server.signer], start=covered - 7200, end=covered)


def sync(phone: Phone) -> list[str]:
    asyncio.run(phone.sync())
    return [warning.visit.place.name for warning in phone.place_warnings()]


def test_who_was_there_in_told_hours_is_warned_and_told_what_to_do(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    clock.set(START + 3.5 * HOUR)
    phone.check_in(MARKET)
    clock.set(START + DAY)
    publish(server, "1.zip", START + 4 * HOUR, START + 6 * HOUR)
    assert sync(phone) == ["Chợ Phố Hiến"]
    (warning,) = phone.place_warnings()
    assert (warning.start, warning.end) == (START + 4 * HOUR, START + 5 * HOUR)
    (notice,) = [notice for notice in phone.notices("vi") if notice.kind == "place"]
    assert (notice.title, notice.read) == ("Chợ Phố Hiến", False)
    assert phone.status().level in {StatusLevel.SAFE, StatusLevel.NOT_PROTECTING}


@pytest.mark.parametrize("begin", [0.0, 6.0, 12.0])
def test_who_was_there_at_another_hour_is_not(server: FileServer, clock: FixedClock, begin: float) -> None:
    phone = phone_of(server, clock)
    clock.set(START + begin * HOUR)
    phone.check_in(MARKET)
    clock.set(START + DAY)
    publish(server, "1.zip", START + 3 * HOUR, START + 5 * HOUR)
    assert sync(phone) == []


def test_another_sheet_with_the_same_words_is_another_place(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    clock.set(START + 4 * HOUR)
    phone.check_in(dataclasses.replace(MARKET, seed=bytes(16)))
    publish(server, "1.zip", START + 3 * HOUR, START + 6 * HOUR)
    assert sync(phone) == []


def test_every_phone_fetches_every_file_and_sends_nothing(server: FileServer, clock: FixedClock) -> None:
    """What the server sees of a phone that was there and of one that never scanned anything is the same."""
    for number in range(3):
        publish(server, f"{number}.zip", START, START + 4 * HOUR)
    seen = []
    for name in ("visitor", "at home"):
        phone = phone_of(server, clock, name)
        if name == "visitor":
            phone.check_in(MARKET)
        server.requests.clear()
        assert bool(sync(phone)) == (name == "visitor")
        seen.append([(method, path) for method, path, _headers in server.requests])
    assert seen[0] == seen[1]
    assert {method for method, _path in seen[0]} == {"GET"}


def test_a_notice_that_is_taken_back_goes_in_whatever_order_the_files_come(
    server: FileServer, clock: FixedClock
) -> None:
    for first in ("told", "over"):
        server.notices.clear()
        phone = phone_of(server, clock)
        phone.check_in(MARKET)
        for name in (first, *{"told", "over"} - {first}):
            at = START + (8 * HOUR if name == "over" else 6 * HOUR)
            publish(server, name, START, START + 2 * HOUR, over=name == "over", at=at)
            sync(phone)
        assert phone.place_warnings() == []


def test_correcting_a_visit_decides_again(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    visit = phone.check_in(MARKET)
    clock.set(START + DAY)
    publish(server, "1.zip", START + 5 * HOUR, START + 6 * HOUR)
    assert sync(phone) == []
    phone.edit_visit(visit.id, started_at=START, ended_at=START + 5.5 * HOUR)
    assert [warning.visit.id for warning in phone.place_warnings()] == [visit.id]
    phone.delete_visit(visit.id)
    assert phone.place_warnings() == []
    assert phone._store.rows("SELECT * FROM place_warnings") == []


def test_a_file_by_another_key_warns_nobody_and_is_asked_for_again(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    phone.check_in(MARKET)
    own, server.signer = server.signer, ArchiveSigner(ec.generate_private_key(ec.SECP256R1()), "test", "v1")
    publish(server, "1.zip", START, START + HOUR)
    assert sync(phone) == []
    server.signer = own
    publish(server, "1.zip", START, START + HOUR)
    assert sync(phone) == ["Chợ Phố Hiến"]


def test_a_server_without_places_is_a_server_like_any_other(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    assert sync(phone) == []
    assert phone.notices("vi") == []


def test_a_hundred_check_ins_from_a_photo_warn_the_cheater_alone(server: FileServer, clock: FixedClock) -> None:
    """No count grows anywhere, no other phone hears of it, and the cheater reads warnings that mean nothing."""
    cheater, honest = phone_of(server, clock, "cheater"), phone_of(server, clock, "honest")
    for minute in range(100):
        clock.set(START + minute * 120)
        cheater.check_in(dataclasses.replace(MARKET, sheet_version=minute + 1))
    clock.set(START + DAY)
    server.requests.clear()
    publish(server, "1.zip", START, START + 4 * HOUR)
    assert len(sync(cheater)) == 100
    assert sync(honest) == []
    assert {method for method, _path, _headers in server.requests} == {"GET"}
    assert not any("visit" in path for _method, path, _headers in server.requests)


def test_codes_that_are_forged_expired_foreign_or_lead_elsewhere_check_nobody_in(
    server: FileServer, clock: FixedClock
) -> None:
    phone = phone_of(server, clock)
    sync(phone)
    link = write_place_code(MARKET, key=server.key, host=HOST)
    assert phone.read_scanned(link) == MARKET
    forged = write_place_code(MARKET, key=ec.generate_private_key(ec.SECP256R1()), host=HOST)
    for text in (forged, link.replace(HOST, "bluezone.example"), link[:-3] + "AAA"):
        with pytest.raises((PlaceCodeUntrusted, PlaceCodeMalformed)):
            phone.read_scanned(text)
    with pytest.raises(WebPageScanned):
        phone.read_scanned(f"https://evil.example/?go={link}")
    with pytest.raises(PlaceCodeExpired):
        phone.check_in(dataclasses.replace(MARKET, valid_until=date(2020, 8, 2)))
    assert phone.visits() == []


def test_visits_before_the_update_are_compared_too(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    visits: Iterable[float] = (START, START + DAY, START + 2 * DAY)
    for at in visits:
        clock.set(at)
        phone.check_in(MARKET)
    clock.set(START + 3 * DAY)
    publish(server, "1.zip", START + DAY, START + DAY + HOUR)
    assert [warning.visit.started_at for warning in (sync(phone), phone.place_warnings())[1]] == [START + DAY]
