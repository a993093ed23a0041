"""An extract brought to Go.Data and what is there fetched: the same again changes nothing, nothing there is deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bluezone.server.exchange import godata
from bluezone.server.exchange.extract import Extract, Subject
from bluezone.server.exchange.godata import RINGS, Kind, Record, Sent
from bluezone.server.exchange.godata_api import GoData
from bluezone.server.exchange.link_errors import LinkRefused, LinkUnavailable
from bluezone.server.units.service import Unit

MOST_FAILURES = 3
"""So many records in a row of which the server does not answer: it is the server, not the records."""

_NEAREST_FIRST = (Kind.CASE, Kind.CONTACT, Kind.CONTACT_OF_CONTACT)
_PLANNED = "planned"
"""Stands for Go.Data's identifier of a record that a dry run would have made."""


@dataclass(frozen=True, slots=True)
class Left:
    """A record that Go.Data did not take: of which kind, our identifier of it or its person, and what it said."""

    kind: str
    identifier: str
    said: str


@dataclass(slots=True)
class Pushed:
    """How many records of each kind were made, changed, made something else and found as they should be.

    `without_place` of the people live where Go.Data has no location; what has no place at Go.Data at all is counted in
    `sent`.
    """

    sent: Sent
    made: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    converted: Counter[str] = field(default_factory=Counter)
    same: Counter[str] = field(default_factory=Counter)
    left: list[Left] = field(default_factory=list)
    without_place: int = 0


async def push(api: GoData, extract: Extract, *, dry_run: bool, year: int) -> Pushed:
    """Bring an extract to Go.Data. What it knows of these people becomes what we know; a dry run only looks.

    Whoever is there already is known by our identifier among their documents, never by name. `year` is this one, for
    numbers of people by the outbreak's pattern. Raises LinkUnavailable when the server goes; what was written stays,
    and pushing again goes on from there.
    """
    return await _Push(api, extract, dry_run=dry_run, year=year).run()


async def pull(api: GoData, units: Mapping[str, Unit]) -> Extract:
    """All that an outbreak of Go.Data has, for somebody to look at; nothing is written here."""
    people = [(kind, one) for kind in _NEAREST_FIRST for one in await api.people(kind)]
    relationships, follow_ups = await api.relationships(), await api.follow_ups()
    return godata.read_back(people, relationships, follow_ups, await codes_of_locations(api, units), units)


async def codes_of_locations(api: GoData, units: Mapping[str, Unit]) -> dict[str, str]:
    """Our units' codes by the identifiers of Go.Data's locations that carry them."""
    found = {}
    for location in await api.locations():
        codes = [str(one.get("code")) for one in location.get("identifiers") or [] if isinstance(one, dict)]
        code = next((code for code in codes if code in units), None)
        if code is not None:
            found[str(location["id"])] = code
    return found


@dataclass(slots=True)
class _There:
    """Somebody at Go.Data."""

    kind: Kind
    record: Record

    @property
    def id(self) -> str:
        return str(self.record["id"])


