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
        first, second = ValueError("first"), ValueError("second")
        expected = [("returned", first), ("raised", second)]
        assert [await outcome(give_back, first), await outcome(fail, second)] == expected
        # Queued together, they share a transaction on SQLite.
        assert await asyncio.gather(*(outcome(*pair) for pair in ((give_back, first), (fail, second)) * 2)) == expected * 2

    asyncio.run(story())
