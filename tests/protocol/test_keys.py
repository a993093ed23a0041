"""Daily keys against the official vectors, and against another library's AES and HKDF where there are none."""

from __future__ import annotations

import pytest
from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import (
    LAST_INTERVAL,
    BeaconMalformed,
    DailyKey,
    KeyMalformed,
    Metadata,
    derive_identifier_key,
    derive_metadata_key,
)
from tests.protocol.conftest import load_vector

VECTOR = load_vector("gaen_crypto_v1_2")
TEK = bytes.fromhex(VECTOR["tek"])

any_key = st.builds(
    DailyKey,
    st.binary(min_size=16, max_size=16),
    st.one_of(st.integers(0, LAST_INTERVAL), st.integers(LAST_INTERVAL - 200, LAST_INTERVAL)),
    st.integers(1, 144),
)


def reference_identifier(key: bytes, interval: int) -> bytes:
    identifier_key = HKDF(key, 16, b"", SHA256, context=b"EN-RPIK")
    block = b"EN-RPI" + bytes(6) + (interval % 2**32).to_bytes(4, "little")
    return AES.new(identifier_key, AES.MODE_ECB).encrypt(block)


def test_derived_keys_are_the_official_ones() -> None:
    assert derive_identifier_key(TEK).hex() == VECTOR["rpik"]
    assert derive_metadata_key(TEK).hex() == VECTOR["aemk"]


@pytest.mark.parametrize("row", VECTOR["intervals"], ids=lambda row: str(row["index"]))
def test_identifiers_and_metadata_are_the_official_ones(row: dict[str, object]) -> None:
    key = DailyKey(TEK, VECTOR["rolling_start_interval_number"], VECTOR["rolling_period"])
    identifier = key.rolling_identifiers()[int(str(row["index"]))]
    assert identifier.hex() == row["rpi"]
    assert key.encrypt_metadata(identifier, bytes.fromhex(VECTOR["bluetooth_metadata"])).hex() == row["aem"]


def test_official_metadata_decodes_to_version_1_0_and_8_dbm() -> None:
    metadata = Metadata.decode(bytes.fromhex(VECTOR["bluetooth_metadata"]))
    assert metadata == Metadata(tx_power=8, version_major=1, version_minor=0)
    assert metadata.encode().hex() == VECTOR["bluetooth_metadata"]


@given(any_key, st.data())
def test_every_identifier_is_its_own_interval_encrypted(key: DailyKey, data: st.DataObject) -> None:
    identifiers = key.rolling_identifiers()
    assert len(identifiers) == key.rolling_period
    offset = data.draw(st.integers(0, key.rolling_period - 1))
    assert identifiers[offset] == reference_identifier(key.key, key.rolling_start + offset)
    assert key.rolling_identifier(key.rolling_start + offset) == identifiers[offset]


@given(any_key, st.binary(min_size=4, max_size=4))
def test_encrypted_metadata_decrypts_to_itself(key: DailyKey, metadata: bytes) -> None:
    identifier = key.rolling_identifier(key.rolling_start)
    assert key.decrypt_metadata(identifier, key.encrypt_metadata(identifier, metadata)) == metadata


def test_identifiers_do_not_depend_on_where_the_key_begins() -> None:
    early, late = DailyKey(TEK, 1_000, 144), DailyKey(TEK, 1_077, 3)
    assert late.rolling_identifiers() == early.rolling_identifiers()[77:80]


@pytest.mark.parametrize("interval", [999, 1_003])
def test_an_interval_outside_the_key_is_refused(interval: int) -> None:
    with pytest.raises(KeyMalformed, match="not valid"):
        DailyKey(TEK, 1_000, 3).rolling_identifier(interval)


@pytest.mark.parametrize(
    ("key", "start", "period"),
    [
        (bytes(15), 0, 144),
        (bytes(17), 0, 144),
        (bytes(16), -1, 144),
        (bytes(16), 2**32, 144),
        (bytes(16), 0, 0),
        (bytes(16), 0, 145),
    ],
)
def test_a_key_out_of_range_is_refused(key: bytes, start: int, period: int) -> None:
    with pytest.raises(KeyMalformed):
        DailyKey(key, start, period)


def test_a_key_is_not_shown_in_text() -> None:
    assert TEK.hex() not in repr(DailyKey(TEK, 0)).lower()
    assert repr(TEK) not in repr(DailyKey(TEK, 0))


@given(st.integers(-128, 127), st.integers(0, 3))
def test_metadata_round_trips(power: int, minor: int) -> None:
    metadata = Metadata(power, version_minor=minor)
    assert Metadata.decode(metadata.encode()) == metadata


@pytest.mark.parametrize("major", [0, 2, 3])
def test_metadata_of_another_major_version_is_refused(major: int) -> None:
    with pytest.raises(BeaconMalformed, match=f"version {major}"):
        Metadata.decode(Metadata(0, version_major=major).encode())


@pytest.mark.parametrize("data", [b"", bytes(3), bytes(5)])
def test_metadata_of_another_length_is_refused(data: bytes) -> None:
    with pytest.raises(KeyMalformed):
        Metadata.decode(data)


@pytest.mark.parametrize("metadata", [Metadata(128), Metadata(0, version_major=4), Metadata(0, version_minor=-1)])
def test_metadata_out_of_range_is_not_sent(metadata: Metadata) -> None:
    with pytest.raises(KeyMalformed):
        metadata.encode()
