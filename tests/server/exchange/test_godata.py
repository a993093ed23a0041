"""An outbreak goes to Go.Data and comes back; over real HTTP, and whatever the outbreak."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bluezone.clock import FixedClock
from bluezone.server.accounts.access import Action
from bluezone.server.casework.service import reachable
from bluezone.server.exchange import godata
from bluezone.server.exchange.extract import Extract, Illness, Meeting, Subject, Visit, read_extract
from bluezone.server.exchange.godata import Kind, choose, known_to_both, location_file
from bluezone.server.exchange.godata_api import GoData
from bluezone.server.exchange.godata_sync import pull, push
from bluezone.server.exchange.link_errors import LinkNotSet, LinkRefused, LinkUnavailable
from bluezone.server.link_settings import GoDataSettings
from bluezone.server.names import clean_name
from bluezone.server.units.service import Unit, read_units, shipped_units
from tests.server.casework.support import officer, outbreak, plant_province
from tests.server.exchange.godatad import GoDataServer, serving

TODAY = date(2020, 8, 3)
NOON = 1596430800


def tree():
    """Hưng Yên's units."""
    units = {}
    for row in read_units(shipped_units()):
        above = units[row.parent].path if row.parent else "/"
        units[row.code] = Unit(row.code, row.type, row.name, row.parent or None, f"{above}{row.code}/", TODAY)
    return units


UNITS = tree()


@pytest.fixture(scope="module")
def server():
    with serving(GoDataServer()) as server:
        yield server


@pytest.fixture
def there(server):
    """The server as it is when somebody has just imported our locations."""
    for held in (server.people, server.relationships, server.follow_ups, server.locations, server.calls):
        held.clear()
    server.writes = server.logins = 0
    server.faults.clear()
    server.load_locations(location_file(UNITS.values()))
    return server


@pytest.fixture
def clock():
    return FixedClock(NOON)


@pytest.fixture
def extract(core):
    plant_province(core)
    outbreak(core, ill=4, exposed_each=3)
    reach = reachable(officer(core), Action.EXPORT_CASES)
    found = core.database.read_now(lambda connection: read_extract(connection, reach))
    contact = next(one.id for one in found.persons if one.level == 1)
    seen = Visit(contact, TODAY, "seen", 36.6)
    return replace(found, visits=(seen, Visit(contact, TODAY - timedelta(days=1), "no_answer", None)))


@pytest.fixture
def bring(there, tmp_path, clock):
    def bring(extract, *, dry_run=False, **changes):
        async def run():
            async with GoData(there.settings(tmp_path, **changes), clock=clock) as api:
                return await push(api, extract, dry_run=dry_run, year=2020)

        return asyncio.run(run())

    return bring


@pytest.fixture
def fetch(there, tmp_path, clock):
    def fetch():
        async def run():
            async with GoData(there.settings(tmp_path), clock=clock) as api:
                return await pull(api, UNITS)

        return asyncio.run(run())

    return fetch


def test_an_outbreak_comes_back_as_it_went(there, extract, bring, fetch):
    pushed = bring(extract)
    assert pushed.left == []
    assert pushed.without_place == 0
    assert pushed.made == {
        "cases": 4,
        "contacts": sum(one.level == 1 for one in extract.persons),
        "contacts-of-contacts": sum(one.level == 2 for one in extract.persons),
        "relationships": len(pushed.sent.contacts),
        "follow-ups": 2,
    }
    back, wanted = fetch(), known_to_both(extract)
    assert back.persons == wanted.persons
    assert back.cases == wanted.cases
    assert back.contacts == wanted.contacts
    assert back.visits == wanted.visits
    numbers = {one["visualId"] for one in there.people.values()}
    assert {"CA-2020-0001", "CA-2020-0004"} <= numbers
    assert len(numbers) == len(there.people)


def test_bringing_the_same_again_writes_nothing(there, extract, bring):
    first = bring(extract)
    writes = there.writes
    again = bring(extract)
    assert there.writes == writes
    assert (again.made, again.changed, again.left) == ({}, {}, [])
    assert again.same == first.made


