"""A server over real HTTP that answers as Go.Data's API 2.50.3 does, and is as particular about what it is sent.

Paths, field names, rules and error codes are those of its published source (WorldHealthOrganization/GoDataSource-API,
commit cf8a525: common/models, server/models, common/controllers); none of its code is here.
"""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bluezone.server.link_settings import GoDataSettings
from tests.server.exchange.httpd import Asked, answering

OUTBREAK = "cd936eee-5bfb-433b-a80e-e26c66bf6a48"
EMAIL, PASSWORD = "cdc@hungyen.example", "mật khẩu dài đủ"

KINDS = {"cases": "CASE", "contacts": "CONTACT", "contacts-of-contacts": "CONTACT_OF_CONTACT"}
NAMES = {"cases": "case", "contacts": "contact", "contacts-of-contacts": "contact-of-contact"}
PERSON_TYPE = "LNG_REFERENCE_DATA_CATEGORY_PERSON_TYPE_"
DISCARDED = "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_NOT_A_CASE_DISCARDED"
RESIDENCE = "LNG_REFERENCE_DATA_CATEGORY_ADDRESS_TYPE_USUAL_PLACE_OF_RESIDENCE"


def fields(names: str) -> set[str]:
    return set(names.split())


PERSON = fields(
    "visualId firstName middleName lastName dob age gender occupation documents addresses dateOfReporting"
    " isDateOfReportingApproximate dateOfLastContact riskLevel riskReason outcomeId dateOfOutcome transferRefused"
    " pregnancyStatus vaccinesReceived responsibleUserId questionnaireAnswers wasCase wasContact"
    " wasContactOfContact"
)
CASE = PERSON | fields(
    "dateOfInfection dateOfOnset isDateOfOnsetApproximate dateBecomeCase dateRanges classification safeBurial"
    " investigationStatus"
)
FIELDS = {"cases": CASE, "contacts": PERSON, "contacts-of-contacts": PERSON}
RELATIONSHIP = fields(
    "persons contactDate contactDateEstimated certaintyLevelId exposureTypeId exposureFrequencyId exposureDurationId"
    " socialRelationshipTypeId socialRelationshipDetail clusterId comment dateOfFirstContact"
)
FOLLOW_UP = fields("date statusId address questionnaireAnswers teamId targeted comment responsibleUserId")
PARTS = {
    "documents": {"type", "number"},
    "addresses": fields(
        "typeId country city addressLine1 postalCode locationId geoLocation geoLocationAccurate date phoneNumber"
        " emailAddress"
    ),
    "dateRanges": {"typeId", "startDate", "endDate", "centerName", "locationId", "comments"},
    "persons": {"id"},
}
DATES = fields("dob dateOfReporting dateOfOnset dateOfOutcome dateBecomeCase contactDate dateOfFirstContact date")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
STATUSES = {
    f"LNG_REFERENCE_DATA_CONTACT_DAILY_FOLLOW_UP_STATUS_TYPE_{name}"
    for name in ("NOT_PERFORMED", "NOT_ATTEMPTED", "SEEN_OK", "SEEN_NOT_OK", "MISSED")
}


