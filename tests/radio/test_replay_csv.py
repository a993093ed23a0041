"""CSV recordings: documented columns in any order, and errors that name column and line."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol import SERVICE_BLUEZONE
from bluezone.radio.replay_csv import read_csv
from bluezone.radio.replay_errors import (
    RecordingColumnWrong,
    RecordingDamaged,
    RecordingError,
    RecordingUnknown,
    RecordingValueWrong,
)

IDENTIFIER = "8be6cd371c5c891604bfbe49df845096"
HEAD = "time,rssi,identifier"
ROW = f"1596412800,-61,{IDENTIFIER}"


def text(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def test_lines_come_out_oldest_first_whatever_their_order() -> None:
    recording = read_csv(text(HEAD, f"1596412802,-70,{IDENTIFIER}", f"1596412800.5,-60,{IDENTIFIER}"))

    assert [(each.report.time, each.report.rssi) for each in recording.sightings] == [
        (1596412800.5, -60),
        (1596412802.0, -70),
    ]


def test_columns_may_stand_in_any_order_and_optional_ones_are_read() -> None:
    recording = read_csv(
        text(
            "tx_power, address, identifier, rssi, metadata, time",
            f"-20,3a:00:00:00:00:01,{IDENTIFIER.upper()},-61,72033874,1596412800",
        )
    )
    (sighting,) = recording.sightings

    assert sighting.beacon.identifier.hex() == IDENTIFIER
    assert sighting.beacon.encrypted_metadata.hex() == "72033874"
    assert sighting.beacon.service == SERVICE_BLUEZONE
    assert sighting.report.address == "3A:00:00:00:00:01"
    assert sighting.report.data == sighting.beacon.encode()
    assert sighting.tx_power == -20


def test_empty_optional_values_count_as_not_known() -> None:
    (sighting,) = read_csv(text(HEAD + ",metadata,tx_power,address", ROW + ",,,")).sightings

    assert sighting.tx_power is None
    assert sighting.beacon.encrypted_metadata == bytes(4)
    assert sighting.report.address == "00:00:00:00:00:00"


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_a_byte_order_mark_and_blank_lines_are_tolerated(ending: str) -> None:
    data = b"\xef\xbb\xbf" + ending.join([HEAD, "", ROW, "", ""]).encode()

    assert len(read_csv(data).sightings) == 1


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ("time,rssi", "identifier"),
        ("rssi,identifier", "time"),
        ("time,identifier,RSSI_dBm", "rssi"),
        ("", "time"),
        (HEAD + ",distance", "distance"),
        (HEAD + ",rssi", "rssi"),
        (HEAD + ",", "''"),
    ],
)
def test_missing_unknown_and_repeated_columns_are_named(head: str, named: str) -> None:
    with pytest.raises(RecordingColumnWrong, match=f"column {named}|column '{named}'"):
        read_csv(text(head, ROW))


@pytest.mark.parametrize(
    ("row", "named"),
    [
        (f"yesterday,-61,{IDENTIFIER}", "time"),
        (f"nan,-61,{IDENTIFIER}", "time"),
        (f"-1,-61,{IDENTIFIER}", "time"),
        (f"1e300,-61,{IDENTIFIER}", "time"),
        (f"1596412800,loud,{IDENTIFIER}", "rssi"),
        (f"1596412800,127,{IDENTIFIER}", "rssi"),
        (f"1596412800,-61.5,{IDENTIFIER}", "rssi"),
        (f"1596412800,-61,{IDENTIFIER[:-2]}", "identifier"),
        ("1596412800,-61,not hexadecimal", "identifier"),
    ],
)
def test_absurd_values_are_named_with_their_column_and_line(row: str, named: str) -> None:
    with pytest.raises(RecordingValueWrong, match=rf"Line 4 .* as {named}; write "):
        read_csv(text(HEAD, ROW, "", row))


@pytest.mark.parametrize(("column", "value"), [("metadata", "00"), ("address", "3A:00"), ("tx_power", "400")])
def test_absurd_optional_values_are_named_too(column: str, value: str) -> None:
    with pytest.raises(RecordingValueWrong, match=f"Line 2 has '{value}' as {column}"):
        read_csv(text(f"{HEAD},{column}", f"{ROW},{value}"))


def test_a_line_with_too_few_values_is_named() -> None:
    with pytest.raises(RecordingValueWrong, match="Line 3 has 2 values for 3 columns"):
        read_csv(text(HEAD, ROW, "1596412800,-61"))


def test_broken_quoting_is_damage() -> None:
    with pytest.raises(RecordingDamaged, match="Line 2"):
        read_csv(text(HEAD, '"1596412800,-61,'))


@pytest.mark.parametrize("data", [b"\xff\xfe\0t", b"time\0,rssi", b"btsnoos\0"])
def test_what_is_no_text_is_unknown(data: bytes) -> None:
    with pytest.raises(RecordingUnknown):
        read_csv(data)


@given(st.binary(max_size=200) | st.text(alphabet='time,rs\n\r"identifier019-\t', max_size=200).map(str.encode))
def test_any_bytes_give_a_recording_or_a_recording_error(data: bytes) -> None:
    for content in (data, text(HEAD) + b"\n" + data):
        with contextlib.suppress(RecordingError):
            read_csv(content)


@given(
    st.lists(
        st.tuples(st.floats(0, 2e12, allow_nan=False), st.integers(-127, 20), st.binary(min_size=16, max_size=16)),
        max_size=20,
    )
)
def test_what_was_written_is_read_back(rows: list[tuple[float, int, bytes]]) -> None:
    recording = read_csv(text(HEAD, *(f"{time!r},{rssi},{identifier.hex()}" for time, rssi, identifier in rows)))

    assert [(each.report.time, each.report.rssi, each.beacon.identifier) for each in recording.sightings] == sorted(
        rows, key=lambda row: row[0]
    )
