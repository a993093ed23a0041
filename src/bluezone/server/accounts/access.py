"""Who may do what where: the one place that decides.

A role is held at a unit and holds for everything below it. What belongs to no unit that an account reaches does not
exist for it: the answer for a neighbour's unit and for one that nobody has is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.units.service import Unit


class Role(StrEnum):
    """What somebody is at a unit."""

    OPERATOR = "operator"
    DEPARTMENT = "department"
    HEALTH_OFFICER = "health_officer"
    MANAGER = "manager"
    RECORDER = "recorder"
    VIEWER = "viewer"


class Action(StrEnum):
    """What a page or call does, as far as somebody may or may not do it."""

    SEE_PEOPLE = "people.see"
    MANAGE_PEOPLE = "people.manage"
    READ_AUDIT = "audit.read"
    SEE_FIGURES = "figures.see"
    """Indicators, without names."""
    SEE_CASES = "cases.see"
    WORK_CASES = "cases.work"
    ISSUE_CODES = "codes.issue"
    EXPORT_CASES = "cases.export"
    GATES_MANAGE = "gates.manage"
    GATES_WORK = "gates.work"
    """Gates and what they count, without names."""
    PLACES_SEE = "places.see"
    PLACES_MANAGE = "places.manage"


HEALTH_RECORDS = frozenset({Action.SEE_CASES, Action.WORK_CASES, Action.ISSUE_CODES, Action.EXPORT_CASES})
"""What touches single patients and contacts: for those who work on them, and for nobody who runs or heads."""

_HEADING = frozenset(
    {
        Action.SEE_PEOPLE,
        Action.MANAGE_PEOPLE,
        Action.READ_AUDIT,
        Action.SEE_FIGURES,
        Action.GATES_MANAGE,
        Action.GATES_WORK,
        Action.PLACES_SEE,
        Action.PLACES_MANAGE,
    }
)

MAY: Mapping[Role, frozenset[Action]] = {
    Role.OPERATOR: frozenset(Action) - HEALTH_RECORDS,
    Role.DEPARTMENT: _HEADING,
    Role.HEALTH_OFFICER: HEALTH_RECORDS | {Action.SEE_PEOPLE, Action.SEE_FIGURES, Action.PLACES_SEE},
    Role.MANAGER: _HEADING,
    Role.RECORDER: frozenset({Action.GATES_WORK, Action.PLACES_SEE}),
    Role.VIEWER: frozenset({Action.SEE_FIGURES}),
}

MAY_GRANT: Mapping[Role, frozenset[Role]] = {
    Role.OPERATOR: frozenset(Role),
    Role.DEPARTMENT: frozenset(Role) - {Role.OPERATOR},
    Role.MANAGER: frozenset({Role.RECORDER, Role.VIEWER}),
}
"""Which roles a role may give and take at its unit and below.

Nobody makes somebody more than they are themselves, but for health records: who names the officers does not read them.
"""


@dataclass(frozen=True, slots=True)
class Holding:
    """A role held at a unit."""

    role: Role
    unit: Unit


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in; `unit` is where they belong, `closed_at` when the account was closed (Unix seconds)."""

    id: str
    login: str
    name: str
    unit: Unit
    holdings: tuple[Holding, ...]
    closed_at: int | None = None


def allowed(account: Account, action: Action, unit: Unit | None) -> bool:
    """Whether the account may do this for this unit; None is a unit that does not exist."""
    return unit is not None and any(action in MAY[held.role] and held.unit.contains(unit) for held in account.holdings)


def require(account: Account, action: Action, unit: Unit | None) -> None:
    """Return when the account may do this for this unit; raises AccessDenied."""
    if not allowed(account, action, unit):
        raise denied()


def require_somewhere(account: Account, action: Action) -> None:
    """Return when the account may do this for any unit at all; raises AccessDenied."""
    if not roots(account, action):
        raise denied()


def roots(account: Account, action: Action) -> tuple[str, ...]:
    """The paths of the units at and below which the account may do this; for the conditions of lists."""
    paths = sorted({held.unit.path for held in account.holdings if action in MAY[held.role]}, key=len)
    return tuple(path for at, path in enumerate(paths) if not path.startswith(tuple(paths[:at])))


def grantable(account: Account, unit: Unit | None) -> frozenset[Role]:
    """The roles that the account may give and take at this unit."""
    if unit is None:
        return frozenset()
    given = [MAY_GRANT.get(held.role, frozenset()) for held in account.holdings if held.unit.contains(unit)]
    return frozenset[Role]().union(*given)


def require_grant(account: Account, role: Role, unit: Unit | None) -> None:
    """Return when the account may give or take this role at this unit; raises AccessDenied."""
    if role not in grantable(account, unit):
        raise denied()


def manages(account: Account, other: Account) -> bool:
    """Whether the account may close the other or renew how it signs in: it could have given it all that it is.

    Nobody manages themselves: what one may change about oneself is on one's own page.
    """
    return (
        account.id != other.id
        and allowed(account, Action.MANAGE_PEOPLE, other.unit)
        and all(held.role in grantable(account, held.unit) for held in other.holdings)
    )


def require_manages(account: Account, other: Account) -> None:
    """Raises AccessDenied."""
    if not manages(account, other):
        raise denied()


def denied() -> AccessDenied:
    """The one refusal for all that is not allowed."""
    return AccessDenied("Your account does not reach this; ask the head of your unit if you need it.")
