"""People, cases, contacts and daily follow-up as Go.Data's records, and those records read back.

Field names and reference data are those of Go.Data's API 2.50.3 (WHO, common/models and server/models of its source).
Only what both systems know makes the way there and back; `known_to_both` is exactly that. Our identifier stands among
a person's documents as an external one, because the visual identifier follows a mask of the outbreak's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from bluezone.server.casework.service import CaseStatus, Closeness, Level, Origin, Outcome
from bluezone.server.exchange.extract import Extract, Illness, Meeting, Subject, Visit
from bluezone.server.followup.service import Result
from bluezone.server.language import VIETNAM
from bluezone.server.names import clean_name
from bluezone.server.units.service import Unit

_REFERENCE = "LNG_REFERENCE_DATA_CATEGORY_"
EXTERNAL_ID = f"{_REFERENCE}DOCUMENT_TYPE_EXTERNAL_ID"
OTHER_DOCUMENT = f"{_REFERENCE}DOCUMENT_TYPE_OTHER"
RESIDENCE = f"{_REFERENCE}ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE"
ISOLATION = f"{_REFERENCE}PERSON_DATE_TYPE_ISOLATION"
HOUSEHOLD = f"{_REFERENCE}EXPOSURE_TYPE_SLEPT_ATE_OR_SPEND_TIME_IN_SAME_HOUSEHOLD"
GEOGRAPHICAL_LEVEL = f"{_REFERENCE}LOCATION_GEOGRAPHICAL_LEVEL_ADMIN_LEVEL_"

_GENDERS = {"m": f"{_REFERENCE}GENDER_MALE", "f": f"{_REFERENCE}GENDER_FEMALE"}
_CLASSIFICATIONS = {
    CaseStatus.CONFIRMED: f"{_REFERENCE}CASE_CLASSIFICATION_CONFIRMED",
    CaseStatus.CLINICAL: f"{_REFERENCE}CASE_CLASSIFICATION_PROBABLE",
    CaseStatus.SUSPECTED: f"{_REFERENCE}CASE_CLASSIFICATION_SUSPECT",
    CaseStatus.DISCARDED: f"{_REFERENCE}CASE_CLASSIFICATION_NOT_A_CASE_DISCARDED",
}
_OUTCOMES = {
    Outcome.RECOVERED: f"{_REFERENCE}OUTCOME_RECOVERED",
    Outcome.DIED: f"{_REFERENCE}OUTCOME_DECEASED",
}
_CERTAINTIES = {
    Closeness.HOUSEHOLD: f"{_REFERENCE}CERTAINTY_LEVEL_3_HIGH",
    Closeness.CLOSE: f"{_REFERENCE}CERTAINTY_LEVEL_3_HIGH",
    Closeness.NEAR: f"{_REFERENCE}CERTAINTY_LEVEL_2_MEDIUM",
    Closeness.PASSING: f"{_REFERENCE}CERTAINTY_LEVEL_1_LOW",
}
_CLOSENESS = {
    _CERTAINTIES[Closeness.CLOSE]: Closeness.CLOSE,
    _CERTAINTIES[Closeness.NEAR]: Closeness.NEAR,
    _CERTAINTIES[Closeness.PASSING]: Closeness.PASSING,
}
_STATUS = "LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_"
_STATUSES = {
    Result.SEEN: f"{_STATUS}SEEN_OK",
    Result.TESTED: f"{_STATUS}SEEN_OK",
    Result.DONE: f"{_STATUS}SEEN_OK",
    Result.SYMPTOMS: f"{_STATUS}SEEN_NOT_OK",
    Result.NO_ANSWER: f"{_STATUS}MISSED",
    Result.LOST: f"{_STATUS}MISSED",
    Result.HANDED_OVER: f"{_STATUS}NOT_PERFORMED",
}
_RESULTS = {
    f"{_STATUS}SEEN_OK": Result.SEEN,
    f"{_STATUS}SEEN_NOT_OK": Result.SYMPTOMS,
    f"{_STATUS}MISSED": Result.NO_ANSWER,
}
"""What a follow-up entered there came to; one that was only planned (not performed, not attempted) is none."""

_OWN_EDGE = re.compile(r"bluezone ([0-9a-f]{32}) ([a-z_]{1,12})", re.ASCII)
_OWN_VISIT = re.compile(r"bluezone ([a-z_]{1,12})(?: (\d{2}\.\d))?", re.ASCII)

Record = dict[str, Any]


class Kind(StrEnum):
    """What somebody is at Go.Data; the values are parts of addresses there."""

    CASE = "cases"
    CONTACT = "contacts"
    CONTACT_OF_CONTACT = "contacts-of-contacts"


TYPES = {
    Kind.CASE: f"{_REFERENCE}PERSON_TYPE_CASE",
    Kind.CONTACT: f"{_REFERENCE}PERSON_TYPE_CONTACT",
    Kind.CONTACT_OF_CONTACT: f"{_REFERENCE}PERSON_TYPE_CONTACT_OF_CONTACT",
}
RINGS = {Kind.CASE: 0, Kind.CONTACT: 1, Kind.CONTACT_OF_CONTACT: 2}


@dataclass(frozen=True, slots=True)
class Sent:
    """What of an extract goes to Go.Data: each person's kind, the case told of them, contacts from the inner ring to
    the outer one, visits; and how many people, contacts and visits it has no place for."""

    kinds: Mapping[str, Kind]
    persons: Mapping[str, Subject]
    cases: Mapping[str, Illness]
    contacts: Sequence[Meeting]
    visits: Sequence[Visit]
    persons_left: int
    contacts_left: int
    visits_left: int


def choose(extract: Extract) -> Sent:
    """Go.Data has one record a person: a case, a contact or a contact of a contact; nobody is two of these.

    Somebody who is none, as who was met outside of the days that count, is left. So are contacts with a case that was
    none after all, which Go.Data refuses, and the visits of whoever is not a contact with a contact there.
    """
    latest: dict[str, Illness] = {}
    for case in extract.cases:
        before = latest.get(case.person)
        if before is None or (before.closed_at is None, before.number) < (case.closed_at is None, case.number):
            latest[case.person] = case
    kinds = {one.id: kind for one in extract.persons if (kind := _kind(one, latest)) is not None}
    told = {person: latest[person] for person, kind in kinds.items() if kind is Kind.CASE}
    none = {person for person, case in told.items() if case.status == CaseStatus.DISCARDED}
    met = [
        _outwards(one, kinds)
        for one in extract.contacts
        if one.source in kinds and one.exposed in kinds and not {one.source, one.exposed} & none
    ]
    followed = {end for one in met for end in (one.source, one.exposed) if kinds[end] is Kind.CONTACT}
    visits = [one for one in extract.visits if one.person in followed]
    return Sent(
        kinds,
        {one.id: one for one in extract.persons if one.id in kinds},
        told,
        met,
        visits,
        len(extract.persons) - len(kinds),
        len(extract.contacts) - len(met),
        len(extract.visits) - len(visits),
    )


def known_to_both(extract: Extract) -> Extract:
    """What of an extract Go.Data keeps, as it reads back: one case a person, named by them, and without our numbers."""
    sent = choose(extract)
    return Extract(
        tuple(
            replace(
                one,
                work="",
                level=_level(sent, one.id),
                exposed_first=None,
                exposed_last=None,
                registered_at=_midnight(_day_at(one.registered_at)),
                changed_at=0,
            )
            for one in extract.persons
            if one.id in sent.kinds
        ),
        tuple(sorted((_kept_case(one) for one in sent.cases.values()), key=lambda one: one.id)),
        tuple(sorted((replace(one, confirmed=False) for one in sent.contacts), key=lambda one: one.id)),
        tuple(sorted(sent.visits, key=lambda one: (one.person, one.day))),
        extract.units,
        named=True,
    )


def location_file(units: Iterable[Unit]) -> bytes:
    """The tree for Go.Data's page of locations, "import hierarchical locations": a country's provinces are level 1."""
    nodes: dict[str, Record] = {}
    tops: list[Record] = []
    for unit in sorted(units, key=lambda one: (one.path.count("/"), one.code)):
        above = nodes.get(unit.parent or "")
        node = {
            "location": {
                "id": location_id(unit.code),
                "name": unit.title,
                "synonyms": [unit.name],
                "identifiers": [{"code": unit.code, "description": "Bluezone"}],
                "active": True,
                "parentLocationId": None if unit.parent is None else location_id(unit.parent),
                "geographicalLevelId": f"{GEOGRAPHICAL_LEVEL}{unit.path.strip('/').count('/') + 1}",
            },
            "children": [],
        }
        nodes[unit.code] = node
        (tops if above is None else above["children"]).append(node)
    return msgspec.json.format(msgspec.json.encode(tops), indent=1)


def location_id(code: str) -> str:
    """The same unit is the same location whenever the tree is imported."""
    return str(uuid5(NAMESPACE_URL, f"urn:bluezone:unit/{code}"))


def person_record(one: Subject, case: Illness | None, location: str | None) -> Record:
    """The fields of a person that we know; `location` is Go.Data's identifier of where they live."""
    last, middle, first = _split(one.name)
    # Where we know no location, one that somebody chose there stays.
    home = {"typeId": RESIDENCE, "addressLine1": one.address, "phoneNumber": one.phone}
    home |= {} if location is None else {"locationId": location}
    documents = [{"type": EXTERNAL_ID, "number": one.id}]
    record: Record = {
        "lastName": last,
        "middleName": middle,
        "firstName": first,
        "gender": _GENDERS.get(one.sex),
        # Of a year of birth Vietnamese papers write the first of January.
        "dob": None if one.born is None else _moment(date(one.born, 1, 1)),
        "dateOfReporting": _moment(_day_at(one.registered_at)),
        "addresses": [home],
    }
    if case is not None:
        if case.reference:
            documents.append({"type": OTHER_DOCUMENT, "number": case.reference})
        ended = Outcome(case.outcome) if case.outcome in _OUTCOMES else None
        record |= {
            "classification": _CLASSIFICATIONS[CaseStatus(case.status)],
            "dateOfOnset": _maybe(case.onset),
            "dateBecomeCase": _moment(_day_at(case.reported_at)),
            "wasContact": case.known_contact,
            "outcomeId": None if ended is None else _OUTCOMES[ended],
            "dateOfOutcome": None if ended is None or case.closed_at is None else _moment(_day_at(case.closed_at)),
            "dateRanges": [{"typeId": ISOLATION, "startDate": _moment(case.isolated_on)}] if case.isolated_on else [],
        }
    return record | {"documents": documents}


