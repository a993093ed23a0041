"""Communes out of what lists say about where people live."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.exchange.places import Places, PlaceUnclear
from bluezone.server.units.service import Unit, every_unit
from tests.server.casework.support import plant_province


@pytest.fixture
def places(core):
    plant_province(core)
    return Places(core.database.read_now(every_unit))


@pytest.mark.parametrize(
    ("told", "unit", "rest"),
    [
        (("xã Liên Phương", "", "", "Thôn 3"), "11974", "Thôn 3"),
        (("Liên Phương", "TP Hưng Yên", "", ""), "11974", ""),
        (("", "", "", "Thôn 3, xã Liên Phương, TP Hưng Yên, tỉnh Hưng Yên"), "11974", "Thôn 3"),
        (("", "", "", "Số 5 ngõ 2 - X. Liên Phương - Tp. Hưng Yên"), "11974", "Số 5 ngõ 2"),
        (("", "", "", "P. Lam Sơn"), "11950", ""),
        (("11950", "", "", "tổ 4"), "11950", "tổ 4"),
        (("", "", "", "Thôn 3, huyện Kim Động"), "331", "Thôn 3, huyện Kim Động"),
        (("", "", "", "Thôn 3"), "", "Thôn 3"),
    ],
)
def test_a_commune_is_found_in_its_column_or_in_the_address(places, told, unit, rest):
    found = places.find(*told)
    title = places.title(unit) if unit else ""
    assert (places.title(found[0]) if found[0] else "", found[1]) == (title, rest)


@pytest.mark.parametrize("told", [("xã Không Có", "", "", ""), ("", "", "", "Thôn 1, xã Không Có, huyện Kim Động")])
def test_a_commune_that_there_is_not_is_said_so_and_not_guessed(places, told):
    with pytest.raises(PlaceUnclear) as unclear:
        places.find(*told)
    assert unclear.value.fault == "unit_unknown"


def test_communes_of_one_name_are_told_apart_by_their_district_alone():
    tree = [("33", "tỉnh", "Hưng Yên", None), ("331", "huyện", "Kim Động", "33"), ("337", "huyện", "Tiên Lữ", "33")]
    tree += [("1", "xã", "Tân Hưng", "331"), ("2", "xã", "Tân Hưng", "337")]
    paths = {"33": "/33/", "331": "/33/331/", "337": "/33/337/", "1": "/33/331/1/", "2": "/33/337/2/"}
    places = Places(Unit(code, kind, name, parent, paths[code], date(2020, 8, 1)) for code, kind, name, parent in tree)
    with pytest.raises(PlaceUnclear) as unclear:
        places.find("xã Tân Hưng", "", "", "")
    assert unclear.value.fault == "unit_ambiguous"
    assert places.find("", "", "", "Thôn 1, xã Tân Hưng, huyện Tiên Lữ") == ("2", "Thôn 1")
    assert places.find("Tân Hưng", "Kim Động", "", "Thôn 1") == ("1", "Thôn 1")


def test_nothing_that_is_typed_breaks_the_search(core):
    plant_province(core)
    places = Places(core.database.read_now(every_unit))
    text = st.text(max_size=60) | st.sampled_from(["xã Liên Phương", "TP", "X.", ",,", "- -", "huyện Kim Động"])

    @given(text, text, text, st.lists(text, max_size=4).map(", ".join))
    def find(commune, district, province, address):
        with contextlib.suppress(PlaceUnclear):
            assert places.find(commune, district, province, address)[0] in {"", *places.units}

    find()
