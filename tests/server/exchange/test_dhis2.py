"""A week's figures go to DHIS2: counted as a second reading of the records counts them, sent over real HTTP."""

import asyncio
import contextlib
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bluezone.clock import FixedClock
from bluezone.server.casework.service import Level, cases, persons
from bluezone.server.errors import SettingsInvalid
from bluezone.server.exchange.dhis2 import NAMES, Element, Week, data_values, metadata, uid, weekly
from bluezone.server.exchange.dhis2_api import Dhis2, Imported
from bluezone.server.exchange.link_errors import (
    LinkAnswerStrange,
    LinkNotSet,
    LinkRefused,
    LinkUnavailable,
    WeekUnknown,
)
from bluezone.server.followup.service import due, followups
from bluezone.server.language import VIETNAM
from bluezone.server.link_settings import Dhis2Settings
from tests.server.casework.support import outbreak, plant_province
from tests.server.exchange.dhis2d import PASSWORD, USER, Dhis2Server, serving
from tests.server.exchange.httpd import answering
from tests.server.exchange.test_godata import UNITS

WEEK = Week(2020, 31)
ALL = (Level.F1, Level.F2)


@pytest.fixture
def server():
    with serving(Dhis2Server()) as server:
        yield server


@pytest.fixture
def ask(server, tmp_path):
    """Calls `do(api)` with the server's own settings."""

    def ask(do, **changes):
        async def run():
            async with Dhis2(server.settings(tmp_path, **changes), clock=FixedClock(0)) as api:
                return await do(api)

        return asyncio.run(run())

    return ask


@pytest.fixture
def ready(server, ask):
    """The server, after our metadata was imported."""
    assert ask(lambda api: api.send_metadata(metadata(UNITS.values()), dry_run=False)).conflicts == ()
    return server


@pytest.fixture
def figures(core):
    plant_province(core)
    outbreak(core, ill=12, exposed_each=5)
    now = int(core.clock.now())
    some = core.database.read_now(
        lambda c: c.execute(sa.select(persons.c.id).where(persons.c.level == 1).order_by(persons.c.id)).scalars().all()
    )
    results = ["seen", "no_answer", "symptoms", "lost", "done", "tested", "handed_over"]
    rows = [
        {
            "person": person,
            "day": date(2020, 7, 26) + timedelta(days=day),
            "result": results[(number + day) % len(results)],
            "temperature": None,
            "note": "",
            "by": "",
            "at": now,
            "source": "screen",
            "version": 1,
            "corrects": None,
        }
        for number, person in enumerate(some)
        for day in range(9)
    ]

    def write(connection):
        connection.execute(sa.insert(followups), rows)
        traced = cases.c.reported_at + 3600
        connection.execute(sa.update(cases).where(cases.c.number % 2 == 0).values(traced_at=traced))
        connection.execute(sa.update(cases).where(cases.c.number == 4).values(status="discarded"))

    core.database.write_now(write)
    return core.database.read_now(lambda c: weekly(c, "/33/", WEEK, ALL, now))


def total(figures, element):
    return sum(counts[element] for counts in figures.values())


def test_figures_are_what_a_second_reading_of_the_records_counts(core, figures):
    days = WEEK.days

    def day_of(moment):
        return datetime.fromtimestamp(moment, VIETNAM).date()

    def read(connection):
        every = sa.select(cases, persons.c.unit).join(persons, persons.c.id == cases.c.person)
        ill = [row for row in connection.execute(every) if row.status in {"confirmed", "clinical"}]
        people = connection.execute(sa.select(persons)).all()
        visits = connection.execute(sa.select(followups)).all()
        listed = {day: set(connection.execute(sa.select(persons.c.id).where(due(day, ALL))).scalars()) for day in days}
        return ill, people, visits, listed

    ill, people, visits, listed = core.database.read_now(read)
    new = [row for row in ill if day_of(row.reported_at) in days]
    over = [row for row in ill if day_of(row.reported_at + 86400) in days]
    assert total(figures, Element.CASES_NEW) == len(new) > 0
    assert total(figures, Element.CASES_KNOWN) == sum(row.known_contact for row in new) > 0
    assert total(figures, Element.CASES_DUE_24H) == len(over) > 0
    traced = [row for row in over if row.traced_at is not None]
    assert 0 < total(figures, Element.CASES_TRACED_24H) == len(traced) < len(over)
    for element, level in ((Element.F1_NEW, 1), (Element.F2_NEW, 2)):
        assert total(figures, element) == sum(row.level == level and day_of(row.created_at) in days for row in people)
    within = [row for row in visits if row.day in days]
    seen = [row for row in within if row.result in {"seen", "symptoms", "tested", "done"}]
    assert total(figures, Element.DAYS_SEEN) == len(seen) > 0
    assert total(figures, Element.SYMPTOMS) == sum(row.result == "symptoms" for row in within) > 0
    assert total(figures, Element.LOST) == sum(row.result == "lost" for row in within) > 0
    asked = {(row.person, row.day) for row in within} | {(one, day) for day, some in listed.items() for one in some}
    assert total(figures, Element.DAYS_DUE) == len(asked) >= len(seen)
    for row in new:
        assert figures[row.unit][Element.CASES_NEW] > 0


