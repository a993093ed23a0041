"""What lists and searches find, and for whom."""

import asyncio
from datetime import timedelta

import pytest

from bluezone.server.casework.lists import PAGE, CaseFilter, Order, State, list_cases, search_people
from bluezone.server.casework.service import (
    CaseData,
    ContactData,
    PersonData,
    add_contact,
    add_person,
    assign_officer,
    report_case,
)
from bluezone.server.names import sort_key
from tests.server.accounts.support import join
from tests.server.casework.support import officer, outbreak


@pytest.fixture
def listed(core, casework, me):
    """The names on the list that a filter gives, and of people without a case."""

    def look(account=me, **chosen):
        ground = casework.ground
        found = core.database.read_now(
            lambda c: list_cases(c, account, CaseFilter(**chosen), ground.today(), ground.now())
        )
        return [one.case.name for one in found.cases], [row.name for row, _unit in found.people]

    return look


@pytest.fixture
def people(core, casework, me):
    """Mai is a case and has met Bình."""

    def write(connection):
        ground = casework.ground
        day = ground.today() - timedelta(days=2)
        mai, binh, far = [
            add_person(ground, connection, unit, PersonData(name=name, unit=unit, phone=phone))
            for name, unit, phone in (
                ("Nguyễn Thị Mai", "11974", "0912345678"),
                ("Trần Văn Bình", "11950", "0987654321"),
                ("Đặng Nguyễn Xa", "12280", ""),
            )
        ]
        report_case(ground, connection, me, mai, CaseData("confirmed", onset=day, reference="BN1046"))
        report_case(ground, connection, officer(core, "33"), far, CaseData("suspected"))
        add_contact(ground, connection, me, mai, binh, ContactData(day, day, "close", "interview"))
        return mai, binh, far

    return core.database.write_now(write)


def test_search_finds_cases_and_people_without_marks(listed, people):
    assert listed(q="nguyen mai") == (["Nguyễn Thị Mai"], [])
    assert listed(q="MAI nguyễn") == (["Nguyễn Thị Mai"], [])
    assert listed(q="bn1046") == (["Nguyễn Thị Mai"], [])
    assert listed(q="#1") == (["Nguyễn Thị Mai"], [])
    assert listed(q="0912345") == (["Nguyễn Thị Mai"], [])
    assert listed(q="tran binh") == ([], ["Trần Văn Bình"])
    assert listed(q="54321") == ([], ["Trần Văn Bình"])
    assert listed(q="100%") == listed(q="_") == listed(q="binh\0xyz") == ([], [])


def test_nobody_out_of_reach_is_found(core, listed, people):
    assert listed(q="dang") == ([], [])
    assert listed(account=officer(core, "33"), q="dang") == (["Đặng Nguyễn Xa"], [])
    assert listed(account=officer(core, "11950"), q="nguyen") == ([], [])
    assert listed(account=officer(core, "11950"), q="binh") == ([], ["Trần Văn Bình"])


def test_filters_leave_what_they_say(core, casework, listed, people):
    assert listed()[0] == ["Nguyễn Thị Mai"]
    assert listed(unit="11974")[0] == ["Nguyễn Thị Mai"]
    assert listed(unit="11950")[0] == listed(unit="nowhere")[0] == listed(state=State.CLOSED)[0] == []
    assert listed(mine=True)[0] == []
    core.clock.advance(86400 + 1)
    assert listed(days=1)[0] == []
    assert listed(days=7)[0] == ["Nguyễn Thị Mai"]


def test_pages_hold_every_case_once_in_every_order(core, casework, me):
    outbreak(core, ill=PAGE + 7, exposed_each=1)
    ground = casework.ground

    def look(order, page):
        chosen = CaseFilter(order=order, page=page)
        return core.database.read_now(lambda c: list_cases(c, me, chosen, ground.today(), ground.now()))

    for order in Order:
        pages = [look(order, page) for page in (1, 2, 3)]
        assert [len(page.cases) for page in pages] == [PAGE, 7, 0]
        assert {page.total for page in pages} == {PAGE + 7}
        assert len({one.case.id for page in pages for one in page.cases}) == PAGE + 7
    given = list(dict.fromkeys(one.case.name.split()[-1] for one in look(Order.NAME, 1).cases))
    assert given == sorted(given, key=sort_key)


def test_the_list_counts_contacts_and_who_of_them_is_followed(core, casework, me, people):
    ground = casework.ground

    def counts():
        found = core.database.read_now(lambda c: list_cases(c, me, CaseFilter(), ground.today(), ground.now()))
        return [(one.known, one.followed) for one in found.cases]

    assert counts() == [(1, 1)]
    core.clock.advance(20 * 86400)
    assert counts() == [(1, 0)]


def test_search_of_people_says_when_there_are_more(core, casework, me):
    outbreak(core, ill=3, exposed_each=6)
    rows, more = core.database.read_now(lambda c: search_people(c, me, "0", most=5))
    assert (len(rows), more) == (5, True)
    assert [row.sort_key for row in rows] == sorted(row.sort_key for row in rows)


def test_officers_find_what_is_theirs(core, casework, me, people, accounts):
    mai, *_ = people

    async def story():
        return (await (await join(accounts, "an", "health_officer", "323")).session()).account

    an = asyncio.run(story())
    core.database.write_now(lambda c: assign_officer(casework.ground, c, me, [mai], an.id))
    found = core.database.read_now(
        lambda c: list_cases(c, an, CaseFilter(mine=True), casework.ground.today(), casework.ground.now())
    )
    assert [one.case.officer_name for one in found.cases] == ["Nguyễn Thị An"]