def test_a_dry_run_tells_what_would_be_written_and_writes_nothing(there, extract, bring):
    looked = bring(extract, dry_run=True)
    assert there.writes == 0
    assert there.people == {}
    assert looked.made == bring(extract).made


def test_what_changed_here_is_changed_there_and_nothing_else(there, extract, bring, fetch):
    bring(extract)
    one = next(person for person in extract.persons if person.level == 1)
    record = next(r for r in there.people.values() if godata.external_id(r) == one.id)
    record["occupation"] = "LNG_REFERENCE_DATA_CATEGORY_OCCUPATION_FARMER"
    record["documents"].append({"type": "LNG_REFERENCE_DATA_CATEGORY_DOCUMENT_TYPE_PASSPORT", "number": "B123"})
    record["addresses"].append({"typeId": "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_OTHER", "city": "Hà Nội"})
    later = replace(one, name="Nguyễn Thị Mới", phone="0987654321", unit="12103")
    persons = tuple(later if person is one else person for person in extract.persons)
    pushed = bring(replace(extract, persons=persons))
    assert pushed.changed == {"contacts": 1}
    assert record["occupation"].endswith("FARMER")
    assert {"B123", one.id} == {document["number"] for document in record["documents"]}
    assert len(record["addresses"]) == 2
    assert later.name in {person.name for person in fetch().persons}


def test_a_location_chosen_there_stays_where_we_know_none(there, extract, bring):
    there.locations.clear()
    first = bring(extract)
    assert first.without_place == len(first.sent.persons)
    record = next(iter(there.people.values()))
    record["addresses"][0]["locationId"] = "a place of theirs"
    assert bring(extract).changed == {}
    assert record["addresses"][0]["locationId"] == "a place of theirs"


def test_a_contact_who_turns_positive_becomes_a_case_there_with_all_that_hangs_on_them(there, extract, bring, fetch):
    bring(extract)
    one = next(
        person for person in extract.persons
        if person.level == 1 and any(contact.source == person.id for contact in extract.contacts)
    )  # fmt: skip
    case = Illness("f" * 32, 99, "BN1050", one.id, "confirmed", TODAY, TODAY, TODAY, NOON, True, "", None)
    beyond = {contact.exposed for contact in extract.contacts if contact.source == one.id}
    levels = {one.id: 0} | dict.fromkeys(beyond, 1)
    persons = tuple(replace(person, level=levels.get(person.id, person.level)) for person in extract.persons)
    turned = replace(extract, persons=persons, cases=(*extract.cases, case))
    pushed = bring(turned)
    assert pushed.left == []
    assert pushed.converted["cases"] == 1
    back, wanted = fetch(), known_to_both(turned)
    assert back.persons == wanted.persons
    assert back.cases == wanted.cases
    assert bring(turned).changed == {}


def test_somebody_who_was_no_case_after_all_goes_back_to_the_contacts(there, extract, bring, fetch):
    bring(extract)
    exposed = {contact.exposed for contact in extract.contacts}
    case = next(one for one in extract.cases if one.person in exposed)
    closed = replace(case, status="discarded", outcome="no_case", closed_at=NOON)
    persons = tuple(replace(one, level=1) if one.id == case.person else one for one in extract.persons)
    cases = tuple(closed if one is case else one for one in extract.cases)
    pushed = bring(replace(extract, persons=persons, cases=cases))
    assert pushed.left == []
    assert pushed.converted == {"contacts": 1}
    assert {one.person for one in fetch().cases} == {one.person for one in cases} - {case.person}


def test_a_call_that_got_through_without_an_answer_is_not_made_twice(there, extract, bring, fetch):
    there.faults.extend(["", "", "", "", "", "", "", "", "", "after", "", "after", 500, "", 503, 429])
    pushed = bring(extract)
    assert pushed.left == []
    assert not there.faults
    assert fetch().persons == known_to_both(extract).persons
    assert len(there.people) == len(pushed.sent.persons)


