from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.clock import FixedClock
from bluezone.phone import CodeUncheckable, Fault, FaultName, GatePass, Phone
from bluezone.protocol.gate import certify_gate, glance, paper_sheet, slot_at, write_challenge
from bluezone.protocol.scan import TypedCode
from bluezone.protocol.scan_errors import ChallengeEarly, ChallengeExpired, ChallengeUntrusted
from bluezone.randomness import SeededRandomness
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import Air, FileServer, client_of
from tests.phone.test_agent import phone_of

GATE = ec.derive_private_key(66, ec.SECP256R1())
NONCE = bytes(8)


def challenge(server: FileServer, now: float, key: ec.EllipticCurvePrivateKey | None = None) -> str:
    certificate = certify_gate(
        GATE.public_key(),
        gate_id=b"gate0001",
        label="Cổng chính",
        valid_from=date(2020, 8, 1),
        valid_until=date(2020, 8, 31),
        key=key or server.key,
    )
    return write_challenge(certificate, key=GATE, slot=slot_at(now), nonce=NONCE, host="bluezone.test")


def read(phone: Phone, text: str):
    return phone.read_scanned(text)


def test_working_phone_shows_what_the_gate_shows_and_notes_it(server: FileServer) -> None:
    async def story() -> None:
        air = Air()
        phone, _ = phone_of(air, "a", server=client_of(server))
        await phone.start()
        await air.clock.sleep(1800)
        now = air.clock.now()
        asked = len(server.requests)
        shown = phone.gate_pass(read(phone, challenge(server, now)))
        assert isinstance(shown, GatePass)
        assert (shown.glance, shown.gate_label) == (glance(NONCE, slot_at(now)), "Cổng chính")
        assert now + 30 < shown.expires_at <= now + 60
        assert [(one.gate_label, one.shown_at, one.destroy_at) for one in phone.gate_passes()] == [
            ("Cổng chính", now, now + 14 * 86400)
        ]
        assert len(server.requests) == asked
        await phone.close()

    run_virtual(story)


def test_word_of_a_sheet_gives_the_pass_of_its_row(server: FileServer) -> None:
    async def story() -> None:
        air = Air()
        phone, _ = phone_of(air, "a", server=client_of(server))
        await phone.start()
        await air.clock.sleep(60)
        now = int(air.clock.now())
        (row,) = paper_sheet(bytes(16), starts_at=now - now % 600, ends_at=now - now % 600 + 600)
        typed = read(phone, row.word.lower())
        assert isinstance(typed, TypedCode)
        shown = phone.gate_pass(typed)
        assert isinstance(shown, GatePass)
        assert shown.glance == row.glance
        await phone.close()

    run_virtual(story)


def test_phone_that_does_not_work_shows_its_fault_and_no_pass(server: FileServer, tmp_path: Path) -> None:
    async def story() -> None:
        air = Air()
        phone, radio = phone_of(air, "a", tmp_path / "phone.sqlite", server=client_of(server))
        await phone.sync()
        fault = phone.gate_pass(read(phone, challenge(server, air.clock.now())))
        assert isinstance(fault, Fault)
        assert fault.name is FaultName.STOPPED
        await phone.start()
        await air.clock.sleep(600)
        radio.controller.unplug()
        await air.clock.sleep(600)
        fault = phone.gate_pass(read(phone, challenge(server, air.clock.now())))
        assert isinstance(fault, Fault)
        assert fault.name is FaultName.RADIO_GONE
        assert phone.gate_passes() == []
        await phone.close()

    run_virtual(story)


def test_phone_without_a_network_for_days_passes_since_it_works(server: FileServer) -> None:
    async def story() -> None:
        air = Air()
        phone, _ = phone_of(air, "a", server=client_of(server))
        await phone.start()
        await air.clock.sleep(1200)
        phone._faults.begin(FaultName.SERVER_UNREACHABLE, "The server was not reached for days.")
        assert isinstance(phone.gate_pass(read(phone, challenge(server, air.clock.now()))), GatePass)
        await phone.close()

    run_virtual(story)


def test_phone_that_was_never_online_says_that_it_cannot_check_a_code(server: FileServer, clock: FixedClock) -> None:
    phone = Phone(":memory:", object(), clock, SeededRandomness("new"), client_of(server))  # type: ignore[arg-type]
    with pytest.raises(CodeUncheckable):
        read(phone, challenge(server, clock.now()))
    assert isinstance(read(phone, "1234 5678"), TypedCode)


def test_challenge_of_another_time_or_another_province_is_refused(server: FileServer) -> None:
    async def story() -> None:
        air = Air()
        phone, _ = phone_of(air, "a", server=client_of(server))
        await phone.start()
        await air.clock.sleep(1200)
        now = air.clock.now()
        with pytest.raises(ChallengeExpired):
            phone.gate_pass(read(phone, challenge(server, now - 60)))
        with pytest.raises(ChallengeEarly):
            phone.gate_pass(read(phone, challenge(server, now + 60)))
        with pytest.raises(ChallengeUntrusted):
            read(phone, challenge(server, now, key=ec.generate_private_key(ec.SECP256R1())))
        assert phone.gate_passes() == []
        await phone.close()

    run_virtual(story)