class _Push:
    def __init__(self, api: GoData, extract: Extract, *, dry_run: bool, year: int) -> None:
        self._api = api
        self._extract = extract
        self._dry_run = dry_run
        self._year = year
        self._sent = godata.choose(extract)
        self._done = Pushed(self._sent)
        self._there: dict[str, _There] = {}
        self._linked: set[str] = set()
        self._failures = 0

    async def run(self) -> Pushed:
        places = {code: place for place, code in (await codes_of_locations(self._api, self._extract.units)).items()}
        masks = {kind: _number(mask, self._year) for kind, mask in (await self._api.masks()).items()}
        await self._read_people()
        await self._convert()
        nearest = sorted(self._sent.persons.values(), key=lambda one: (RINGS[self._sent.kinds[one.id]], one.id))
        for person in nearest:
            await self._send_person(person, places.get(person.unit), masks)
        await self._send_contacts()
        await self._send_visits()
        return self._done

    async def _read_people(self) -> None:
        self._there = {}
        for kind in _NEAREST_FIRST:
            for record in await self._api.people(kind):
                if own := godata.external_id(record):
                    self._there.setdefault(own, _There(kind, record))

    async def _convert(self) -> None:
        """Make everybody there what they are here, one ring at a time, new cases first.

        Go.Data makes contacts of those whom a new case met, so everybody is read again before the others.
        """
        refused: set[str] = set()
        for _ in range(2 * len(RINGS)):
            moves = {
                own: _beside(there.kind, wanted)
                for own, wanted in sorted(self._sent.kinds.items())
                if own not in refused and (there := self._there.get(own)) is not None and there.kind is not wanted
            }
            cases = {own: to for own, to in moves.items() if to is Kind.CASE}
            for own, to in (cases or moves).items():
                there = self._there[own]
                if await self._try(there.kind, own, self._api.convert, there.kind, there.id, to):
                    self._done.converted[to] += 1
                    there.kind = to
                else:
                    refused.add(own)
            if not moves:
                return
            if not self._dry_run:
                await self._read_people()

    async def _send_person(self, person: Subject, place: str | None, masks: Mapping[Kind, str]) -> None:
        kind = self._sent.kinds[person.id]
        if place is None:
            self._done.without_place += 1
        record = godata.person_record(person, self._sent.cases.get(person.id), place)
        there = self._there.get(person.id)
        if there is None:
            new = {name: value for name, value in record.items() if value is not None}
            if masks[kind]:
                new["visualId"] = masks[kind]
            made = await self._make(kind, person.id, self._api.add_person, kind, new, person.id)
            if made is not None:
                self._there[person.id] = _There(kind, made)
        elif there.kind is kind:
            await self._change(
                kind, person.id, godata.changes(there.record, record), self._api.change_person, kind, there.id
            )

    async def _send_contacts(self) -> None:
        there = {own: one for one in await self._api.relationships() if (own := godata.own_contact(one))}
        for one in self._sent.contacts:
            source, target = self._there.get(one.source), self._there.get(one.exposed)
            if source is None or target is None:
                self._done.left.append(Left("relationships", one.id, "one of the two people is not there"))
                continue
            record, before = godata.relationship_record(one), there.get(one.id)
            if before is None:
                new = {name: value for name, value in record.items() if value is not None}
                ends = source.kind, source.id, target.id
                made = await self._make("relationships", one.id, self._api.add_relationship, *ends, new)
                taken = made is not None
            else:
                # The call is made of either end.
                holder = source if source.id in godata.ends(before) else target
                taken = await self._change(
                    "relationships",
                    one.id,
                    godata.changes(before, record),
                    self._api.change_relationship,
                    holder.kind,
                    holder.id,
                    str(before["id"]),
                )
            if taken:
                self._linked |= {one.source, one.exposed}

    async def _send_visits(self) -> None:
        there = {
            (str(one.get("personId")), godata.read_day(one.get("date"))): one for one in await self._api.follow_ups()
        }
        for one in self._sent.visits:
            person = self._there.get(one.person)
            if person is None or person.kind is not Kind.CONTACT or one.person not in self._linked:
                # Without a contact of theirs Go.Data has no days on which they are followed.
                self._done.left.append(Left("follow-ups", one.person, "the contact is not there"))
                continue
            record, before = godata.follow_up_record(one), there.get((person.id, one.day))
            if before is None:
                await self._make("follow-ups", one.person, self._api.add_follow_up, person.id, record)
            else:
                changed = godata.changes(before, record)
                await self._change(
                    "follow-ups", one.person, changed, self._api.change_follow_up, person.id, str(before["id"])
                )

    async def _make(self, kind: str, own: str, call: Callable[..., Awaitable[Record]], *args: Any) -> Record | None:
        if self._dry_run:
            self._done.made[kind] += 1
            return {"id": _PLANNED}
        found: list[Record] = []

        async def made(*args: Any) -> None:
            found.append(await call(*args))

        if await self._try(kind, own, made, *args):
            self._done.made[kind] += 1
            return found[0]
        return None

    async def _change(
        self, kind: str, own: str, fields: Record, call: Callable[..., Awaitable[None]], *args: Any
    ) -> bool:
        if not fields:
            self._done.same[kind] += 1
            return True
        taken = await self._try(kind, own, call, *args, fields)
        self._done.changed[kind] += taken
        return taken

    async def _try(self, kind: str, own: str, call: Callable[..., Awaitable[None]], *args: Any) -> bool:
        """Whether a record was taken. One that is refused is left and told; a server that goes ends it all."""
        if self._dry_run:
            return True
        try:
            await call(*args)
        except LinkRefused as error:
            self._done.left.append(Left(kind, own, error.said or f"HTTP {error.answered}"))
        except LinkUnavailable as error:
            self._failures += 1
            if not error.doubtful or self._failures >= MOST_FAILURES:
                raise
            self._done.left.append(Left(kind, own, str(error)))
            return False
        else:
            self._failures = 0
            return True
        self._failures = 0
        return False


def _beside(kind: Kind, wanted: Kind) -> Kind:
    """The ring beside a kind's in the direction of another."""
    return _NEAREST_FIRST[RINGS[kind] + (1 if RINGS[wanted] > RINGS[kind] else -1)]


def _number(mask: str, year: int) -> str:
    """The pattern itself, as whoever wants the next number sends it."""
    return mask.replace("YYYY", str(year)).replace("*", "")