def relationship_record(one: Meeting) -> Record:
    """The fields of a contact that we know, without its two people."""
    closeness = Closeness(one.closeness)
    return {
        "dateOfFirstContact": _moment(one.first_day),
        "contactDate": _moment(one.last_day),
        "certaintyLevelId": _CERTAINTIES[closeness],
        "exposureTypeId": HOUSEHOLD if closeness is Closeness.HOUSEHOLD else None,
        "socialRelationshipDetail": f"bluezone {one.id} {one.origin}",
        "comment": one.place,
    }


def follow_up_record(one: Visit) -> Record:
    """The fields of a day's follow-up that we know."""
    warm = "" if one.temperature is None else f" {one.temperature:.1f}"
    return {
        "date": _moment(one.day),
        "statusId": _STATUSES[Result(one.result)],
        "comment": f"bluezone {one.result}{warm}",
    }


def changes(there: Record, ours: Record) -> Record:
    """The fields that have to be written so that the record there says what ours does.

    Documents, addresses and dates that are not of our kind stay as they are.
    """
    wanted = dict(ours)
    for field, kind in (("documents", "type"), ("addresses", "typeId"), ("dateRanges", "typeId")):
        if field in ours:
            wanted[field] = _merged(there.get(field) or [], ours[field], kind, field)
    return {field: value for field, value in wanted.items() if not _same(there.get(field), value)}


