import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.casework.tables import cases, contacts, persons
from bluezone.server.chain import records
from bluezone.server.chain.asked import Asked
from bluezone.server.chain.draw import Links
from bluezone.server.chain.errors import PictureReasonMissing
from bluezone.server.chain.records import Wanted, read_scene
from bluezone.server.chain.service import Format, Kind
from bluezone.server.chain.speech import Naming, Speech
from tests.server.casework.support import officer, outbreak

LINKS = Links(person=lambda one: f"/console/persons/{one}", opened=lambda one: one)
REASON = "Họp giao ban tại Sở Y tế"
BOTH = ["11950", "12280"]
"""A phường of thành phố Hưng Yên and a thị trấn of Kim Động."""


def read(core, account, **wanted):
    return core.database.read_now(lambda connection: read_scene(connection, account, Wanted(**wanted)))


def rows(core, *columns):
    return core.database.read_now(lambda connection: connection.execute(sa.select(*columns)).all())


def test_all_of_an_outbreak_in_reach_is_seen(core, chain, me):
    made = outbreak(core, ill=4)
    shown = read(core, me)
    assert set(shown.people) == {*made.ill, *made.others}
    assert len(shown.clusters()) == 1
    assert not shown.more


def test_of_people_beyond_reach_those_met_alone_are_seen_and_no_more_than_level_and_commune(core, chain):
    outbreak(core, ill=8, units=BOTH)
    near = officer(core, "323")
    shown = read(core, near)
    lives = dict(rows(core, persons.c.id, persons.c.unit))
    met = {frozenset(pair) for pair in rows(core, contacts.c.source, contacts.c.exposed)}
    own = {key for key, unit in lives.items() if unit == "11950"}
    beyond = {key for key, one in shown.people.items() if not one.reached}
    assert own <= set(shown.people)
    assert beyond
    assert all(any(frozenset((key, one)) in met for one in own) for key in beyond)
    for key in beyond:
        one = shown.people[key]
        assert (one.name, one.illness, one.household, one.exposed_last) == ("", None, None, None)
        assert one.place == "thị trấn Lương Bằng"


def test_a_neighbours_person_or_unit_is_as_one_that_is_not_there(core, chain, me):
    made = outbreak(core, ill=1, units=["12280"])
    for wanted in ({"around": made.ill[0]}, {"around": "f" * 32}, {"unit": "12280"}, {"unit": "99"}):
        with pytest.raises(AccessDenied):
            read(core, me, **wanted)


def test_a_cluster_is_followed_from_one_person_to_its_end(core, chain, me):
    first = outbreak(core, ill=3, seed="một")
    core.database.write_now(lambda c: c.execute(sa.update(cases).values(number=cases.c.number + 100)))
    second = outbreak(core, ill=3, seed="hai")
    shown = read(core, me, around=second.others[-1])
    assert set(shown.people) == {*second.ill, *second.others}
    assert not set(shown.people) & set(first.ill)


def test_days_choose_cases_by_onset_and_contacts_by_exposure(core, chain, me):
    outbreak(core, ill=10)
    day = date(2020, 7, 28)
    shown = read(core, me, first=day, last=day + timedelta(days=2))
    onsets = [one.illness.day for one in shown.people.values() if one.illness]
    assert onsets
    assert all(day <= onset <= day + timedelta(days=2) for onset in onsets)
    assert all(one.exposed_last >= day for one in shown.people.values() if one.level in {1, 2})


def test_depth_leaves_out_who_stands_further_from_a_case(core, chain, me):
    outbreak(core, ill=6)
    assert {one.level for one in read(core, me, depth=1).people.values()} == {0, 1}
    assert {one.level for one in read(core, me, depth=0).people.values()} == {0}


def test_more_people_than_a_picture_takes_leave_the_latest_cases(core, chain, me, monkeypatch):
    made = outbreak(core, ill=20)
    monkeypatch.setattr(records, "MOST_PEOPLE", 60)
    shown = read(core, me)
    assert shown.more
    assert len(shown.people) <= 60
    assert made.ill[-1] in shown.people
    assert made.ill[0] not in shown.people
    early = date(2020, 7, 25)
    assert made.ill[-1] not in read(core, me, first=early - timedelta(days=10), last=early).people


def draw(chain, account, kind=Kind.CHAIN, asked=None, language="vi"):
    return asyncio.run(chain.picture(account, kind, asked or Asked(), Speech(language), LINKS))


@pytest.mark.parametrize("kind", list(Kind))
def test_the_table_says_what_the_picture_shows(core, chain, me, kind):
    made = outbreak(core, ill=3)
    drawn = draw(chain, me, kind)
    assert {row.person.id for row in drawn.rows} == {*made.ill, *made.others}
    assert {row.source.id for row in drawn.rows if row.source} <= {*made.ill, *made.others}
    assert drawn.people == len(drawn.rows)


def test_what_is_folded_is_told(core, chain, me):
    outbreak(core, ill=20)
    drawn = draw(chain, me, asked=Asked.read([("detail", "counts")]), language="en")
    assert any("told by number alone" in note for note in drawn.notes)


def export(chain, account, *, naming=Naming.CODES, kept_as=Format.SVG, reason="", kind=Kind.CHAIN):
    return asyncio.run(chain.export(account, kind, Asked(), Speech("vi", naming), kept_as, reason))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_file_without_names_has_none(core, chain, me, kind):
    outbreak(core, ill=3)
    body = export(chain, me, kind=kind).decode()
    assert "BN900" in body
    names = [row.name for row in rows(core, persons.c.name)]
    assert not [name for name in names if name in body]


def test_names_leave_with_a_reason_alone(core, chain, me):
    outbreak(core, ill=1)
    with pytest.raises(PictureReasonMissing):
        export(chain, me, naming=Naming.NAMES, reason="  vì   thế ")
    body = export(chain, me, naming=Naming.NAMES, reason=REASON).decode()
    assert rows(core, persons.c.name)[0].name in body
    assert "Trần Thị Bàn · 03/08/2020 17:30" in body


def test_each_file_is_written_down(core, chain, me, audit):
    outbreak(core, ill=1)
    export(chain, me)
    export(chain, me, naming=Naming.NAMES, reason=REASON)
    entries = core.database.read_now(lambda connection: audit.entries(connection, ["/"]))
    assert [entry.event.action for entry in entries] == ["chain_exported"] * 2
    assert entries[1].event.detail["names"] == "no"
    assert entries[0].event.detail["reason"] == REASON
    assert entries[0].event.unit == "323"


def test_who_reaches_no_case_takes_no_picture(core, chain, me):
    with pytest.raises(AccessDenied):
        export(chain, replace(me, holdings=()))


@pytest.mark.parametrize("kind", list(Kind))
def test_a_png_is_made(core, chain, me, kind):
    outbreak(core, ill=3)
    assert export(chain, me, kept_as=Format.PNG, kind=kind).startswith(b"\x89PNG\r\n\x1a\n")


def test_nothing_at_all_is_drawn_too(core, chain, me):
    assert draw(chain, me).people == 0
    assert draw(chain, me, Kind.TIMELINE).people == 0
