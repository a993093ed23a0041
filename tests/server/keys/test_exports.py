"""Archives: every key in exactly one, whatever happens while they are built."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa

from bluezone.clock import FixedClock
from bluezone.protocol import KeyArchive, ReportType, VerificationKey, interval_at, verify_archive
from bluezone.protocol.wire import PublishRequest, ServerConfig, WireKey
from bluezone.randomness import SeededRandomness
from bluezone.server import Core, Settings
from bluezone.server.jobs import Lease, LeaseLost, acquire
from bluezone.server.keys import Keys, exports
from bluezone.server.keys.errors import ArchivesBusy
from bluezone.server.keys.exports import BuiltArchive, Window, close_window, fill
from bluezone.server.keys.retention import destroy_due
from bluezone.server.keys.tables import archives, export_batches, published_keys
from tests.server.support import START, client_of, keys_room, publish_request, wire_keys

DEFAULTS = json.loads((Path(__file__).parents[2] / "vectors" / "key_server_rules.json").read_text())["defaults"]
HOUR = 3600


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """As deployed, but for small archives."""
    return msgspec.structs.replace(settings, export_min_records=10, export_padding_range=4)


@pytest.fixture
def room(core: Core) -> Keys:
    return keys_room(core)


def publish(room: Keys, *requests: PublishRequest) -> list[str]:
    async def main() -> list[str]:
        return [(await room.publish(request)).revision_token for request in requests]

    return asyncio.run(main())


def build(room: Keys) -> list[BuiltArchive]:
    return asyncio.run(room.build_archives())


def destroy(room: Keys) -> None:
    async def main() -> None:
        core, job = room.core, room.jobs()[1]
        lease = await core.database.write(acquire, job, "test", now=core.clock.now(), seconds=60, even_if_not_due=True)
        assert lease is not None
        await destroy_due(core, room.store, lease)

    asyncio.run(main())


def read(room: Keys, name: str) -> KeyArchive:
    """A listed archive, its signature verified."""
    file = asyncio.run(room.archive(name))
    data = room.store.read(name, 0, file.size)
    assert hashlib.sha256(data).hexdigest() == file.digest
    signer = room.signer
    key = VerificationKey(signer.private_key.public_key(), signer.key_id, signer.key_version)
    return verify_archive(data, [key])


def listed(room: Keys) -> list[KeyArchive]:
    return [read(room, name) for name in asyncio.run(room.archive_names())]


def texts(archive: KeyArchive) -> set[str]:
    return {base64.b64encode(key.key.key).decode() for key in archive.keys}


def names(keys: list[WireKey]) -> set[str]:
    return {key.key for key in keys}


def test_the_defaults_are_the_published_ones(core: Core, tmp_path: Path) -> None:
    plain = Settings(data_dir=tmp_path)
    assert plain.export_min_records == DEFAULTS["export_min_records"]
    assert plain.export_padding_range == DEFAULTS["export_padding_range"]
    assert plain.export_max_records == DEFAULTS["export_max_records"]
    assert plain.created_truncation_minutes == DEFAULTS["created_at_truncation_minutes"]
    assert plain.export_min_age_hours == DEFAULTS["export_min_window_age_hours"]
    assert plain.retention_days * 24 == DEFAULTS["retention_hours"]
    assert plain.chaff_max_latency_ms == DEFAULTS["chaff_max_latency_ms"]


def test_without_keys_there_is_no_archive(room: Keys, clock: FixedClock) -> None:
    clock.advance(30 * HOUR)
    assert build(room) == []
    assert asyncio.run(room.archive_names()) == []


def test_keys_appear_two_hours_after_their_window_ends_and_not_before(room: Keys, clock: FixedClock) -> None:
    keys = wire_keys("a")
    publish(room, publish_request(keys))  # at 10:30: the window is 10 to 12 o'clock
    clock.advance(3.49 * HOUR)
    assert build(room) == []
    clock.advance(0.02 * HOUR)
    (built,) = build(room)
    (archive,) = listed(room)
    assert names(keys) <= texts(archive)
    assert (archive.start_timestamp, archive.end_timestamp) == (START - HOUR / 2, START + 1.5 * HOUR)
    assert archive.region == "VN-66"
    assert built.keys == len(archive.keys)


def test_archives_are_filled_with_keys_that_look_like_real_ones_and_stay(room: Keys, clock: FixedClock) -> None:
    keys = wire_keys("a")
    publish(room, publish_request(keys, report_type="likely", onset=keys[0].rolling_start_number))
    clock.advance(6 * HOUR)
    build(room)
    (archive,) = listed(room)
    assert 10 <= len(archive.keys) <= 14
    metadata = {(k.key.rolling_start, k.key.rolling_period, k.report_type, k.days_since_onset) for k in archive.keys}
    assert metadata == {
        (key.rolling_start_number, 144, ReportType.CONFIRMED_CLINICAL_DIAGNOSIS, day) for day, key in enumerate(keys)
    }
    stored = room.core.database.read_now(lambda c: set(c.execute(sa.select(published_keys.c.key)).scalars()))
    assert {key.key.key for key in archive.keys} == stored


def test_enough_keys_get_no_filler(room: Keys, clock: FixedClock) -> None:
    requests = [publish_request(wire_keys(name, 5)) for name in "ab"]
    publish(room, *requests)
    clock.advance(6 * HOUR)
    (built,) = build(room)
    assert built.keys == 10


def test_each_key_is_in_exactly_one_archive_over_many_windows(room: Keys, clock: FixedClock) -> None:
    sent: list[str] = []
    for number in range(12):
        keys = wire_keys(f"phone {number}", 3, now=clock.now())
        publish(room, publish_request(keys, now=clock.now()))
        sent += names(keys)
        clock.advance(1.3 * HOUR)
        build(room)
    clock.advance(6 * HOUR)
    build(room)
    found = Counter(key for archive in listed(room) for key in texts(archive))
    assert set(found.values()) == {1}
    assert set(sent) <= set(found)
    ends = [archive.end_timestamp for archive in listed(room)]
    assert ends == sorted(set(ends))


def test_too_many_keys_are_split_into_files_with_different_ends(core: Core, room: Keys, clock: FixedClock) -> None:
    small = msgspec.structs.replace(core.settings, export_max_records=20, export_min_records=5, export_padding_range=0)
    object.__setattr__(core, "settings", small)
    publish(room, *(publish_request(wire_keys(f"phone {number}", 14)) for number in range(4)))
    clock.advance(6 * HOUR)
    assert [file.keys for file in build(room)] == [20, 20, 16]
    files = listed(room)
    assert len({file.end_timestamp for file in files}) == 3
    assert {(file.batch_num, file.batch_size) for file in files} == {(1, 1)}
    assert len(set().union(*map(texts, files))) == 56


def test_a_revision_reaches_those_who_have_the_key_already(room: Keys, clock: FixedClock) -> None:
    keys = wire_keys("a")
    (token,) = publish(room, publish_request(keys, report_type="likely"))
    clock.advance(6 * HOUR)
    build(room)
    publish(room, publish_request(keys, report_type="negative", token=token, now=clock.now()))
    clock.advance(6 * HOUR)
    build(room)
    first, second = listed(room)
    assert names(keys) <= texts(first)
    assert len(second.keys) == 0
    assert {base64.b64encode(key.key.key).decode() for key in second.revised_keys} == names(keys)
    assert {key.report_type for key in second.revised_keys} == {ReportType.REVOKED}


def test_a_revision_before_publication_appears_as_the_key_itself(room: Keys, clock: FixedClock) -> None:
    likely, withdrawn = wire_keys("a"), wire_keys("b")
    first, second = publish(
        room, publish_request(likely, report_type="likely"), publish_request(withdrawn, report_type="likely")
    )
    publish(
        room,
        publish_request(likely, report_type="confirmed", token=first),
        publish_request(withdrawn, report_type="negative", token=second),
    )
    clock.advance(6 * HOUR)
    build(room)
    (archive,) = listed(room)
    assert len(archive.revised_keys) == 0
    assert names(likely) <= texts(archive)
    assert {key.report_type for key in archive.keys} == {ReportType.CONFIRMED_TEST}
    assert not names(withdrawn) & texts(archive)


def test_a_key_still_valid_at_publication_appears_two_hours_after_its_end(room: Keys, clock: FixedClock) -> None:
    today = WireKey(key=base64.b64encode(b"still valid key.").decode(), rolling_start_number=interval_at(START) - 63)
    publish(room, publish_request([today]))
    end = (today.rolling_start_number + 144) * 600
    while not build(room):
        clock.advance(HOUR / 2)
    assert clock.now() >= end + 2 * HOUR


class Killed(Exception):
    """Stands for the end of the process at one step."""


STEPS = ["_write_files", "finish", "fill", "read_new"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_at_any_step_loses_and_doubles_nothing(
    room: Keys, restarted: Core, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, step: str, when: str
) -> None:
    keys = wire_keys("a")
    publish(room, publish_request(keys))
    clock.advance(6 * HOUR)
    whole = getattr(exports, step)

    def dies(*args: Any) -> Any:
        if when == "after":
            whole(*args)
        raise Killed

    monkeypatch.setattr(exports, step, dies)
    with pytest.raises(Killed):
        build(room)
    monkeypatch.undo()
    late = wire_keys("late", 2)
    again = keys_room(restarted)
    publish(again, publish_request(late, now=clock.now()))
    clock.advance(HOUR)  # the dead process's lease runs out
    build(again)
    clock.advance(6 * HOUR)
    build(again)
    found = Counter(key for archive in listed(again) for key in texts(archive))
    assert set(found.values()) == {1}
    assert names([*keys, *late]) <= set(found)
    assert again.store.names() == set(asyncio.run(again.archive_names()))


def test_a_file_written_twice_is_the_same_to_the_byte(
    room: Keys, restarted: Core, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(room, publish_request(wire_keys("a")))
    clock.advance(6 * HOUR)

    def dies(*_args: Any) -> None:
        raise Killed

    monkeypatch.setattr(exports, "finish", dies)
    with pytest.raises(Killed):
        build(room)
    monkeypatch.undo()
    (name,) = room.store.names()
    before = room.store.read(name, 0, 10**6)
    clock.advance(HOUR)
    build(keys_room(restarted))
    assert room.store.read(name, 0, 10**6) == before


def test_keys_that_arrive_while_a_window_is_built_go_into_the_next(room: Keys, clock: FixedClock) -> None:
    """Even when the clock is put back into a window that is closed."""
    publish(room, publish_request(wire_keys("a")))
    clock.advance(6 * HOUR)
    build(room)
    clock.set(START)
    late = wire_keys("late")
    publish(room, publish_request(late))
    clock.set(START + 8 * HOUR)
    build(room)
    first, second = listed(room)
    assert names(late) <= texts(second)
    assert not names(late) & texts(first)


def test_two_processes_never_build_at_the_same_time(room: Keys, restarted: Core, clock: FixedClock) -> None:
    publish(room, *(publish_request(wire_keys(f"phone {number}", 3)) for number in range(5)))
    clock.advance(6 * HOUR)
    other = keys_room(restarted)

    async def main() -> list[Any]:
        return await asyncio.gather(room.build_archives(), other.build_archives(), return_exceptions=True)

    outcomes = asyncio.run(main())
    assert sum(isinstance(outcome, ArchivesBusy) or outcome == [] for outcome in outcomes) == 1
    (archive,) = listed(room)
    assert len(archive.keys) >= 15


def test_a_holder_that_was_overtaken_can_write_no_more(room: Keys, clock: FixedClock) -> None:
    core, job = room.core, room.jobs()[0]
    publish(room, publish_request(wire_keys("a")))
    clock.advance(6 * HOUR)

    def take(holder: str) -> Lease:
        lease = core.database.write_now(
            lambda c: acquire(c, job, holder, now=clock.now(), seconds=60, even_if_not_due=True)
        )
        assert lease is not None
        return lease

    old = take("old")
    window = core.database.write_now(lambda c: close_window(c, old, core.settings, clock.now()))
    assert window is not None
    clock.advance(61)
    take("new")
    for write in (
        lambda c: close_window(c, old, core.settings, clock.now()),
        lambda c: fill(c, old, window, core.settings, SeededRandomness("filler")),
        lambda c: exports.finish(c, old, window, []),
    ):
        with pytest.raises(LeaseLost):
            core.database.write_now(write)


def test_after_fourteen_days_keys_archives_and_files_are_destroyed(room: Keys, clock: FixedClock) -> None:
    publish(room, publish_request(wire_keys("a")))
    clock.advance(6 * HOUR)
    build(room)
    clock.set(START + 14 * 86400 - HOUR)
    destroy(room)
    assert len(listed(room)) == 1
    clock.set(START + 14 * 86400 + 2 * HOUR)
    destroy(room)
    assert asyncio.run(room.archive_names()) == []
    assert room.store.names() == set()
    count = sa.select(sa.func.count())
    for table in (published_keys, archives):
        assert room.core.database.read_now(lambda c, t=table: c.execute(count.select_from(t)).scalar_one()) == 0


def test_leftovers_of_a_dead_build_are_cleared_away_but_not_a_running_ones(room: Keys, clock: FixedClock) -> None:
    running = Window(0, HOUR)
    insert = sa.insert(export_batches).values(start_at=0, end_at=HOUR, filled=False, done=False)
    room.core.database.write_now(lambda c: c.execute(insert) and None)
    for name in (f"{running.prefix}00001.zip", ".partial-999-1000-00001.zip", "999-1000-00001.zip"):
        room.store.put(name, b"unfinished")
    destroy(room)
    assert room.store.names() == {f"{running.prefix}00001.zip"}


def served(room: Keys, *paths: str, **headers: str) -> list[httpx.Response]:
    async def main() -> list[httpx.Response]:
        async with client_of(room.core, room) as client:
            return [
                await client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()}) for path in paths
            ]

    return asyncio.run(main())


@pytest.fixture
def path(room: Keys, clock: FixedClock) -> str:
    """Where the only archive is served."""
    publish(room, publish_request(wire_keys("a", 14)))
    clock.advance(6 * HOUR)
    build(room)
    (index,) = served(room, "/v1/exports/index.txt")
    (name,) = index.text.splitlines()
    return f"/v1/exports/{name}"


def test_an_archive_is_served_whole_and_for_good(room: Keys, path: str) -> None:
    (answer,) = served(room, path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    (again,) = served(room, path, if_none_match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")


def test_an_interrupted_download_goes_on_where_it_ended(room: Keys, path: str) -> None:
    (whole,) = served(room, path)
    (rest,) = served(room, path, range="bytes=100-", if_range=whole.headers["etag"])
    assert rest.status_code == 206
    assert rest.headers["content-range"] == f"bytes 100-{len(whole.content) - 1}/{len(whole.content)}"
    assert rest.content == whole.content[100:]
    (middle,) = served(room, path, range="bytes=5-9")
    assert middle.content == whole.content[5:10]
    (tail,) = served(room, path, range="bytes=-7")
    assert tail.content == whole.content[-7:]
    (other,) = served(room, path, range="bytes=100-", if_range='"another file"')
    assert (other.status_code, other.content) == (200, whole.content)


@pytest.mark.parametrize("wanted", ["bytes=9-5", "bytes=a-b", "bytes=-", "bytes=0-1,5-6", "lines=1-2"])
def test_a_range_that_is_none_gets_the_whole_archive(room: Keys, path: str, wanted: str) -> None:
    (answer,) = served(room, path, range=wanted)
    assert answer.status_code == 200


@pytest.mark.parametrize("wanted", ["bytes=9999999-", "bytes=9999999999999999999-9999999999999999999", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(room: Keys, path: str, wanted: str) -> None:
    (answer,) = served(room, path, range=wanted)
    assert (answer.status_code, answer.json()["errorCode"]) == (416, "range_not_satisfiable")


def test_head_tells_the_size_and_sends_nothing(room: Keys, path: str) -> None:
    async def main() -> httpx.Response:
        async with client_of(room.core, room) as client:
            return await client.head(path)

    answer = asyncio.run(main())
    (whole,) = served(room, path)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(whole.content))


@pytest.mark.parametrize("name", ["none.zip", "../server.sqlite", "..%2F..%2Farchive.pem", "index.txt.zip"])
def test_nothing_but_listed_archives_is_served(room: Keys, path: str, name: str) -> None:
    (answer,) = served(room, f"/v1/exports/{name}")
    assert answer.status_code == 404


def test_the_configuration_is_signed_with_the_archive_key(room: Keys) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256

    (answer,) = served(room, "/v1/config")
    config = msgspec.json.decode(answer.content, type=ServerConfig)
    (pinned,) = config.keys
    key = VerificationKey.from_pem(pinned.pem, pinned.id, pinned.version)
    signature = base64.b64decode(answer.headers["x-config-signature"])
    key.public_key.verify(signature, answer.content, ec.ECDSA(SHA256()))
    assert config.authority == room.core.settings.authority
