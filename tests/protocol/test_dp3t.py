"""The identifiers of DP-3T against its own vectors, and against another library's AES."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pytest
from Crypto.Cipher import AES
from Crypto.Hash import HMAC, SHA256
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import KeyMalformed
from bluezone.protocol.dp3t import (
    EPOCHS_A_DAY,
    ephid_from_seed,
    ephids_of_day,
    epoch_at,
    hashed_observation,
    next_day_key,
)
from tests.protocol.conftest import load_vector

VECTOR = load_vector("dp3t")
LOW_COST = VECTOR["low_cost"]
UNLINKABLE = VECTOR["unlinkable"]
FIRST_KEY = bytes.fromhex(LOW_COST["days"][0]["sk"])

secrets = st.binary(min_size=32, max_size=32)


@pytest.mark.parametrize("day", LOW_COST["days"], ids=lambda day: str(day["day_offset"]))
def test_day_keys_and_their_identifiers_are_the_published_ones(day: dict[str, object]) -> None:
    key = FIRST_KEY
    for _ in range(int(str(day["day_offset"]))):
        key = next_day_key(key)
    assert key.hex() == day["sk"]
    ephids = ephids_of_day(key)
    published = day["ephids_at_index"]
    assert isinstance(published, dict)
    assert {index: ephids[int(index)].hex() for index in published} == published


@pytest.mark.parametrize("row", UNLINKABLE["seed_to_ephid"], ids=lambda row: row["seed"][:8])
def test_a_seed_s_identifier_is_the_published_one(row: dict[str, str]) -> None:
    assert ephid_from_seed(bytes.fromhex(row["seed"])).hex() == row["ephid"]


@pytest.mark.parametrize("row", UNLINKABLE["epochs"], ids=lambda row: row["time"])
def test_an_epoch_is_the_published_one(row: dict[str, str]) -> None:
    assert epoch_at(datetime.fromisoformat(row["time"]).timestamp()) == row["epoch"]


def test_an_epoch_is_a_quarter_of_an_hour() -> None:
    minutes = LOW_COST["epoch_minutes"]
    assert LOW_COST["epochs_per_day"] == EPOCHS_A_DAY == 24 * 60 // minutes
    assert [epoch_at(seconds) for seconds in (0, 899.9, 900, 86_400)] == [0, 0, 1, 96]


def test_an_observation_is_hashed_with_its_epoch_in_big_endian_order() -> None:
    assert hashed_observation(bytes(16), 1_762_781) == hashlib.sha256(bytes(16) + b"\x00\x1a\xe5\xdd").digest()


@given(secrets)
def test_a_day_s_identifiers_are_another_library_s_key_stream(key: bytes) -> None:
    stream_key = HMAC.new(key, b"broadcast key", SHA256).digest()
    stream = AES.new(stream_key, AES.MODE_CTR, nonce=b"", initial_value=0).encrypt(bytes(16 * 96))
    assert b"".join(ephids_of_day(key)) == stream


@given(st.binary(max_size=64).filter(lambda secret: len(secret) != 32))
def test_a_key_or_seed_of_another_length_is_refused(secret: bytes) -> None:
    for derive in (next_day_key, ephids_of_day, ephid_from_seed):
        with pytest.raises(KeyMalformed):
            derive(secret)


@pytest.mark.parametrize(("ephid", "epoch"), [(bytes(15), 0), (bytes(17), 0), (bytes(16), -1), (bytes(16), 2**32)])
def test_an_observation_out_of_range_is_refused(ephid: bytes, epoch: int) -> None:
    with pytest.raises(KeyMalformed):
        hashed_observation(ephid, epoch)
