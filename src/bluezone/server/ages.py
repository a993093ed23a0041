"""When a table's rows are due to be destroyed: the rule in words told again as SQL, so that it can be checked.

A table with personal data carries an `Age` in its `info`, beside the sentences of purpose and destruction. The rows are
destroyed by the job of their room; a test moves the clock and proves for every table that both mean the same moment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bluezone.server.settings import Settings

AGE = "age"

Columns = sa.ColumnCollection[str, sa.Column[Any]]
Moment = sa.ColumnElement[Any]
"""Unix seconds."""


@dataclass(frozen=True, slots=True)
class Age:
    """How old a row is and until when it stays, from the table's columns.

    `due` is the first second in which the room's job destroys the row or a part of it; NULL while that depends on what
    has not happened yet. `born` is when the row came to be, None where the table does not say.
    """

    due: Callable[[Columns, Settings], Moment]
    born: Callable[[Columns], Moment] | None


def earliest(one: Moment, other: Moment) -> Moment:
    """The earlier of two moments, neither of them NULL."""
    return sa.case((one <= other, one), else_=other)
