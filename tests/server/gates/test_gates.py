"""Gates by their functions: links, certificates, counts, and what attackers try."""

import random
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.protocol.gate import SLOT_SECONDS, read_challenge, slot_at, write_challenge
from bluezone.protocol.scan_errors import (
    ChallengeEarly,
    ChallengeExpired,
    ChallengeUntrusted,
    GateCertificateExpired,
)
from bluezone.server.accounts.access import Action
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.gates.counts import day_sums, hours_of, shown, take
from bluezone.server.gates.errors import (
    GateCountsMalformed,
    GateKeyInvalid,
    GateLabelInvalid,
    GateLinkInvalid,
    GateUntrusted,
)
from bluezone.server.gates.registry import LINK_SECONDS, enrol, find_gate, give_link, register, withdraw
from bluezone.server.gates.tables import gate_counts
from bluezone.server.gates.tables import gates as gates_table
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import find_unit
from tests.server.gates.support import CITY, NEIGHBOUR, TRUSTED, WARD, Device, head, point
from tests.server.support import START

HOST = "bluezone.hungyen.gov.vn"
HOUR = int(START) // 3600 * 3600
DAY_SECONDS = 86400


@pytest.fixture
def device(gates, core):
    return Device(gates, head(core))


def counted(core):
    return [tuple(row)[1:] for row in core.database.read_now(lambda c: c.execute(sa.select(gate_counts)).all())]


def challenge(device, now, nonce=bytes(8), key=None):
    slot = slot_at(now)
    return write_challenge(device.certificate, key=key or device.key, slot=slot, nonce=nonce, host=HOST)


def test_a_phone_believes_what_an_enrolled_device_shows(device, core):
    now = core.clock.now()
    read = read_challenge(challenge(device, now), keys=TRUSTED)
    read.check_time(now)
    assert read.gate.label == "Cổng chính"
    assert read.gate.gate_id.hex() == device.gate


def test_a_link_opens_once_and_for_three_days(gates, core, device):
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(GateLinkInvalid):
        device.write(enrol, device.token, point(other))
    token = device.write(give_link, head(core), device.gate)
    core.clock.advance(LINK_SECONDS)
    with pytest.raises(GateLinkInvalid):
        device.write(enrol, token, point(other))
    with pytest.raises(GateLinkInvalid):
        device.write(enrol, "", point(other))


def test_a_new_device_takes_the_place_of_the_one_before(core, device):
    token = device.write(give_link, head(core), device.gate)
    new = ec.generate_private_key(ec.SECP256R1())
    device.write(enrol, token, point(new))
    with pytest.raises(GateUntrusted):
        device.send(device.batch(1, (HOUR, 1, 0, 0, 0)))
    device.key = new
    device.send(device.batch(1, (HOUR, 1, 0, 0, 0)))
    assert counted(core) == [(HOUR, 1, 0, 0, 0)]


@pytest.mark.parametrize("key", [b"", b"\4" + bytes(64), bytes(65), b"\4" * 66])
def test_what_is_no_key_is_not_certified(core, device, key):
    token = device.write(give_link, head(core), device.gate)
    with pytest.raises(GateKeyInvalid):
        device.write(enrol, token, key)


@pytest.mark.parametrize("label", ["", " ", "x" * 41, "ổ" * 21, "Cổng\0", "a\u202eb"])
def test_a_label_that_no_certificate_can_carry_is_refused(gates, core, label):
    account = head(core)
    with pytest.raises(GateLabelInvalid):
        core.database.write_now(lambda c: register(gates.registry, c, account, unit=WARD, label=label))


def test_a_gate_is_reached_from_its_unit_and_above_alone(core, device):
    def find(unit, role="manager"):
        return core.database.read_now(
            lambda c: find_gate(c, head(core, unit, role), Action.GATES_WORK, device.gate).label
        )

    assert find(WARD, "recorder") == find(CITY) == "Cổng chính"
    with pytest.raises(AccessDenied):
        find(NEIGHBOUR)
    with pytest.raises(AccessDenied):
        device.write(give_link, head(core, WARD, "recorder"), device.gate)


def test_a_batch_counts_once_however_often_it_is_sent(core, device):
    body = device.batch(1, (HOUR, 3, 1, 0, 2), (HOUR - 3600, 5, 0, 1, 0), tried=True)
    for _ in range(3):
        device.send(body)
    device.send(device.batch(2, (HOUR, 1, 0, 0, 0)))
    device.send(body)
    assert sorted(counted(core)) == [(HOUR - 3600, 5, 0, 1, 0), (HOUR, 4, 1, 0, 2)]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_however_batches_repeat_and_return_nobody_is_counted_twice(core, device, data):
    numbers = data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=6))
    device.write(lambda _, c: c.execute(sa.delete(gate_counts)))
    device.write(lambda _, c: c.execute(sa.update(gates_table).values(sequence=0)))
    sent = [device.batch(at + 1, (HOUR, number, 0, 0, 0)) for at, number in enumerate(numbers)]
    for at, body in enumerate(sent):
        device.send(body)
        device.send(data.draw(st.sampled_from(sent[: at + 1])))
    assert sum(row[1] for row in counted(core)) == sum(numbers)