def test_a_token_that_ran_out_is_renewed(there, extract, bring, tmp_path, clock):
    bring(extract)

    async def run():
        async with GoData(there.settings(tmp_path), clock=clock) as api:
            await api.masks()
            there.tokens.clear()
            return await api.people(Kind.CASE)

    assert len(asyncio.run(run())) == 4
    assert there.logins == 3


def test_a_wrong_password_is_told_and_not_tried_again(there, extract, bring, tmp_path):
    wrong = tmp_path / "wrong"
    wrong.write_text("sai\n")
    with pytest.raises(LinkRefused, match="LOGIN_FAILED"):
        bring(extract, password_file=str(wrong))
    assert there.logins == 0


def test_a_server_that_is_not_there_is_told(there, extract, bring):
    with pytest.raises(LinkUnavailable):
        bring(extract, url="http://127.0.0.1:9")


def test_without_settings_nothing_is_called(tmp_path, clock):
    with pytest.raises(LinkNotSet):
        GoData(GoDataSettings(), clock=clock)


def test_more_people_than_a_page_are_all_read(there, tmp_path, clock):
    for number in range(1203):
        there.create_person("contacts", {"firstName": "An", "documents": [{"type": "x", "number": str(number)}]})

    async def run():
        async with GoData(there.settings(tmp_path), clock=clock) as api:
            return await api.people(Kind.CONTACT)

    assert len({one["id"] for one in asyncio.run(run())}) == 1203
    assert there.calls["GET outbreaks/contacts"] == 3


def test_people_that_others_entered_there_are_fetched_under_their_own_identifiers(there, extract, bring, fetch):
    bring(extract)
    case = next(one for one in there.people.values() if one["type"].endswith("_CASE"))
    made = there.create_person("contacts", {"lastName": "Đỗ", "firstName": "Khách", "age": {"years": 40, "months": 0},
                                            "dateOfReporting": "2020-08-01T00:00:00.000Z"})  # fmt: skip
    there.create_relationship(case, {"persons": [{"id": made["id"]}], "contactDate": "2020-07-30T00:00:00.000Z",
                                     "comment": "Đám cưới"})  # fmt: skip
    there.create_person("cases", {"firstName": ""})
    back = fetch()
    guest = next(one for one in back.persons if one.id == made["id"])
    assert (guest.name, guest.born, guest.level) == ("Đỗ Khách", 1980, 1)
    met = next(one for one in back.contacts if one.exposed == made["id"])
    assert (met.source, met.place, met.origin) == (godata.external_id(case), "Đám cưới", "interview")
    assert len(back.persons) == len(known_to_both(extract).persons) + 1


def test_what_somebody_changed_there_counts_more_than_what_we_wrote_beside_it(there, extract, bring, fetch):
    bring(extract)
    for one in there.follow_ups.values():
        one["statusId"] = "LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_SEEN_NOT_OK"
    assert {one.result for one in fetch().visits} == {"symptoms"}


def test_a_refused_record_is_told_and_the_others_go_on(there, extract, bring):
    there.faults.extend([""] * 6 + [422])
    pushed = bring(extract)
    case = next(one for one in pushed.left if one.kind == "cases")
    assert case.said == "INTERNAL_ERROR as documented"
    met = [one.id for one in pushed.sent.contacts if case.identifier in {one.source, one.exposed}]
    assert sorted(one.identifier for one in pushed.left if one.kind == "relationships") == sorted(met)
    assert pushed.made["cases"] == 3
    again = bring(extract)
    assert (again.left, again.made["cases"], again.made["relationships"]) == ([], 1, len(met))


WORD = st.sampled_from(["Nguyễn", "Trần", "Thị", "Văn", "Hồng", "Ánh", "Ý", "Đỗ", "Thanh", "O'Hara", "Smith-Jones"])
DAY = st.dates(TODAY - timedelta(days=60), TODAY)
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=30).map(clean_name)
HEX = st.integers(0, 2**128 - 1).map("{:032x}".format)


