"""What operators' commands do: what leaves, what does not, and what the audit log keeps of it."""

import asyncio
import json

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from bluezone.server.audit.service import Audit
from bluezone.server.exchange.dhis2 import Week
from bluezone.server.exchange.errors import ReasonMissing
from bluezone.server.exchange.integrations import Integrations
from bluezone.server.exchange.link_errors import LinkNotSet, LinkRefused, UnitUnknown
from tests.server.casework.support import outbreak, plant_province
from tests.server.exchange import dhis2d, godatad

REASON = "đưa vào Go.Data của tỉnh"


@pytest.fixture
def filled(core):
    plant_province(core)
    outbreak(core, ill=3, exposed_each=3, units=["11950", "12103"])
    return core


@pytest.fixture
def linked(filled, tmp_path):
    """Integrations with a Go.Data and a DHIS2 server, both without anything yet."""
    with godatad.serving(godatad.GoDataServer()) as godata, dhis2d.serving(dhis2d.Dhis2Server()) as dhis2:
        settings = msgspec.structs.replace(
            filled.settings, godata=godata.settings(tmp_path), dhis2=dhis2.settings(tmp_path)
        )
        object.__setattr__(filled, "settings", settings)
        yield Integrations(filled), godata, dhis2


def events(core):
    found = core.database.read_now(lambda c: Audit(core).entries(c, ["/"]))
    return [(one.event.action, one.event.unit, one.event.actor_name, dict(one.event.detail)) for one in found]


def test_a_bundle_leaves_without_names_unless_there_is_a_reason(filled):
    plain = Integrations(filled).fhir("", "")
    Bundle.model_validate_json(plain)
    assert not any("name" in entry["resource"] for entry in json.loads(plain)["entry"])
    named = Integrations(filled).fhir("323", REASON)
    people = [e["resource"] for e in json.loads(named)["entry"] if e["resource"]["resourceType"] == "Patient"]
    assert all(one["name"] for one in people)
    assert len(people) < len(json.loads(plain)["entry"])
    last, first = events(filled)
    rows = {"rows": str(len(people)), "names": "yes", "reason": REASON, "what": "fhir"}
    assert last == ("exported", "323", "command line", rows)
    assert (first[1], first[3]["names"]) == ("", "no")


def test_a_reason_of_a_word_is_none_and_an_unknown_unit_is_told(filled):
    with pytest.raises(ReasonMissing):
        Integrations(filled).fhir("", "vì")
    with pytest.raises(UnitUnknown):
        Integrations(filled).fhir("99", "")
    with pytest.raises(ReasonMissing):
        asyncio.run(Integrations(filled).push_godata("", "", dry_run=False))
    with pytest.raises(LinkNotSet):
        asyncio.run(Integrations(filled).push_godata("", "", dry_run=True))
    with pytest.raises(LinkNotSet):
        asyncio.run(Integrations(filled).push_dhis2(Week(2020, 31), "", dry_run=True))
    assert events(filled) == []


def test_an_outbreak_goes_to_godata_and_is_told_as_the_same_when_fetched(filled, linked):
    integrations, godata, _ = linked
    godata.load_locations(integrations.godata_locations())
    looked = asyncio.run(integrations.push_godata("", "", dry_run=True))
    assert events(filled) == []
    pushed = asyncio.run(integrations.push_godata("", REASON, dry_run=False))
    assert (pushed.left, pushed.made) == ([], looked.made)
    assert events(filled)[0][3] == {"what": "godata", "rows": str(len(godata.people)), "names": "yes", "reason": REASON}
    godata.create_person("contacts", {"lastName": "Đỗ", "firstName": "Khách"})
    changed = next(iter(godata.people.values()))
    changed["lastName"] = "Khác"
    fetched = asyncio.run(integrations.pull_godata())
    assert (fetched.same, fetched.differing, fetched.new) == (len(pushed.sent.persons) - 1, 1, 1)
    assert set(fetched.files) == {"ca-benh.xlsx", "tiep-xuc.xlsx"}
    assert fetched.counts["cases"] == 3
    assert events(filled)[0][0] == "fetched"


def test_nothing_is_said_to_have_left_when_godata_lets_nobody_in(filled, linked, tmp_path):
    integrations, godata, _ = linked
    (tmp_path / "godata-password").write_text("sai")
    with pytest.raises(LinkRefused):
        asyncio.run(integrations.push_godata("", REASON, dry_run=False))
    assert (godata.people, events(filled)) == ({}, [])


def test_a_week_goes_to_dhis2_once_its_metadata_is_there(filled, linked):
    integrations, _, dhis2 = linked
    asyncio.run(integrations.send_dhis2_metadata(dry_run=False))
    done = asyncio.run(integrations.push_dhis2(Week(2020, 31), "", dry_run=True))
    assert (done.conflicts, dhis2.values, events(filled)) == ((), {}, [])
    done = asyncio.run(integrations.push_dhis2(Week(2020, 31), "323", dry_run=False))
    assert done.created == len(dhis2.values) > 0
    assert events(filled)[0] == (
        "exported", "323", "command line",
        {"what": "dhis2", "rows": str(done.created), "names": "no", "week": "2020W31"},
    )  # fmt: skip


def test_metadata_as_a_file_is_what_is_sent(linked):
    integrations, _, dhis2 = linked
    asyncio.run(integrations.send_dhis2_metadata(dry_run=False))
    written = json.loads(integrations.dhis2_metadata())
    assert {kind: {one["id"] for one in things} for kind, things in written.items()} == {
        kind: set(held) for kind, held in dhis2.objects.items()
    }
