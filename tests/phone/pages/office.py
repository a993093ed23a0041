"""A phone with the keys of three days, the real server of its health office, and a visitor of its pages."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from bluezone.phone import Phone, Preferences
from bluezone.phone.pages import create_pages
from tests.phone.pages.conftest import ORIGIN, SECRET
from tests.phone.test_publish import World, carried, world


@dataclass
class Office:
    """Who knows the address of the pages, and what stands behind them."""

    there: World
    phone: Phone
    keys: list[bytes]
    http: httpx.AsyncClient

    async def text(self, path: str, **query: str) -> str:
        response = await self.http.get(path, params=query)
        assert response.status_code == 200, (path, response.status_code)
        return html.unescape(response.text)

    async def send(self, path: str, **fields: str | list[str]) -> tuple[str, str]:
        """The path that a form leads to, and the page there."""
        response = await self.http.post(path, data=fields, headers={"origin": ORIGIN}, follow_redirects=True)
        assert response.status_code == 200, (path, response.status_code)
        return response.url.path.removeprefix(f"/{SECRET}/"), html.unescape(response.text)

    async def begin(self, code: str | None = None) -> tuple[str, str]:
        """Enter a code: the publication's id and the page that follows."""
        path, page = await self.send("code", code=code or await self.there.code())
        return path.removeprefix("code/"), page


def client_for(phone: Phone, language: str = "en") -> httpx.AsyncClient:
    door = create_pages(phone, secret=SECRET, origin=ORIGIN)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(door, raise_app_exceptions=False),
        base_url=f"{ORIGIN}/{SECRET}/",
        headers={"accept-language": language},
    )


def at_the_office(folder: Path, story: Callable[[Office], Awaitable[None]], *, language: str = "en") -> None:
    """Run a story; the phone's own clock stands still."""

    async def main() -> None:
        async with world(folder) as there:
            phone = there.phone()
            phone.set_preferences(Preferences(first_run_done=True))
            keys = carried(phone, there)
            async with client_for(phone, language) as http:
                await story(Office(there, phone, keys, http))
            await phone.close()

    asyncio.run(main())


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]