@st.composite
def extracts(draw):
    """People with all that may be said of them, also what no outbreak of one day has together."""
    ids = draw(st.lists(HEX, min_size=2, max_size=7, unique=True))
    persons = tuple(
        Subject(
            one,
            " ".join(draw(st.lists(WORD, min_size=1, max_size=4))),
            draw(st.sampled_from(["m", "f", ""])),
            draw(st.none() | st.integers(1900, 2020)),
            draw(st.sampled_from(["", "0912345678"])),
            draw(st.sampled_from(sorted(UNITS))),
            draw(TEXT),
            "Chợ",
            draw(st.sampled_from([0, 1, 2, None])),
            None,
            None,
            NOON,
            NOON,
        )
        for one in sorted(ids)
    )
    statuses = {0: ["confirmed", "clinical"], None: ["suspected", "discarded"]}
    cases = tuple(
        Illness(
            draw(HEX),
            number,
            draw(st.sampled_from(["", "BN1046"])),
            one.id,
            draw(st.sampled_from(statuses.get(one.level, ["discarded", "suspected"]))),
            draw(st.none() | DAY),
            draw(st.none() | DAY),
            draw(st.none() | DAY),
            NOON - 86400 * draw(st.integers(0, 30)),
            draw(st.booleans()),
            *draw(st.sampled_from([("", None), ("recovered", NOON), ("died", NOON), ("moved", NOON)])),
        )
        for number, one in enumerate(persons, 1)
        if one.level == 0 or draw(st.booleans())
    )
    pairs = draw(st.lists(st.tuples(st.sampled_from(ids), st.sampled_from(ids)), max_size=10))
    contacts = tuple(
        Meeting(
            f"{number:032x}",
            source,
            exposed,
            first,
            first + timedelta(days=draw(st.integers(0, 3))),
            draw(TEXT),
            draw(st.sampled_from(["household", "close", "near", "passing"])),
            draw(st.sampled_from(["interview", "home", "landmark", "media", "bluezone", "gate_book"])),
            draw(st.booleans()),
        )
        for number, (source, exposed) in enumerate(pairs)
        if source != exposed
        for first in [draw(DAY)]
    )
    results = ["seen", "no_answer", "symptoms", "tested", "handed_over", "lost", "done"]
    warm = st.none() | st.integers(330, 430).map(lambda tenths: tenths / 10)
    days = draw(st.dictionaries(st.tuples(st.sampled_from(ids), DAY), st.tuples(st.sampled_from(results), warm)))
    visits = tuple(Visit(person, day, *said) for (person, day), said in sorted(days.items()))
    return Extract(persons, cases, contacts, visits, UNITS, named=True)


@given(extract=extracts())
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_whatever_both_systems_know_makes_the_way_there_and_back(server, there, tmp_path, bring, fetch, extract):
    for held in (server.people, server.relationships, server.follow_ups):
        held.clear()
    pushed = bring(extract)
    assert pushed.left == []
    back, wanted = fetch(), known_to_both(extract)
    assert back.persons == wanted.persons
    assert back.cases == wanted.cases
    assert back.contacts == wanted.contacts
    assert back.visits == wanted.visits
    writes = server.writes
    bring(extract)
    assert server.writes == writes


@given(extract=extracts())
@settings(max_examples=40)
def test_everything_is_either_sent_or_counted_as_left(extract):
    sent = choose(extract)
    assert len(sent.persons) + sent.persons_left == len(extract.persons)
    assert len(sent.contacts) + sent.contacts_left == len(extract.contacts)
    assert len(sent.visits) + sent.visits_left == len(extract.visits)
    assert set(sent.cases) == {person for person, kind in sent.kinds.items() if kind is Kind.CASE}


def test_the_tree_of_locations_has_every_unit_once(there):
    codes = [one["identifiers"][0]["code"] for one in there.locations.values()]
    assert sorted(codes) == sorted(UNITS)
    levels = {one["geographicalLevelId"][-1] for one in there.locations.values()}
    assert levels == {"1", "2", "3"}
