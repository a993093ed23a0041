"""What holds for writes on either database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import sqlalchemy as sa

from bluezone.server import Core


def test_an_exception_that_a_write_returns_is_a_result_and_one_that_it_raises_is_raised(core: Core) -> None:
    def give_back(_connection: sa.Connection, error: Exception) -> Exception:
        return error

    def fail(_connection: sa.Connection, error: Exception) -> None:
        raise error

    async def outcome(write: Callable[[sa.Connection, Exception], object], error: Exception) -> tuple[str, object]:
        try:
            return "returned", await core.database.write(write, error)
        except ValueError as raised:
            return "raised", raised

    async def story() -> None:
        calls = [(give_back, ValueError("first")), (fail, ValueError("second"))]
        expected = [("returned", calls[0][1]), ("raised", calls[1][1])]
        assert [await outcome(*call) for call in calls] == expected
        # Queued together, they share a transaction on SQLite.
        assert await asyncio.gather(*(outcome(*call) for call in calls * 2)) == expected * 2

    asyncio.run(story())
