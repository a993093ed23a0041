import dataclasses
import hashlib
import json
from datetime import date
from pathlib import Path

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import SigningKeyUnfit, VerificationKey
from bluezone.protocol._link import decode_payload, encode_payload
from bluezone.protocol.place import PlaceCode, PlaceKind, read_place_code, write_place_code
from bluezone.protocol.scan_errors import (
    HostMalformed,
    PlaceCodeEarly,
    PlaceCodeExpired,
    PlaceCodeMalformed,
    PlaceCodeTooNew,
    PlaceCodeUntrusted,
    ScanError,
)

HOST = "bluezone.hungyen.gov.vn"
KEY = ec.derive_private_key(20200804, ec.SECP256R1())
TRUSTED = VerificationKey(KEY.public_key(), "bluezone", "v1")
OTHER_KEY = ec.derive_private_key(1967, ec.SECP256R1())
VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "place_code.json").read_text("utf-8"))

PLACE = PlaceCode(
    name="Trường THPT Hưng Yên",
    address="Quang Trung, TP Hưng Yên",
    unit="11983",
    kind=PlaceKind.SCHOOL,
    valid_from=date(2020, 8, 4),
    valid_until=date(2020, 12, 31),
    default_stay_minutes=240,
    seed=bytes(range(16)),
    server_key=bytes(range(32)),
    issued=date(2020, 8, 3),
    sheet_version=2,
)

DAYS = st.dates(date(1970, 1, 2), date(2149, 6, 6))
TEXTS = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạẩỡự0123456789 .,-/", min_size=1, max_size=100).map(str.strip)
PLACES = st.builds(
    lambda days, **fields: PlaceCode(valid_from=min(days), valid_until=max(days), **fields),
    days=st.tuples(DAYS, DAYS),
    name=TEXTS.filter(bool),
    address=TEXTS,
    unit=st.from_regex(r"[0-9]{2,5}|[A-Z]{1,6}-[0-9]{2}", fullmatch=True),
    kind=st.sampled_from(PlaceKind),
    default_stay_minutes=st.integers(1, 1440),
    seed=st.binary(min_size=16, max_size=32),
    server_key=st.binary(min_size=32, max_size=32),
    issued=DAYS,
    sheet_version=st.integers(1, 255),
)


def payload_of(link):
    return decode_payload(link.partition("#")[2])


def with_payload(payload, host=HOST):
    return f"https://{host}/p#{encode_payload(payload)}"


@given(place=PLACES)
def test_a_place_comes_back_from_its_link(place):
    link = write_place_code(place, key=KEY, host=HOST)
    assert link.startswith(f"https://{HOST}/p#")
    assert read_place_code(link, keys=[TRUSTED]) == place


def test_the_published_vector_holds():
    vector = VECTORS["codes"][0]
    key = ec.derive_private_key(int(VECTORS["private_key"], 16), ec.SECP256R1())
    place = read_place_code(vector["link"], keys=[VerificationKey(key.public_key(), "bluezone", "v1")])
    assert place.content.hex() == vector["content"]
    assert place.place_id.hex() == vector["place_id"]
    assert place.short_id == vector["short_id"]
    assert (place.name, place.address, place.unit) == (vector["name"], vector["address"], vector["unit"])
    assert write_place_code(place, key=key, host=vector["host"]) == vector["link"]


@given(position=st.integers(0), flip=st.integers(1, 255))
def test_any_changed_byte_is_noticed(position, flip):
    payload = bytearray(payload_of(write_place_code(PLACE, key=KEY, host=HOST)))
    payload[position % len(payload)] ^= flip
    with pytest.raises(ScanError):
        read_place_code(with_payload(bytes(payload)), keys=[TRUSTED])


