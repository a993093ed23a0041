from datetime import date

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import VerificationKey
from bluezone.protocol._link import decode_payload, encode_payload
from bluezone.protocol.gate import (
    Glance,
    certify_gate,
    glance,
    is_gate_word,
    paper_sheet,
    read_challenge,
    slot_at,
    typed_glance,
    write_challenge,
)
from bluezone.protocol.scan_errors import (
    ChallengeEarly,
    ChallengeExpired,
    ChallengeMalformed,
    ChallengeTooNew,
    ChallengeUntrusted,
    GateCertificateExpired,
    GateWordMalformed,
    ScanError,
)

HOST = "bluezone.hungyen.gov.vn"
NOW = 1_596_416_415.0  # 3 August 2020, 01:00:15 UTC
PROVINCE = ec.derive_private_key(20200804, ec.SECP256R1())
TRUSTED = [VerificationKey(PROVINCE.public_key(), "bluezone", "v1")]
GATE = ec.derive_private_key(66, ec.SECP256R1())
NONCE = bytes(range(8))


def certificate(key=PROVINCE, **changed):
    fields = {
        "gate_id": b"gate0001",
        "label": "Cổng chính UBND tỉnh",
        "valid_from": date(2020, 8, 3),
        "valid_until": date(2020, 9, 3),
    } | changed
    return certify_gate(GATE.public_key(), key=key, **fields)


CERTIFICATE = certificate()


def challenge(certificate=CERTIFICATE, key=GATE):
    return write_challenge(certificate, key=key, slot=slot_at(NOW), nonce=NONCE, host=HOST)


def test_a_phone_that_never_heard_of_the_gate_can_check_its_challenge():
    read = read_challenge(challenge(), keys=TRUSTED)
    assert (read.gate.gate_id, read.gate.label, read.nonce) == (b"gate0001", "Cổng chính UBND tỉnh", NONCE)
    read.check_time(NOW)
    assert read.glance == glance(NONCE, slot_at(NOW))


def test_the_glance_is_fixed_by_nonce_and_slot():
    assert glance(NONCE, 53_213_760) == Glance("7448", 0, 6)
    assert glance(NONCE, 53_213_761) != glance(NONCE, 53_213_760)


@given(nonce=st.binary(min_size=8, max_size=8), slot=st.integers(0, 2**32 - 1))
def test_a_glance_is_four_digits_a_picture_and_a_colour(nonce, slot):
    seen = glance(nonce, slot)
    assert len(seen.digits) == 4
    assert seen.digits.isdigit()
    assert 0 <= seen.picture < 32
    assert 0 <= seen.colour < 8


@pytest.mark.parametrize("later", [-30, 0, 29.9, 30, 44.9])
def test_the_present_the_previous_and_the_next_slot_are_accepted(later):
    read_challenge(challenge(), keys=TRUSTED).check_time(NOW + later)


def test_a_picture_of_an_old_challenge_is_refused():
    read = read_challenge(challenge(), keys=TRUSTED)
    assert read.expires_at == NOW + 45
    with pytest.raises(ChallengeExpired):
        read.check_time(read.expires_at)
    with pytest.raises(ChallengeExpired):
        read.check_time(NOW + 3600)


def test_a_clock_that_is_an_hour_behind_is_named():
    with pytest.raises(ChallengeEarly):
        read_challenge(challenge(), keys=TRUSTED).check_time(NOW - 3599)


@pytest.mark.parametrize("valid", [(date(2020, 8, 4), date(2020, 9, 3)), (date(2020, 7, 1), date(2020, 8, 2))])
def test_a_gate_outside_its_days_is_refused(valid):
    first, last = valid
    shown = challenge(certificate=certificate(valid_from=first, valid_until=last))
    with pytest.raises(GateCertificateExpired):
        read_challenge(shown, keys=TRUSTED).check_time(NOW)


