"""Calls to another system's HTTP interface: bounded waits, bounded answers, tries again where that does no harm."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from bluezone.clock import Clock
from bluezone.server.errors import SettingsInvalid
from bluezone.server.exchange.link_errors import LinkAnswerStrange, LinkRefused, LinkUnavailable

TRIES = 4
FIRST_WAIT_SECONDS = 1.0
LONGEST_ANSWER = 64 * 1024 * 1024
_CONNECT_SECONDS = 10.0
_UNTOUCHED = frozenset({429, 503})
"""Statuses of a server that did nothing; after any other of 500 to 599 it may have done what was asked."""
_TOLD = 300

# The library writes down each address that it calls.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Answer(msgspec.Struct, frozen=True):
    """An answer of less than 500: its HTTP status, and its JSON (None for a body that is none)."""

    status: int
    body: Any


class Link:
    """One system's address. No redirect is followed and certificates are verified.

    `transport` is for tests; without it calls leave through the network. Raises SettingsInvalid for an address or
    headers that make no call.
    """

    def __init__(
        self,
        name: str,
        url: str,
        *,
        clock: Clock,
        timeout: float,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self._clock = clock
        self._timeout = timeout
        try:
            self._client = httpx.AsyncClient(
                base_url=url.rstrip("/") + "/",
                auth=auth,
                headers={"User-Agent": "bluezone", "Accept": "application/json", **(headers or {})},
                timeout=httpx.Timeout(timeout, connect=min(timeout, _CONNECT_SECONDS)),
                verify=httpx.create_ssl_context() if url.startswith("https:") else False,
                transport=transport,
            )
        except (httpx.InvalidURL, ValueError) as error:
            raise SettingsInvalid(f"The settings of {name} make no HTTP call; look at its url and token.") from error

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def call(
        self,
        method: str,
        path: str,
        *,
        again: bool,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """What the system answers, whatever it says, as long as it says something.

        A call that may be made twice (`again`) is tried up to four times; any other only while the system has certainly
        done nothing. Raises LinkUnavailable.
        """
        wait = FIRST_WAIT_SECONDS
        for left in reversed(range(TRIES)):
            try:
                return await self._once(method, path, params, body, headers)
            except LinkUnavailable as error:
                if not left or (error.doubtful and not again):
                    raise
            await self._clock.sleep(wait)
            wait *= 2
        raise AssertionError("the last try answers or raises")

    async def _once(
        self, method: str, path: str, params: Mapping[str, str] | None, body: Any, headers: Mapping[str, str] | None
    ) -> Answer:
        content = None if body is None else msgspec.json.encode(body)
        own = dict(headers or {}) | ({} if content is None else {"Content-Type": "application/json"})
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._client.stream(method, path, params=params, content=content, headers=own) as answer,
            ):
                data = b""
                async for piece in answer.aiter_bytes():
                    data += piece
                    if len(data) > LONGEST_ANSWER:
                        raise LinkAnswerStrange(f"{self.name} answers with more than 64 MB; look at its address.")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise LinkUnavailable(f"{self.name} cannot be reached; look at its address and the network.") from error
        except (TimeoutError, httpx.HTTPError) as error:
            raise LinkUnavailable(f"{self.name} did not answer in time; try again.", doubtful=True) from error
        if answer.status_code >= 500 or answer.status_code in _UNTOUCHED:
            raise LinkUnavailable(
                f"{self.name} is in trouble (HTTP {answer.status_code}); try again later.",
                doubtful=answer.status_code not in _UNTOUCHED,
            )
        try:
            return Answer(answer.status_code, msgspec.json.decode(data) if data else None)
        except (msgspec.DecodeError, RecursionError) as error:
            if 200 <= answer.status_code < 300:
                raise LinkAnswerStrange(f"{self.name} does not answer with JSON; look at its address.") from error
            return Answer(answer.status_code, None)

    def refused(self, answer: Answer, said: str) -> LinkRefused:
        """The error of an answer that is a refusal; `said` is what the system says about it."""
        told = plain(said)
        message = f"{self.name} refuses (HTTP {answer.status}): {told or 'it does not say why'}"
        return LinkRefused(message.rstrip(".") + ".", answered=answer.status, said=told)


def plain(said: str) -> str:
    """What another system says, on one line, short, and without anything that a terminal would obey."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in said).split())[:_TOLD]
