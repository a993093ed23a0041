"""How many wrong tries are borne: by account, so that nobody guesses; by client, so that nobody tries them all.

A try is counted before it is looked at and forgiven when it was right: tries at the same moment do not slip past.
"""

from __future__ import annotations

import sqlalchemy as sa

from bluezone.server.accounts.errors import TooManyTries
from bluezone.server.accounts.tables import WINDOW_MINUTES, account_tries

PASSWORD_TRIES = 10
"""For one user name in a quarter of an hour, whether an account has it or not."""
CODE_TRIES = 5
"""Second steps of one account: 20 an hour hit a six-digit code, three of which are good, once in 16,000 hours."""
CLIENT_TRIES = 50
"""From one client: a whole office may share its address."""

_LOCK = 0x54524945  # an arbitrary number for pg_advisory_xact_lock: "TRIE"


def count_try(connection: sa.Connection, most: dict[bytes, int], now: float) -> int:
    """Count a try for each subject, of at most so many in the window; returns the minute in which it is counted.

    Raises TooManyTries and counts none.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    minute = int(now // 60)
    forget_tries(connection, now)
    for subject, limit in most.items():
        if used_up(connection, subject, limit):
            raise TooManyTries(f"Too many wrong tries; wait {WINDOW_MINUTES} minutes, or sign in with a passkey.")
    for subject in most:
        here = [account_tries.c.subject == subject, account_tries.c.minute == minute]
        update = sa.update(account_tries).where(*here).values(tries=account_tries.c.tries + 1)
        if connection.execute(update).rowcount == 0:
            connection.execute(sa.insert(account_tries).values(subject=subject, minute=minute, tries=1))
    return minute


def used_up(connection: sa.Connection, subject: bytes, limit: int) -> bool:
    """Whether no more tries are borne in this window."""
    # Later minutes than now count too: they come from a clock that was put back.
    query = sa.select(sa.func.coalesce(sa.func.sum(account_tries.c.tries), 0))
    return int(connection.execute(query.where(account_tries.c.subject == subject)).scalar_one()) >= limit


def take_back(connection: sa.Connection, subject: bytes, minute: int) -> None:
    """The try of that minute was right: it does not count."""
    here = [account_tries.c.subject == subject, account_tries.c.minute == minute]
    connection.execute(sa.update(account_tries).where(*here).values(tries=account_tries.c.tries - 1))


def forgive(connection: sa.Connection, subject: bytes) -> None:
    """Forget every wrong try of this subject."""
    connection.execute(sa.delete(account_tries).where(account_tries.c.subject == subject))


def forget_tries(connection: sa.Connection, now: float) -> None:
    """Destroy the counts of before the window."""
    oldest = int(now // 60) - WINDOW_MINUTES
    connection.execute(sa.delete(account_tries).where(account_tries.c.minute < oldest))
