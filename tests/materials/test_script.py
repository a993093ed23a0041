"""What is read aloud: each digit by itself, twice."""

from __future__ import annotations

import pytest

from bluezone.materials import CodeUnprintable, code_script, code_spoken
from bluezone.materials.moments import Language
from tests.materials.papers import SLIP


@pytest.mark.parametrize(
    ("code", "language", "spoken"),
    [
        ("01234567", "vi", "không, một, hai, ba – bốn, năm, sáu, bảy"),
        ("88990010", "vi", "tám, tám, chín, chín – không, không, một, không"),
        ("01234567", "en", "zero, one, two, three – four, five, six, seven"),
    ],
)
def test_digits_are_said_one_by_one_in_two_groups(code: str, language: Language, spoken: str) -> None:
    assert code_spoken(code, language=language) == spoken


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_script_says_the_code_twice_and_until_when(language: Language) -> None:
    lines = code_script(
        SLIP.code, valid_until=SLIP.valid_until, unit=SLIP.unit, hotline=SLIP.hotline, language=language
    )
    spoken = code_spoken(SLIP.code, language=language)
    text = "\n".join(lines)
    assert text.count(spoken) == 2
    assert SLIP.unit in lines[0]
    assert "4/8/2020" in text
    assert SLIP.hotline in text
    assert SLIP.code not in text
    assert "{" not in text


def test_a_long_code_is_not_read_aloud() -> None:
    with pytest.raises(CodeUnprintable):
        code_spoken("7K3MQ0XV9TDA2WHB", language="vi")
