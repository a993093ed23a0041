"""What the desk's pages share: what each page shows beside its own, refusals at their fields, previews, conflicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bluezone.server.accounts.access import Account
from bluezone.server.accounts.console import FORM_TOKEN, Console
from bluezone.server.accounts.frame import ROOT
from bluezone.server.casework import words
from bluezone.server.casework.drafts import find_draft
from bluezone.server.casework.errors import PreviewStale
from bluezone.server.casework.ground import Ground, is_id
from bluezone.server.casework.record import people_named
from bluezone.server.casework.service import Casework, Made
from bluezone.server.casework.standing import Change, fingerprint
from bluezone.server.casework.tables import WATCH_DAYS
from bluezone.server.casework.terms import Level
from bluezone.server.casework.transfers import to_tell
from bluezone.server.casework.typed import day_text, moment_text
from bluezone.server.language import N_
from bluezone.server.numbers import whole_number
from bluezone.server.units.service import find_unit

CaseworkParameter = NamedDependency[SkipValidation[Casework]]
"""The type of a handler's parameter `casework`."""

T = TypeVar("T")
Fields = dict[str, str]
_UNSENT = {FORM_TOKEN, "seen", "draft"}


def page(
    console: Console, template: str, *, status_code: int = 200, error: str = "", **context: Any
) -> Response[bytes]:
    """A page of the desk; `error` is the code of a refusal."""
    asked = console.request.query_params
    undo = asked.get("undo", "")
    return console.page(
        f"casework/{template}",
        status_code=status_code,
        error="" if context.get("faults") else error,  # the faults are told above the form
        words=words,
        level_of=level_of,
        day_text=day_text,
        moment_text=moment_text,
        undo=undo if is_id(undo) else "",
        told_count=whole_number(asked.get("told", ""), digits=5),
        **context,
    )


def level_of(level: int | None) -> str:
    """The name that look's sheets and shapes have for a level."""
    return "not_protecting" if level is None else f"f{int(level)}"


def done(console: Console, path: str, word: str, made: Made[Any] | None = None) -> Response[Any]:
    """On to a page that says what was done, with the way to undo it and how many communes were told."""
    query = {"done": word}
    if made is not None and made.undo:
        query["undo"] = made.undo
    if made is not None and made.told:
        query["told"] = str(made.told)
    return console.go(path, **query)


async def fields_of(console: Console) -> Fields:
    """What was typed; where two versions were shown, what was chosen of them."""
    form = await console.form()
    typed = {name: value for name, value in form.items() if not name.startswith(("pick_", "theirs_"))}
    for name, value in form.items():
        if name.startswith("pick_") and value == "theirs":
            field = name.removeprefix("pick_")
            typed[field] = form.get(f"theirs_{field}", "")
    return typed


async def restored(
    console: Console, casework: Casework, form: str, values: Mapping[str, str]
) -> tuple[Fields, int | None]:
    """The fields that a form begins with, and when a draft of it was kept; with `?draft=1` the draft's own fields."""

    def read(connection: sa.Connection) -> Any:
        return find_draft(casework.ground, connection, console.account, form)

    draft = await casework.read(read)
    # What the fields were when the form was opened tells a conflict which of them this official touched.
    values = {**values, **{f"was_{name}": value for name, value in values.items() if name != "version"}}
    if draft is not None and console.request.query_params.get("draft") == "1":
        # The version stays the draft's: what others changed since is then shown.
        return {**values, **draft.fields}, None
    return dict(values), None if draft is None else draft.saved_at


