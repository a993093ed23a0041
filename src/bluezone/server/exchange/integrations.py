"""What an operator's commands do with other systems; each time names or figures leave, the audit log says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.server.audit.service import Audit, Event
from bluezone.server.casework.service import Level, persons
from bluezone.server.core import Core
from bluezone.server.exchange.columns import ListKind
from bluezone.server.exchange.dhis2 import Week, data_values, metadata, weekly
from bluezone.server.exchange.dhis2_api import Dhis2, Imported
from bluezone.server.exchange.epicontacts import tables
from bluezone.server.exchange.errors import ReasonMissing
from bluezone.server.exchange.extract import Extract, read_extract, without_names
from bluezone.server.exchange.fhir import bundle
from bluezone.server.exchange.godata import known_to_both, location_file
from bluezone.server.exchange.godata_api import GoData
from bluezone.server.exchange.godata_lists import FILES, lists
from bluezone.server.exchange.godata_sync import Pushed, pull, push
from bluezone.server.exchange.link_errors import UnitUnknown
from bluezone.server.language import VIETNAM
from bluezone.server.units.service import Unit, every_unit, find_unit, units_at

SHORTEST_REASON = 10
ACTOR = "command line"
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is at Go.Data: workbooks for the import page by file name; how many people are the same here, differ or are
    not on record; how many cases, contacts and visits there are."""

    files: Mapping[str, bytes]
    same: int
    differing: int
    new: int
    counts: Mapping[str, int]


class Integrations:
    """Over a server's database, beside a running server or without one.

    `unit` names where what leaves is from: a unit's code, everything for "".
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._audit = Audit(core)

    def fhir(self, unit: str, reason: str) -> bytes:
        """A FHIR bundle; with names only for a reason. Raises UnitUnknown or ReasonMissing."""
        extract = self._leaving("fhir", unit, reason)
        author = f"{ACTOR}, {self._core.settings.authority}"
        return bundle(extract, author=author, now=self._core.clock.now())

    def epicontacts(self, unit: str, reason: str) -> dict[str, bytes]:
        """The tables for epicontacts, by file name; names only for a reason. Raises UnitUnknown or ReasonMissing."""
        return tables(self._leaving("epicontacts", unit, reason))

    def godata_locations(self) -> bytes:
        """The tree of units as Go.Data imports it."""
        return location_file(self._units().values())

    async def push_godata(self, unit: str, reason: str, *, dry_run: bool) -> Pushed:
        """Names leave, so there has to be a reason, except for a dry run. Raises what the server's calls raise."""
        if not dry_run:
            self._require_reason(reason)
        extract = self._extract(self._root(unit))
        now = self._core.clock.now()
        async with GoData(self._core.settings.godata, clock=self._core.clock) as api:
            if not dry_run:
                # Written before the first name leaves, and not for a server that lets nobody in.
                await api.masks()
                rows = str(len(extract.persons))
                self._note("exported", unit, what="godata", rows=rows, names="yes", reason=reason)
            return await push(api, extract, dry_run=dry_run, year=datetime.fromtimestamp(now, VIETNAM).year)

    async def pull_godata(self) -> Fetched:
        """Everything of the outbreak there; nothing is kept here but the event."""
        units = self._units()
        async with GoData(self._core.settings.godata, clock=self._core.clock) as api:
            found = await pull(api, units)
        ours = {one.id: one for one in known_to_both(self._extract("/")).persons}
        met: Counter[str] = Counter()
        for one in found.persons:
            held = ours.get(one.id)
            met["new" if held is None else "same" if held == one else "differing"] += 1
        made = lists(found, self._core.clock.now())
        self._note("fetched", "", what="godata", rows=str(len(found.persons)))
        return Fetched(
            {FILES[kind]: data for kind, data in made.items()},
            met["same"],
            met["differing"],
            met["new"],
            {
                str(ListKind.CASES): len(found.cases),
                str(ListKind.CONTACTS): len(found.contacts),
                str(ListKind.FOLLOW_UPS): len(found.visits),
            },
        )

    def dhis2_metadata(self) -> bytes:
        """Units, data elements and data set for DHIS2's own import page."""
        return msgspec.json.format(msgspec.json.encode(metadata(self._units().values())), indent=1)

    async def send_dhis2_metadata(self, *, dry_run: bool) -> Imported:
        """The same by its interface; units that it has already keep their identifiers."""
        async with Dhis2(self._core.settings.dhis2, clock=self._core.clock) as api:
            made = metadata(self._units().values(), await api.unit_ids())
            return await api.send_metadata(made, dry_run=dry_run)

    async def push_dhis2(self, week: Week, unit: str, *, dry_run: bool) -> Imported:
        """A week's figures of every unit; raises what the server's calls raise."""
        root, now = self._root(unit), int(self._core.clock.now())
        levels = (Level.F1, Level.F2) if self._core.settings.follow_f2 else (Level.F1,)
        figures = self._core.database.read_now(lambda connection: weekly(connection, root, week, levels, now))
        values = data_values(figures, week)
        async with Dhis2(self._core.settings.dhis2, clock=self._core.clock) as api:
            done = await api.send_values(values, dry_run=dry_run)
        if not dry_run:
            self._note("exported", unit, what="dhis2", rows=str(len(values)), names="no", week=str(week))
        return done

    def _leaving(self, what: str, unit: str, reason: str) -> Extract:
        """An extract that goes into a file, with the event that it left."""
        named = bool(reason.strip())
        if named:
            self._require_reason(reason)
        extract = self._extract(self._root(unit))
        if not named:
            extract = without_names(extract, self._core.randomness.token_bytes(_KEY_BYTES))
        rows = str(len(extract.persons))
        self._note("exported", unit, what=what, rows=rows, names="yes" if named else "no", reason=reason)
        return extract

    def _extract(self, root: str) -> Extract:
        inside = units_at([root])
        reach = sa.or_(persons.c.unit.in_(inside), persons.c.desk.in_(inside))
        return self._core.database.read_now(lambda connection: read_extract(connection, reach))

    def _units(self) -> dict[str, Unit]:
        return {unit.code: unit for unit in self._core.database.read_now(every_unit)}

    def _root(self, code: str) -> str:
        if not code:
            return "/"
        unit = self._core.database.read_now(lambda connection: find_unit(connection, code))
        if unit is None:
            raise UnitUnknown(f"There is no unit {code}; find its code with bluezone units find.")
        return unit.path

    def _note(self, action: str, unit: str, **detail: Any) -> None:
        told = {name: " ".join(str(value).split()) for name, value in detail.items() if value}
        event = Event(action, unit=unit, actor_name=ACTOR, detail=told)
        self._core.database.write_now(lambda connection: self._audit.append(connection, event))

    def _require_reason(self, reason: str) -> None:
        if len(reason.strip()) < SHORTEST_REASON:
            raise ReasonMissing("Names leave only for a reason: give it in ten letters or more with --reason.")
