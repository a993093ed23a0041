"""A Go.Data server's calls: signing in, reading page by page, writing so that nothing is there twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from bluezone.clock import Clock
from bluezone.server.exchange.godata import Kind, Record
from bluezone.server.exchange.link import TRIES, Answer, Link
from bluezone.server.exchange.link_errors import LinkAnswerStrange, LinkNotSet, LinkUnavailable
from bluezone.server.link_settings import GoDataSettings, read_secret

PAGE = 500
_SIGNED_OUT = 401


class GoData:
    """One outbreak of a Go.Data server (API 2.50.3), as one of its users. Use it as an asynchronous context.

    Methods raise LinkUnavailable, LinkRefused or LinkAnswerStrange, the constructor LinkNotSet or SettingsInvalid.
    """

    def __init__(
        self, settings: GoDataSettings, *, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        if not (settings.url and settings.outbreak and settings.email):
            raise LinkNotSet("The settings name no Go.Data server: add url, outbreak and email to the table [godata].")
        self._login = {"email": settings.email, "password": read_secret("godata.password_file", settings.password_file)}
        self._root = f"outbreaks/{settings.outbreak}"
        self._token = ""
        self._link = Link(
            "Go.Data",
            settings.url.rstrip("/") + "/api",
            clock=clock,
            timeout=settings.timeout_seconds,
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        await self._link.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._link.__aexit__(kind, error, trace)

    async def masks(self) -> dict[Kind, str]:
        """By which pattern the outbreak numbers people of each kind."""
        found = await self._call("GET", self._root, again=True)
        if not isinstance(found, dict):
            raise LinkAnswerStrange("Go.Data does not describe the outbreak; look at godata.outbreak.")
        names = {
            Kind.CASE: "caseIdMask",
            Kind.CONTACT: "contactIdMask",
            Kind.CONTACT_OF_CONTACT: "contactOfContactIdMask",
        }
        return {kind: str(found.get(name) or "") for kind, name in names.items()}

    async def locations(self) -> list[Record]:
        """Every location of the server."""
        return await self._every("locations", {})

    async def people(self, kind: Kind, where: Record | None = None) -> list[Record]:
        """People of a kind; all of them, or those of a LoopBack condition."""
        return await self._every(f"{self._root}/{kind}", where or {})

    async def relationships(self) -> list[Record]:
        """Who met whom."""
        return await self._every(f"{self._root}/relationships", {})

    async def follow_ups(self, where: Record | None = None) -> list[Record]:
        """Daily follow-up; all of it, or that of a LoopBack condition."""
        return await self._every(f"{self._root}/follow-ups", where or {})

    async def add_person(self, kind: Kind, record: Record, external: str) -> Record:
        """A new person; `external` is our identifier among the record's documents."""

        async def find() -> Record | None:
            found = await self.people(kind, {"documents.number": external})
            return found[0] if found else None

        return await self._create(f"{self._root}/{kind}", record, find)

    async def change_person(self, kind: Kind, identifier: str, fields: Record) -> None:
        await self._call("PUT", f"{self._root}/{kind}/{identifier}", again=True, body=fields)

    async def convert(self, kind: Kind, identifier: str, to: Kind) -> None:
        """Make a person one of the ring beside theirs, with all that hangs on them."""
        name = {Kind.CASE: "case", Kind.CONTACT: "contact", Kind.CONTACT_OF_CONTACT: "contact-of-contact"}[to]
        await self._call("POST", f"{self._root}/{kind}/{identifier}/convert-to-{name}", again=False)

    async def add_relationship(self, kind: Kind, source: str, target: str, record: Record) -> Record:
        """`source`, a person of this kind, met `target`."""

        async def find() -> Record | None:
            detail = {"socialRelationshipDetail": record["socialRelationshipDetail"]}
            found = await self._every(f"{self._root}/{kind}/{source}/relationships", detail)
            return found[0] if found else None

        return await self._create(
            f"{self._root}/{kind}/{source}/relationships", {"persons": [{"id": target}], **record}, find
        )

    async def change_relationship(self, kind: Kind, source: str, identifier: str, fields: Record) -> None:
        await self._call("PUT", f"{self._root}/{kind}/{source}/relationships/{identifier}", again=True, body=fields)

    async def add_follow_up(self, contact: str, record: Record) -> Record:
        """A day's follow-up of a contact."""

        async def find() -> Record | None:
            day = record["date"][:10]
            there = await self.follow_ups({"personId": contact})
            return next((one for one in there if str(one.get("date"))[:10] == day), None)

        return await self._create(f"{self._root}/{Kind.CONTACT}/{contact}/follow-ups", record, find)

    async def change_follow_up(self, contact: str, identifier: str, fields: Record) -> None:
        await self._call(
            "PUT", f"{self._root}/{Kind.CONTACT}/{contact}/follow-ups/{identifier}", again=True, body=fields
        )

    async def _every(self, path: str, where: Record) -> list[Record]:
        found: dict[str, Record] = {}
        while True:
            # By the database's own name: some lists are sorted there, where nothing is called id.
            wanted = {"where": where, "order": ["_id ASC"], "limit": PAGE, "skip": len(found)}
            params = {"filter": msgspec.json.encode(wanted).decode()}
            page = await self._call("GET", path, again=True, params=params)
            if not isinstance(page, list) or not all(isinstance(one, dict) and one.get("id") for one in page):
                raise LinkAnswerStrange(
                    f"Go.Data answers {path} with something else than records; look at its version."
                )
            before = len(found)
            found |= {str(one["id"]): one for one in page}
            if len(page) < PAGE or len(found) == before:
                return list(found.values())

    async def _create(self, path: str, record: Record, find: Callable[[], Awaitable[Record | None]]) -> Record:
        """Write once: where it is not known whether an earlier try got through, look before trying again."""
        for left in reversed(range(TRIES)):
            try:
                made = await self._call("POST", path, again=False, body=record)
                break
            except LinkUnavailable as error:
                if not error.doubtful:
                    raise
                if (made := await find()) is not None:
                    break
                if not left:
                    raise
        if not isinstance(made, dict) or not made.get("id"):
            raise LinkAnswerStrange("Go.Data does not say what became of a record; look at its version.")
        return made

    async def _call(
        self, method: str, path: str, *, again: bool, params: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        """The JSON of an answer; signs in first, and once more when the token has run out meanwhile."""
        for fresh in (False, True):
            if fresh or not self._token:
                self._token = await self._sign_in()
            headers = {"Authorization": self._token}
            answer = await self._link.call(method, path, again=again, params=params, body=body, headers=headers)
            if answer.status != _SIGNED_OUT:
                break
        if answer.status >= 300:
            raise self._link.refused(answer, _said(answer))
        return answer.body

    async def _sign_in(self) -> str:
        answer = await self._link.call("POST", "users/login", again=True, body=self._login)
        if answer.status >= 300:
            raise self._link.refused(answer, _said(answer))
        token = answer.body.get("id") if isinstance(answer.body, dict) else None
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise LinkAnswerStrange("Go.Data lets nobody in by password alone; take an account without a second step.")
        return token


def _said(answer: Answer) -> str:
    error = answer.body.get("error") if isinstance(answer.body, dict) else None
    if not isinstance(error, dict):
        return ""
    return f"{error.get('code') or error.get('name') or ''} {error.get('message') or ''}".strip()
