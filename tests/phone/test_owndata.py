"""What an owner can take along and what they can destroy."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from datetime import date
from pathlib import Path

from bluezone.clock import FixedClock
from bluezone.phone import Phone, Preferences, StatusLevel
from bluezone.phone.retention import TABLES
from bluezone.protocol.invite import Channel, Invitation
from bluezone.randomness import SeededRandomness
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import START, Air, FileServer, client_of
from tests.phone.test_agent import phone_of as phone_on_air
from tests.phone.test_sync import batch, key_of, meet, phone_of
from tests.phone.test_visits import MARKET, SCHOOL

DAY = 86400.0
TODAY = date(2020, 8, 3)


def full(server: FileServer, clock: FixedClock, storage: Path | str = ":memory:") -> Phone:
    """A phone with something in every table that belongs to a day."""
    phone = phone_of(server, clock, storage)
    phone._schedule.next_identity(clock.now())
    meet(phone, key_of("ill"), START + 3600, 40)
    server.add("1.zip", batch(key_of("ill")))
    phone.check_in(SCHOOL)
    clock.advance(7200)
    asyncio.run(phone.sync())
    phone.notices()
    store = phone._store
    store.execute("INSERT INTO gate_passes (gate, shown_at, destroy_at) VALUES ('Cổng', ?, ?)", (START, START + DAY))
    store.execute(
        "INSERT INTO tellings (told_at, server, content, destroyed_on, destroy_at) VALUES (?, '', ?, '2020-08-17', ?)",
        (START, b'{"level":"f1","exposureDays":[]}', START + 14 * DAY),
    )
    store.execute(
        "INSERT INTO publications (id, state, test_type, token, hmac_key, code, started_at, destroy_at)"
        " VALUES ('p', 'verified', 'likely', 'TOKENTOKEN', 'HMACHMAC', '12345678', ?, ?)",
        (START, START + DAY),
    )
    phone.set_preferences(Preferences(helping="Bà Tư", invitation=Invitation("11983", Channel.SCHOOL)))
    return phone


def files_of(export: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(export)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_export_holds_every_kind_of_the_owners_data_and_the_note_names_each(
    server: FileServer, clock: FixedClock
) -> None:
    files = files_of(full(server, clock).export())
    note = files.pop("README.txt").decode()
    assert all(note.count(name) == 2 for name in files)  # in both languages
    data = {name.removesuffix(".json"): json.loads(body) for name, body in files.items()}
    assert data["visits"][0]["place"] == SCHOOL.name
    assert data["visits"][0]["started_at"] == "2020-08-03T07:00:00+07:00"
    assert data["exposures"][0]["day"] == "2020-08-03"
    assert data["keys"][0]["begins_at"] == "2020-08-03T07:00:00+07:00"
    assert sum(day["minutes_near"] for day in data["diary"]) == 40
    assert data["scans"][0]["devices_in_this_scan"] == 1
    assert data["gate_passes"][0]["gate"] == "Cổng"
    assert data["tellings"][0]["content"]["level"] == "f1"
    assert data["preferences"]["helping"] == "Bà Tư"
    assert all(data[kind] for kind in ("publications", "notices", "faults"))


def test_export_leaves_out_secrets_and_what_is_of_others(server: FileServer, clock: FixedClock) -> None:
    phone = full(server, clock)
    whole = b"".join(files_of(phone.export()).values())
    secrets = [key for (key,) in phone._store.rows("SELECT key FROM own_keys")]
    secrets += [sighting.identifier for sighting in phone._sightings.sightings()]
    assert len(secrets) > 2
    for secret in secrets:
        assert secret not in whole
        assert secret.hex().encode() not in whole.lower()
    for secret in (b"TOKENTOKEN", b"HMACHMAC", b"12345678"):
        assert secret not in whole


def test_items_of_a_day_say_when_they_are_destroyed(server: FileServer, clock: FixedClock) -> None:
    phone = full(server, clock)
    items = {item.name: item for item in phone.stored_items(TODAY)}
    assert set(items) == {table.name for table in TABLES if table.moment} - {"receipts"}
    assert items["scans"].rows == 11
    assert items["sightings"].destroy_at == items["scans"].destroy_at == START + 3600 + 2400 + 14 * DAY
    assert items["own_keys"].destroy_at == START + 15 * DAY
    assert phone.stored_items(date(2020, 8, 2)) == []


def test_deleted_day_leaves_only_what_was_sent_and_its_neighbours(server: FileServer, clock: FixedClock) -> None:
    phone = full(server, clock)
    clock.set(START + DAY)
    phone._schedule.next_identity(clock.now())
    meet(phone, key_of("other", START + DAY), START + DAY, 40)
    phone.check_in(MARKET)
    assert phone.status().level is StatusLevel.F1
    phone.delete_day(TODAY)
    assert {item.name for item in phone.stored_items(TODAY)} == {"publications", "tellings"}
    assert {"scans", "sightings", "own_keys", "visits"} <= {item.name for item in phone.stored_items(date(2020, 8, 4))}
    assert phone.status().exposures == ()
    assert phone.diary()[1].minutes_protected == 0
    assert phone.diary()[0].minutes_near == 40


def test_deleted_bytes_are_in_no_file_any_more(server: FileServer, clock: FixedClock, path: Path) -> None:
    phone = full(server, clock, path)
    secrets = [key for (key,) in phone._store.rows("SELECT key FROM own_keys")]
    secrets += [sighting.identifier for sighting in phone._sightings.sightings()]
    phone.delete_day(TODAY)
    asyncio.run(phone.close())
    for file in path.parent.iterdir():
        assert not any(secret in file.read_bytes() for secret in secrets)


def test_deleting_everything_leaves_public_documents_alone(server: FileServer, clock: FixedClock, path: Path) -> None:
    phone = full(server, clock, path)
    asyncio.run(phone.delete_all())
    rows = {table.name: table.rows for table in phone.stored() if table.rows}
    assert set(rows) <= {"config", "pinned_keys", "guidance", "faults"}
    assert phone.preferences() == Preferences()
    assert phone.status().level is not StatusLevel.F1
    assert phone.visits() == phone.notices() == phone.receipts() == phone.publications() == []
    whole = b"".join(file.read_bytes() for file in path.parent.iterdir())
    for word in (SCHOOL.name.encode(), "Bà Tư".encode(), b"TOKENTOKEN"):
        assert word not in whole
    asyncio.run(phone.close())


def test_running_phone_goes_on_after_deletion_with_identifiers_never_sent_before(server: FileServer) -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_on_air(air, "a", server=client_of(server))
        await phone.start()
        await air.clock.sleep(3600)
        before = {identifier for _, _, identifier in radio.sent}
        count = len(radio.sent)
        await phone.delete_all()
        await air.clock.sleep(3600)
        after = {identifier for _, _, identifier in radio.sent[count:]}
        assert after
        assert not before & after
        assert phone.status().faults == ()
        assert phone.diary()[0].minutes_protected >= 50
        await phone.close()

    run_virtual(story)


def test_day_in_use_is_deleted_under_a_running_phone(server: FileServer) -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_on_air(air, "a", server=client_of(server))
        await phone.start()
        await air.clock.sleep(3600)
        (old,) = phone._store.row("SELECT key FROM own_keys")
        before = {identifier for _, _, identifier in radio.sent}
        count = len(radio.sent)
        phone.delete_day(TODAY)
        await air.clock.sleep(3600)
        assert phone._store.rows("SELECT key FROM own_keys WHERE key = ?", (old,)) == []
        assert radio.sent[count][0] - radio.sent[count - 1][0] < 1200
        assert not before & {identifier for _, _, identifier in radio.sent[count:]}
        await phone.close()

    run_virtual(story)


def test_deletion_waits_for_a_publication_on_its_way(server: FileServer, clock: FixedClock) -> None:
    phone = full(server, clock)

    async def story() -> None:
        assert phone._online is not None
        async with phone._online.publisher.sending:
            deletion = asyncio.create_task(phone.delete_all())
            await asyncio.sleep(0.01)
            assert phone.visits() != []
        await deletion
        assert phone.visits() == []

    asyncio.run(story())


def test_export_of_an_empty_phone_can_be_read(clock: FixedClock) -> None:
    phone = Phone(":memory:", object(), clock, SeededRandomness("empty"), None)  # type: ignore[arg-type]
    files = files_of(phone.export())
    assert all(json.loads(body) is not None for name, body in files.items() if name.endswith(".json"))
