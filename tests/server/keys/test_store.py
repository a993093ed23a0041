"""The archive store over a folder and over a real S3 protocol, and a disk that is full."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from bluezone.clock import FixedClock
from bluezone.server import Core
from bluezone.server.errors import StorageFull
from bluezone.server.keys.store import ArchiveStore, ArchiveStoreUnavailable
from tests.server.support import keys_room, publish_request, wire_keys


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a folder in an S3 server of this test."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
    ):
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="archives")
    yield "s3://archives/exports"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArchiveStore:
    return ArchiveStore(request.getfixturevalue("s3") if request.param == "s3" else f"file://{tmp_path / 'exports'}")


def test_files_are_put_read_in_parts_listed_and_deleted(store: ArchiveStore) -> None:
    assert store.names() == set()
    store.put("a.zip", b"0123456789")
    store.put("a.zip", b"9876543210")
    store.put("b.zip", b"b")
    assert store.names() == {"a.zip", "b.zip"}
    assert store.read("a.zip", 2, 5) == b"765"
    assert store.read("a.zip", 0, 10) == b"9876543210"
    store.delete("a.zip")
    store.delete("a.zip")
    assert store.names() == {"b.zip"}


def test_a_file_that_is_gone_is_told_in_a_sentence(store: ArchiveStore) -> None:
    with pytest.raises(ArchiveStoreUnavailable):
        store.read("none.zip", 0, 1)


def test_archives_are_built_into_an_object_store_and_served_from_it(core: Core, clock: FixedClock, s3: str) -> None:
    object.__setattr__(core, "settings", msgspec.structs.replace(core.settings, archive_store=s3))
    room = keys_room(core)

    async def main() -> None:
        await room.publish(publish_request(wire_keys("a")))
        clock.advance(6 * 3600)
        (built,) = await room.build_archives()
        file = await room.archive(built.name)
        assert (await room.read_archive_part(file, 0, 2)) == b"PK"

    asyncio.run(main())


def test_an_object_store_that_is_away_delays_archives_and_loses_nothing(
    core: Core, clock: FixedClock, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = core.settings
    object.__setattr__(core, "settings", msgspec.structs.replace(there, archive_store="s3://no-such-bucket/exports"))
    room = keys_room(core)

    async def main() -> None:
        await room.publish(publish_request(wire_keys("a")))
        clock.advance(6 * 3600)
        with pytest.raises(ArchiveStoreUnavailable):
            await room.build_archives()
        room.store = ArchiveStore(s3)
        clock.advance(3600)
        assert len(await room.build_archives()) == 1

    asyncio.run(main())


def test_a_full_disk_leaves_no_half_archive_and_the_next_build_makes_it(core: Core, clock: FixedClock) -> None:
    room = keys_room(core)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write over the limit then fails as on a full disk
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    async def main() -> None:
        await room.publish(publish_request(wire_keys("a")))
        clock.advance(6 * 3600)
        whole = room.store.put

        def put(name: str, data: bytes) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (len(data) // 2, unlimited[1]))
            try:
                whole(name, data)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)

        room.store.put = put  # type: ignore[method-assign]
        with pytest.raises(StorageFull):
            await room.build_archives()
        assert room.store.names() == set()
        assert await room.archive_names() == []
        room.store.put = whole  # type: ignore[method-assign]
        clock.advance(3600)
        assert len(await room.build_archives()) == 1

    asyncio.run(main())
