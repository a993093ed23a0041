"""A poster carries its code large enough, says what it is and whom to ask, and computes nothing out of a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import segno
from cryptography.hazmat.primitives.asymmetric import ec

from bluezone.materials import CodeUnprintable, PaperTooSmall, PlacePoster, place_code_svg, place_poster, place_posters
from bluezone.materials.letters import SANS, printable
from bluezone.materials.moments import Language
from bluezone.materials.press import words
from bluezone.protocol.place import PlaceCode, PlaceKind, write_place_code
from tests.materials.papers import NASTY
from tests.materials.reader import read_pages, squeezed

KEY = ec.derive_private_key(20200804, ec.SECP256R1())
LONG = "Trung tâm Phục vụ hành chính công và Kiểm soát thủ tục hành chính tỉnh Hưng Yên"


def link_of(name: str) -> str:
    place = PlaceCode(
        name=name,
        address="Quang Trung, TP Hưng Yên",
        unit="11983",
        kind=PlaceKind.SCHOOL,
        valid_from=date(2020, 8, 4),
        valid_until=date(2020, 12, 31),
        default_stay_minutes=240,
        seed=bytes(range(16)),
        server_key=bytes(32),
        issued=date(2020, 8, 3),
    )
    return write_place_code(place, key=KEY, host="bluezone.hungyen.gov.vn")


POSTER = PlacePoster(
    name="Trường THPT Hưng Yên",
    zone="Nhà A, tầng 2",
    address="Quang Trung, TP Hưng Yên",
    unit="Phường Hiến Nam",
    short_id="7KQ2-9FXM",
    sheet_version=2,
    issued=date(2020, 8, 3),
    valid_until=date(2020, 12, 31),
    link=link_of("Trường THPT Hưng Yên"),
    host="bluezone.hungyen.gov.vn",
    hotline="1900 9095",
)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("vi", ["Mời quét mã khi đến đây", "Số tờ 7KQ2-9FXM", "bản 2", "cấp 3/8/2020", "dùng đến 31/12/2020"]),
        ("en", ["Please scan on arrival", "Sheet 7KQ2-9FXM", "version 2", "issued 3/8/2020", "good until 31/12/2020"]),
    ],
)
@pytest.mark.parametrize("paper", ["a4", "a5"])
def test_a_poster_says_everything_once(language: Language, sentences: list[str], paper) -> None:
    (page,) = read_pages(place_poster(POSTER, language=language, paper=paper))
    told = [*sentences, POSTER.name, POSTER.zone, POSTER.address, POSTER.unit, "1900 9095", f"{POSTER.host}/p"]
    assert [page.text.count(squeezed(sentence)) for sentence in told] == [1] * len(told)
    assert page.overlaps() == []
    assert (round(page.width), round(page.height)) == ((595, 842) if paper == "a4" else (420, 595))


def test_headlines_have_nine_words_at_most() -> None:
    assert all(len(said["headline"].split()) <= 9 for said in words("place_poster").values())


def test_a_sheet_without_an_end_says_so() -> None:
    (page,) = read_pages(place_poster(replace(POSTER, valid_until=None), language="vi"))
    assert squeezed("không định ngày hết hạn") in page.text


@pytest.mark.parametrize(("name", "level"), [("Chợ Phố Hiến", "q"), (LONG, "m")])
def test_the_code_holds_the_link_at_the_level_that_scans_from_two_metres(name: str, level: str) -> None:
    link = link_of(name)
    drawn = segno.make_qr(link, error=level, boost_error=False)
    assert int(drawn.version) <= 15
    path = drawn.svg_inline(border=4).split(' d="')[1].split('"')[0]
    assert path in place_code_svg(link)


def test_every_poster_has_a_page() -> None:
    posters = [replace(POSTER, name=f"Cửa hàng số {number}") for number in range(30)]
    pages = read_pages(place_posters(posters, language="vi"))
    assert [squeezed(f"Cửa hàng số {number}") in page.text for number, page in enumerate(pages)] == [True] * 30


@pytest.mark.parametrize("text", NASTY)
def test_nasty_names_are_printed_as_they_are(text: str) -> None:
    (page,) = read_pages(place_poster(replace(POSTER, name=text, zone="", address=text), language="vi"))
    assert squeezed(printable(text, SANS)) in page.text
    assert page.overlaps() == []


def test_what_does_not_fit_is_named_and_refused() -> None:
    with pytest.raises(PaperTooSmall, match="the place's name"):
        place_poster(replace(POSTER, name="Trung tâm " * 90), language="vi")
    with pytest.raises(CodeUnprintable):
        place_poster(replace(POSTER, link="a" * 901), language="vi")
