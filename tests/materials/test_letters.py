"""Any text becomes one line that the fonts can draw."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.materials.letters import OFFICIAL, SANS, letters, printable

BREAK = "\u200b"


@pytest.mark.parametrize("family", [SANS, OFFICIAL])
@given(st.text())
def test_only_letters_that_the_font_draws_come_out(family: str, text: str) -> None:
    line = printable(text, family)
    assert set(line) <= letters(family) | {BREAK}
    assert unicodedata.is_normalized("NFC", line.replace(BREAK, ""))
    assert printable(line, family) == line


@given(st.text(alphabet=sorted(letters(SANS))))
def test_drawn_letters_stay_as_they_are(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert printable(composed, SANS).replace(BREAK, "").split() == composed.split()


@given(st.text())
def test_no_word_is_longer_than_a_cell_can_break(text: str) -> None:
    assert all(len(word) <= 16 for word in printable(text, SANS).replace(BREAK, " ").split(" "))


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        (unicodedata.normalize("NFD", "Ngữ Ễnh Ậu"), "Ngữ Ễnh Ậu"),
        ("Lan\u202egnaH\u200f", "LangnaH"),
        ("một\n\n hai\t ba", "một hai ba"),
        ("漢 Hằng 😀", "? Hằng ?"),
        ("a" * 17, BREAK.join("a" * 17)),
        ("\ud800", "?"),
    ],
)
def test_what_becomes_of_it(text: str, printed: str) -> None:
    assert printable(text, SANS) == printed
