"""Whom each row means: somebody on record, an earlier row of the same file, or nobody yet; and what it would change.

A row certainly means somebody when name, year of birth and telephone number agree, or name, year, commune and address.
Where only some of it agrees an official says who it is: nothing is made one silently.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action
from bluezone.server.casework.service import CaseStatus, cases, contacts, persons, reachable
from bluezone.server.exchange.entries import Candidate, Entry, Flaw
from bluezone.server.exchange.places import Places
from bluezone.server.followup.service import followups
from bluezone.server.names import sort_key
from bluezone.server.units.service import fold

MOST_CANDIDATES = 6
COMPARED = ("sex", "birth_year", "phone", "unit", "address", "work")
"""What is compared between a row and the record; a name that differs in letters is another person's."""
COMPARED_CASE = ("status", "onset", "test_date", "isolated_on", "reference")
_AT_ONCE = 500
_PATIENT = re.compile(r"\b(?:bn|benh nhan|ca benh|ca)\s*(?:so\s*)?[:.]?\s*0*(\d{1,6})\b")
_NUMBER = re.compile(r"#\s?(\d{1,9})\b", re.ASCII)
_ASIDE = re.compile(r"[(\[,;].*|\s[-–]\s.*", re.DOTALL)
_TITLES = re.compile(r"^(?:f[0-5]|ca benh|benh nhan|ong|ba|anh|chi|em|chau)\b[ :.]*")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)", re.ASCII)

T = TypeVar("T")


class Records:
    """The people and cases on record that the rows may mean, of those the account reaches."""

    def __init__(self, connection: sa.Connection, account: Account, entries: Sequence[Entry]) -> None:
        self.by_key: defaultdict[bytes, list[Any]] = defaultdict(list)
        self.by_phone: defaultdict[str, list[Any]] = defaultdict(list)
        self.people: dict[str, Any] = {}
        self.connection = connection
        self._reach = reachable(account, Action.WORK_CASES)
        names = {sort_key(one.name) for one in entries if one.name}
        names |= {sort_key(said) for one in entries if (said := source_name(one.source_said))}
        phones = {one.phone for one in entries if one.phone}
        for row in self._read(persons.c.sort_key, names):
            self._add(row)
        for row in self._read(persons.c.phone, phones):
            self._add(row)
        self._read_cases(entries)

    def _read(self, column: sa.ColumnElement[Any], values: Collection[Any]) -> Iterator[Any]:
        c = persons.c
        columns = (
            c.id, c.name, c.sort_key, c.birth_year, c.sex, c.phone, c.unit, c.address, c.work, c.level, c.version,
            c.closed_at,
        )  # fmt: skip
        for part in parts(values):
            yield from self.connection.execute(sa.select(*columns).where(column.in_(part), self._reach))

    def _add(self, row: Any) -> None:
        if row.id not in self.people:
            self.people[row.id] = row
            self.by_key[bytes(row.sort_key)].append(row)
            if row.phone:
                self.by_phone[row.phone].append(row)

    def _read_cases(self, entries: Sequence[Entry]) -> None:
        self.by_reference: dict[str, Any] = {}
        self.by_number: dict[int, Any] = {}
        self.open_case: dict[str, Any] = {}
        wanted = {plain_reference(one.case.reference) for one in entries if one.case and one.case.reference}
        said = [one.source_said for one in entries if one.source_said]
        wanted |= {source_reference(text) for text in said} - {""}
        numbers = {int(number[1]) for text in said if (number := _NUMBER.search(text))}
        c = cases.c
        join = sa.select(cases).join(persons, persons.c.id == c.person).where(self._reach)
        rows: dict[str, Any] = {}
        if wanted:
            # References are written in many ways: each is compared in its plain form, and there are few cases.
            for row in self.connection.execute(join.where(c.reference != "")):
                if plain_reference(row.reference) in wanted:
                    rows[row.id] = row
        for some in parts(numbers):
            rows |= {row.id: row for row in self.connection.execute(join.where(c.number.in_(some)))}
        for part in parts(self.people):
            rows |= {row.id: row for row in self.connection.execute(sa.select(cases).where(c.person.in_(part)))}
        for row in sorted(rows.values(), key=lambda row: row.number):
            if row.reference:
                self.by_reference[plain_reference(row.reference)] = row
            self.by_number[row.number] = row
            if row.closed_at is None:
                self.open_case[row.person] = row
        missing = {row.person for row in rows.values()} - self.people.keys()
        for row in self._read(persons.c.id, missing):
            self._add(row)

    def met(self, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], set[date]]:
        """The last days of what is on record between these pairs, whoever was named as source."""
        found: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
        ends = {end for pair in pairs for end in pair}
        c = contacts.c
        for part in parts(ends):
            for row in self.connection.execute(sa.select(c.source, c.exposed, c.last_day).where(c.exposed.in_(part))):
                found[row.source, row.exposed].add(row.last_day)
                found[row.exposed, row.source].add(row.last_day)
        return found


