"""How many wrong short codes are borne, so that guessing does not pay however many addresses a guesser has.

A short code is one of 10^8. A guess at a moment when N codes are good succeeds with probability N / 10^8, so each wrong
code costs N of an hour's budget of `BUDGET` hundred-millionths, shared by everybody: whoever guesses, from wherever,
succeeds within any hour with a probability of at most 10^4 / 10^8, one in ten thousand. Kept up without a pause that is
one success in 10,000 hours, more than a year. When one more try could exceed the budget, short codes pause and people
are sent to the desk for the link. Long codes (80 bits) never pause. A limit for each client keeps one nuisance from
using up everybody's budget.

A smaller budget would make nobody safer: honest people mistype, and the fewer wrong codes an hour bears, the fewer
addresses a nuisance needs to pause everybody's short codes.

The counts lie in the database: they hold for all processes and over a restart.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

import sqlalchemy as sa

from bluezone.server.desk.codes import SHORT_CODES
from bluezone.server.desk.errors import DeskError, ShortCodesPaused, TooManyWrongCodes
from bluezone.server.desk.tables import WINDOW_MINUTES, desk_cases, desk_clients, desk_minutes

BUDGET: int = SHORT_CODES // 10_000
"""Hundred-millionths of success that an hour's wrong codes may add up to: 10^4."""

MOST_LIVE_SHORT_CODES = BUDGET // 100
"""With this many good short codes (100, or 9,600 a day), a hundred honest slips an hour fit; beyond, links alone."""

CLIENT_TRIES = 30
"""Wrong short codes an hour from one client: thousands of people may share one address of a mobile network."""

_LOCK = 0x4445534B  # an arbitrary number for pg_advisory_xact_lock: "DESK"


def take_turn(connection: sa.Connection) -> None:
    """Wait until no other transaction counts or spends the budget; holds until this one ends.

    SQLite's writers take turns anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def live_short_codes(connection: sa.Connection, now: float) -> int:
    """How many short codes are good at this moment."""
    return connection.execute(
        sa.select(sa.func.count())
        .select_from(desk_cases)
        .where(desk_cases.c.short_expires_at > now, sa.not_(desk_cases.c.claimed))
    ).scalar_one()


def short_codes_open(connection: sa.Connection, now: float) -> bool:
    """Whether one more short code may be given out: few enough are good, and they are not paused."""
    live = live_short_codes(connection, now) + 1
    return live <= MOST_LIVE_SHORT_CODES and _spent(connection, now) + live <= BUDGET


def refusal(connection: sa.Connection, client: bytes, live: int, now: float) -> DeskError | None:
    """Why a short code may not be tried now, before anybody looks whether it is good; None when it may."""
    tries = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(desk_clients.c.tries), 0)).where(
            desk_clients.c.client == client, desk_clients.c.minute >= _first_minute(now)
        )
    ).scalar_one()
    if tries >= CLIENT_TRIES:
        return TooManyWrongCodes(
            "Too many wrong codes came from here; wait an hour, or ask the health desk for the link."
        )
    if _spent(connection, now) + live > BUDGET:
        return ShortCodesPaused("Short codes are paused against guessing; ask the health desk for the link.")
    return None


def charge(connection: sa.Connection, client: bytes, live: int, now: float) -> None:
    """Count a wrong short code, and forget those of more than an hour ago."""
    forget(connection, now)
    minute = int(now // 60)
    _add(connection, desk_clients, {"client": client, "minute": minute}, {"tries": 1})
    _add(connection, desk_minutes, {"minute": minute}, {"calls": 1, "risk": live})


def touch(connection: sa.Connection, now: float) -> None:
    """Write, as a call does that changes a case, and change no more than the number of calls.

    Were nothing changed, the database would leave out what takes longest, the write to disk.
    """
    _add(connection, desk_minutes, {"minute": int(now // 60)}, {"calls": 1, "risk": 0})


def forget(connection: sa.Connection, now: float) -> None:
    """Destroy the counts of more than an hour ago."""
    for table in (desk_clients, desk_minutes):
        connection.execute(sa.delete(table).where(table.c.minute < _first_minute(now)))


def client_address(peer: str, forwarded_for: str, trusted_proxies: int) -> str:
    """The address that stands for a client: an IPv4 address, or an IPv6 network of 64 bits, which one subscriber has.

    `forwarded_for` is the X-Forwarded-For header; only as many of its last entries are believed as there are trusted
    proxies, since a client may write whatever it likes before them.
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    address = hops[-min(trusted_proxies, len(hops))] if trusted_proxies and hops else peer
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)


def _spent(connection: sa.Connection, now: float) -> int:
    """Hundred-millionths that the last hour's wrong codes add up to."""
    query = sa.select(sa.func.coalesce(sa.func.sum(desk_minutes.c.risk), 0))
    return int(connection.execute(query.where(desk_minutes.c.minute >= _first_minute(now))).scalar_one())


def _first_minute(now: float) -> int:
    # One minute more than an hour holds, since the first one is cut. Later minutes than now count too: they come from
    # a clock that was put back, and forgetting them would be a guesser's gain.
    return int(now // 60) - WINDOW_MINUTES


def _add(connection: sa.Connection, table: sa.Table, row: dict[str, int | bytes], more: dict[str, int]) -> None:
    """Add to a row's numbers, or insert it; `take_turn` keeps others from inserting it meanwhile."""
    where = [table.c[name] == value for name, value in row.items()]
    values = {name: table.c[name] + number for name, number in more.items()}
    if connection.execute(sa.update(table).where(*where).values(values)).rowcount == 0:
        connection.execute(sa.insert(table).values({**row, **more}))
