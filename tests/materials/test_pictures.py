"""Drawings become files; what is no drawing, or reaches outside, is refused."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bluezone.look import LEVELS, shield
from bluezone.materials import PictureRefused, svg_to_pdf, svg_to_png
from bluezone.materials.colours import colours, standalone, with_colours
from tests.materials.reader import read_pages

XMLNS = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'


def drawing(inside: str, size: str = 'viewBox="0 0 200 100"') -> str:
    return f"<svg {XMLNS} {size}>{inside}</svg>"


def png(svg: str, width: int) -> Image.Image:
    return Image.open(io.BytesIO(svg_to_png(svg, width=width)))


def test_a_picture_has_the_width_that_was_asked_for_and_the_look_s_colours() -> None:
    picture = png(drawing('<rect width="200" height="100" fill="var(--f1)"/>'), 400)
    assert picture.size == (400, 200)
    red, green, blue = (int(colours()["f1"][at : at + 2], 16) for at in (1, 3, 5))
    assert picture.convert("RGB").getpixel((200, 100)) == (red, green, blue)


def test_names_are_text_in_our_font() -> None:
    svg = drawing('<text x="10" y="50" font-size="12">Nguyễn Thị Ễnh 漢</text>')
    data = svg_to_pdf(svg, width=200, title="Chuỗi", language="vi", made_at=0)
    (page,) = read_pages(data)
    assert (page.width, page.height) == (200, 100)
    assert b"BeVietnamPro" in data


@pytest.mark.parametrize("level", LEVELS)
def test_every_shield_can_be_printed(level: str) -> None:
    svg = with_colours(standalone(shield(level)), tint=colours()["paper"], current=colours()["f0"])
    assert "var(" not in svg
    assert png(svg, 48).size == (48, 48)


BOMB = "".join(f'<g id="a{n}">' + f'<use href="#a{n + 1}"/>' * 10 + "</g>" for n in range(9)) + '<g id="a9"><path/></g>'


@pytest.mark.parametrize(
    "svg",
    [
        "",
        "not a drawing",
        "<svg/>",
        "<html xmlns='http://www.w3.org/1999/xhtml'/>",
        f"<!DOCTYPE svg [<!ENTITY a 'b'>]>{drawing('<text>&a;</text>')}",
        f"<!DOCTYPE svg SYSTEM 'file:///etc/passwd'>{drawing('')}",
        drawing('<image href="file:///etc/passwd"/>'),
        drawing('<image href="data:image/png;base64,AAAA"/>'),
        drawing("<script>1</script>"),
        drawing("<foreignObject/>"),
        drawing('<filter id="a"/>'),
        drawing('<use href="other.svg#a"/>'),
        drawing('<use xlink:href="https://example/a.svg#a"/>'),
        drawing("<rect style=\"fill: url('https://example/a')\"/>"),
        drawing("<style>@import 'https://example/a.css';</style>"),
        drawing("<style>rect { fill: url(a.svg#b) }</style>"),
        drawing("", ""),
        drawing("", 'viewBox="0 0 0 10"'),
        drawing("", 'viewBox="0 0 nan inf"'),
        drawing("", 'viewBox="0 0 1 999999"'),
        drawing("<g/>" * 100_001),
        drawing(BOMB),
        drawing('<g id="a"><use href="#a"/></g>'),
        drawing("<path d='M0 0" + " 1" * 3_000_000 + "'/>"),
        drawing("<g>" * 2_000 + "</g>" * 2_000),
        "\ud800",
    ],
    ids=range(26),
)
def test_what_is_no_plain_drawing_is_refused(svg: str) -> None:
    with pytest.raises(PictureRefused):
        svg_to_png(svg, width=100)


@pytest.mark.parametrize("width", [0, -1, 14_001, 12_000])
def test_no_picture_is_larger_than_memory_bears(width: int) -> None:
    with pytest.raises(PictureRefused):
        svg_to_png(drawing(""), width=width)


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>/svgtextrect=\"'# &;:{}()a1 \n"))
def test_any_text_inside_is_drawn_or_refused(inside: str) -> None:
    try:
        size = png(drawing(inside), 20).size
    except PictureRefused:
        return
    assert size == (20, 10)
