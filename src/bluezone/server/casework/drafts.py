"""What an official was typing, kept sealed until the form is sent; and opening closed records with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from bluezone.server.accounts.access import Account, Action, denied
from bluezone.server.casework.cases import find_case, find_landmark
from bluezone.server.casework.contacts import find_contact
from bluezone.server.casework.errors import RecordClosed, RecordInvalid
from bluezone.server.casework.ground import Ground
from bluezone.server.casework.people import find_person
from bluezone.server.casework.tables import OPEN_SECONDS, drafts, openings

_FORM = re.compile(r"new-case|(?P<kind>person|report|case|contacts|contact|landmark)-(?P<id>[0-9a-f]{32})", re.ASCII)
MOST_BYTES = 50_000
SHORTEST_REASON = 10
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed, and when it was kept (Unix seconds)."""

    fields: dict[str, str]
    saved_at: int


def check_form(connection: sa.Connection, account: Account, form: str) -> None:
    """Return when the account may fill in this form. Raises AccessDenied."""
    named = _FORM.fullmatch(form)
    if named is None:
        raise denied()
    match named["kind"]:
        case "case":
            find_case(connection, account, Action.WORK_CASES, named["id"])
        case "contact":
            find_contact(connection, account, Action.WORK_CASES, named["id"])
        case "landmark":
            find_landmark(connection, account, Action.WORK_CASES, named["id"])
        case "person" | "report" | "contacts":
            find_person(connection, account, Action.WORK_CASES, named["id"])


def keep_draft(
    ground: Ground, connection: sa.Connection, account: Account, form: str, fields: Mapping[str, str]
) -> None:
    """Keep what was typed until now in place of what was kept before. Raises AccessDenied or RecordInvalid."""
    check_form(connection, account, form)
    text = msgspec.json.encode(dict(fields))
    if len(text) > MOST_BYTES:
        raise RecordInvalid({"draft": "too_long"})
    drop_draft(connection, account, form)
    connection.execute(
        sa.insert(drafts).values(account=account.id, form=form, fields=ground.seal(text), saved_at=ground.now())
    )


def find_draft(ground: Ground, connection: sa.Connection, account: Account, form: str) -> Draft | None:
    """What is kept of this form. Raises AccessDenied."""
    check_form(connection, account, form)
    mine = sa.select(drafts).where(drafts.c.account == account.id, drafts.c.form == form)
    row = connection.execute(mine).one_or_none()
    if row is None:
        return None
    return Draft(msgspec.json.decode(ground.unseal(row.fields), type=dict[str, str]), row.saved_at)


def drop_draft(connection: sa.Connection, account: Account, form: str) -> None:
    """The form was sent, or what was kept is not wanted."""
    connection.execute(sa.delete(drafts).where(drafts.c.account == account.id, drafts.c.form == form))


def open_closed(ground: Ground, connection: sa.Connection, account: Account, person: str, reason: str) -> None:
    """Let the account look at a closed record for a while; the reason stays in the log.

    Raises AccessDenied or RecordInvalid.
    """
    row = find_person(connection, account, Action.SEE_CASES, person)
    if row.closed_at is None:
        return
    told = " ".join(reason.split())
    if not SHORTEST_REASON <= len(told) <= LONGEST_REASON:
        raise RecordInvalid({"reason": "reason_short" if len(told) < SHORTEST_REASON else "too_long"})
    mine = openings.c.account == account.id, openings.c.person == person
    connection.execute(sa.delete(openings).where(*mine))
    connection.execute(sa.insert(openings).values(account=account.id, person=person, until=ground.now() + OPEN_SECONDS))
    ground.note(connection, account, "closed_record_opened", unit=row.unit, subject=person, reason=told)


def require_open(ground: Ground, connection: sa.Connection, account: Account, row: sa.Row[Any]) -> None:
    """Return when a person's record is open, or open to this account for now. Raises RecordClosed."""
    if row.closed_at is None:
        return
    query = sa.select(openings.c.until).where(openings.c.account == account.id, openings.c.person == row.id)
    if (connection.execute(query).scalar() or 0) <= ground.now():
        raise RecordClosed("This record is closed; say why you open it.")