class Refused(Exception):
    def __init__(self, status: int, code: str, message: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message = status, code, message or "as documented"


@dataclass
class GoDataServer:
    """What it holds, what it was asked, and how it is to fail: `faults` are taken one a call.

    A fault is a status to answer with instead of doing anything, or "after" to do it and answer 500.
    """

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    relationships: dict[str, dict[str, Any]] = field(default_factory=dict)
    follow_ups: dict[str, dict[str, Any]] = field(default_factory=dict)
    locations: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    logins: int = 0
    faults: deque[int | str] = field(default_factory=deque)
    tokens: set[str] = field(default_factory=set)
    port: int = 0

    def settings(self, folder: Path, **changes: Any) -> GoDataSettings:
        """What an operator writes for it."""
        password = folder / "godata-password"
        password.write_text(PASSWORD + "\n", encoding="utf-8")
        values = {
            "url": f"http://127.0.0.1:{self.port}/",
            "outbreak": OUTBREAK,
            "email": EMAIL,
            "password_file": str(password),
            "timeout_seconds": 10.0,
        }
        return GoDataSettings(**{**values, **changes})

    def load_locations(self, data: bytes) -> None:
        """As the page that imports a hierarchical list does: parents first, `parentLocationId` as the file has it."""

        def load(nodes: list[dict[str, Any]], parent: str | None) -> None:
            for node in nodes:
                assert set(node) == {"location", "children"}
                one = node["location"]
                assert one["parentLocationId"] == parent
                assert one["name"]
                assert one["active"] is True
                assert re.fullmatch(r"LNG_\w+_ADMIN_LEVEL_(?:10|\d)", one["geographicalLevelId"])
                self.locations[one["id"]] = one
                load(node["children"], one["id"])

        load(json.loads(data), None)

    def answer(self, method: str, path: str, query: dict[str, list[str]], token: str, body: Any) -> Any:
        fault = self.faults.popleft() if self.faults else None
        if isinstance(fault, int):
            raise Refused(fault, "INTERNAL_ERROR")
        if (method, path) == ("POST", "/api/users/login"):
            return self.login(body)
        if token not in self.tokens:
            raise Refused(401, "AUTHORIZATION_REQUIRED", "Authorization Required")
        parts = path.removeprefix("/api/").split("/")
        wanted = json.loads(query["filter"][0]) if "filter" in query else {}
        self.calls[f"{method} {'/'.join(part for part in parts if '-' not in part or part in KINDS)}"] += 1
        done = self.route(method, parts, wanted, body)
        if method != "GET":
            self.writes += 1
        if fault == "after":
            raise Refused(500, "INTERNAL_ERROR")
        return done

    def login(self, body: Any) -> Any:
        if body != {"email": EMAIL, "password": PASSWORD}:
            raise Refused(401, "LOGIN_FAILED", "login failed")
        self.logins += 1
        token = uuid.uuid4().hex * 2
        self.tokens.add(token)
        return {"id": token, "ttl": 600, "userId": str(uuid.uuid4())}

    def route(self, method: str, parts: list[str], wanted: dict[str, Any], body: Any) -> Any:
        match method, parts:
            case "GET", ["locations"]:
                return page(self.locations.values(), wanted)
            case _, ["outbreaks", outbreak, *rest] if outbreak == OUTBREAK:
                return self.route_outbreak(method, rest, wanted, body)
        raise Refused(404, "MODEL_NOT_FOUND")

    def route_outbreak(self, method: str, parts: list[str], wanted: dict[str, Any], body: Any) -> Any:
        match method, parts:
            case "GET", []:
                return {
                    "id": OUTBREAK,
                    "name": "COVID-19",
                    "caseIdMask": "CA-YYYY-9999",
                    "contactIdMask": "CO-9999999",
                    "contactOfContactIdMask": "CC-9999999",
                }
            case "GET", [kind] if kind in KINDS:
                return page((one for one in self.people.values() if one["type"] == PERSON_TYPE + KINDS[kind]), wanted)
            case "GET", ["relationships"]:
                return page(self.relationships.values(), wanted)
            case "GET", ["follow-ups"]:
                return page(self.follow_ups.values(), wanted)
            case "POST", [kind] if kind in KINDS:
                return self.create_person(kind, body)
            case "PUT", [kind, one] if kind in KINDS:
                return self.update_person(kind, one, body)
            case "POST", [kind, one, convert] if convert.startswith("convert-to-"):
                return self.convert(kind, one, convert.removeprefix("convert-to-"))
        return self.route_links(method, parts, wanted, body)

    def route_links(self, method: str, parts: list[str], wanted: dict[str, Any], body: Any) -> Any:
        match method, parts:
            case "GET", [kind, one, "relationships"]:
                self.find(kind, one)
                return page(
                    (two for two in self.relationships.values() if one in [end["id"] for end in two["persons"]]), wanted
                )
            case "POST", [kind, one, "relationships"]:
                return self.create_relationship(self.find(kind, one), body)
            case "PUT", [kind, one, "relationships", identifier]:
                self.find(kind, one)
                check(body, RELATIONSHIP - {"persons"})
                self.relationships[identifier] |= body
                return self.relationships[identifier]
            case "POST", ["contacts", one, "follow-ups"]:
                return self.create_follow_up(self.find("contacts", one), body)
            case "PUT", ["contacts", one, "follow-ups", identifier]:
                self.find("contacts", one)
                check(body, FOLLOW_UP)
                self.follow_ups[identifier] |= body
                return self.follow_ups[identifier]
        raise Refused(404, "MODEL_NOT_FOUND")

    def find(self, kind: str, identifier: str) -> dict[str, Any]:
        found = self.people.get(identifier)
        if found is None or found["type"] != PERSON_TYPE + KINDS[kind]:
            raise Refused(404, "MODEL_NOT_FOUND", f"Unknown `{NAMES[kind]}` id `{identifier}`")
        return found

    def create_person(self, kind: str, body: dict[str, Any]) -> Any:
        check(body, FIELDS[kind])
        check_person(body)
        mask = {"cases": "CA-YYYY-9999", "contacts": "CO-9999999", "contacts-of-contacts": "CC-9999999"}[kind]
        given = body.get("visualId")
        if given is not None:
            pattern = re.sub("9+", lambda nines: r"\d" * len(nines[0]), mask.replace("YYYY", r"\d{4}"))
            if not re.fullmatch(pattern, given):
                raise Refused(422, "INVALID_VISUAL_ID_MASK")
            number = 1 + sum(one["type"] == PERSON_TYPE + KINDS[kind] for one in self.people.values())
            given = re.sub("9+$", lambda nines: str(number).zfill(len(nines[0])), given)
        made = {**body, "id": str(uuid.uuid4()), "type": PERSON_TYPE + KINDS[kind], "visualId": given}
        self.people[made["id"]] = made
        return made

    def update_person(self, kind: str, identifier: str, body: dict[str, Any]) -> Any:
        found = self.find(kind, identifier)
        check(body, FIELDS[kind])
        check_person(found | body)
        found |= body
        return found

    def create_relationship(self, one: dict[str, Any], body: dict[str, Any]) -> Any:
        check(body, RELATIONSHIP)
        if not body.get("persons"):
            raise Refused(422, "VALIDATION_ERROR", "you must specify the related person")
        other = self.people.get(body["persons"][0]["id"])
        if other is None:
            raise Refused(404, "MODEL_NOT_FOUND")
        if other is one:
            raise Refused(422, "VALIDATION_ERROR", "You cannot link a person to itself")
        if other.get("classification") == DISCARDED:
            raise Refused(422, "INVALID_RELATIONSHIP_WITH_DISCARDED_CASE")
        mine, theirs = (person["type"].removeprefix(PERSON_TYPE) for person in (one, other))
        if "CONTACT_OF_CONTACT" in {mine, theirs}:
            source = one if theirs == "CONTACT_OF_CONTACT" else other
        elif mine == "CASE" or theirs == "CONTACT":
            source = one
        else:
            source = other
        persons = [
            {"id": person["id"], "type": person["type"], "source" if person is source else "target": True}
            for person in (other, one)
        ]
        made = {**body, "id": str(uuid.uuid4()), "persons": persons, "active": True}
        self.relationships[made["id"]] = made
        for person in (one, other):
            person["followUp"] = {"startDate": body["contactDate"], "status": "UNDER_FOLLOW_UP"}
        return made

    def create_follow_up(self, contact: dict[str, Any], body: dict[str, Any]) -> Any:
        check(body, FOLLOW_UP)
        if body.get("statusId") not in STATUSES:
            raise Refused(422, "VALIDATION_ERROR")
        if "followUp" not in contact:
            raise Refused(500, "INTERNAL_ERROR", "missing follow-up interval information")
        made = {**body, "id": str(uuid.uuid4()), "personId": contact["id"], "index": 1}
        self.follow_ups[made["id"]] = made
        return made

    def convert(self, kind: str, identifier: str, to: str) -> Any:
        found = self.find(kind, identifier)
        if {NAMES[kind], to} not in ({"case", "contact"}, {"contact", "contact-of-contact"}):
            raise Refused(404, "MODEL_NOT_FOUND")
        met = [one for one in self.relationships.values() if identifier in [end["id"] for end in one["persons"]]]
        if (kind, to) == ("cases", "contact") and not any(
            other["type"] == f"{PERSON_TYPE}CASE" and other["id"] != identifier and other.get("source")
            for one in met
            for other in one["persons"]
        ):
            raise Refused(422, "INVALID_CASE_RELATIONSHIP")
        found["type"] = PERSON_TYPE + KINDS[next(kind for kind, name in NAMES.items() if name == to)]
        if to == "case":
            found |= {
                "wasContact": True,
                "dateBecomeCase": "2020-08-03T00:00:00.000Z",
                "classification": "LNG_REFERENCE_DATA_CATEGORY_CASE_CLASSIFICATION_SUSPECT",
            }
        for one in met:
            for end in one["persons"]:
                if to == "case" and self.people[end["id"]]["type"] == f"{PERSON_TYPE}CONTACT_OF_CONTACT":
                    self.people[end["id"]]["type"] = f"{PERSON_TYPE}CONTACT"
                end["type"] = self.people[end["id"]]["type"]
        return found


def check(body: Any, fields: set[str]) -> None:
    """Refuse what the documented models do not have; a real server drops it without a word."""
    if not isinstance(body, dict) or not set(body) <= fields:
        raise Refused(422, "VALIDATION_ERROR", f"unknown: {sorted(set(body) - fields)}")
    for name, parts in PARTS.items():
        for part in body.get(name) or []:
            if not set(part) <= parts:
                raise Refused(422, "VALIDATION_ERROR", f"unknown in {name}: {sorted(set(part) - parts)}")
    for name in DATES & set(body):
        if body[name] is not None and not MOMENT.fullmatch(body[name]):
            raise Refused(422, "VALIDATION_ERROR", f"{name} is no date")


def check_person(person: dict[str, Any]) -> None:
    homes = [one for one in person.get("addresses") or [] if one.get("typeId") == RESIDENCE]
    if person.get("addresses") and len(homes) != 1:
        raise Refused(422, "ADDRESS_MUST_HAVE_USUAL_PLACE_OF_RESIDENCE")


def page(records: Any, wanted: dict[str, Any]) -> list[Any]:
    """LoopBack's filter, as far as it is used: equal fields, one field's order, limit and skip."""
    assert set(wanted) <= {"where", "order", "limit", "skip"}
    found = [
        one for one in records if all(holds(one, key, value) for key, value in (wanted.get("where") or {}).items())
    ]
    for order in wanted.get("order") or []:
        name, _, way = order.partition(" ")
        assert (name, way) == ("_id", "ASC")
        found.sort(key=lambda one: str(one["id"]))
    skip = wanted.get("skip") or 0
    return found[skip : skip + (wanted.get("limit") or len(found))]


def holds(record: Any, path: str, value: Any) -> bool:
    name, _, rest = path.partition(".")
    found = record.get(name)
    if not rest:
        return bool(found == value)
    return any(holds(one, rest, value) for one in (found if isinstance(found, list) else [found]) if one)


@contextmanager
def serving(server: GoDataServer) -> Iterator[GoDataServer]:
    """The server on a port of this machine."""

    def answer(asked: Asked) -> tuple[int, Any]:
        try:
            token = asked.headers.get("Authorization") or ""
            return 200, server.answer(asked.method, asked.path, asked.query, token, asked.body)
        except Refused as error:
            return error.status, {"error": {"statusCode": error.status, "code": error.code, "message": error.message}}

    with answering(answer) as server.port:
        yield server
