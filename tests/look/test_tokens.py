"""One sheet names every colour, and whoever reads it can read it: contrasts are computed, not judged."""

from __future__ import annotations

import re

import pytest

from bluezone.look import GATE_COLOURS, LEVELS, static_folder

TOKENS = (static_folder() / "tokens.css").read_text("utf-8")
BASE = (static_folder() / "base.css").read_text("utf-8")
BLOCK = re.compile(r"^( *)(:root[^{]*?) \{\n(.*?)^\1\}", re.MULTILINE | re.DOTALL)
DECLARATION = re.compile(r"^ *(--[\w-]+): ([^;]+);", re.MULTILINE)
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|hwb|lab|lch|oklab|oklch|color)a?\(")
COLOUR_NAME = re.compile(
    r"(?:fill|stroke|color|background|border)[\w-]*(?:=\"|: *)(?:black|white|red|blue|green|gr[ae]y)\b"
)

READ = [
    *((words, ground) for words in ("ink", "muted", "blue", "deep") for ground in ("paper", "surface", "sky")),
    ("on-blue", "blue"),
    ("on-blue", "deep"),
    ("paper", "f0"),
    ("paper", "ink"),
    *((level, f"{level}-tint") for level in ("safe", "f2", "f1", "f0", "off")),
    *((words, f"{level}-tint") for level in ("safe", "f2", "f1", "f0", "off") for words in ("ink", "muted")),
    *((level, "paper") for level in ("safe", "f2", "f1", "f0", "off")),
]
"""What stands on what, as words: 4.5 to 1 (WCAG 2.2, 1.4.3)."""
SEEN = [("edge", "paper"), ("edge", "surface"), ("blue", "paper"), ("blue", "surface")]
"""Edges of fields and the ring of the focus: 3 to 1 (WCAG 2.2, 1.4.11)."""


def blocks() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for _, selector, body in BLOCK.findall(TOKENS):
        found.setdefault(selector, {}).update(DECLARATION.findall(body))
    return found


def theme(name: str) -> dict[str, str]:
    sheet = blocks()
    return sheet[":root"] | (sheet[':root[data-theme="dark"]'] if name == "dark" else {})


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_stand_out_from_their_ground(name: str) -> None:
    tokens = theme(name)
    ratios = {(words, ground): contrast(tokens[f"--{words}"], tokens[f"--{ground}"]) for words, ground in READ}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_edges_and_focus_can_be_seen(name: str) -> None:
    tokens = theme(name)
    ratios = {(line, ground): contrast(tokens[f"--{line}"], tokens[f"--{ground}"]) for line, ground in SEEN}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 3} == {}


def test_gate_digits_are_read_in_the_sun_and_pictures_have_two_tones() -> None:
    tokens = theme("light")
    for index in range(GATE_COLOURS):
        ground, ink, tone = (tokens[f"--gate-{index}{part}"] for part in ("", "-ink", "-tone"))
        assert contrast(ink, ground) >= 5.9, index
        assert contrast(tone, ground) >= 2, index
        assert contrast(tone, ink) >= 1.5, index


def test_gate_looks_the_same_in_both_themes() -> None:
    """Guard and visitor compare colours: their phones may be set to different themes."""
    dark = blocks()[':root[data-theme="dark"]']
    assert [name for name in dark if name.startswith(("--gate", "--qr"))] == []


def test_dark_is_one_theme_whether_chosen_or_asked_for_by_the_system() -> None:
    sheet = blocks()
    assert sheet[':root[data-theme="dark"]'] == sheet[':root:not([data-theme="light"])']


def test_dark_replaces_every_colour_that_depends_on_the_theme() -> None:
    themed = {name for name, value in theme("light").items() if COLOUR.search(value)}
    same = {name for name in themed if name.startswith(("--gate", "--qr"))}
    assert themed - same == {name for name, value in theme("dark").items() if COLOUR.search(value)} - same
    assert themed - same == set(blocks()[':root[data-theme="dark"]'])


def test_no_colour_is_named_outside_the_token_sheet() -> None:
    package = static_folder().parents[1]
    sheets = [path for path in package.rglob("*.css") if path != static_folder() / "tokens.css"]
    drawings = [*(package / "look" / "drawings").rglob("*.svg"), package / "look" / "shields.py"]
    named = [
        f"{path.name}: {match.group()}"
        for path in sheets + drawings
        for expression in (COLOUR, COLOUR_NAME)
        for match in expression.finditer(path.read_text("utf-8"))
    ]
    assert named == []


def test_every_token_that_is_used_is_defined() -> None:
    used = set(re.findall(r"var\((--[\w-]+)", BASE + TOKENS))
    defined = set(DECLARATION.findall(TOKENS)) | set(re.findall(r"(--[\w-]+): ([^;]+);", BASE))
    assert used - {name for name, _ in defined} == set()


def test_every_level_has_its_colours() -> None:
    named = set(re.findall(r'\[data-level="(\w+)"\]', BASE))
    assert named == set(LEVELS) - {"not_protecting"}
    assert "[data-level] { --level: var(--off); --tint: var(--off-tint); }" in BASE


def test_sheets_ask_for_nothing_from_elsewhere() -> None:
    links = re.findall(r"url\(\"([^\"]+)\"\)", BASE + TOKENS)
    assert links
    assert [link for link in links if not (static_folder() / link).is_file()] == []
    assert "@import" not in BASE + TOKENS
