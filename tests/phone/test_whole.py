"""Whole phones on the real Bluetooth stack with the real server, in virtual time."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import httpx

from bluezone.phone import FaultName, Phone, ServerClient, StatusLevel
from bluezone.protocol import wire
from bluezone.server import Settings, create_app
from bluezone.town.desk import Desk
from bluezone.town.virtualtime import run_virtual
from bluezone.town.wiretap import Wiretap
from tests.phone.conftest import Air, FileServer, client_of
from tests.phone.test_agent import phone_of

HOURS = 3600.0
BASE = "http://server.test"


def test_contact_is_told_and_no_heard_identifier_ever_leaves_a_phone(tmp_path: Path) -> None:
    async def story() -> None:
        air = Air()
        settings = Settings(data_dir=tmp_path / "server", export_min_records=20, export_padding_range=5)
        app = create_app(settings, clock=air.clock, randomness=air.randomness.child("server"))
        async with app.lifespan():
            transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
            phones, wires = [], []
            for name in ("ill", "near"):
                wiretap = Wiretap(transport)
                radio = air.link.controller(name).radio(clock=air.clock, randomness=air.randomness.child(name))
                storage = tmp_path / f"{name}.sqlite"
                phone = Phone(
                    storage, radio, air.clock, air.randomness.child(f"phone {name}"), ServerClient(BASE, wiretap)
                )
                await phone.start()
                phones.append(phone)
                wires.append(wiretap)
            ill, near = phones
            await air.clock.sleep(2 * HOURS)
            await ill.stop()
            await air.clock.sleep(24 * HOURS)
            await ill.start()
            assert near.status().level is StatusLevel.SAFE
            own = [key.key.key for key in ill._schedule.used_keys(air.clock.now())]
            assert not wires[0].betrays(own)
            key = (settings.data_dir / "desk-api-key").read_text().strip()
            issued = await Desk(BASE, key, transport).issue(wire.TEST_CONFIRMED, test_date="2020-08-04")
            publication = await ill.begin_publication(issued.code)
            ill.consent(publication.id)
            assert not wires[0].betrays(own)
            await ill.agree(publication.id)
            assert wires[0].betrays(own[:1])
            await air.clock.sleep(12 * HOURS)
            assert near.status().level is StatusLevel.F1
            assert ill.status().level is StatusLevel.F0
            for phone, wiretap in zip(phones, wires, strict=True):
                heard = [sighting.identifier for sighting in phone._sightings.sightings()]
                assert heard
                assert not wiretap.betrays(heard)
            assert not wires[1].betrays(key.key.key for key in near._schedule.used_keys(air.clock.now()))
            for phone in phones:
                await phone.close()

    run_virtual(story)


def test_identifier_and_address_change_before_keys_are_sent(tmp_path: Path) -> None:
    async def story() -> None:
        air = Air()
        settings = Settings(data_dir=tmp_path / "server", run_jobs=False)
        app = create_app(settings, clock=air.clock, randomness=air.randomness.child("server"))
        async with app.lifespan():
            transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
            phone, radio = phone_of(air, "a", server=ServerClient(BASE, transport))
            await phone.start()
            await air.clock.sleep(HOURS)
            key = (settings.data_dir / "desk-api-key").read_text().strip()
            issued = await Desk(BASE, key, transport).issue(wire.TEST_CONFIRMED, test_date="2020-08-03")
            publication = await phone.begin_publication(issued.code)
            phone.consent(publication.id)
            before = radio.sent[-1]
            receipt = await phone.agree(publication.id)
            after = radio.sent[-1]
            assert after[1:] != before[1:]
            assert after[0] <= receipt.sent_at
            published = {own.key.key: own for own in phone._schedule.used_keys(air.clock.now()) if own.publication}
            assert all(after[2] not in own.key.rolling_identifiers() for own in published.values())
            await phone.close()

    run_virtual(story)


def test_looks_at_the_server_are_jittered_and_grow_rarer_while_it_is_away(server: FileServer) -> None:
    async def story() -> None:
        air = Air()
        away = False

        async def app(scope, receive, send) -> None:
            if scope["path"] == wire.PATH_CONFIG:
                times.append(air.clock.now())
            if away:
                await send({"type": "http.response.start", "status": 503, "headers": []})
                await send({"type": "http.response.body", "body": b""})
                return
            await server(scope, receive, send)

        times: list[float] = []
        phone, _ = phone_of(air, "a", server=client_of(app))
        await phone.start()
        await air.clock.sleep(48 * HOURS)
        gaps = [b - a for a, b in pairwise(times)]
        assert all(3 * HOURS <= gap <= 5 * HOURS for gap in gaps)
        assert len(set(gaps)) == len(gaps)
        away = True
        times.clear()
        await air.clock.sleep(24 * HOURS)
        gaps = [b - a for a, b in pairwise(times)]
        assert gaps[0] <= 75
        assert all(3 * HOURS <= gap <= 5 * HOURS for gap in gaps[10:])
        await air.clock.sleep(30 * HOURS)
        # A server that only refuses is as good as away, and what follows from it is named after it.
        assert [fault.name for fault in phone.status().faults] == [FaultName.SERVER_UNREACHABLE, FaultName.NOT_UPDATED]
        away = False
        await air.clock.sleep(6 * HOURS)
        assert phone.status().fault is None
        await phone.close()

    run_virtual(story)
