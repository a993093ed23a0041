"""A DHIS2 server's calls: importing metadata and data values, and what its import summary says of each conflict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from bluezone.clock import Clock
from bluezone.server.exchange.link import Answer, Link, plain
from bluezone.server.exchange.link_errors import LinkAnswerStrange, LinkNotSet
from bluezone.server.link_settings import Dhis2Settings, read_secret

AT_ONCE = 1000
_CONFLICT = 409
_CODES = {"dataElementIdScheme": "CODE", "orgUnitIdScheme": "CODE", "idScheme": "CODE"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What DHIS2 did with what it was sent; `conflicts` is one sentence each."""

    created: int = 0
    updated: int = 0
    ignored: int = 0
    conflicts: tuple[str, ...] = ()

    def __add__(self, other: Imported) -> Imported:
        return Imported(
            self.created + other.created,
            self.updated + other.updated,
            self.ignored + other.ignored,
            tuple(dict.fromkeys(self.conflicts + other.conflicts)),
        )


class Dhis2:
    """A DHIS2 server as one of its users. Use it as an asynchronous context.

    Methods raise LinkUnavailable, LinkRefused or LinkAnswerStrange, the constructor LinkNotSet or SettingsInvalid.
    """

    def __init__(
        self, settings: Dhis2Settings, *, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        if not settings.url or not (settings.user or settings.token_file):
            raise LinkNotSet("The settings name no DHIS2 server: add url and token_file or user to the table [dhis2].")
        auth, headers = None, {}
        if settings.token_file:
            headers = {"Authorization": f"ApiToken {read_secret('dhis2.token_file', settings.token_file)}"}
        else:
            auth = (settings.user, read_secret("dhis2.password_file", settings.password_file))
        self._link = Link(
            "DHIS2",
            settings.url.rstrip("/") + "/api",
            clock=clock,
            timeout=settings.timeout_seconds,
            auth=auth,
            headers=headers,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        await self._link.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._link.__aexit__(kind, error, trace)

    async def unit_ids(self) -> dict[str, str]:
        """The identifiers of the organisation units that have a code, by code."""
        params = {"fields": "id,code", "paging": "false"}
        answer = await self._link.call("GET", "organisationUnits", again=True, params=params)
        self._require_taken(answer)
        found = answer.body.get("organisationUnits") if isinstance(answer.body, dict) else None
        if not isinstance(found, list):
            raise LinkAnswerStrange("DHIS2 does not list its organisation units; look at its address.")
        return {
            str(one["code"]): str(one["id"]) for one in found if isinstance(one, dict) and {"code", "id"} <= set(one)
        }

    async def send_metadata(self, metadata: Mapping[str, Any], *, dry_run: bool) -> Imported:
        """Create or update units, data elements and data sets, all or none of them."""
        params = {
            "importStrategy": "CREATE_AND_UPDATE",
            "atomicMode": "ALL",
            "importMode": "VALIDATE" if dry_run else "COMMIT",
        }
        # The same import again changes nothing, so it may be tried again.
        answer = await self._link.call("POST", "metadata", again=True, params=params, body=metadata)
        return self._read_report(answer)

    async def send_values(self, values: Sequence[Mapping[str, str]], *, dry_run: bool) -> Imported:
        """Create or update data values, a thousand at a time; each says its element, period and unit."""
        done = Imported()
        params = {**_CODES, "importStrategy": "CREATE_AND_UPDATE", "dryRun": "true" if dry_run else "false"}
        for start in range(0, len(values), AT_ONCE):
            body = {"dataValues": values[start : start + AT_ONCE]}
            done += self._read_summary(
                await self._link.call("POST", "dataValueSets", again=True, params=params, body=body)
            )
        return done

    def _read_summary(self, answer: Answer) -> Imported:
        summary = self._response(answer)
        counts = summary.get("importCount")
        if not isinstance(counts, dict):
            self._require_taken(answer)
            raise LinkAnswerStrange("DHIS2 does not say what became of the values; look at its version.")
        conflicts = tuple(dict.fromkeys(_conflicts(summary)))
        if answer.status >= 300 and not conflicts:
            conflicts = (plain(_said(answer)) or f"HTTP {answer.status}",)
        return Imported(_count(counts, "imported"), _count(counts, "updated"), _count(counts, "ignored"), conflicts)

    def _read_report(self, answer: Answer) -> Imported:
        report = self._response(answer)
        stats = report.get("stats")
        if not isinstance(stats, dict):
            self._require_taken(answer)
            raise LinkAnswerStrange("DHIS2 does not say what became of the metadata; look at its version.")
        conflicts = tuple(dict.fromkeys(_reports(report)))
        if answer.status >= 300 and not conflicts:
            conflicts = (plain(_said(answer)) or f"HTTP {answer.status}",)
        return Imported(_count(stats, "created"), _count(stats, "updated"), _count(stats, "ignored"), conflicts)

    def _response(self, answer: Answer) -> dict[str, Any]:
        """The summary: bare until version 2.37, within a message since then; also where there are conflicts."""
        if answer.status >= 300 and answer.status != _CONFLICT:
            raise self._link.refused(answer, _said(answer))
        body = answer.body if isinstance(answer.body, dict) else {}
        inner = body.get("response")
        return inner if isinstance(inner, dict) else body

    def _require_taken(self, answer: Answer) -> None:
        if answer.status >= 300:
            raise self._link.refused(answer, _said(answer))


def _conflicts(summary: Mapping[str, Any]) -> Iterator[str]:
    for one in summary.get("conflicts") or []:
        if isinstance(one, dict):
            said = plain(str(one.get("value") or "")).rstrip(".")
            about, code = (plain(str(one.get(name) or "")) for name in ("object", "errorCode"))
            aside = ", ".join(part for part in (code, about if about not in said else "") if part)
            yield f"{said or 'It does not say why'}{f' ({aside})' if aside else ''}."


def _reports(report: Mapping[str, Any]) -> Iterator[str]:
    for kind in report.get("typeReports") or []:
        for thing in kind.get("objectReports") or []:
            for one in thing.get("errorReports") or []:
                said, code = (plain(str(one.get(name) or "")) for name in ("message", "errorCode"))
                yield f"{said.rstrip('.')}{f' ({code})' if code else ''}."


def _count(counts: Mapping[str, Any], name: str) -> int:
    value = counts.get(name)
    return value if isinstance(value, int) else 0


def _said(answer: Answer) -> str:
    return (
        str(answer.body.get("message") or answer.body.get("description") or "") if isinstance(answer.body, dict) else ""
    )
