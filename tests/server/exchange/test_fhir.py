"""Bundles are FHIR, whatever outbreak they tell of; checked with the models of fhir.resources.

The package has R4B's models, and no longer R4's. R4B (4.3.0) left the resources used here as they are in R4 (4.0.1).
"""

import json
from dataclasses import replace
from datetime import date

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings

from bluezone.server.accounts.access import Action
from bluezone.server.casework.service import reachable
from bluezone.server.exchange.extract import FEWEST, Visit, read_extract, without_names
from bluezone.server.exchange.fhir import bundle
from tests.server.casework.support import officer, outbreak, plant_province
from tests.server.exchange.test_godata import extracts


@pytest.fixture
def extract(core):
    plant_province(core)
    outbreak(core, ill=6, exposed_each=4)
    reach = reachable(officer(core), Action.EXPORT_CASES)
    return core.database.read_now(lambda connection: read_extract(connection, reach))


def resources(data, kind):
    return [entry["resource"] for entry in json.loads(data)["entry"] if entry["resource"]["resourceType"] == kind]


def test_a_bundle_of_an_outbreak_is_fhir_and_holds_everybody(core, extract):
    person = extract.persons[0].id
    visits = (Visit(person, date(2020, 8, 3), "seen", 36.6), Visit(person, date(2020, 8, 4), "no_answer", None))
    data = bundle(replace(extract, visits=visits), author="Trần Thị Bàn", now=core.clock.now())
    read = Bundle.model_validate_json(data)
    kinds = [entry.resource.get_resource_type() for entry in read.entry]
    assert kinds.count("Patient") == len(extract.persons)
    assert kinds.count("Condition") == 6
    assert kinds.count("RelatedPerson") == len(extract.contacts)
    assert kinds.count("QuestionnaireResponse") == 2
    assert kinds.count("Observation") == 1
    assert len(resources(data, "Provenance")[0]["target"]) == len(read.entry) - 1


def test_every_reference_in_a_bundle_leads_to_a_resource_of_it(core, extract):
    data = json.loads(bundle(extract, author="An", now=core.clock.now()))
    there = {entry["fullUrl"] for entry in data["entry"]}
    assert len(there) == len(data["entry"])

    def references(value):
        if isinstance(value, dict):
            yield from ([value["reference"]] if "reference" in value else [])
            for inner in value.values():
                yield from references(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from references(inner)

    assert set(references(data["entry"])) <= there


def test_a_bundle_without_names_tells_nobodys(core, extract):
    data = bundle(without_names(extract, b"key of this one"), author="An", now=core.clock.now()).decode()
    Bundle.model_validate_json(data)
    for one in extract.persons:
        assert one.name not in data
        assert one.phone not in data
        assert one.id not in data
    for one in extract.cases:
        assert one.id not in data
        assert not one.reference or one.reference not in data


def test_an_empty_extract_is_a_bundle_too(core):
    plant_province(core)
    reach = reachable(officer(core), Action.EXPORT_CASES)
    extract = core.database.read_now(lambda connection: read_extract(connection, reach))
    Bundle.model_validate_json(bundle(extract, author="An", now=core.clock.now()))


def test_pseudonyms_hold_within_one_extract_and_not_from_one_to_the_next(extract):
    one, other = (without_names(extract, key) for key in (b"one", b"other"))
    assert not {person.id for person in one.persons} & {person.id for person in other.persons}
    ids = {person.id for person in one.persons}
    assert len(ids) == len(extract.persons)
    assert {case.person for case in one.cases} <= ids
    assert {end for contact in one.contacts for end in (contact.source, contact.exposed)} <= ids


def test_nobody_is_told_to_live_where_fewer_than_five_of_the_extract_do(core, extract):
    shown = without_names(extract, b"key")
    lives = {}
    for person in extract.persons:
        for above in extract.units[person.unit].path.strip("/").split("/"):
            lives[above] = lives.get(above, 0) + 1
    assert all(lives[person.unit] >= FEWEST for person in shown.persons)
    assert all(person.born is None or person.born % 10 == 0 for person in shown.persons)


@given(extract=extracts())
@settings(max_examples=20)
def test_whatever_is_on_record_is_fhir_with_names_and_without(extract):
    for told in (extract, without_names(extract, b"key")):
        data = bundle(told, author="An", now=1596430800.0)
        read = Bundle.model_validate_json(data)
        warm = sum(visit.temperature is not None for visit in told.visits)
        told_of = len(told.persons) + len(told.cases) + len(told.contacts) + len(told.visits) + warm
        assert len(read.entry) == told_of + 1
        reports = resources(data, "QuestionnaireResponse")
        assert [one["item"][0]["answer"][0]["valueString"] for one in reports] == [one.result for one in told.visits]
        assert len(resources(data, "Provenance")[0]["agent"]) == 2