def match(entries: Sequence[Entry], records: Records, places: Places) -> None:
    """Say of every entry whom it means and what it would change."""
    earlier = _Earlier()
    for entry in entries:
        if entry.name and not any(flaw.column == "name" for flaw in entry.flaws):
            _find_person(entry, records, earlier, places)
        earlier.add(entry)
    by_row = {entry.row: entry for entry in entries}
    for entry in entries:
        if entry.contact is not None:
            _find_source(entry, records, earlier)
    for entry in entries:
        if entry.person and entry.visit is None:
            _compare(entry, records, places)
        elif entry.visit is not None:
            _need_record(entry)
    _find_known(entries, records, by_row)
    _find_visits(records.connection, entries)


class _Earlier:
    """The rows of the file that were looked at."""

    def __init__(self) -> None:
        self.certain: dict[tuple[Any, ...], Entry] = {}
        self.by_key: defaultdict[bytes, list[Entry]] = defaultdict(list)
        self.by_phone: defaultdict[str, list[Entry]] = defaultdict(list)

    def add(self, entry: Entry) -> None:
        if not entry.name or entry.same_row:
            return
        for key in certain_keys(entry):
            self.certain.setdefault(key, entry)
        self.by_key[sort_key(entry.name)].append(entry)
        if entry.phone:
            self.by_phone[entry.phone].append(entry)


def certain_keys(one: Any) -> Iterator[tuple[Any, ...]]:
    """What two have in common who are certainly the same; nothing where too little is known."""
    name = sort_key(one.name)
    if one.birth_year and one.phone:
        yield name, one.birth_year, one.phone
    if one.birth_year and one.address:
        yield name, one.birth_year, one.unit, fold(one.address)


def maybe_same(one: Any, other: Any) -> bool:
    """Whether an official has to say whether two are the same: name and year agree, or number and year do."""
    if one.birth_year and other.birth_year and one.birth_year != other.birth_year:
        return False
    if sort_key(one.name) == sort_key(other.name):
        known = bool(one.birth_year and other.birth_year)
        return known or one.unit == other.unit or bool(one.phone and one.phone == other.phone)
    return bool(one.phone and one.phone == other.phone and (one.birth_year or other.birth_year))


def _find_person(entry: Entry, records: Records, earlier: _Earlier, places: Places) -> None:
    key = sort_key(entry.name)
    on_record = {row.id: row for row in (*records.by_key[key], *records.by_phone[entry.phone or "-"])}
    if entry.case and entry.case.reference:
        known = records.by_reference.get(plain_reference(entry.case.reference))
        if known is not None:
            row = records.people[known.person]
            if bytes(row.sort_key) == key:
                entry.person, entry.version = row.id, row.version
                return
            entry.candidates.append(_candidate(row, places))
            entry.flaws.append(Flaw("reference_taken", "", "reference", entry.case.reference))
    keys = set(certain_keys(entry))
    certain = [row for row in on_record.values() if keys & set(certain_keys(row))]
    if len(certain) == 1:
        entry.person, entry.version = certain[0].id, certain[0].version
        return
    if not certain:
        for one in keys:
            if same := earlier.certain.get(one):
                if same.person:
                    entry.person, entry.version = same.person, same.version
                else:
                    entry.same_row = same.row
                return
    listed = certain or [row for row in on_record.values() if maybe_same(entry, row)]
    entry.candidates += [_candidate(row, places) for row in listed[:MOST_CANDIDATES]]
    rows = {one.row: one for one in (*earlier.by_key[key], *earlier.by_phone[entry.phone or "-"])}
    for before in rows.values():
        if len(entry.candidates) < MOST_CANDIDATES and not before.person and maybe_same(entry, before):
            title = places.title(before.unit)
            entry.candidates.append(
                Candidate("", before.row, before.name, before.birth_year, before.phone, title, None)
            )


def _candidate(row: Any, places: Places) -> Candidate:
    return Candidate(row.id, 0, row.name, row.birth_year, row.phone, places.title(row.unit), row.level)


def plain_reference(reference: str) -> str:
    """A case number in the one form in which it is compared: BN 01046 and bn1046 are the same."""
    text = re.sub(r"\W", "", fold(reference))
    found = re.fullmatch(r"(?:bn)?0*(\d+)", text)
    return found[1] if found else text


def source_reference(said: str) -> str:
    """The ministry's number in what a list says about the source."""
    text = fold(said)
    if found := _PATIENT.search(text):
        return found[1]
    return text if text.isdecimal() and text.isascii() else ""


def source_name(said: str) -> str:
    """The name in what a list says about the source, with marks."""
    text = _YEAR.sub(" ", _ASIDE.sub("", said)).strip()
    while (found := _TITLES.match(fold(text))) and (len(text.split()) > 2 or found[0].startswith("f")):
        text = text[found.end() :].strip(" :.")
    return text


