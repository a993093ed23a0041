"""A browser without a screen: cookies, an origin, and forms sent as the page holds them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

ORIGIN = "http://localhost:8787"
FORM = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+)"[^>]*>(.*?)</form>', re.DOTALL)
FIELD = re.compile(r'<(?:input|select|textarea)[^>]*name="([^"]+)"(?:[^>]*value="([^"]*)")?')


class Browser:
    """Follows nothing by itself, so that tests see every answer."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""

    async def get(self, path: str, status: int = 200, **headers: str) -> httpx.Response:
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        self.page = answer.text
        return answer

    async def send(self, action: str, status: int = 303, origin: str = ORIGIN, **fields: str) -> httpx.Response:
        """Send the form of this page that goes to `action`, with these fields filled in."""
        held = {name: value or "" for name, value in FIELD.findall(dict(FORM.findall(self.page))[action])}
        return await self.post(action, held | fields, status, origin=origin)

    async def post(
        self, path: str, fields: dict[str, str], status: int = 303, *, origin: str = ORIGIN
    ) -> httpx.Response:
        answer = await self.client.post(path, data=fields, headers={"Origin": origin})
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
        self.page = answer.text
        return answer


@asynccontextmanager
async def browser(app, token: str = "", **headers: str) -> AsyncIterator[Browser]:
    """A browser in English; with a session's secret somebody is signed in."""
    transport = httpx.ASGITransport(app=app)
    cookies = {"bluezone-session": token} if token else {}
    told = {"Accept-Language": "en", "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/152.0"} | headers
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=told, cookies=cookies) as client:
        yield Browser(client)
