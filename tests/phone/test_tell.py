"""Telling the real health office, in process."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from pathlib import Path

import httpx
import msgspec
import pytest

from bluezone.clock import FixedClock
from bluezone.phone import NothingToTell, Phone, ServerClient, ServerUnreachable, StatusLevel, TellReceipt
from bluezone.protocol import wire
from bluezone.randomness import SeededRandomness
from bluezone.server import Settings, create_app
from tests.phone.conftest import START, FileServer, client_of
from tests.phone.test_publish import Line
from tests.phone.test_sync import batch, key_of, meet, phone_of

CHOSEN = {"name": "Nguyễn Văn An", "phone": "0912 345 678", "commune": "Lam Sơn", "note": "Sau 18 giờ"}


@pytest.fixture
def warned(server: FileServer, clock: FixedClock) -> Phone:
    """A phone that was near a case for 40 minutes."""
    phone = phone_of(server, clock)
    meet(phone, key_of("ill"), START + 3600, 40)
    server.add("1.zip", batch(key_of("ill")))
    clock.set(START + 86400)
    asyncio.run(phone.sync())
    assert phone.status().level is StatusLevel.F1
    return phone


def test_what_is_shown_is_what_is_sent_and_a_receipt_stays(warned: Phone, clock: FixedClock, tmp_path: Path) -> None:
    async def story() -> None:
        settings = Settings(data_dir=tmp_path, run_jobs=False)
        app = create_app(settings, clock=clock, randomness=SeededRandomness("server"))
        async with app.lifespan():
            line = Line(app)
            assert warned._online is not None
            warned._online.teller._client = ServerClient("http://server.test", line)
            telling = warned.telling(**CHOSEN)
            receipt = await warned.tell_office(telling)
            (body,) = line.bodies(wire.PATH_TELL)
            shown, sent = json.loads(telling.document()), json.loads(body)
            assert sent.pop("padding").strip("0") == ""
            assert sent == shown == {"level": "f1", "exposureDays": ["2020-08-03"], **CHOSEN}
            assert len(body) == 16384
            assert (receipt.told_at, receipt.destroyed_on) == (clock.now(), date(2020, 8, 18))
            assert warned.tell_receipts() == [receipt]
            key = (tmp_path / "desk-api-key").read_text().strip()
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://server.test") as desk:  # type: ignore[arg-type]
                (kept,) = (await desk.get("/api/tells", headers={wire.API_KEY_HEADER: key})).json()
            assert (kept["name"], kept["note"], kept["exposureDays"]) == ("Nguyễn Văn An", "Sau 18 giờ", ["2020-08-03"])

    asyncio.run(story())


def test_owner_chooses_every_field_and_day(warned: Phone) -> None:
    telling = warned.telling([], note="  Gọi tôi  ")
    assert json.loads(telling.document()) == {"level": "f1", "exposureDays": [], "note": "Gọi tôi"}
    assert telling.server == "http://server.test/"


def test_telling_has_no_place_for_what_was_heard(warned: Phone) -> None:
    heard = [sighting.identifier for sighting in warned._sightings.sightings()]
    document = warned.telling(**CHOSEN).document().encode()
    assert heard
    assert all(identifier not in document and identifier.hex().encode() not in document for identifier in heard)
    fields = {field.name for field in msgspec.structs.fields(wire.TellRequest)}
    assert fields == {"level", "exposure_days", "padding", *CHOSEN}


def test_who_was_near_nobody_has_nothing_to_tell(server: FileServer, clock: FixedClock) -> None:
    with pytest.raises(NothingToTell):
        phone_of(server, clock).telling()


def test_lost_telling_leaves_no_receipt(warned: Phone) -> None:
    async def app(scope, receive, send) -> None:
        raise httpx.ConnectError("lost")

    assert warned._online is not None
    warned._online.teller._client = client_of(app)
    with pytest.raises(ServerUnreachable):
        asyncio.run(warned.tell_office(warned.telling()))
    assert warned.tell_receipts() == []


def test_receipt_is_destroyed_after_two_weeks(warned: Phone, clock: FixedClock) -> None:
    receipt = asyncio.run(_told(warned))
    warned._store.destroy_due(receipt.destroy_at - 1)
    assert warned.tell_receipts() == [receipt]
    warned._store.destroy_due(clock.now() + 14 * 86400)
    assert warned.tell_receipts() == []


async def _told(phone: Phone) -> TellReceipt:
    async def app(scope, receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"destroyedOn": "soon"}'})

    assert phone._online is not None
    phone._online.teller._client = client_of(app)
    receipt = await phone.tell_office(phone.telling())
    assert receipt.destroyed_on is None
    return receipt
