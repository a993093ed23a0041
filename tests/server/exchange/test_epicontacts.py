"""Tables for epicontacts: one row a person, two ends a contact, and nobody's name unless it is asked for."""

import csv
import io
from dataclasses import replace

from hypothesis import given, settings

from bluezone.server.exchange.epicontacts import CONTACTS, LINELIST, tables
from bluezone.server.exchange.extract import without_names
from tests.server.exchange.test_godata import extracts


def read(data):
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


@given(extract=extracts())
@settings(max_examples=20)
def test_every_person_is_a_row_and_every_contact_leads_from_one_to_another(extract):
    made = tables(extract)
    people, edges = read(made[LINELIST]), read(made[CONTACTS])
    assert [row["id"] for row in people] == [one.id for one in extract.persons]
    assert next(iter(people[0])) == "id"
    assert [(row["from"], row["to"]) for row in edges] == [(one.source, one.exposed) for one in extract.contacts]
    assert {row["status"] for row in people if row["level"] == "F0"} <= {"confirmed", "clinical"}
    for row, one in zip(people, extract.persons, strict=True):
        assert (row["name"], row["born"]) == (one.name, "" if one.born is None else str(one.born))


@given(extract=extracts())
@settings(max_examples=20)
def test_without_names_nothing_tells_who_it_was(extract):
    made = tables(without_names(extract, b"key"))
    for row in read(made[LINELIST]):
        assert (row["name"], row["phone"]) == ("", "")
        assert row["born"] == "" or row["born"].endswith("9")
    text = b"".join(made.values()).decode()
    assert not any(one.id in text for one in extract.persons)


@given(extract=extracts())
@settings(max_examples=20)
def test_a_name_that_a_spreadsheet_could_compute_is_neutralised(extract):
    persons = tuple(replace(one, name="=1+1") for one in extract.persons)
    for row in read(tables(replace(extract, persons=persons))[LINELIST]):
        assert row["name"] == "'=1+1"