@pytest.mark.parametrize("hour", [HOUR + 3600, HOUR + 10 * 365 * DAY_SECONDS, 0, HOUR - 32 * DAY_SECONDS, 2**40])
def test_a_wrong_clock_loses_nobody(core, device, hour):
    device.send(device.batch(1, (hour, 7, 0, 0, 0)))
    assert counted(core) == [(HOUR, 7, 0, 0, 0)]


@given(body=st.one_of(st.binary(max_size=200), st.text(max_size=50).map(str.encode)))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_no_batch_is_refused(device, body):
    with pytest.raises((GateCountsMalformed, GateUntrusted)):
        device.send(body)


@pytest.mark.parametrize("number", [-1, 20_001, 2**70])
def test_numbers_that_no_gate_counts_are_refused(device, number):
    with pytest.raises(GateCountsMalformed):
        device.send(device.batch(1, (HOUR, number, 0, 0, 0)))


def test_counts_that_another_signed_are_refused(core, gates, device):
    other = Device(gates, head(core, NEIGHBOUR), seed=b"another tablet")
    with pytest.raises(GateUntrusted):
        other.send(other.batch(1, (HOUR, 9, 0, 0, 0), gate=device.gate))
    body = device.batch(1, (HOUR, 9, 0, 0, 0))

    for signature in (b"", bytes(64), device.signature(body + b" "), device.signature(body)[:63]):
        with pytest.raises(GateUntrusted):
            device.write(take, body, signature)
    assert counted(core) == []


def test_a_stolen_gate_is_refused_at_once_and_believed_for_a_week_at_most(core, device):
    device.write(withdraw, head(core), device.gate)
    with pytest.raises(GateUntrusted):
        device.send(device.batch(1, (HOUR, 1, 0, 0, 0)))
    with pytest.raises(AccessDenied):
        device.write(give_link, head(core), device.gate)
    core.clock.advance(8 * DAY_SECONDS)
    now = core.clock.now()
    with pytest.raises(GateCertificateExpired):
        read_challenge(challenge(device, now), keys=TRUSTED).check_time(now)


def test_a_gate_that_is_heard_of_is_believed_for_another_week(core, device):
    core.clock.advance(6 * DAY_SECONDS)
    renewed = device.send(device.batch(1))
    assert renewed.valid_until == device.certificate.valid_until + timedelta(days=6)


def test_a_screenshot_is_worth_nothing_a_minute_later(core, device):
    now = core.clock.now()
    shot = read_challenge(challenge(device, now), keys=TRUSTED)
    with pytest.raises(ChallengeExpired):
        shot.check_time(now + 2 * SLOT_SECONDS)
    later = {
        read_challenge(challenge(device, now + 30 * at, random.Random(at).randbytes(8)), keys=TRUSTED).glance
        for at in range(1, 20)
    }
    assert shot.glance not in later


@pytest.mark.parametrize(("off", "refusal"), [(3600, ChallengeEarly), (-3600, ChallengeExpired)])
def test_a_gate_whose_clock_is_an_hour_off_is_not_passed_by_a_phone_that_is_right(core, device, off, refusal):
    now = core.clock.now()
    with pytest.raises(refusal):
        read_challenge(challenge(device, now + off), keys=TRUSTED).check_time(now)


def test_a_gate_that_no_province_certified_is_not_passed(core, gates, device):
    other = Device(gates, head(core, NEIGHBOUR), seed=b"another tablet")
    now = core.clock.now()
    with pytest.raises(ChallengeUntrusted):  # a neighbour's certificate over our own key
        read_challenge(challenge(other, now, key=device.key), keys=TRUSTED)
    assert read_challenge(challenge(other, now), keys=TRUSTED).gate.gate_id != bytes.fromhex(device.gate)


def test_above_the_unit_nothing_under_ten_is_told(core, device):
    ward = core.database.read_now(lambda c: find_unit(c, WARD))
    numbers = [0, 1, 9, 10]
    assert [one.hidden for one in shown(head(core, WARD, "recorder"), ward, numbers)] == [False] * 4
    assert [one.hidden for one in shown(head(core, CITY), ward, numbers)] == [False, True, True, False]


def test_a_day_is_vietnams(core, device):
    device.send(device.batch(1, (HOUR, 1, 2, 3, 4), (HOUR - DAY_SECONDS, 9, 0, 0, 0)))

    day = datetime.fromtimestamp(HOUR, VIETNAM).date()
    assert [row.hour for row in core.database.read_now(lambda c: hours_of(c, device.gate, day))] == [HOUR]
    sums = core.database.read_now(lambda c: day_sums(c, [device.gate], day))
    assert sums[device.gate] == {"running": 1, "helped": 2, "without": 3, "preferred_not": 4}


def test_what_a_gate_keeps_names_nobody():
    """Numbers by gate and hour: no column could hold a person, an account or a phone."""
    assert set(gate_counts.c.keys()) == {"gate", "hour", "running", "helped", "without", "preferred_not"}
    assert {key.column.table.name for key in gate_counts.foreign_keys} == {"gates"}
    assert {key.column.table.name for key in gates_table.foreign_keys} == {"units"}