def _find_source(entry: Entry, records: Records, rows: _Earlier) -> None:
    said = entry.source_said
    known = None
    if reference := source_reference(said):
        known = records.by_reference.get(reference)
    elif found := _NUMBER.search(said):
        known = records.by_number.get(int(found[1]))
    if known is not None:
        entry.source = known.person
    else:
        name, year = source_name(said), _YEAR.search(said)
        key = sort_key(name) if name else b"-"
        wanted = int(year[1]) if year else None
        people = {row.id for row in records.by_key[key] if wanted in {None, row.birth_year}}
        new = set()
        for one in rows.by_key[key]:
            if wanted not in {None, one.birth_year} or one.row == entry.row:
                continue
            if one.person:
                people.add(one.person)
            else:
                new.add(one.row)
        if len(people) + len(new) > 1 and (ill := {one for one in people if records.people[one].level == 0}):
            people, new = (ill, set()) if len(ill) == 1 and _says_ill(said) else (people, new)
        if len(people) + len(new) != 1:
            code = "source_unknown" if not (people or new) else "source_ambiguous"
            entry.flaws.append(Flaw(code, "", "source", said))
            return
        entry.source, entry.source_row = next(iter(people), ""), next(iter(new), 0)
    if entry.source and entry.source == entry.person:
        entry.flaws.append(Flaw("met_themselves", "", "source", said))


def _says_ill(said: str) -> bool:
    return bool(re.search(r"\b(?:f0|bn|benh nhan|ca benh)\b", fold(said)))


def _compare(entry: Entry, records: Records, places: Places) -> None:
    row = records.people[entry.person]
    for field in COMPARED:
        said, held = getattr(entry, field), getattr(row, field)
        if not said or said == held or (isinstance(said, str) and fold(said) == fold(str(held or ""))):
            continue
        if field == "unit":
            said, held = places.title(said), places.title(held)
        if held in {None, ""}:
            entry.fills[field] = str(said)
        else:
            entry.conflicts[field] = (str(held), str(said))
    if entry.case is None:
        return
    case = records.by_reference.get(plain_reference(entry.case.reference)) if entry.case.reference else None
    if case is None or case.person != entry.person:
        case = records.open_case.get(entry.person)
    if case is None:
        return
    entry.known, entry.known_case, entry.case_version = True, case.id, case.version
    for field in COMPARED_CASE:
        said, held = getattr(entry.case, field), getattr(case, field)
        if not said or said == held:
            continue
        if field == "reference" and held and plain_reference(said) == plain_reference(held):
            continue
        if held in {None, ""} or (field == "status" and held == CaseStatus.SUSPECTED):
            entry.fills[field] = _text(said)
        else:
            entry.conflicts[field] = (_text(held), _text(said))


def _text(value: object) -> str:
    return f"{value.day}/{value.month}/{value.year}" if isinstance(value, date) else str(value)


def _find_known(entries: Sequence[Entry], records: Records, by_row: dict[int, Entry]) -> None:
    """Which contacts are on record, or in an earlier row, already; and which numbers stand twice in the file."""
    pairs = {(one.source, one.person) for one in entries if one.contact and one.source and one.person}
    met = records.met(pairs)
    told: set[tuple[str, str, date]] = set()
    references: dict[str, Entry] = {}
    for one in entries:
        if one.case and one.case.reference and not one.flaws:
            first = references.setdefault(plain_reference(one.case.reference), one)
            if first is not one and one.same_row != first.row and (not one.person or one.person != first.person):
                one.flaws.append(Flaw("reference_twice", "", "reference", one.case.reference))
        if one.case and one.same_row:
            one.known = True
        if one.contact is None:
            continue
        source, exposed = _name(one.source, one.source_row, by_row), _name(one.person, one.same_row or one.row, by_row)
        day = one.contact.last_day
        one.known = day in met.get((one.source, one.person), ()) or (source, exposed, day) in told
        told |= {(source, exposed, day), (exposed, source, day)}


def _need_record(entry: Entry) -> None:
    """A result is kept of somebody on record alone: no row of the file is one."""
    entry.candidates = [one for one in entry.candidates if one.person]
    entry.same_row = 0
    if not entry.person and not entry.candidates and not entry.flaws:
        entry.flaws.append(Flaw("person_unknown", "", "name", entry.name))


def _find_visits(connection: sa.Connection, entries: Sequence[Entry]) -> None:
    """Which results are on record already, and which say something else there or twice in the file."""
    held: dict[tuple[str, date], tuple[str, int | None]] = {}
    f = followups.c
    for part in parts({one.person for one in entries if one.visit and one.person}):
        for row in connection.execute(sa.select(f.person, f.day, f.result, f.temperature).where(f.person.in_(part))):
            held[row.person, row.day] = row.result, row.temperature
    for one in entries:
        if one.visit is None or not one.person or one.flaws:
            continue
        said = one.visit.result, one.visit.temperature
        before = held.setdefault((one.person, one.visit.day), said)
        one.known = before is not said and before == said
        if before != said:
            one.flaws.append(Flaw("result_differs", "", "result", one.visit.result))


def _name(person: str, row: int, by_row: dict[int, Entry]) -> str:
    """The same for the same person, on record or not."""
    if person:
        return person
    entry = by_row.get(row)
    return f"row {entry.same_row if entry is not None and entry.same_row else row}"


def parts(values: Iterable[T]) -> Iterator[list[T]]:
    """Few enough for one IN list."""
    every = list(values)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
