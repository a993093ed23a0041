"""The privacy ledger's page: what is held about people and when it has to be gone."""

from __future__ import annotations

import sqlalchemy as sa
from litestar import Response, get

from bluezone.server.accounts.access import Action, roots
from bluezone.server.accounts.console import ConsoleParameter
from bluezone.server.dues import TableDues, read_dues
from bluezone.server.pages import language_of
from bluezone.server.units.service import is_whole


@get("/privacy", opt={"may": Action.READ_AUDIT})
async def privacy(console: ConsoleParameter) -> Response[bytes]:
    """Counts and dates are of all units together, so they are for those who head them all; others read the rules."""
    core, reach = console.accounts.ground.core, roots(console.account, Action.READ_AUDIT)
    now = core.clock.now()

    def read(connection: sa.Connection) -> tuple[list[TableDues], bool]:
        tables = read_dues(connection, core.settings, now, language=language_of(console.request))
        whole = is_whole(connection, reach)
        # In the order of days it would tell of days.
        return sorted(tables, key=_urgency if whole else lambda table: table.title), whole

    tables, whole = await core.database.read(read)
    return console.page("privacy.html", tables=tables, whole=whole, now=now, late=sum(table.late for table in tables))


handlers = [privacy]


def _urgency(table: TableDues) -> tuple[bool, bool, float, str]:
    """What is late, then what is due next, then what has no date, then what is empty."""
    return not table.late, not table.rows, float("inf") if table.first_due is None else table.first_due, table.title
