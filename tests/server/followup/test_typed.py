"""What is typed: temperatures and lines of paper sheets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.materials import row_code, row_position
from bluezone.server.followup.errors import LineNotUnderstood, TemperatureImpossible
from bluezone.server.followup.terms import KEYS, Result
from bluezone.server.followup.typed import COLDEST, HOTTEST, read_line, read_temperature, temperature_text


@given(st.integers(COLDEST, HOTTEST), st.sampled_from([",", "."]), st.sampled_from(["", " ", " °C", "c"]))
def test_a_temperature_is_read_as_it_is_written(tenths, decimal, unit):
    assert read_temperature(f" {temperature_text(tenths, decimal)}{unit}") == tenths


@pytest.mark.parametrize(("text", "tenths"), [("", None), ("  ", None), ("37", 370), ("382", 382), ("38", 380)])
def test_a_temperature_may_be_short(text, tenths):
    assert read_temperature(text) == tenths


@pytest.mark.parametrize("text", ["3", "20", "32,9", "43,1", "99", "36,85", "ho", "-36", "36,", "٣٧", "3" * 50])
def test_what_nobody_has_is_no_temperature(text):
    with pytest.raises(TemperatureImpossible):
        read_temperature(text)


@given(
    st.integers(0, 528),
    st.sampled_from(sorted(KEYS)),
    st.none() | st.integers(COLDEST, HOTTEST),
    st.sampled_from(["", "ho nhẹ", "đã gọi 2 lần"]),
    st.sampled_from(["{}{}", "{} {}", "{}  {}"]),
)
def test_a_line_is_read_as_it_is_written(position, key, tenths, note, form):
    text = " ".join(
        filter(None, (form.format(row_code(position, "123456").lower(), key), temperature_text(tenths), note))
    )
    line = read_line(text)
    assert row_position(line.code, "123456") == position
    assert (line.result, line.temperature, line.note) == (KEYS[key], tenths, note)


@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z]{2}\d\s?[a-z1-7].*", fullmatch=True))
def test_any_line_is_read_or_refused(text):
    try:
        line = read_line(text)
    except (LineNotUnderstood, TemperatureImpossible):
        return
    assert line.result in list(Result)


@pytest.mark.parametrize("text", ["", "AB", "AB3", "AB3 q", "3AB s", "ABC s", "AB3s" * 300])
def test_what_is_no_line_is_told(text):
    with pytest.raises(LineNotUnderstood):
        read_line(text)
