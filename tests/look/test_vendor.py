"""What comes from others is what the lock names, byte by byte, with its licence beside it."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from pathlib import Path

import pytest
from PIL import ImageFont, features

from bluezone.look import icon_names, static_folder

ROOM = static_folder().parent
LOCK = json.loads((ROOM / "vendor.lock.json").read_text("utf-8"))["packages"]
FONTS = static_folder() / "fonts"
WEIGHTS = (400, 600, 700)
VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
VIETNAMESE = "đĐ" + "".join(
    unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS + VOWELS.upper() for tone in TONES
)


def font(weight: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / f"be-vietnam-pro-{weight}.woff2", 200, layout_engine=ImageFont.Layout.BASIC)


def picture(letter: str, weight: int) -> bytes:
    return bytes(font(weight).getmask(letter))


@pytest.mark.parametrize("package", LOCK, ids=lambda package: package["name"])
def test_vendored_file_is_the_locked_one(package: dict[str, dict[str, str]]) -> None:
    for name, checksum in package["files"].items():
        assert hashlib.sha256((static_folder() / name).read_bytes()).hexdigest() == checksum, name


def test_every_file_beside_the_two_sheets_is_locked() -> None:
    locked = {name for package in LOCK for name in package["files"]}
    lying = {path.relative_to(static_folder()).as_posix() for path in static_folder().rglob("*") if path.is_file()}
    assert lying - {"base.css", "tokens.css"} == locked


def test_every_package_brings_its_licence() -> None:
    for package in LOCK:
        texts = [name for name in package["files"] if Path(name).name == "LICENSE.txt"]
        assert len(texts) == 1, package["name"]
        text = (static_folder() / texts[0]).read_text("utf-8")
        assert ("SIL OPEN FONT LICENSE" if package["license"] == "OFL-1.1" else "Permission is hereby granted") in text


def test_two_weights_reach_a_cheap_phone_quickly() -> None:
    assert sum((FONTS / f"be-vietnam-pro-{weight}.woff2").stat().st_size for weight in (400, 600)) <= 40 * 1024


@pytest.mark.parametrize("weight", WEIGHTS)
def test_font_draws_every_vietnamese_letter(weight: int) -> None:
    missing = picture("\uffff", weight)
    letters = VIETNAMESE + "0123456789.,:;!?()–—“”‘’…·×±°₫%/-+"
    assert [letter for letter in letters if picture(letter, weight) == missing] == []


def test_no_two_vietnamese_letters_look_alike() -> None:
    assert len({picture(letter, 400) for letter in VIETNAMESE}) == len(VIETNAMESE) == 146


@pytest.mark.parametrize("weight", WEIGHTS)
def test_figures_stand_in_columns(weight: int) -> None:
    assert features.check("raqm"), "Pillow was built without the layout engine that reads font features."
    face = ImageFont.truetype(FONTS / f"be-vietnam-pro-{weight}.woff2", 200, layout_engine=ImageFont.Layout.RAQM)
    assert len({face.getlength(figure, features=["tnum"]) for figure in "0123456789"}) == 1
    assert len({face.getlength(figure) for figure in "0123456789"}) > 1


def test_sprite_holds_the_icons_that_were_asked_for(request: pytest.FixtureRequest) -> None:
    asked = (request.config.rootpath / "scripts" / "vendor-icons.txt").read_text("utf-8").split()
    assert list(icon_names()) == sorted(set(asked))


def test_code_reader_needs_no_permission_beyond_its_own_address() -> None:
    """Pages allow scripts of their own address only: no evaluation, no WebAssembly, no worker from a blob."""
    for script in (static_folder() / "qr").glob("*.js"):
        text = script.read_text("utf-8")
        assert not any(word in text for word in ("eval(", "new Function(", "WebAssembly", "new Worker(")), script.name
