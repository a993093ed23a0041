"""What an officer reads aloud when a code is given by telephone."""

from __future__ import annotations

from typing import cast

from bluezone.materials.errors import CodeUnprintable
from bluezone.materials.moments import Language, moment_text
from bluezone.materials.press import say, words
from bluezone.materials.slip import SHORT, code_groups


def code_spoken(code: str, *, language: Language) -> str:
    """The eight digits as they are said, each by itself, in two groups: "bốn, tám, hai, một – bảy, ba, chín, không".

    Raises CodeUnprintable for long codes, which nobody can read aloud without mistakes.
    """
    groups = code_groups(code)
    if len(code) != SHORT:
        raise CodeUnprintable("Only the code of eight digits is read aloud; send or print the long one.")
    digits = words("script")[language]["digits"]
    return " – ".join(", ".join(digits[int(digit)] for digit in group) for group in groups)


def code_script(code: str, *, valid_until: float, unit: str, hotline: str, language: Language) -> tuple[str, ...]:
    """The sentences to read aloud, one a line, with the code said twice. Raises CodeUnprintable."""
    lines = say(
        words("script")[language]["lines"],
        unit=unit,
        hotline=hotline,
        spoken=code_spoken(code, language=language),
        until=moment_text(valid_until, language),
    )
    return tuple(cast(list[str], lines))
