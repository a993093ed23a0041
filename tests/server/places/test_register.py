"""The register: who may, what a sheet says, and when it gets a new version."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.protocol import VerificationKey
from bluezone.protocol.place import PlaceKind, read_place_code
from bluezone.protocol.scan_errors import PlaceCodeUntrusted
from bluezone.server.accounts.access import Role
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.places import register
from bluezone.server.places.errors import PlaceChanged, PlaceInvalid, PlaceWithdrawn
from bluezone.server.places.register import PlaceData
from tests.server.casework.support import officer
from tests.server.places.support import NEIGHBOUR, SCHOOL, UNIT, add, change, look

HOST = "bluezone.hungyen.gov.vn"


def key_of(places):
    signer = places.signer
    return VerificationKey(signer.private_key.public_key(), signer.key_id, signer.key_version)


def test_a_place_has_a_code_that_phones_of_the_province_believe(core, places, head):
    place = add(core, places, head)
    (sheet,) = place.current
    link = places.link(sheet, HOST)
    read = read_place_code(link, keys=[key_of(places)])
    assert (read.name, read.address, read.unit, read.kind) == (SCHOOL.name, SCHOOL.address, UNIT, PlaceKind.SCHOOL)
    assert (read.default_stay_minutes, read.sheet_version, read.short_id) == (240, 1, sheet.short_id)
    assert (read.valid_from, read.valid_until, read.issued) == (date(2020, 8, 3), date(2020, 12, 31), date(2020, 8, 3))
    with pytest.raises(PlaceCodeUntrusted):
        read_place_code(link.replace(HOST, "bluezone.example"), keys=[key_of(places)])


def test_each_zone_has_a_code_and_a_seed_of_its_own(core, places, head):
    place = add(core, places, head, replace(SCHOOL, zones=("Nhà A", "Căng tin", "Nhà A", " ")))
    assert [sheet.zone for sheet in place.current] == ["Căng tin", "Nhà A"]
    assert [sheet.code.name for sheet in place.current] == [f"{SCHOOL.name} · {zone}" for zone in ("Căng tin", "Nhà A")]
    assert len({sheet.code.seed for sheet in place.current}) == 2
    assert len({sheet.short_id for sheet in place.current}) == 2


def test_a_change_makes_new_versions_where_the_sheet_says_something_else(core, places, head):
    place = add(core, places, head, replace(SCHOOL, zones=("Nhà A", "Căng tin")))
    wider = replace(SCHOOL, zones=("Nhà A", "Căng tin", "Thư viện"))
    assert change(core, places, head, place.row.id, 1, wider) == ["Thư viện"]
    moved = replace(wider, address="Chu Mạnh Trinh, TP Hưng Yên", zones=("Nhà A", "Thư viện"))
    assert change(core, places, head, place.row.id, 2, moved) == ["Nhà A", "Thư viện"]
    after = look(core, head, place.row.id)
    assert {(sheet.zone, sheet.number) for sheet in after.current} == {("Nhà A", 2), ("Thư viện", 2)}
    assert len(after.sheets) == 5
    old = next(sheet for sheet in after.sheets if sheet.zone == "Nhà A" and sheet.number == 1)
    assert read_place_code(places.link(old, HOST), keys=[key_of(places)]).address == SCHOOL.address


def test_a_door_that_comes_back_goes_on_counting(core, places, head):
    place = add(core, places, head, replace(SCHOOL, zones=("Nhà A",)))
    change(core, places, head, place.row.id, 1, SCHOOL)
    change(core, places, head, place.row.id, 2, replace(SCHOOL, zones=("Nhà A",)))
    assert [(sheet.zone, sheet.number) for sheet in look(core, head, place.row.id).current] == [("Nhà A", 2)]


def test_nothing_is_lost_when_two_change_at_once(core, places, head):
    place = add(core, places, head)
    change(core, places, head, place.row.id, 1, replace(SCHOOL, stay_minutes=30))
    with pytest.raises(PlaceChanged):
        change(core, places, head, place.row.id, 1, replace(SCHOOL, stay_minutes=90))
    assert look(core, head, place.row.id).row.stay_minutes == 30


def test_a_withdrawn_place_gives_out_no_sheet_and_stays_as_it_is(core, places, head):
    place = add(core, places, head)
    core.database.write_now(lambda c: register.withdraw_place(places.ground, c, head, place.row.id, 1))
    after = look(core, head, place.row.id)
    assert after.current == []
    assert len(after.sheets) == 1
    with pytest.raises(PlaceWithdrawn):
        change(core, places, head, place.row.id, 2, SCHOOL)


@pytest.mark.parametrize("role", list(Role))
def test_who_may_register_and_who_may_see(core, places, head, role):
    place = add(core, places, head)
    account = officer(core, role=role)
    if role in {Role.OPERATOR, Role.DEPARTMENT, Role.MANAGER}:
        assert add(core, places, account)
    else:
        with pytest.raises(AccessDenied):
            add(core, places, account)
    if role is Role.VIEWER:
        with pytest.raises(AccessDenied):
            look(core, account, place.row.id)
    else:
        assert look(core, account, place.row.id).row.name == SCHOOL.name


def test_a_neighbours_place_does_not_exist(core, places, head):
    there = officer(core, "331", Role.MANAGER, account="c" * 32)
    theirs = add(core, places, there, replace(SCHOOL, unit=NEIGHBOUR))
    for place in (theirs.row.id, "0" * 32, "x\0"):
        with pytest.raises(AccessDenied):
            look(core, head, place)
        with pytest.raises(AccessDenied):
            change(core, places, head, place, 1, SCHOOL)
    with pytest.raises(AccessDenied):
        add(core, places, head, replace(SCHOOL, unit=NEIGHBOUR))
    assert core.database.read_now(lambda c: register.list_places(c, head)) == ([], 0)


def test_places_are_found_without_marks_and_by_the_number_of_a_sheet(core, places, head):
    place = add(core, places, head)
    add(core, places, head, replace(SCHOOL, name="Chợ Phố Hiến", kind=PlaceKind.MARKET))

    def found(text):
        listed, total = core.database.read_now(lambda c: register.list_places(c, head, text))
        assert total == len(listed)
        return [one.row.name for one in listed]

    assert found("truong hung yen") == [SCHOOL.name]
    assert found(place.current[0].short_id.lower()) == [SCHOOL.name]
    assert found("pho hien") == ["Chợ Phố Hiến"]
    assert len(found("")) == 2
    assert found("khong co") == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "A"}, "name"),
        ({"name": "Ộ" * 90}, "name"),
        ({"name": "Trường " * 14, "zones": ("Nhà A",)}, "zones"),
        ({"unit": "99999"}, "unit"),
        ({"kind": 99}, "kind"),
        ({"stay_minutes": 0}, "stay"),
        ({"stay_minutes": 1441}, "stay"),
        ({"address": "Ộ" * 90}, "address"),
        ({"valid_until": date(2020, 8, 2)}, "valid_until"),
        ({"zones": tuple(f"Cửa {n}" for n in range(61))}, "zones"),
    ],
)
def test_what_no_sheet_can_say_is_refused_at_its_field(core, places, head, changed, field):
    with pytest.raises(PlaceInvalid) as refused:
        add(core, places, head, replace(SCHOOL, **changed))
    assert field in refused.value.faults


TEXTS = st.text(max_size=120)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS, TEXTS, st.lists(TEXTS, max_size=3), st.integers(-5, 2000), st.integers(-2, 20))
def test_any_text_is_kept_as_a_readable_code_or_refused(core, places, name, address, zones, stay, kind):
    """What is let through can always be put on a sheet: `code_of` raises nothing."""
    data = PlaceData(name.replace("\0", ""), UNIT, kind, address.replace("\0", ""), stay, zones=tuple(zones))

    def check(connection):
        try:
            return register.checked_place(connection, data, date(2020, 8, 3))
        except PlaceInvalid:
            return None

    kept = core.database.read_now(check)
    for zone in (kept.zones or ("",)) if kept else ():
        code = register.code_of(kept, zone, seed=bytes(16), server_key=bytes(32), issued=date(2020, 8, 3), number=1)
        assert code.short_id
