"""A server over real HTTP that answers as DHIS2's web API is documented to, conflicts included.

Paths, parameters, fields and shapes of answers are those of DHIS2's developer documentation (dhis2/dhis2-docs,
src/developer/web-api/data.md and metadata.md).
"""

from __future__ import annotations

import base64
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bluezone.server.link_settings import Dhis2Settings
from tests.server.exchange.httpd import Asked, answering

USER, PASSWORD, TOKEN = "hung-yen", "district", "d2pat_0123456789abcdef"
UID = re.compile(r"[A-Za-z][A-Za-z0-9]{10}")
PERIOD = re.compile(r"\d{4}W(?:[1-9]|[1-4]\d|5[0-3])")
REQUIRED = {
    "organisationUnits": {"id", "code", "name", "shortName", "openingDate"},
    "dataElements": {
        "id",
        "code",
        "name",
        "shortName",
        "domainType",
        "valueType",
        "aggregationType",
        "zeroIsSignificant",
    },
    "dataSets": {"id", "code", "name", "shortName", "periodType", "dataSetElements", "organisationUnits"},
}


@dataclass
class Dhis2Server:
    """What it holds; `bare` answers with summaries as versions before 2.38 do, `faults` are statuses, one a call."""

    objects: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in REQUIRED})
    values: dict[tuple[str, str, str], str] = field(default_factory=dict)
    bare: bool = False
    faults: deque[int] = field(default_factory=deque)
    calls: Counter[str] = field(default_factory=Counter)
    port: int = 0

    def settings(self, folder: Path, **changes: Any) -> Dhis2Settings:
        """What an operator writes for it."""
        token = folder / "dhis2-token"
        token.write_text(TOKEN + "\n", encoding="utf-8")
        values = {"url": f"http://127.0.0.1:{self.port}", "token_file": str(token), "timeout_seconds": 10.0}
        return Dhis2Settings(**{**values, **changes})

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if self.faults and (fault := self.faults.popleft()):
            return fault, {"httpStatusCode": fault, "status": "ERROR", "message": "as told"}
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if asked.headers.get("Authorization") not in {f"ApiToken {TOKEN}", f"Basic {basic}"}:
            return 401, {"httpStatus": "Unauthorized", "httpStatusCode": 401, "status": "ERROR", "message": "Bad token"}
        self.calls[f"{asked.method} {asked.path}"] += 1
        query = {name: values[0] for name, values in asked.query.items()}
        match asked.method, asked.path:
            case "GET", "/api/organisationUnits":
                units = self.objects["organisationUnits"].values()
                return 200, {"organisationUnits": [{"id": one["id"], "code": one["code"]} for one in units]}
            case "POST", "/api/metadata":
                return self.load(asked.body, query)
            case "POST", "/api/dataValueSets":
                return self.take(asked.body, query)
        return 404, {"httpStatusCode": 404, "status": "ERROR", "message": "Not found"}

    def load(self, body: dict[str, list[dict[str, Any]]], query: dict[str, str]) -> tuple[int, Any]:
        assert query["importStrategy"] == "CREATE_AND_UPDATE"
        assert query["atomicMode"] == "ALL"
        reports, created, updated = [], 0, 0
        known = {identifier for held in self.objects.values() for identifier in held}
        coming = {one["id"] for things in body.values() for one in things}
        for kind, things in body.items():
            codes = {one["code"]: one["id"] for one in self.objects[kind].values()}
            errors = []
            for one in things:
                assert UID.fullmatch(one["id"])
                assert len(one["shortName"]) <= 50
                missing = REQUIRED[kind] - set(one)
                if missing:
                    errors.append(("E4000", f"Missing required property `{min(missing)}`."))
                if codes.get(one["code"], one["id"]) != one["id"]:
                    errors.append(("E5003", f"Property `code` with value `{one['code']}` already exists."))
                errors += [
                    ("E5002", f"Invalid reference [{identifier}].")
                    for identifier in referred(one)
                    if identifier not in known | coming
                ]
                created, updated = created + (one["id"] not in known), updated + (one["id"] in known)
            if errors:
                told = [{"errorCode": code, "message": message} for code, message in errors]
                reports.append({"klass": kind, "objectReports": [{"errorReports": told}]})
        if reports:
            stats = {"created": 0, "updated": 0, "deleted": 0, "ignored": created + updated}
            return self.told(409, "ERROR", {"status": "ERROR", "stats": stats, "typeReports": reports})
        if query["importMode"] == "COMMIT":
            for kind, things in body.items():
                self.objects[kind] |= {one["id"]: one for one in things}
        stats = {"created": created, "updated": updated, "deleted": 0, "ignored": 0}
        return self.told(200, "OK", {"status": "OK", "stats": stats, "typeReports": []})

    def take(self, body: dict[str, Any], query: dict[str, str]) -> tuple[int, Any]:
        assert query["importStrategy"] == "CREATE_AND_UPDATE"
        assert set(body) == {"dataValues"}
        by_code = {
            kind: {one["code"] for one in self.objects[kind].values()} for kind in ("organisationUnits", "dataElements")
        }
        codes = query.get("dataElementIdScheme") == query.get("orgUnitIdScheme") == "CODE"
        counts, conflicts = Counter(imported=0, updated=0, ignored=0, deleted=0), {}
        for value in body["dataValues"]:
            assert set(value) == {"dataElement", "period", "orgUnit", "value"}
            assert value["value"].isdecimal()
            reason = None
            if not codes or value["dataElement"] not in by_code["dataElements"]:
                reason = (
                    value["dataElement"],
                    "E7610",
                    f"Data element not found or not accessible: `{value['dataElement']}`",
                )
            elif value["orgUnit"] not in by_code["organisationUnits"]:
                reason = (
                    value["orgUnit"],
                    "E7612",
                    f"Organisation unit not found or not accessible: `{value['orgUnit']}`",
                )
            elif not PERIOD.fullmatch(value["period"]):
                reason = value["period"], "E7611", f"Period not valid: `{value['period']}`"
            if reason:
                counts["ignored"] += 1
                conflicts[reason] = {"object": reason[0], "errorCode": reason[1], "value": reason[2]}
                continue
            key = value["dataElement"], value["period"], value["orgUnit"]
            counts["updated" if key in self.values else "imported"] += 1
            if query["dryRun"] == "false":
                self.values[key] = value["value"]
        summary = {
            "responseType": "ImportSummary",
            "status": "WARNING" if conflicts else "SUCCESS",
            "importCount": dict(counts),
            "conflicts": list(conflicts.values()),
            "dataSetComplete": "false",
        }
        return self.told(409 if conflicts else 200, "WARNING" if conflicts else "OK", summary)

    def told(self, status: int, word: str, response: dict[str, Any]) -> tuple[int, Any]:
        if self.bare:
            return 200, response
        message = "One or more conflicts encountered, please check import summary." if status == 409 else "Done."
        return status, {"httpStatusCode": status, "status": word, "message": message, "response": response}


def referred(one: dict[str, Any]) -> Iterator[str]:
    if "parent" in one:
        yield one["parent"]["id"]
    yield from (part["dataElement"]["id"] for part in one.get("dataSetElements", []))
    yield from (part["id"] for part in one.get("organisationUnits", []))


@contextmanager
def serving(server: Dhis2Server) -> Iterator[Dhis2Server]:
    """The server on a port of this machine."""
    with answering(server.answer) as server.port:
        yield server