def external_id(record: Record) -> str:
    """Our identifier in a person's record; empty for somebody whom we did not send."""
    return next((str(one.get("number")) for one in record.get("documents") or [] if one.get("type") == EXTERNAL_ID), "")


def own_contact(record: Record) -> str:
    """Our identifier of a contact in a relationship's record; empty for one that we did not send."""
    found = _OWN_EDGE.fullmatch(str(record.get("socialRelationshipDetail") or ""))
    return found[1] if found else ""


def ends(record: Record) -> tuple[str, str]:
    """Go.Data's identifiers of a relationship's source and target; empty where it is not complete."""
    people = record.get("persons") or []
    source = next((str(one.get("id")) for one in people if one.get("source")), "")
    return source, next((str(one.get("id")) for one in people if one.get("target")), "")


def read_day(said: Any) -> date | None:
    """The day of a moment as Go.Data writes it (UTC); None for nothing and for what is none."""
    try:
        moment = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return moment.date() if moment.tzinfo is None else moment.astimezone(UTC).date()


def read_back(
    people: Sequence[tuple[Kind, Record]],
    relationships: Sequence[Record],
    follow_ups: Sequence[Record],
    locations: Mapping[str, str],
    units: Mapping[str, Unit],
) -> Extract:
    """What Go.Data knows, as an extract; `locations` are our units' codes by Go.Data's identifiers.

    Somebody whom we sent has our identifier, anybody else Go.Data's. What a user there changed counts, so what we had
    written beside it is read only where it still fits. Records without what ours need (a name, days, both ends) are
    left out.
    """
    ours = {str(one["id"]): external_id(one) or str(one["id"]) for _, one in people if one.get("id")}
    persons = [_subject(kind, one, ours[str(one["id"])], locations) for kind, one in people if one.get("id")]
    named = {one.id for one in persons if one.name}
    cases = [_illness(one, ours[str(one["id"])]) for kind, one in people if kind is Kind.CASE and one.get("id")]
    met = [found for one in relationships if (found := _meeting(one, ours)) is not None]
    visits = {(visit.person, visit.day): visit for one in follow_ups if (visit := _visit(one, ours)) is not None}
    return Extract(
        tuple(sorted((one for one in persons if one.name), key=lambda one: one.id)),
        tuple(sorted((one for one in cases if one.person in named), key=lambda one: one.id)),
        tuple(sorted((one for one in met if {one.source, one.exposed} <= named), key=lambda one: one.id)),
        tuple(visits[key] for key in sorted(visits) if key[0] in named),
        units,
        named=True,
    )