def test_a_gate_that_no_trusted_key_certified_is_refused():
    for keys in ([], [VerificationKey(GATE.public_key(), "gate", "v1")]):
        with pytest.raises(ChallengeUntrusted):
            read_challenge(challenge(), keys=keys)
    forged = challenge(certificate=certificate(key=GATE))
    with pytest.raises(ChallengeUntrusted):
        read_challenge(forged, keys=TRUSTED)


def test_a_certificate_is_worth_nothing_without_its_key():
    with pytest.raises(ChallengeUntrusted):
        read_challenge(challenge(key=ec.derive_private_key(67, ec.SECP256R1())), keys=TRUSTED)


def test_a_challenge_is_bound_to_its_address():
    with pytest.raises(ChallengeUntrusted):
        read_challenge(challenge().replace(HOST, "bluezone.example"), keys=TRUSTED)


@given(position=st.integers(0), flip=st.integers(1, 255))
def test_any_changed_byte_is_noticed(position, flip):
    payload = bytearray(decode_payload(challenge().partition("#")[2]))
    payload[position % len(payload)] ^= flip
    with pytest.raises(ScanError):
        read_challenge(f"https://{HOST}/g#{encode_payload(bytes(payload))}", keys=TRUSTED)


@given(payload=st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_named_error(payload):
    with pytest.raises((ChallengeMalformed, ChallengeTooNew)):
        read_challenge(f"https://{HOST}/g#{encode_payload(payload)}", keys=TRUSTED)


def test_a_later_version_is_told_apart_from_damage():
    payload = decode_payload(challenge().partition("#")[2])
    with pytest.raises(ChallengeTooNew):
        read_challenge(f"https://{HOST}/g#{encode_payload(bytes([2]) + payload[1:])}", keys=TRUSTED)


@pytest.mark.parametrize(
    "changed",
    [
        {"gate_id": b"short"},
        {"label": ""},
        {"label": "ổ" * 21},
        {"label": "a" * 41},
        {"valid_until": date(2020, 8, 2)},
        {"valid_from": date(1969, 1, 1)},
    ],
)
def test_certificates_with_a_field_out_of_range_are_refused(changed):
    with pytest.raises(ChallengeMalformed):
        certificate(**changed)


@pytest.mark.parametrize(("slot", "nonce"), [(-1, NONCE), (2**32, NONCE), (1, NONCE[:7])])
def test_challenges_with_a_field_out_of_range_are_refused(slot, nonce):
    with pytest.raises(ChallengeMalformed):
        write_challenge(certificate(), key=GATE, slot=slot, nonce=nonce, host=HOST)


def test_the_challenge_fits_a_code_for_a_screen():
    code = segno.make(challenge(certificate=certificate(label="a" * 30)), error="M", boost_error=False, micro=False)
    assert code.version <= 14


SHEET = paper_sheet(bytes(range(16)), starts_at=1_596_412_800, ends_at=1_596_412_800 + 43_200)


def test_a_sheet_has_a_row_for_each_ten_minutes():
    assert [row.starts_at for row in SHEET] == [1_596_412_800 + 600 * row for row in range(72)]
    assert all(is_gate_word(row.word) for row in SHEET)
    other = paper_sheet(bytes(16), starts_at=1_596_412_800, ends_at=1_596_412_800 + 43_200)
    assert [row.word for row in SHEET] != [row.word for row in other]


@given(row=st.sampled_from(SHEET), after=st.floats(-599, 1199))
def test_a_typed_word_gives_what_stands_in_its_row_even_when_the_row_is_just_over(row, after):
    assert typed_glance(row.word.lower(), row.starts_at + after) == row


def test_yesterdays_word_shows_something_else():
    assert typed_glance(SHEET[0].word, SHEET[0].starts_at + 86_400).glance != SHEET[0].glance


@pytest.mark.parametrize("word", ["", "B", "BAN", "AB", "B1", "ĐA", "CU"])
def test_words_that_stand_on_no_sheet_are_refused(word):
    with pytest.raises(GateWordMalformed):
        typed_glance(word, NOW)