@given(payload=st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_named_error(payload):
    with pytest.raises(ScanError):
        read_place_code(with_payload(payload), keys=[TRUSTED])


def test_a_code_is_bound_to_the_address_that_it_was_signed_for():
    link = write_place_code(PLACE, key=KEY, host=HOST)
    with pytest.raises(PlaceCodeUntrusted):
        read_place_code(link.replace(HOST, "bluezone.example"), keys=[TRUSTED])


def test_a_code_of_a_stranger_or_without_any_trusted_key_is_refused():
    link = write_place_code(PLACE, key=OTHER_KEY, host=HOST)
    for keys in ([TRUSTED], []):
        with pytest.raises(PlaceCodeUntrusted):
            read_place_code(link, keys=keys)
    assert read_place_code(link, keys=[TRUSTED, VerificationKey(OTHER_KEY.public_key(), "next", "v2")]) == PLACE


def test_later_versions_are_told_apart_from_damage():
    payload = payload_of(write_place_code(PLACE, key=KEY, host=HOST))
    with pytest.raises(PlaceCodeTooNew):
        read_place_code(with_payload(b"\x02" + payload[1:]), keys=[TRUSTED])
    with pytest.raises(PlaceCodeMalformed):
        read_place_code(with_payload(payload[:100]), keys=[TRUSTED])
    with pytest.raises(PlaceCodeMalformed):
        read_place_code(with_payload(payload[:-64] + b"\0" + payload[-64:]), keys=[TRUSTED])


@pytest.mark.parametrize("tail", ["", "A", "=", "AA==", "%41", "\u00e9"])
def test_text_after_the_payload_is_no_place(tail):
    link = write_place_code(PLACE, key=KEY, host=HOST)
    damaged = link.partition("#")[0] + "#" if not tail else link + tail
    with pytest.raises(PlaceCodeMalformed):
        read_place_code(damaged, keys=[TRUSTED])


def test_validity_is_by_inclusive_days():
    PLACE.check_day(date(2020, 8, 4))
    PLACE.check_day(date(2020, 12, 31))
    with pytest.raises(PlaceCodeEarly):
        PLACE.check_day(date(2020, 8, 3))
    with pytest.raises(PlaceCodeExpired):
        PLACE.check_day(date(2021, 1, 1))
    dataclasses.replace(PLACE, valid_until=None).check_day(date(2140, 1, 1))


def test_a_code_without_an_end_comes_back():
    endless = dataclasses.replace(PLACE, valid_until=None)
    assert read_place_code(write_place_code(endless, key=KEY, host=HOST), keys=[TRUSTED]) == endless


@pytest.mark.parametrize(
    ("named", "field"),
    [
        ("name", {"name": ""}),
        ("name", {"name": " Chợ"}),
        ("name", {"name": "a" * 101}),
        ("name", {"name": "Chợ\nPhố Hiến"}),
        ("name", {"name": "Chợ\u202eneiH"}),
        ("name", {"name": "Cho\u031b\u0323"}),  # decomposed
        ("address", {"address": "🏠" * 64}),
        ("unit", {"unit": "hung yen"}),
        ("unit", {"unit": ""}),
        ("validity", {"valid_until": date(2020, 8, 3)}),
        ("days", {"valid_from": date(1969, 12, 31)}),
        ("days", {"issued": date(2150, 1, 1)}),
        ("default stay", {"default_stay_minutes": 0}),
        ("default stay", {"default_stay_minutes": 1441}),
        ("seed", {"seed": bytes(15)}),
        ("seed", {"seed": bytes(33)}),
        ("server key", {"server_key": bytes(31)}),
        ("sheet version", {"sheet_version": 0}),
        ("sheet version", {"sheet_version": 256}),
    ],
)
def test_fields_out_of_range_are_refused(named, field):
    with pytest.raises(PlaceCodeMalformed, match=named):
        dataclasses.replace(PLACE, **field)


def test_another_sheet_has_another_id_and_the_signature_has_no_part_in_it():
    again = dataclasses.replace(PLACE, sheet_version=3)
    assert again.place_id != PLACE.place_id
    assert PLACE.place_id == hashlib.sha256(b"bluezone place id 1\0" + PLACE.content).digest()
    assert len(PLACE.short_id) == 9


@pytest.mark.parametrize("host", ["", "HOST", "a b", "evil/p", "a@b", "-x", "host:port"])
def test_hosts_that_are_none_are_refused(host):
    with pytest.raises(HostMalformed):
        write_place_code(PLACE, key=KEY, host=host)


def test_a_rehearsal_on_this_machine_has_plain_links():
    link = write_place_code(PLACE, key=KEY, host="127.0.0.1:8020")
    assert link.startswith("http://127.0.0.1:8020/p#")
    assert read_place_code(link, keys=[TRUSTED]) == PLACE
    with pytest.raises(PlaceCodeMalformed):
        read_place_code(write_place_code(PLACE, key=KEY, host=HOST).replace("https", "http"), keys=[TRUSTED])


def test_keys_of_another_kind_do_not_sign():
    with pytest.raises(SigningKeyUnfit):
        write_place_code(PLACE, key=ec.generate_private_key(ec.SECP384R1()), host=HOST)


def test_seed_and_server_key_do_not_show_themselves():
    assert "seed" not in repr(PLACE)
    assert "server_key" not in repr(PLACE)


@pytest.mark.parametrize(("text_bytes", "level"), [(60, "Q"), (150, "M")])
def test_the_link_fits_a_small_code(text_bytes, level):
    place = dataclasses.replace(PLACE, name="a" * (text_bytes - 50), address="b" * 50)
    code = segno.make(write_place_code(place, key=KEY, host=HOST), error=level, boost_error=False, micro=False)
    assert code.version <= 15