def _kind(one: Subject, latest: Mapping[str, Illness]) -> Kind | None:
    match one.level:
        case Level.F0:
            return Kind.CASE if one.id in latest else None
        case Level.F1:
            return Kind.CONTACT
        case Level.F2:
            return Kind.CONTACT_OF_CONTACT
    return Kind.CASE if one.id in latest else None


def _level(sent: Sent, person: str) -> int | None:
    if sent.kinds[person] is not Kind.CASE:
        return RINGS[sent.kinds[person]]
    return 0 if sent.cases[person].status in {CaseStatus.CONFIRMED, CaseStatus.CLINICAL} else None


def _outwards(one: Meeting, kinds: Mapping[str, Kind]) -> Meeting:
    """A contact from the inner ring to the outer one; our levels do not depend on who named whom."""
    if RINGS[kinds[one.source]] <= RINGS[kinds[one.exposed]]:
        return one
    return replace(one, source=one.exposed, exposed=one.source)


def _kept_case(one: Illness) -> Illness:
    ended = one.outcome in _OUTCOMES
    return replace(
        one,
        id=one.person,
        number=0,
        test_date=None,
        reported_at=_midnight(_day_at(one.reported_at)),
        outcome=one.outcome if ended else "",
        closed_at=_midnight(_day_at(one.closed_at)) if ended and one.closed_at is not None else None,
    )


def _subject(kind: Kind, one: Record, own: str, locations: Mapping[str, str]) -> Subject:
    home: Record = next((place for place in one.get("addresses") or [] if place.get("typeId") == RESIDENCE), {})
    born, reported = read_day(one.get("dob")), read_day(one.get("dateOfReporting"))
    years = (one.get("age") or {}).get("years")
    year = None if born is None else born.year
    if year is None and reported is not None and isinstance(years, int):
        year = reported.year - years
    classification = one.get("classification")
    ill = classification in {_CLASSIFICATIONS[CaseStatus.CONFIRMED], _CLASSIFICATIONS[CaseStatus.CLINICAL]}
    return Subject(
        own,
        clean_name(" ".join(str(one.get(part) or "") for part in ("lastName", "middleName", "firstName"))),
        next((sex for sex, gender in _GENDERS.items() if one.get("gender") == gender), ""),
        year,
        str(home.get("phoneNumber") or ""),
        locations.get(str(home.get("locationId")), ""),
        clean_name(str(home.get("addressLine1") or "")),
        "",
        RINGS[kind] if kind is not Kind.CASE or ill else None,
        None,
        None,
        0 if reported is None else _midnight(reported),
        0,
    )


