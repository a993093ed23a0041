"""The gate's pages: the pass, or the one fault in its way; nothing is sent."""

from __future__ import annotations

import html
from datetime import date

from cryptography.hazmat.primitives.asymmetric import ec

from bluezone import look
from bluezone.protocol.gate import PAPER_SLOT_SECONDS, certify_gate, glance, paper_sheet, slot_at, write_challenge
from tests.phone.conftest import FileServer, client_of
from tests.phone.pages.conftest import Visit, Visitor

GATE = ec.derive_private_key(66, ec.SECP256R1())
NONCE = b"8 bytes!"


def challenge(server: FileServer, now: float) -> str:
    certificate = certify_gate(
        GATE.public_key(),
        gate_id=b"gate0001",
        label="Cổng chính",
        valid_from=date(2020, 8, 1),
        valid_until=date(2020, 8, 31),
        key=server.key,
    )
    return write_challenge(certificate, key=GATE, slot=slot_at(now), nonce=NONCE, host="bluezone.test")


async def shown(visitor: Visitor, text: str) -> str:
    response = await visitor.send("gate", text=text)
    assert response.status_code == 200
    return html.unescape(response.text)


def test_the_pass_shows_what_the_gate_shows_and_asks_nobody(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        now = visitor.air.clock.now()
        asked = len(server.requests)
        page = await shown(visitor, challenge(server, now))
        expected = glance(NONCE, slot_at(now))
        assert f">{expected.digits}</p>" in page
        assert look.gate_picture_name(expected.picture, "vi") in page
        assert f'data-gate-colour="{expected.colour}"' in page
        assert "Cổng chính" in page
        assert "Bluezone đang chạy và bảo vệ" in page
        assert "bottom-bar" not in page
        assert len(server.requests) == asked
        assert "Cổng chính" in await visitor.text("gate")

    visit(story, server=client_of(server))


def test_a_picture_of_an_old_challenge_is_refused(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        page = await shown(visitor, challenge(server, visitor.air.clock.now() - 120))
        assert "This gate code is over" in page
        assert visitor.phone.gate_passes() == []

    visit(story, language="en", server=client_of(server))


def test_a_word_from_a_sheet_gives_its_row(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        now = int(visitor.air.clock.now())
        row = paper_sheet(bytes(16), starts_at=now, ends_at=now + PAPER_SLOT_SECONDS)[0]
        assert f">{row.glance.digits}</p>" in await shown(visitor, row.word.lower())

    visit(story)


def test_without_bluetooth_one_repair_is_offered_and_nobody_is_turned_away(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        visitor.controller.unplug()
        await visitor.air.clock.sleep(1200)
        page = await shown(visitor, challenge(server, visitor.air.clock.now()))
        assert 'href="/a-secret-of-this-start/repair/radio_gone"' in page
        assert "You may go in all the same" in page
        assert "digits" not in page

    visit(story, language="en", server=client_of(server))


def test_a_phone_that_has_just_started_is_asked_to_wait(visit: Visit, server: FileServer) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.phone.sync()
        page = await shown(visitor, challenge(server, visitor.air.clock.now()))
        assert "has not listened yet" in page
        assert "/repair/" not in page

    visit(story, language="en", server=client_of(server), seconds=0.0)


def test_a_code_of_another_kind_leads_back(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        response = await visitor.send("gate", text="12345678")
        assert response.headers["location"].endswith("gate?done=other")

    visit(story, seconds=0.0)
