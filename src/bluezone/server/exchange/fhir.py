"""An extract as a FHIR R4 bundle: patients, conditions, whom they met, daily reports, and where it comes from.

Mapped as other systems of contact tracing do (Patient, Condition, RelatedPerson, Observation, QuestionnaireResponse,
Provenance; HL7 FHIR R4, 4.0.1). The bundle is a collection: it tells, it changes nothing at the receiver.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from bluezone import __version__
from bluezone.server.casework.service import CaseStatus
from bluezone.server.exchange.extract import Extract, Illness, Meeting, Subject, Visit
from bluezone.server.language import VIETNAM

SYSTEM = "urn:bluezone:casework"
CONDITION_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
CONDITION_VERIFICATION = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
PROVENANCE_AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
COVID_19 = (
    {"system": "http://snomed.info/sct", "code": "840539006", "display": "Disease caused by 2019-nCoV"},
    {"system": "http://hl7.org/fhir/sid/icd-10", "code": "U07.1", "display": "COVID-19, virus identified"},
)
TEMPERATURE = {"system": "http://loinc.org", "code": "8310-5", "display": "Body temperature"}

_GENDERS = {"m": "male", "f": "female", "": "unknown"}
_VERIFIED = {
    CaseStatus.CONFIRMED: "confirmed",
    CaseStatus.CLINICAL: "provisional",
    CaseStatus.SUSPECTED: "unconfirmed",
    CaseStatus.DISCARDED: "refuted",
}
_CLOSENESS = {
    "household": "Lives in the same household",
    "close": "Within 2 m for 15 minutes or more",
    "near": "Within 2 m for less than 15 minutes",
    "passing": "In the same place, further away",
}

Resource = dict[str, Any]


def bundle(extract: Extract, *, author: str, now: float) -> bytes:
    """The JSON of the extract; `author` is who let it out, `now` (Unix seconds) when."""
    resources = [
        *(_patient(one, extract) for one in extract.persons),
        *(_condition(one) for one in extract.cases),
        *(_related(one) for one in extract.contacts),
        *(made for one in extract.visits for made in _report(one)),
    ]
    resources.append(_provenance(resources, author, now))
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "resourceType": "Bundle",
                "type": "collection",
                "timestamp": _instant(now),
                "entry": [{"fullUrl": _url(one["resourceType"], one["id"]), "resource": one} for one in resources],
            }
        ),
        indent=1,
    )


def _patient(one: Subject, extract: Extract) -> Resource:
    unit = extract.units[one.unit]
    patient: Resource = {
        "resourceType": "Patient",
        "id": one.id,
        "identifier": [_identifier("person", one.id)],
        "gender": _GENDERS[one.sex],
        "address": [
            _filled(
                {
                    "use": "home",
                    "text": ", ".join(filter(None, (one.address, unit.title))),
                    "district": unit.title,
                    "country": "VN",
                }
            )
        ],
    }
    if one.name:
        patient["name"] = [{"use": "official", "text": one.name}]
    if one.phone:
        patient["telecom"] = [{"system": "phone", "value": one.phone}]
    if one.born is not None:
        # FHIR's date may be a year alone; of ten years it is the first.
        patient["birthDate"] = f"{one.born:04d}"
    return patient


def _condition(one: Illness) -> Resource:
    status = CaseStatus(one.status)
    condition: Resource = {
        "resourceType": "Condition",
        "id": one.id,
        "identifier": [_identifier("case", str(one.number))],
        "verificationStatus": _coded(CONDITION_VERIFICATION, _VERIFIED[status]),
        "code": {"coding": list(COVID_19), "text": "COVID-19"},
        "subject": _reference("Patient", one.person),
        "recordedDate": _day_of(one.reported_at),
    }
    if status is not CaseStatus.DISCARDED:
        condition["clinicalStatus"] = _coded(CONDITION_CLINICAL, "active" if one.closed_at is None else "resolved")
    if one.onset is not None:
        condition["onsetDateTime"] = one.onset.isoformat()
    if one.reference:
        condition["identifier"].append({"system": "urn:bluezone:ministry-number", "value": one.reference})
    return condition


def _related(one: Meeting) -> Resource:
    """Whom a patient met: R4's RelatedPerson hangs on the patient and names the other by identifier."""
    return {
        "resourceType": "RelatedPerson",
        "id": one.id,
        "identifier": [_identifier("person", one.exposed)],
        "patient": _reference("Patient", one.source),
        "relationship": [
            {"coding": [{"system": f"{SYSTEM}:closeness", "code": one.closeness}], "text": _CLOSENESS[one.closeness]}
        ],
        "period": {"start": one.first_day.isoformat(), "end": one.last_day.isoformat()},
    }


def _report(one: Visit) -> Iterator[Resource]:
    name = f"{one.person}-{one.day:%Y%m%d}"
    items: list[Resource] = [{"linkId": "result", "text": "Result", "answer": [{"valueString": one.result}]}]
    if one.temperature is not None:
        items.append({"linkId": "temperature", "text": "Temperature", "answer": [{"valueDecimal": one.temperature}]})
    yield {
        "resourceType": "QuestionnaireResponse",
        "id": name,
        "status": "completed",
        "subject": _reference("Patient", one.person),
        "authored": one.day.isoformat(),
        "item": items,
    }
    if one.temperature is not None:
        yield {
            "resourceType": "Observation",
            "id": f"{name}-t",
            "status": "final",
            "category": [_coded(OBSERVATION_CATEGORY, "vital-signs")],
            "code": {"coding": [TEMPERATURE]},
            "subject": _reference("Patient", one.person),
            "effectiveDateTime": one.day.isoformat(),
            "valueQuantity": {
                "value": one.temperature,
                "unit": "°C",
                "system": "http://unitsofmeasure.org",
                "code": "Cel",
            },
        }


def _provenance(resources: list[Resource], author: str, now: float) -> Resource:
    targets = [_reference(one["resourceType"], one["id"]) for one in resources]
    return {
        "resourceType": "Provenance",
        "id": "origin",
        # A provenance must be of something; of an empty extract it is of the bundle's system.
        "target": targets or [{"display": "Bluezone"}],
        "recorded": _instant(now),
        "agent": [
            {"type": _coded(PROVENANCE_AGENT, "author"), "who": {"display": author}},
            {"type": _coded(PROVENANCE_AGENT, "assembler"), "who": {"display": f"Bluezone {__version__}"}},
        ],
    }


def _identifier(kind: str, value: str) -> Resource:
    return {"system": f"{SYSTEM}:{kind}", "value": value}


def _reference(kind: str, identifier: str) -> Resource:
    return {"reference": _url(kind, identifier)}


def _url(kind: str, identifier: str) -> str:
    """The same resource has the same address in every bundle, so that a receiver can tell it again."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'{SYSTEM}/{kind}/{identifier}')}"


def _coded(system: str, code: str) -> Resource:
    return {"coding": [{"system": system, "code": code}]}


def _filled(fields: Resource) -> Resource:
    return {name: value for name, value in fields.items() if value}


def _instant(time: float) -> str:
    return datetime.fromtimestamp(int(time), UTC).isoformat().replace("+00:00", "Z")


def _day_of(time: int) -> str:
    return datetime.fromtimestamp(time, VIETNAM).date().isoformat()
