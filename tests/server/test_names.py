from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.names import clean_name, sort_key

ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
TONES = ["", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323"]

SYLLABLES = st.builds(
    lambda start, vowel, tone, end: unicodedata.normalize("NFC", start + vowel + tone + end),
    st.sampled_from(["", "b", "c", "ch", "d", "đ", "h", "ng", "nguy", "th", "x"]),
    st.sampled_from("aăâeêioôơuưy"),
    st.sampled_from(TONES),
    st.sampled_from(["", "c", "n", "ng", "nh", "y"]),
)
NAMES = st.lists(SYLLABLES, min_size=1, max_size=4).map(" ".join)


def model(name: str) -> list[tuple[list[int], int]]:
    """The order as people say it: given name first, each syllable by its letters and then by its tone."""
    words = name.split()
    order = []
    for word in [words[-1], *words[:-1]]:
        parts = unicodedata.normalize("NFD", word)
        tone = next((TONES.index(part) for part in parts if part in TONES[1:]), 0)
        letters = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES[1:]))
        order.append(([ALPHABET.index(letter) for letter in letters], tone))
    return order


@given(NAMES, NAMES)
def test_keys_order_names_as_people_do(one: str, other: str) -> None:
    assert (sort_key(one) < sort_key(other)) == (model(one) < model(other))
    assert (sort_key(one) == sort_key(other)) == (model(one) == model(other))


@pytest.mark.parametrize(
    "names",
    [
        ["An", "Ân", "Bình", "Dung", "Đức", "Em", "Êm", "Oanh", "Ôn", "Ơn", "Uyên", "Ưng", "Yến"],
        ["Ma", "Mà", "Mả", "Mã", "Má", "Mạ", "Man"],
        ["Trần Văn An", "Nguyễn Thị Hoa", "Nguyễn Văn Hoa", "Trần Thị Hoa", "Lê Thị Hòa"],
        ["Hoa", "Lê Hoa", "Lê Thị Hoa"],
    ],
)
def test_lists_are_in_the_order_of_the_alphabet(names: list[str]) -> None:
    shuffled = names[1::2] + names[::2]
    assert sorted(shuffled, key=sort_key) == names


@given(st.text(max_size=40))
def test_key_does_not_depend_on_case_composition_or_blanks(name: str) -> None:
    assert sort_key(unicodedata.normalize("NFD", name)) == sort_key(unicodedata.normalize("NFC", name))
    assert sort_key(f"  {name}\u00a0") == sort_key(name)
    assert sort_key("ĐỖ THỊ ÁNH") == sort_key("đỗ thị ánh")
    assert len(sort_key(name * 100)) <= 500


@given(st.text(max_size=60))
def test_clean_name_is_composed_shown_and_stays_as_it_is(name: str) -> None:
    cleaned = clean_name(name)
    assert clean_name(cleaned) == cleaned == unicodedata.normalize("NFC", cleaned).strip()
    assert "  " not in cleaned
    assert cleaned.isprintable()


def test_signs_that_cannot_be_seen_do_not_part_a_word() -> None:
    assert clean_name("Ho\u00adàng\u200b  Thi\u0323\tLan\ufeff\n") == "Hoàng Thị Lan"
