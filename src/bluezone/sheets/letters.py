"""The encodings of Vietnamese before Unicode: TCVN3 (ABC), VNI and windows-1258, told apart by what they spell.

The tables are those of TCVN 5712:1993 (third set) and of the VNI fonts for Windows; a test compares them with
independent ones. Both are read over Latin-1, as files and fonts use them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from typing import Literal

from bluezone.sheets.errors import SheetEncodingUnknown

OldEncoding = Literal["TCVN3", "VNI", "windows-1258"]

# Letter by letter: without tone, then sắc, huyền, hỏi, ngã, nặng. TCVN3 has capitals only without a tone.
_PLAIN = "aâăeêioôơuưy"
_TONES = ("\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
_TCVN3 = {
    "a": b"\xb8\xb5\xb6\xb7\xb9", "â": b"\xca\xc7\xc8\xc9\xcb", "ă": b"\xbe\xbb\xbc\xbd\xc6",
    "e": b"\xd0\xcc\xce\xcf\xd1", "ê": b"\xd5\xd2\xd3\xd4\xd6", "i": b"\xdd\xd7\xd8\xdc\xde",
    "o": b"\xe3\xdf\xe1\xe2\xe4", "ô": b"\xe8\xe5\xe6\xe7\xe9", "ơ": b"\xed\xea\xeb\xec\xee",
    "u": b"\xf3\xef\xf1\xf2\xf4", "ư": b"\xf8\xf5\xf6\xf7\xf9", "y": b"\xfd\xfa\xfb\xfc\xfe",
}  # fmt: skip
_TCVN3_PLAIN = {
    0xA1: "Ă", 0xA2: "Â", 0xA3: "Ê", 0xA4: "Ô", 0xA5: "Ơ", 0xA6: "Ư", 0xA7: "Đ",
    0xA8: "ă", 0xA9: "â", 0xAA: "ê", 0xAB: "ô", 0xAC: "ơ", 0xAD: "ư", 0xAE: "đ",
}  # fmt: skip
_TCVN3_TABLE = _TCVN3_PLAIN | {
    byte: unicodedata.normalize("NFC", letter + tone)
    for letter, toned in _TCVN3.items()
    for byte, tone in zip(toned, _TONES, strict=True)
}

# VNI writes most marks as a second letter after the plain one: marks and tones together.
_VNI_MARKS = {
    "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323",
    "â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309", "ã": "\u0302\u0303",
    "ä": "\u0302\u0323",
    "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309", "ü": "\u0306\u0303",
    "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_SINGLE = {"ñ": "đ", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "ô": "ơ", "ö": "ư", "î": "ỵ"}
_VNI_TABLE = _VNI_SINGLE | {own.upper(): real.upper() for own, real in _VNI_SINGLE.items()}
_VNI_PAIRS: dict[str, str] = {}
for _base, _marks in (
    ("a", "ùøûõïâáàåãäêéèúüë"), ("e", "ùøûõïâáàåãä"), ("o", "ùøûõïâáàåãä"), ("u", "ùøûõï"), ("y", "ùøûõ"),
    ("ô", "ùøûõï"), ("ö", "ùøûõï"),
):  # fmt: skip
    for _mark in _marks:
        _letter = unicodedata.normalize("NFC", _VNI_SINGLE.get(_base, _base) + _VNI_MARKS[_mark])
        for _first in (_base, _base.upper()):
            # A capital may carry the small mark: the fonts draw both.
            for _second in (_mark, _mark.upper()):
                _VNI_PAIRS[_first + _second] = _letter.upper() if _first.isupper() else _letter
_VNI = re.compile("|".join([*_VNI_PAIRS, *_VNI_TABLE]))

_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|gh|gi|kh|ch|ph|th|tr|qu|[bcdđghklmnprstvx])?"
    r"(?:[ou]?(?:iê|yê|uô|ươ|ia|ya|ua|ưa|[aeêioôơuưy])(?P<end>ch|ng|nh|[cmnptiyou])?"
    r"|[ou]?[ăâ](?P<closed>ng|[cmnptyu]))"
)
_MARKED = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[^\W\d_]+")
_STOPS = {"c", "ch", "p", "t"}
_TONE = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_SCORED = 100_000
"""Characters that are looked at; the rest of a file is in the same encoding."""
_ENOUGH = 0.7
"""The share of words with marks that must be Vietnamese syllables."""
_CLEARER = 0.1


def from_tcvn3(text: str) -> str:
    """What a text shows in a TCVN3 (ABC) font, whose letters stand in the places of Latin-1."""
    return text.translate(_TCVN3_TABLE)


def from_vni(text: str) -> str:
    """What a text shows in a VNI font."""
    return _VNI.sub(lambda found: _VNI_PAIRS.get(found[0]) or _VNI_TABLE[found[0]], text)


def from_old_font(text: str, font: str) -> str:
    """What a text shows in a font of that name: .VnTime is TCVN3, .VnTimeH its capitals, VNI-Times is VNI."""
    if font.startswith(".Vn"):
        shown = from_tcvn3(text)
        return shown.upper() if font.endswith("H") else shown
    return from_vni(text) if font.upper().startswith("VNI-") else text


def is_old_font(font: str) -> bool:
    """Whether texts in this font are not Unicode."""
    return font.startswith(".Vn") or font.upper().startswith("VNI-")


def decode_old(data: bytes) -> tuple[str, OldEncoding]:
    """Text in an 8-bit encoding of Vietnamese, composed (NFC), and which it was.

    Raises:
        SheetEncodingUnknown: none spells Vietnamese, or two do about equally.
    """
    text = data.decode("latin-1")
    sample = _sample(text)
    shown: dict[OldEncoding, str] = {name: convert(sample) for name, convert in _CONVERTED.items()}
    with suppress(UnicodeDecodeError):
        shown["windows-1258"] = _from_1258(sample)
    scores = sorted(((_spelled(text), name) for name, text in shown.items()), reverse=True)
    (best, name), (second, other) = scores[:2]
    if best < _ENOUGH or (best - second < _CLEARER and shown[name] != shown[other]):
        raise _unknown()
    try:
        return _CONVERTED.get(name, _from_1258)(text), name
    except UnicodeDecodeError as error:
        raise _unknown() from error


def decode_disguised(text: str) -> tuple[str, OldEncoding | None]:
    """A Unicode text that was written in an old font, as its font showed it; any other text as it is."""
    if text.isascii() or max(text) > "\xff":
        return text, None
    sample = _sample(text)
    best, name = max((_spelled(convert(sample)), name) for name, convert in _CONVERTED.items())
    if best < _ENOUGH or best - _spelled(sample) < _CLEARER:
        return text, None
    return _CONVERTED[name](text), name


_CONVERTED: dict[OldEncoding, Callable[[str], str]] = {"TCVN3": from_tcvn3, "VNI": from_vni}


def _from_1258(over_latin: str) -> str:
    return unicodedata.normalize("NFC", over_latin.encode("latin-1").decode("cp1258"))


def _unknown() -> SheetEncodingUnknown:
    return SheetEncodingUnknown(
        "The letters of this text file cannot be read with certainty; save it as “CSV UTF-8” or as .xlsx."
    )


def _sample(text: str) -> str:
    """The text from its first letter with a mark on."""
    marked = _MARKED.search(text)
    start = max(marked.start() - 20, 0) if marked else 0
    return text[start : start + _SCORED]


def _spelled(text: str) -> float:
    """The share of the words with marks that are syllables of Vietnamese."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    other = sum(not letter.isascii() and not letter.isalpha() for letter in text)
    return sum(map(_is_syllable, words)) / (len(words) + other) if words else 0.0


def _is_syllable(word: str) -> bool:
    marked = unicodedata.normalize("NFD", word.casefold())
    tones = _TONE.findall(marked)
    if len(tones) > 1 or not (found := _SYLLABLE.fullmatch(unicodedata.normalize("NFC", _TONE.sub("", marked)))):
        return False
    return (found["end"] or found["closed"]) not in _STOPS or tones in (["\u0301"], ["\u0323"])