@dataclass(frozen=True, slots=True)
class Told:
    """A commune that will be told, of how many people; `own` is the official's own unit, `reached` one they reach."""

    title: str
    count: int
    own: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A change of level as a preview shows it; without a name for somebody out of reach."""

    change: Change
    name: str | None
    unit: str
    reference: str

    @property
    def until(self) -> date | None:
        """The last day on which they are then followed."""
        last, after = self.change.exposed_last, self.change.after
        return last + timedelta(days=WATCH_DAYS) if last is not None and after in {Level.F1, Level.F2} else None


async def decide(
    console: Console,
    casework: Casework,
    *,
    what: str,
    people: list[str],
    subjects: Sequence[str],
    change: Callable[[Ground, sa.Connection, Account], T],
    fields: Mapping[str, str],
    back: str,
    form: str = "",
) -> Made[T] | Response[bytes]:
    """Make a change at once when nobody else's level changes by it, else show what it changes and ask.

    `subjects` are those whom the official works on and sees; whoever the change adds is one of them.
    """
    seen = fields.get("seen")
    cancel = f"{ROOT}/persons/{subjects[0]}" if subjects else f"{ROOT}/cases"
    if seen is None:
        count = len(people)
        changes = await casework.preview(console.account, change)
        added = set(people[count:])
        del people[count:]
        if any(one.person not in {*subjects, *added} for one in changes):
            return await _preview(console, casework, changes, added, fields, back, cancel)
    try:
        return await casework.make(console.account, what, people, change, seen=seen, form=form)
    except PreviewStale as error:
        return await _preview(console, casework, error.changes, set(), fields, back, cancel, error)


async def _preview(
    console: Console,
    casework: Casework,
    changes: Sequence[Change],
    added: set[str],
    fields: Mapping[str, str],
    back: str,
    cancel: str,
    error: PreviewStale | None = None,
) -> Response[bytes]:
    known = {one.person for one in changes} - added

    def read(connection: sa.Connection) -> tuple[list[Shown], list[Told]]:
        named = people_named(connection, console.account, known)
        titles = {code: find_unit(connection, code) for code in {one.unit for one in changes}}

        def title(code: str) -> str:
            unit = titles[code]
            return code if unit is None else unit.title

        shown = []
        for one in changes:
            person = named.get(one.person)
            name = one.name if person is None else person.name
            shown.append(Shown(one, name, title(one.unit), "" if person is None else person.reference))
        counts: dict[str, int] = {}
        for one in to_tell(changes):
            counts[one.unit] = counts.get(one.unit, 0) + 1
        own = console.account.unit.code
        told = [Told(title(code), count, code == own) for code, count in sorted(counts.items())]
        return shown, sorted(told, key=lambda one: (one.own, -one.count))

    shown, told = await casework.read(read)
    return page(
        console,
        "preview.html",
        status_code=200 if error is None else error.status,
        error="" if error is None else error.code,
        shown=shown,
        told=told,
        fields={name: value for name, value in fields.items() if name not in _UNSENT},
        seen=fingerprint([one for one in changes if one.person not in added]),
        back=back,
        draft=fields.get("draft", ""),
        watched_until=max((one.until for one in shown if one.until is not None), default=None),
        cancel=cancel,
        new_cases=sum(one.after is Level.F0 for one in changes),
    )


def conflict(
    console: Console, *, mine: Mapping[str, str], theirs: Mapping[str, str], version: int, back: str
) -> Response[bytes]:
    """Both versions side by side, field by field, to choose from."""
    shown = [name for name in theirs if mine.get(name, "") != theirs[name]]
    hidden = {name: value for name, value in mine.items() if name not in {*shown, "version", *_UNSENT}}
    untouched = {name for name in shown if mine.get(f"was_{name}") == mine.get(name, "")}
    hidden |= {f"was_{name}": value for name, value in theirs.items()}
    return page(
        console,
        "conflict.html",
        status_code=409,
        error="record_changed",
        differing=[(name, mine.get(name, ""), theirs[name], name in untouched) for name in shown],
        hidden=hidden,
        version=version,
        draft=mine.get("draft", ""),
        back=back,
        said=_said,
    )


def _said(name: str, value: str) -> str:
    """A field's value as people read it: choices by their words."""
    choices: Mapping[str, Mapping[Any, str]] = {
        "status": words.STATUSES,
        "closeness": words.CLOSENESS,
        "origin": words.ORIGINS,
        "sex": words.SEXES,
        "confirmed": {"1": N_("yes"), "": N_("no")},
    }
    return choices.get(name, {}).get(value, value)
