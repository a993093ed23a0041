"""Icons, shields, gate pictures and scenes: well-formed, different from one another, safe to put into a page."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup

from bluezone.look import (
    GATE_COLOURS,
    GATE_PICTURES,
    LEVELS,
    SCENES,
    IconUnknown,
    PictureUnknown,
    drawing,
    gate_colour_name,
    gate_picture,
    gate_picture_name,
    icon,
    icon_names,
    shield,
)
from bluezone.look.gate import Language
from bluezone.phone import StatusLevel

SHAPES = {"svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline"}
LANGUAGES: tuple[Language, ...] = ("vi", "en")


def everything() -> Iterator[Markup]:
    yield from map(icon, icon_names())
    yield from map(shield, LEVELS)
    yield from map(gate_picture, range(GATE_PICTURES))
    yield from map(drawing, SCENES)


def test_drawings_are_shapes_and_nothing_else() -> None:
    """The pages' policy forbids inline styles and scripts, so drawings carry neither."""
    for markup in everything():
        for element in ET.fromstring(markup).iter():
            assert element.tag in SHAPES
            names = set(element.attrib)
            assert not names & {"style", "id", "href", "class"} or element.tag == "svg"
            assert not any(name.startswith("on") for name in names)


def test_every_drawing_is_different() -> None:
    drawings = list(everything())
    assert len(set(drawings)) == len(drawings)


def test_decoration_is_hidden_from_screen_readers_and_a_name_is_spoken() -> None:
    for plain, named in (
        (icon("bell"), icon("bell", "Thông báo")),
        (shield("safe"), shield("safe", "Thông báo")),
        (gate_picture(0), gate_picture(0, "Thông báo")),
        (drawing("meeting"), drawing("meeting", "Thông báo")),
    ):
        assert ET.fromstring(plain).attrib["aria-hidden"] == "true"
        assert ET.fromstring(named).attrib["role"] == "img"
        assert ET.fromstring(named).attrib["aria-label"] == "Thông báo"


def test_name_cannot_break_out_of_its_attribute() -> None:
    label = '"><script>alert(1)</script>'
    assert ET.fromstring(icon("bell", label)).attrib["aria-label"] == label


def test_every_level_of_a_phone_has_a_shield() -> None:
    assert set(LEVELS) == {level.value for level in StatusLevel}


def test_gate_has_the_pictures_and_colours_that_a_glance_can_carry() -> None:
    assert (GATE_PICTURES, GATE_COLOURS) == (32, 8)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_pictures_or_colours_share_a_name(language: Language) -> None:
    assert len({gate_picture_name(index, language) for index in range(GATE_PICTURES)}) == GATE_PICTURES
    assert len({gate_colour_name(index, language) for index in range(GATE_COLOURS)}) == GATE_COLOURS


def test_pictures_have_two_tones() -> None:
    """One tone alone would be lost on a screen in the sun."""
    for index in range(GATE_PICTURES):
        assert "currentColor" in gate_picture(index)
        assert "var(--tone)" in gate_picture(index), gate_picture_name(index, "en")


def test_what_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(IconUnknown, match=r"vendor-icons\.txt"):
        icon("unicorn")
    for ask in (
        lambda: shield("f3"),
        lambda: gate_picture(32),
        lambda: gate_picture(-1),
        lambda: gate_picture_name(32, "vi"),
        lambda: gate_colour_name(8, "en"),
        lambda: drawing("dragon"),  # type: ignore[arg-type]
    ):
        with pytest.raises(PictureUnknown, match=r"there are|numbered|levels are"):
            ask()