def test_contacts_count_in_the_week_in_which_they_were_registered(core, figures):
    now = int(core.clock.now())
    found = core.database.read_now(lambda c: weekly(c, "/33/", Week(2020, 32), ALL, now))
    levels = core.database.read_now(lambda c: c.execute(sa.select(persons.c.level)).scalars().all())
    assert (total(found, Element.F1_NEW), total(found, Element.F2_NEW)) == (levels.count(1), levels.count(2))
    assert total(figures, Element.F1_NEW) == 0


def test_every_unit_has_every_element_so_that_what_is_taken_back_goes(figures):
    assert set(figures) == set(UNITS)
    assert all(list(counts) == list(Element) for counts in figures.values())
    assert len(data_values(figures, WEEK)) == len(UNITS) * len(Element)


def test_days_to_come_count_nothing(core, figures):
    now = int(core.clock.now())
    later = core.database.read_now(lambda c: weekly(c, "/33/", Week(2020, 40), ALL, now))
    assert {count for counts in later.values() for count in counts.values()} == {0}


def test_only_units_at_or_below_the_root_are_counted(core, figures):
    now = int(core.clock.now())
    few = core.database.read_now(lambda c: weekly(c, "/33/323/", WEEK, ALL, now))
    assert set(few) == {code for code, unit in UNITS.items() if unit.path.startswith("/33/323/")}
    assert all(few[code] == figures[code] for code in few)


def test_a_week_is_sent_and_sent_again(ready, ask, figures):
    values = data_values(figures, WEEK)
    assert len(values) > 1000
    first = ask(lambda api: api.send_values(values, dry_run=False))
    assert first == Imported(len(values), 0, 0)
    assert ready.calls["POST /api/dataValueSets"] == 2
    held = dict(ready.values)
    again = ask(lambda api: api.send_values(values, dry_run=False))
    assert again == Imported(0, len(values), 0)
    assert ready.values == held
    commune = next(code for code, counts in figures.items() if counts[Element.CASES_NEW])
    assert held["BZ_CASES_NEW", "2020W31", commune] == str(figures[commune][Element.CASES_NEW])


def test_a_dry_run_changes_nothing_there(server, ask, figures):
    metadata_seen = ask(lambda api: api.send_metadata(metadata(UNITS.values()), dry_run=True))
    assert metadata_seen.created == len(UNITS) + len(Element) + 1
    assert server.objects["organisationUnits"] == {}
    ask(lambda api: api.send_metadata(metadata(UNITS.values()), dry_run=False))
    ask(lambda api: api.send_values(data_values(figures, WEEK), dry_run=True))
    assert server.values == {}


@pytest.mark.parametrize("bare", [False, True])
def test_each_conflict_is_one_sentence_and_the_rest_is_taken(ready, ask, bare):
    ready.bare = bare
    good = {"dataElement": "BZ_CASES_NEW", "period": "2020W31", "orgUnit": "11950", "value": "1"}
    bad = [good | {"orgUnit": "99999"}, good | {"dataElement": "BZ_X"}, good | {"period": "2020W05"}]
    done = ask(lambda api: api.send_values([good, *bad, bad[0]], dry_run=False))
    assert (done + done).conflicts == done.conflicts
    assert (done.created, done.updated, done.ignored) == (1, 0, 4)
    assert done.conflicts == (
        "Organisation unit not found or not accessible: `99999` (E7612).",
        "Data element not found or not accessible: `BZ_X` (E7610).",
        "Period not valid: `2020W05` (E7611).",
    )