def _illness(one: Record, own: str) -> Illness:
    status = next((ours for ours, theirs in _CLASSIFICATIONS.items() if theirs == one.get("classification")), None)
    reference = next((str(d.get("number")) for d in one.get("documents") or [] if d.get("type") == OTHER_DOCUMENT), "")
    stays = [read_day(stay.get("startDate")) for stay in one.get("dateRanges") or [] if stay.get("typeId") == ISOLATION]
    outcome = next((ours for ours, theirs in _OUTCOMES.items() if theirs == one.get("outcomeId")), "")
    ended = read_day(one.get("dateOfOutcome")) if outcome else None
    reported = read_day(one.get("dateBecomeCase")) or read_day(one.get("dateOfReporting"))
    return Illness(
        own,
        0,
        reference,
        own,
        status or CaseStatus.SUSPECTED,
        read_day(one.get("dateOfOnset")),
        None,
        min((day for day in stays if day is not None), default=None),
        0 if reported is None else _midnight(reported),
        bool(one.get("wasContact")),
        outcome,
        None if ended is None else _midnight(ended),
    )


def _meeting(one: Record, ours: Mapping[str, str]) -> Meeting | None:
    source, target = ends(one)
    last = read_day(one.get("contactDate"))
    first = read_day(one.get("dateOfFirstContact")) or last
    if source not in ours or target not in ours or first is None or last is None:
        return None
    found = _OWN_EDGE.fullmatch(str(one.get("socialRelationshipDetail") or ""))
    origin = found[2] if found and found[2] in list(Origin) else Origin.INTERVIEW
    closeness = _CLOSENESS.get(str(one.get("certaintyLevelId")), Closeness.CLOSE)
    return Meeting(
        found[1] if found else str(one.get("id")),
        ours[source],
        ours[target],
        min(first, last),
        last,
        clean_name(str(one.get("comment") or "")),
        Closeness.HOUSEHOLD if one.get("exposureTypeId") == HOUSEHOLD else closeness,
        origin,
        confirmed=False,
    )


def _visit(one: Record, ours: Mapping[str, str]) -> Visit | None:
    person, day, status = str(one.get("personId")), read_day(one.get("date")), str(one.get("statusId"))
    found = _OWN_VISIT.fullmatch(str(one.get("comment") or ""))
    said = found[1] if found and found[1] in list(Result) else None
    result = said if said is not None and _STATUSES[Result(said)] == status else _RESULTS.get(status)
    if person not in ours or day is None or result is None:
        return None
    return Visit(ours[person], day, str(result), float(found[2]) if found and found[2] else None)


def _split(name: str) -> tuple[str, str, str]:
    """Family name, middle names and given name: of "Nguyễn Thị Thanh Hà" Nguyễn, Thị Thanh and Hà."""
    words = name.split()
    if len(words) < 2:
        return "", "", name
    return words[0], " ".join(words[1:-1]), words[-1]


def _merged(there: Sequence[Record], ours: Sequence[Record], key: str, field: str) -> list[Record]:
    """Our entries, in the place of those of the same kind, and whatever else is there."""
    kinds = {one[key] for one in ours} | ({ISOLATION} if field == "dateRanges" else set())
    kept = [one for one in there if one.get(key) not in kinds]
    before = {one.get(key): one for one in there}
    return [*({**before.get(one[key], {}), **one} for one in ours), *kept]


def _same(there: Any, ours: Any) -> bool:
    """Whether a field says the same; what is empty is the same as what is not there, and a day the same as its time."""
    if isinstance(ours, list) or isinstance(there, list):
        one, other = there or [], ours or []
        return len(one) == len(other) and all(any(_same(a, b) for a in one) for b in other)
    if isinstance(ours, dict) or isinstance(there, dict):
        one, other = there or {}, ours or {}
        return all(_same(one.get(name), value) for name, value in other.items())
    if there in {None, ""} and ours in {None, "", False}:
        return True
    if isinstance(ours, str) and ours.endswith("T00:00:00.000Z"):
        return read_day(there) == read_day(ours)
    return bool(there == ours)


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00.000Z"


def _maybe(day: date | None) -> str | None:
    return None if day is None else _moment(day)


def _day_at(moment: int) -> date:
    return datetime.fromtimestamp(moment, VIETNAM).date()


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), VIETNAM).timestamp())
