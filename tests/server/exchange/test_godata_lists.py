"""What is fetched from Go.Data goes through the import page: workbooks that it reads, and an official who looks."""

from dataclasses import replace

import pytest

from bluezone.server.accounts.access import Action
from bluezone.server.casework.service import cases, contacts, persons, reachable
from bluezone.server.exchange.columns import ListKind
from bluezone.server.exchange.extract import Extract, Subject, Visit, read_extract
from bluezone.server.exchange.godata import known_to_both
from bluezone.server.exchange.godata_lists import lists
from tests.server.casework.support import outbreak
from tests.server.exchange.support import bring, count, finish, look
from tests.server.exchange.test_godata import UNITS


@pytest.fixture
def extract(core, exchange, me):
    outbreak(core, ill=4, exposed_each=3)
    found = read(core, me)
    contact = next(one.id for one in found.persons if one.level == 1)
    today = exchange.ground.today()
    return known_to_both(replace(found, visits=(Visit(contact, today, "seen", 36.6),)))


def read(core, account):
    return core.database.read_now(lambda c: read_extract(c, reachable(account, Action.WORK_CASES)))


def flaws(rows):
    return [(row.entry.name, flaw.code, flaw.value) for row in rows for flaw in row.entry.flaws]


def test_what_both_sides_have_is_found_to_be_the_same(exchange, me, play, extract):
    made = lists(extract, exchange.ground.now())
    assert set(made) == set(ListKind)

    async def story(exchange):
        for kind in (ListKind.CASES, ListKind.CONTACTS):
            rows = await look(exchange, await bring(exchange, me, kind, made[kind]))
            assert flaws(rows) == []
            assert len(rows) == len(extract.cases if kind is ListKind.CASES else extract.contacts)
            assert {str(row.verdict) for row in rows} == {"same"}
        (visit,) = await look(exchange, await bring(exchange, me, ListKind.FOLLOW_UPS, made[ListKind.FOLLOW_UPS]))
        assert visit.entry.visit.result == "seen"
        assert visit.entry.visit.temperature == 366

    play(story)


def people(extract):
    return sorted((one.name, one.born, one.phone, one.unit, one.level) for one in extract.persons)


def test_an_outbreak_of_another_desk_is_put_on_record_after_somebody_looked(core, exchange, me, play):
    outbreak(core, ill=3, exposed_each=2)
    before = known_to_both(read(core, me))
    made = lists(before, exchange.ground.now())
    core.database.write_now(lambda c: [c.execute(table.delete()) for table in (contacts, cases, persons)])

    async def story(exchange):
        for kind in (ListKind.CASES, ListKind.CONTACTS):
            done = await finish(exchange, me, await bring(exchange, me, kind, made[kind]))
            assert str(done.state) == "done"

    play(story)
    after = known_to_both(read(core, me))
    assert count(core, persons) == len(before.persons)
    assert people(after) == people(before)
    assert sorted(one.onset for one in after.cases) == sorted(one.onset for one in before.cases)
    assert len(after.contacts) == len(before.contacts)


def test_every_commune_is_read_back_as_itself(exchange, me, play):
    everywhere = tuple(
        Subject(f"{number:032x}", f"Nguyễn Văn A{number}", "m", 1980, "", code, "Thôn 1", "", 1, None, None, 0, 0)
        for number, code in enumerate(sorted(UNITS))
    )
    visits = tuple(Visit(one.id, exchange.ground.today(), "seen", None) for one in everywhere)
    (data,) = lists(Extract(everywhere, (), (), visits, UNITS, named=True), exchange.ground.now()).values()

    async def story(exchange):
        found = await bring(exchange, me, ListKind.FOLLOW_UPS, data)
        rows = []
        while page := await look(exchange, found, page=len(rows) // 50 + 1):
            rows += page
        places = {row.entry.name: row.entry.unit for row in rows}
        assert places == {one.name: one.unit for one in everywhere}

    play(story)


def test_nothing_fetched_makes_no_workbook():
    assert lists(Extract((), (), (), (), UNITS, named=True), 0.0) == {}
