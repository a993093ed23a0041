"""What stands around every page of the console: the navigation, and the sentences for what was done, refused or noted.

The accounts room has its own; each further room adds its own when its router is built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import sqlalchemy as sa

from bluezone.server.accounts import words
from bluezone.server.accounts.access import Account, Action, roots
from bluezone.server.language import N_

T = TypeVar("T")

ROOT = "/console"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the navigation; shown to whoever may do `action` anywhere, to everybody without one."""

    path: str
    icon: str
    title: str
    action: Action | None = None


FIRST = (Entry(ROOT, "home", N_("Overview")),)
LAST = (
    Entry(f"{ROOT}/people", "users", N_("People"), Action.SEE_PEOPLE),
    Entry(f"{ROOT}/units", "building", N_("Units"), Action.SEE_PEOPLE),
    Entry(f"{ROOT}/audit", "notebook", N_("Audit log"), Action.READ_AUDIT),
    Entry(f"{ROOT}/privacy", "shield-lock", N_("Privacy"), Action.READ_AUDIT),
    Entry(f"{ROOT}/account", "user", N_("My account")),
)


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the overview: a template, and what it shows as its variable `panel`, for whoever may do `action`."""

    template: str
    read: Callable[[sa.Connection, Account], Mapping[str, Any]]
    action: Action


@dataclass(frozen=True, slots=True)
class RoomFrame:
    """What a room adds: lines of the navigation in their order, and sentences as the mappings of `words` have them.

    `overview` are parts of the first page.
    """

    entries: Sequence[Entry] = ()
    overview: Sequence[Panel] = ()
    done: Mapping[str, str] = field(default_factory=dict)
    refusals: Mapping[str, str] = field(default_factory=dict)
    events: Mapping[str, str] = field(default_factory=dict)


class Frame:
    """The frame of one application; rooms' entries stand between the overview and the people, as they were added."""

    def __init__(self) -> None:
        self.done = dict(words.DONE)
        self.refusals = dict(words.REFUSALS)
        self.events = dict(words.EVENTS)
        self._entries: dict[str, Entry] = {}
        self._overview: list[Panel] = []

    def add(self, room: RoomFrame) -> None:
        """Raises ValueError where a word or path means something else already."""
        for known, added in (
            (self.done, room.done),
            (self.refusals, room.refusals),
            (self.events, room.events),
        ):
            _add(known, added)
        _add(self._entries, {entry.path: entry for entry in room.entries})
        self._overview += room.overview

    def navigation(self, account: Account) -> list[Entry]:
        """What the account can reach."""
        entries = (*FIRST, *self._entries.values(), *LAST)
        return [entry for entry in entries if entry.action is None or roots(account, entry.action)]

    def overview(self, connection: sa.Connection, account: Account) -> list[tuple[str, Mapping[str, Any]]]:
        """The parts of the account's first page: each one's template and what it shows."""
        may = (panel for panel in self._overview if roots(account, panel.action))
        return [(panel.template, panel.read(connection, account)) for panel in may]


def _add(known: dict[str, T], added: Mapping[str, T]) -> None:
    for key, value in added.items():
        if known.setdefault(key, value) != value:
            raise ValueError(f"The word {key} means something else in another room; choose another one.")