def test_units_that_are_there_under_other_identifiers_are_used_as_they_are(server, ask):
    made = metadata([UNITS["33"]])["organisationUnits"][0] | {"id": "ImspTQPwCqd"}
    server.objects["organisationUnits"]["ImspTQPwCqd"] = made
    refused = ask(lambda api: api.send_metadata(metadata(UNITS.values()), dry_run=False))
    assert refused.conflicts == ("Property `code` with value `33` already exists (E5003).",)
    assert len(server.objects["organisationUnits"]) == 1

    async def with_theirs(api):
        return await api.send_metadata(metadata(UNITS.values(), await api.unit_ids()), dry_run=False)

    server.objects["organisationUnits"]["ImspTQPwCqd"]["geometry"] = {"type": "Point"}
    assert ask(with_theirs).conflicts == ()
    assert len(server.objects["organisationUnits"]) == len(UNITS)
    assert "geometry" in server.objects["organisationUnits"]["ImspTQPwCqd"]
    again = ask(with_theirs)
    assert (again.created, again.conflicts) == (0, ())


def test_signing_in_with_a_password_works_as_well(ready, ask, tmp_path):
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    found = ask(lambda api: api.unit_ids(), token_file="", user=USER, password_file=str(secret))
    assert len(found) == len(UNITS)


def test_a_wrong_token_a_broken_server_and_none_at_all_are_told(server, ask, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("d2pat_wrong")
    with pytest.raises(LinkRefused, match="Bad token"):
        ask(lambda api: api.unit_ids(), token_file=str(wrong))
    with pytest.raises(SettingsInvalid):
        ask(lambda api: api.unit_ids(), token_file=str(tmp_path / "absent"))
    server.faults.extend([500] * 4)
    with pytest.raises(LinkUnavailable):
        ask(lambda api: api.unit_ids())
    server.faults.extend([502, 503, 504])
    assert ask(lambda api: api.unit_ids()) == {}
    with pytest.raises(LinkNotSet):
        Dhis2(Dhis2Settings(), clock=FixedClock(0))
    with answering(lambda asked: (200, b"<html>Sign in</html>")) as port, pytest.raises(LinkAnswerStrange):
        ask(lambda api: api.send_values([{"dataElement": "x"}], dry_run=True), url=f"http://127.0.0.1:{port}")


def test_what_another_system_says_moves_no_terminal(ask):
    said = {
        "status": "ERROR",
        "importCount": {},
        "conflicts": [{"object": "\x1b[2J", "value": "bad\x1b]0;x\x07\nworse"}],
    }
    with answering(lambda asked: (409, said)) as port:
        done = ask(lambda api: api.send_values([{}], dry_run=True), url=f"http://127.0.0.1:{port}")
    assert done.conflicts == ("bad ]0;x worse ([2J).",)
    with answering(lambda asked: (403, {"message": "no\x1b[31m"})) as port, pytest.raises(LinkRefused) as refused:
        ask(lambda api: api.unit_ids(), url=f"http://127.0.0.1:{port}")
    assert str(refused.value) == "DHIS2 refuses (HTTP 403): no [31m."


def test_a_token_or_address_that_makes_no_call_is_told(ask, tmp_path):
    odd = tmp_path / "odd"
    odd.write_text("mã\nhai dòng")
    with pytest.raises(SettingsInvalid):
        ask(lambda api: api.unit_ids(), token_file=str(odd))
    with pytest.raises(SettingsInvalid):
        ask(lambda api: api.unit_ids(), url="https://exa\x01mple.vn")


@pytest.mark.parametrize("url", ["http://dhis2.example", "ftp://dhis2.example", "https://u:p@x.example", "https://[x"])
def test_addresses_to_which_nothing_secret_may_be_sent_are_refused(url):
    with pytest.raises(SettingsInvalid):
        Dhis2Settings(url=url)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_week_is_written_as_dhis2_writes_it_and_read_in_any_usual_way(day):
    year, number, _ = day.isocalendar()
    week = Week.read(f"{year}W{number:02d}")
    assert week == Week.read(f"{year}-w{number}") == Week.read(str(week)) == Week(year, number)
    assert str(week) == f"{year}W{number}"
    assert day in week.days


@given(st.text(max_size=9))
def test_any_other_text_is_no_week(text):
    with contextlib.suppress(WeekUnknown):
        assert Week.read(text).days
    for wrong in ("2020W0", "2020W54", "2021W53", "W32", ""):
        with pytest.raises(WeekUnknown):
            Week.read(wrong)


def test_names_and_identifiers_fit_what_dhis2_takes():
    assert set(NAMES) == set(Element)
    assert max(map(len, NAMES.values())) <= 50
    assert len({uid(f"unit/{number}") for number in range(5000)}) == 5000
    moved = replace(UNITS["11950"], name="x" * 300)
    (unit,) = metadata([moved])["organisationUnits"]
    assert (len(unit["name"]), len(unit["shortName"]), "parent" in unit) == (230, 50, False)
