from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Any

import pytest

from bluezone.clock import FixedClock
from bluezone.phone import (
    ConfigUntrusted,
    FaultName,
    Phone,
    PhoneSettings,
    ServerRefused,
    ServerUnreachable,
    StatusLevel,
)
from bluezone.phone.sightings import Scan
from bluezone.protocol import Beacon, DailyKey, KeyBatch, Metadata, PublishedKey, ReportType, day_start, interval_at
from bluezone.radio import Report
from bluezone.randomness import SeededRandomness
from tests.phone.conftest import START, FileServer, client_of

DAY = 86400.0


class NoRadio:
    """A place for a radio in phones that are never started."""


def phone_of(server: FileServer, clock: FixedClock, storage: Any = ":memory:", **options: Any) -> Phone:
    phone = Phone(storage, NoRadio(), clock, SeededRandomness("sync"), client_of(server, **options), PhoneSettings())  # type: ignore[arg-type]
    phone._sightings.begin_epoch(clock.now(), None)
    return phone


def key_of(name: str, day: float = START) -> DailyKey:
    return DailyKey(SeededRandomness(name).token_bytes(16), day_start(interval_at(day)))


def meet(
    phone: Phone, key: DailyKey, at: float, minutes: int, attenuation: int = 45, metadata: bytes = b"\x40\0\0\0"
) -> None:
    """The phone hears the owner of `key` every four minutes."""
    for scan in range(minutes // 4 + 1):
        time = at + scan * 240
        identifier = key.rolling_identifier(interval_at(time))
        beacon = Beacon(identifier, key.encrypt_metadata(identifier, metadata))
        reports = [Report("a", -attenuation, beacon.encode(), time + second / 4) for second in range(16)]
        phone._sightings.add(Scan(time, 4.0, 240.0 if scan else 0.0), reports)


def batch(*keys: DailyKey, report: ReportType = ReportType.CONFIRMED_TEST, onset: int | None = 0) -> KeyBatch:
    return KeyBatch.of([PublishedKey(key, report, onset) for key in keys])


def strangers(count: int = 50) -> Sequence[DailyKey]:
    return [key_of(f"stranger {number}") for number in range(count)]


def test_close_contact_with_a_case_makes_f1(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    meet(phone, key_of("ill"), START + 3600, 40)
    server.add("1.zip", batch(key_of("ill"), *strangers()))
    clock.set(START + DAY)
    report = asyncio.run(phone.sync())
    assert (report.archives, report.heard_keys, report.bad) == (1, 1, ())
    status = phone.status()
    assert status.level is StatusLevel.F1
    (exposure,) = status.exposures
    assert exposure.day.isoformat() == "2020-08-03"
    assert 35 <= exposure.minutes <= 45
    assert exposure.level is StatusLevel.F1


def test_contact_counts_though_the_version_of_its_metadata_is_not_known(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    meet(phone, key_of("ill"), START + 3600, 40, metadata=Metadata(100, version_major=2).encode())
    server.add("1.zip", batch(key_of("ill"), *strangers()))
    clock.set(START + DAY)
    asyncio.run(phone.sync())
    assert phone.status().level is StatusLevel.F1


def test_contact_with_a_confirmed_contact_makes_f2(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    meet(phone, key_of("contact"), START + 3600, 40)
    server.add("1.zip", batch(key_of("contact"), report=ReportType.RECURSIVE))
    asyncio.run(phone.sync())
    assert phone.status().level is StatusLevel.F2


def test_two_minutes_in_a_corridor_stay_safe(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    meet(phone, key_of("ill"), START + 3600, 2, attenuation=60)
    server.add("1.zip", batch(key_of("ill")))
    asyncio.run(phone.sync())
    phone._faults.end(FaultName.STOPPED)
    assert phone.status().level is StatusLevel.SAFE


def test_withdrawn_key_takes_its_exposure_back_and_never_returns(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    meet(phone, key_of("ill"), START + 3600, 40)
    likely = batch(key_of("ill"), report=ReportType.CONFIRMED_CLINICAL_DIAGNOSIS)
    server.add("1.zip", likely)
    asyncio.run(phone.sync())
    assert phone.status().level is StatusLevel.F1
    server.add("2.zip", batch(*strangers(2)), revised=batch(key_of("ill"), report=ReportType.REVOKED))
    asyncio.run(phone.sync())
    assert phone.status().exposures == ()
    server.add("3.zip", likely)
    asyncio.run(phone.sync())
    assert phone.status().exposures == ()


def test_key_revised_from_likely_to_confirmed_is_counted_once(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    meet(phone, key_of("ill"), START + 3600, 40)
    server.add("1.zip", batch(key_of("ill"), report=ReportType.CONFIRMED_CLINICAL_DIAGNOSIS))
    server.add("2.zip", batch(*strangers(2)), revised=batch(key_of("ill")))
    asyncio.run(phone.sync())
    (windows,) = phone.exposure_windows()
    assert {window.report_type for window in windows} == {ReportType.CONFIRMED_TEST}


def test_own_keys_are_nobodys_exposure(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    phone._schedule.next_identity(START + 3600)
    own = phone._schedule.used_keys(START + 3600)[0].key
    meet(phone, DailyKey(own.key, own.rolling_start), START + 3600, 40)
    server.add("1.zip", batch(DailyKey(own.key, own.rolling_start)))
    asyncio.run(phone.sync())
    assert phone.exposure_windows() == []


def test_archives_are_read_once(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    server.add("1.zip", batch(*strangers()))
    asyncio.run(phone.sync())
    server.add("2.zip", batch(*strangers(3)))
    asyncio.run(phone.sync())
    fetched = [path for _, path, _ in server.requests if path.endswith(".zip")]
    assert fetched == ["/v1/exports/1.zip", "/v1/exports/2.zip"]


@pytest.mark.parametrize("damage", ["truncated", "flipped", "stranger", "empty", "text", "missing"])
def test_bad_archive_is_reported_tried_again_and_holds_up_no_other(
    server: FileServer, clock: FixedClock, damage: str
) -> None:
    phone = phone_of(server, clock)
    meet(phone, key_of("ill"), START + 3600, 40)
    server.add("1.zip", batch(*strangers()))
    good = server.files["1.zip"]
    if damage == "stranger":
        other = FileServer()
        other.add("1.zip", batch(*strangers()))
        server.files["1.zip"] = other.files["1.zip"]
    elif damage == "missing":
        server._answer = _without(server._answer, "1.zip")  # type: ignore[method-assign]
    else:
        middle = len(good) // 2
        server.files["1.zip"] = {
            "truncated": good[:middle],
            "flipped": good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :],
            "empty": b"",
            "text": b"<html>Log in to this network</html>",
        }[damage]
    server.add("2.zip", batch(key_of("ill")))
    report = asyncio.run(phone.sync())
    assert [bad.name for bad in report.bad] == ["1.zip"]
    assert report.bad[0].reason
    assert phone.status().level is StatusLevel.F1
    server.__dict__.pop("_answer", None)
    server.files = {"1.zip": good, "2.zip": server.files["2.zip"]}
    assert asyncio.run(phone.sync()).archives == 1
    assert asyncio.run(phone.sync()).archives == 0


def _without(answer: Any, missing: str) -> Any:
    def changed(path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return answer("/nothing" if path.endswith(missing) else path, headers)

    return changed


def test_download_goes_on_after_the_server_went_away_in_the_middle(
    server: FileServer, clock: FixedClock, path: Any
) -> None:
    server.add("1.zip", batch(key_of("ill"), *strangers(1000)))
    phone = phone_of(server, clock, path)
    meet(phone, key_of("ill"), START + 3600, 40)
    server.break_after = 5000
    with pytest.raises(ServerUnreachable):
        asyncio.run(phone.sync())
    asyncio.run(phone.close())
    phone = phone_of(server, clock, path)
    server.break_after = None
    assert asyncio.run(phone.sync()).archives == 1
    ranges = [headers.get("range") for _, name, headers in server.requests if name.endswith(".zip")]
    assert ranges == [None, "bytes=5000-"]
    assert phone.status().level is StatusLevel.F1
    assert phone._store.row("SELECT count(*) FROM archive_parts") == (0,)
    asyncio.run(phone.close())


def test_archive_that_changed_in_between_is_fetched_anew(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    server.add("1.zip", batch(*strangers(500)))
    server.break_after = 3000
    with pytest.raises(ServerUnreachable):
        asyncio.run(phone.sync())
    server.break_after = None
    server.add("1.zip", batch(*strangers(600)))
    report = asyncio.run(phone.sync())
    assert (report.archives, report.bad) == (1, ())


def test_server_that_is_away_changes_nothing(clock: FixedClock) -> None:
    async def broken(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    away = Phone(":memory:", NoRadio(), clock, SeededRandomness("x"), client_of(broken))  # type: ignore[arg-type]
    with pytest.raises(ServerRefused):
        asyncio.run(away.sync())
    assert away.status().exposures == ()


def test_server_with_another_key_is_not_believed(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    asyncio.run(phone.sync())
    impostor = FileServer()
    server.key, server.signer = impostor.key, impostor.signer
    server.add("1.zip", batch(*strangers()))
    with pytest.raises(ConfigUntrusted):
        asyncio.run(phone.sync())


@pytest.mark.parametrize("days", [2.0, -2.0])
def test_clock_two_days_wrong_is_said_and_what_was_heard_is_corrected(
    server: FileServer, clock: FixedClock, days: float
) -> None:
    clock.set(START + days * DAY)
    phone = phone_of(server, clock)
    phone._faults.end(FaultName.STOPPED)
    ill = key_of("ill")
    for scan in range(11):
        time = START + 3600 + scan * 240
        identifier = ill.rolling_identifier(interval_at(time))
        beacon = Beacon(identifier, ill.encrypt_metadata(identifier, Metadata(0).encode()))
        wrong = time + days * DAY
        phone._sightings.add(Scan(wrong, 4.0, 240.0), [Report("a", -45, beacon.encode(), wrong)])
    server.add("1.zip", batch(ill))
    server.now = START + 7200
    clock.set(START + 7200 + days * DAY)
    asyncio.run(phone.sync())
    status = phone.status()
    assert status.fault is not None
    assert status.fault.name is FaultName.CLOCK_WRONG
    assert status.level is StatusLevel.F1
    clock.set(START + 7260)
    server.now = START + 7260
    asyncio.run(phone.sync())
    assert phone.status().fault is None


def test_days_without_the_server_are_said(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    phone._faults.end(FaultName.STOPPED)
    phone._store.set_meta("started", clock.now())
    asyncio.run(phone.sync())
    assert phone.status().level is StatusLevel.SAFE
    clock.advance(3 * DAY)
    status = phone.status()
    assert status.level is StatusLevel.NOT_PROTECTING
    assert {fault.name for fault in status.faults} == {FaultName.SERVER_UNREACHABLE, FaultName.NOT_UPDATED}
    asyncio.run(phone.sync())
    assert phone.status().level is StatusLevel.SAFE


def test_hotline_and_keys_come_from_the_signed_configuration(server: FileServer, clock: FixedClock) -> None:
    phone = phone_of(server, clock)
    asyncio.run(phone.sync())
    assert base64.b64decode(phone._store.row("SELECT signature FROM config")[0])
    assert phone._trust.config is not None
    assert phone._trust.config.server.hotline == "19009095"
