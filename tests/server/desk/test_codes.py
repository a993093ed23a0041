import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.randomness import SeededRandomness
from bluezone.server.desk.codes import ALPHABET, Code, CodeKind, draw_long, draw_short, grouped, read_code
from bluezone.server.desk.errors import CodeInvalid

SHORT = st.text("0123456789", min_size=8, max_size=8).map(lambda text: Code(CodeKind.SHORT, text))
LONG = st.text(ALPHABET, min_size=16, max_size=16).map(lambda text: Code(CodeKind.LONG, text))
SEPARATORS = st.text(" -\t\n\u00a0\u2013\u2014\u2212\u200b", max_size=2)


@given(code=SHORT | LONG, data=st.data())
def test_a_code_is_understood_however_its_owner_spells_it(code, data):
    spelled = ""
    for character in code.text:
        spelling = data.draw(
            st.sampled_from(
                sorted(
                    {character, character.lower(), chr(ord(character) + 0xFEE0)}
                    | {"0": {"o", "O"}, "1": {"i", "I", "l", "L"}}.get(character, set())
                )
            )
        )
        spelled += spelling + data.draw(SEPARATORS)
    assert read_code(spelled) == code


@given(st.text(max_size=80))
def test_any_text_is_a_canonical_code_or_invalid(text):
    try:
        code = read_code(text)
    except CodeInvalid:
        return
    assert read_code(code.text) == code
    assert set(code.text) <= set(ALPHABET)
    assert len(code.text) == {CodeKind.SHORT: 8, CodeKind.LONG: 16}[code.kind]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1234567",
        "123456789",
        "1234 567U",
        "A" * 15,
        "A" * 17,
        "U" * 16,
        "١٢٣٤٥٦٧٨",
        "1234.5678",
        "1" * 8 + " " * 60,
    ],
)
def test_other_shapes_are_invalid(text):
    with pytest.raises(CodeInvalid, match="retype"):
        read_code(text)


def test_drawn_codes_use_their_whole_alphabet():
    randomness = SeededRandomness(1)
    shorts = [draw_short(randomness).text for _ in range(500)]
    longs = [draw_long(randomness).text for _ in range(500)]
    assert {len(text) for text in shorts} == {8}
    assert {text[0] for text in shorts} == set("0123456789")
    assert set("".join(longs)) == set(ALPHABET)
    assert len(set(shorts)) == len(set(longs)) == 500


def test_the_alphabet_holds_nothing_that_is_read_as_something_else():
    assert len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("OILU")
    assert all(unicodedata.normalize("NFKC", character) == character for character in ALPHABET)


@given(SHORT | LONG)
def test_a_code_never_shows_itself(code):
    assert code.text not in repr(code)


def test_codes_are_read_in_groups_of_four():
    assert grouped("12345678") == "1234 5678"
    assert grouped("ABCDEFGHJKMNPQRS", "-") == "ABCD-EFGH-JKMN-PQRS"
