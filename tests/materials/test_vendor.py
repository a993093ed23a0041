"""The fonts of papers are what the lock names, with their licences, and draw every letter that they claim."""

from __future__ import annotations

import hashlib
import json
import unicodedata

import pytest
from PIL import ImageFont

from bluezone.materials.letters import FONTS, OFFICIAL, SANS, letters

LOCK = json.loads((FONTS.parent / "vendor.lock.json").read_text("utf-8"))["packages"]
FILES = [(SANS, f"{SANS}-{weight}.ttf") for weight in (400, 600, 700)] + [
    (OFFICIAL, f"{OFFICIAL}-{style}.otf") for style in ("regular", "italic", "bold", "bolditalic")
]
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
VIETNAMESE = "đĐ₫" + "".join(
    unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY" for tone in TONES
)
LATIN = "".join(map(chr, range(0x21, 0x7F))) + "–—“”‘’…·×±°"


def test_every_font_file_is_the_locked_one() -> None:
    locked = {name: checksum for package in LOCK for name, checksum in package["files"].items()}
    assert locked == {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FONTS.iterdir()}


def test_every_family_brings_its_licence() -> None:
    assert "SIL OPEN FONT LICENSE" in (FONTS / f"{SANS}-LICENSE.txt").read_text("utf-8")
    assert "GUST Font License" in (FONTS / f"{OFFICIAL}-LICENSE.txt").read_text("utf-8")


@pytest.mark.parametrize("family", [SANS, OFFICIAL])
def test_vietnamese_and_latin_are_whole(family: str) -> None:
    assert set(VIETNAMESE + LATIN) - letters(family) == set()


@pytest.mark.parametrize(("family", "file"), FILES)
def test_a_font_draws_every_letter_that_it_claims(family: str, file: str) -> None:
    font = ImageFont.truetype(FONTS / file, 40, layout_engine=ImageFont.Layout.BASIC)
    missing = bytes(font.getmask("\uffff"))
    drawn = [letter for letter in letters(family) if unicodedata.category(letter)[0] != "Z"]
    assert [letter for letter in drawn if bytes(font.getmask(letter)) == missing] == []
