"""The HMAC that binds a certificate to keys."""

from __future__ import annotations

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import KeyHmacMismatch, KeyMalformed, check_key_hmac, key_hmac, key_hmac_cleartext
from bluezone.protocol.wire import WireKey
from tests.protocol.conftest import load_vector

VECTOR = load_vector("key_hmac")
SECRET = base64.b64decode(VECTOR["hmac_key_base64"])

any_key = st.builds(
    WireKey,
    key=st.binary(min_size=16, max_size=16).map(lambda key: base64.b64encode(key).decode()),
    rolling_start_number=st.integers(0, 2**32 - 1),
    rolling_period=st.integers(1, 144),
    transmission_risk=st.integers(0, 8),
)
some_keys = st.lists(any_key, min_size=1, max_size=6, unique_by=lambda key: key.key)


def wire_keys(case: dict[str, object]) -> list[WireKey]:
    return msgspec.convert(case["keys"], list[WireKey])


@pytest.mark.parametrize("case", VECTOR["cases"], ids=str)
def test_the_published_hmacs_are_reproduced_and_accepted(case: dict[str, object]) -> None:
    keys = wire_keys(case)
    expected = [base64.b64decode(text) for text in case["expected_hmac_base64"]]  # type: ignore[attr-defined]
    computed = [key_hmac(keys, SECRET), key_hmac(keys, SECRET, transmission_risk=False)]
    assert computed[: len(expected)] == expected
    for each in expected:
        check_key_hmac(keys, SECRET, each)


def test_the_cleartext_is_the_documents_text() -> None:
    keys = wire_keys(VECTOR["cases"][0])
    first, second = "dPCphLzfG4uzXneNimkPRQ==.144.144", "z2Cx9hdz2SlxZ8GEgqTYpA==.1.144"
    assert key_hmac_cleartext(keys) == f"{first}.5,{second}.3".encode()
    assert key_hmac_cleartext(keys, transmission_risk=False) == f"{first},{second}".encode()


@given(some_keys, st.randoms(use_true_random=False))
def test_the_order_of_the_keys_does_not_matter(keys: list[WireKey], random: object) -> None:
    shuffled = list(keys)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    check_key_hmac(shuffled, SECRET, key_hmac(keys, SECRET))


@given(some_keys, st.data())
def test_any_other_keys_are_refused(keys: list[WireKey], data: st.DataObject) -> None:
    expected = key_hmac(keys, SECRET)
    at = data.draw(st.integers(0, len(keys) - 1))
    changed = data.draw(any_key.filter(lambda key: key != keys[at]))
    with pytest.raises(KeyHmacMismatch):
        check_key_hmac([*keys[:at], changed, *keys[at + 1 :]], SECRET, expected)
    with pytest.raises(KeyHmacMismatch):
        check_key_hmac([*keys, changed], SECRET, expected)


@given(some_keys)
def test_the_form_without_risk_counts_only_where_no_risk_is_sent(keys: list[WireKey]) -> None:
    expected = key_hmac(keys, SECRET, transmission_risk=False)
    if any(key.transmission_risk for key in keys):
        with pytest.raises(KeyHmacMismatch):
            check_key_hmac(keys, SECRET, expected)
    else:
        check_key_hmac(keys, SECRET, expected)
    for key in keys:
        key.transmission_risk = 0
    check_key_hmac(keys, SECRET, expected)


@pytest.mark.parametrize("expected", [b"", bytes(31), bytes(32), bytes(33)])
def test_an_hmac_of_nothing_or_of_another_length_is_refused(expected: bytes) -> None:
    with pytest.raises(KeyHmacMismatch):
        check_key_hmac(wire_keys(VECTOR["cases"][0]), SECRET, expected)


def test_another_secret_is_refused() -> None:
    keys = wire_keys(VECTOR["cases"][0])
    with pytest.raises(KeyHmacMismatch):
        check_key_hmac(keys, bytes(16), key_hmac(keys, SECRET))


def test_no_key_or_a_short_secret_is_refused() -> None:
    with pytest.raises(KeyMalformed, match="no key"):
        key_hmac([], SECRET)
    with pytest.raises(KeyMalformed, match="15"):
        key_hmac(wire_keys(VECTOR["cases"][0]), bytes(15))
