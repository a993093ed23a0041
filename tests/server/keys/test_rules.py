"""Properties of the pure rules and of revision tokens."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import ReportType
from bluezone.protocol.wire import WireKey
from bluezone.randomness import SeededRandomness
from bluezone.server import Settings
from bluezone.server.keys.errors import InvalidRevisionToken, PublishRefused
from bluezone.server.keys.revision import WEEK_SECONDS, RevisableKey, RevisionTokens
from bluezone.server.keys.rules import arrival, screen
from tests.server.support import AUTHORITY, START

SETTINGS = Settings()
NOW = int(START) // 600

any_key = st.builds(
    WireKey,
    key=st.binary(max_size=20).map(lambda raw: base64.b64encode(raw).decode()) | st.text(max_size=30),
    rolling_start_number=st.integers(NOW - 144 * 17, NOW + 200) | st.integers(),
    rolling_period=st.integers(-1, 150) | st.just(144),
    transmission_risk=st.integers(-1, 9),
)
revisable = st.builds(RevisableKey, st.binary(min_size=16, max_size=16), st.integers(0, 2**32 - 1), st.integers(1, 144))


@given(
    st.lists(any_key, min_size=1, max_size=30),
    st.sampled_from(ReportType),
    st.just(0) | st.integers(NOW - 144 * 14, NOW),
)
def test_whatever_is_sent_only_keys_that_keep_the_rules_come_out(
    keys: list[WireKey], report_type: ReportType, onset: int
) -> None:
    try:
        screened = screen(keys, report_type, onset_interval=onset, now=START, settings=SETTINGS)
    except PublishRefused:
        return
    assert len(screened.candidates) + len(screened.faults) + len(screened.warnings) == len(keys)
    for candidate in screened.candidates:
        assert len(candidate.key) == 16
        assert 1 <= candidate.rolling_period <= 144
        assert candidate.rolling_start * 600 <= START + SETTINGS.clock_skew_seconds
        assert candidate.rolling_start * 600 > START - 17 * 86400
        assert candidate.created_at % 3600 == 0
        # It cannot be in an archive while somebody could still replay what it made.
        released = candidate.created_at + SETTINGS.export_min_age_hours * 3600
        assert released >= min(candidate.rolling_end * 600, START) + 3600
        if candidate.rolling_end * 600 > START:
            assert released >= candidate.rolling_end * 600 + SETTINGS.embargo_hours * 3600


@given(st.floats(0, 2e9))
def test_arrival_is_truncated_never_rounded_up(now: float) -> None:
    assert now - 3600 < arrival(now, SETTINGS) <= now


def tokens(secret: bytes = bytes(32), authority: str = AUTHORITY) -> RevisionTokens:
    return RevisionTokens(secret, authority, SeededRandomness("tokens"))


@given(st.lists(revisable, min_size=1, max_size=60, unique=True))
def test_a_token_gives_its_keys_back(keys: list[RevisableKey]) -> None:
    token = tokens().seal(keys, now=START)
    assert list(tokens().open(token, now=START)) == keys
    assert len(base64.b64decode(token)) == 5 + 12 + 21 * 28 * -(-len(keys) // 28) + 16


@given(st.lists(revisable, min_size=1, max_size=3), st.integers(0), st.integers(0, 7))
def test_a_token_with_any_bit_changed_is_refused(keys: list[RevisableKey], place: int, bit: int) -> None:
    data = bytearray(base64.b64decode(tokens().seal(keys, now=START)))
    data[place % len(data)] ^= 1 << bit
    with pytest.raises(InvalidRevisionToken):
        tokens().open(base64.b64encode(data).decode(), now=START)


@given(st.text() | st.binary().map(lambda raw: base64.b64encode(raw).decode()))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidRevisionToken):
        tokens().open(text, now=START)


def test_a_token_ends_with_its_weeks_and_belongs_to_one_server() -> None:
    token = tokens().seal([RevisableKey(bytes(16), 1, 144)], now=START)
    assert tokens().open(token, now=START + 2 * WEEK_SECONDS)
    for opener, now in (
        (tokens(), START + 3 * WEEK_SECONDS),
        (tokens(b"another secret of 32 bytes......"), START),
        (tokens(authority="vn.elsewhere"), START),
    ):
        with pytest.raises(InvalidRevisionToken):
            opener.open(token, now=now)
