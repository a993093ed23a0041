"""Verification codes: eight digits to read aloud, sixteen characters for a link, and how people may spell them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from bluezone.protocol.invite import read_typed_code
from bluezone.randomness import Randomness
from bluezone.server.desk.errors import CodeInvalid

SHORT_DIGITS = 8
SHORT_CODES = 10**SHORT_DIGITS
LONG_CHARACTERS = 16
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The 32 characters of long codes (Crockford's base 32): no I, L, O that look like digits, and no U."""

_GROUP = 4


class CodeKind(Enum):
    """The value separates the two kinds in hashes."""

    SHORT = b"short"
    LONG = b"long"


@dataclass(frozen=True, slots=True)
class Code:
    """A code in the one form that is hashed; it never shows itself in a log line."""

    kind: CodeKind
    text: str

    def __repr__(self) -> str:
        return f"Code({self.kind.name})"


def draw_short(randomness: Randomness) -> Code:
    """Eight random digits, each code alike.

    There is no check digit: it would leave a guesser a tenth of the codes to try.
    """
    return Code(CodeKind.SHORT, f"{randomness.below(SHORT_CODES):0{SHORT_DIGITS}d}")


def draw_long(randomness: Randomness) -> Code:
    """Sixteen random characters of the alphabet: 80 bits."""
    return Code(CodeKind.LONG, "".join(ALPHABET[randomness.below(len(ALPHABET))] for _ in range(LONG_CHARACTERS)))


def read_code(text: str) -> Code:
    """The code that a person typed or a link carried.

    Case, spaces, dashes and full-width characters do not matter, and O, I, L are read as 0, 1, 1.
    Raises CodeInvalid when neither kind of code comes out.
    """
    if (read := read_typed_code(text)) is not None:
        return Code(CodeKind.SHORT if len(read) == SHORT_DIGITS else CodeKind.LONG, read)
    raise CodeInvalid(
        f"A code has {SHORT_DIGITS} digits or {LONG_CHARACTERS} letters and digits; read it again and retype it."
    )


def grouped(text: str, separator: str = " ") -> str:
    """A code in groups of four, to be read aloud or printed."""
    return separator.join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))
