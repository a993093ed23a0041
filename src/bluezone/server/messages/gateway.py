"""A gateway that is called over HTTP as the settings describe it."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from bluezone.server.errors import SettingsInvalid
from bluezone.server.messages.errors import GatewayRefused, GatewayUnavailable
from bluezone.server.messages.numbers import written
from bluezone.server.messages.providers import Receipt, SmsMessage
from bluezone.server.sms_settings import PLACEHOLDER, SmsSettings

LONGEST_ANSWER = 65536
_LONGEST_EXCERPT = 500
_LONGEST_ID = 100
_CONNECT_SECONDS = 5.0
_TRY_LATER = frozenset({429, 503})
"""Statuses of a server that did nothing; after any other of 500 to 599 it may have sent the message."""
_TELLABLE = re.compile(r"[\w.-]{1,20}", re.ASCII)

# The library writes down each address that it calls, and gateways called with GET have secrets in theirs.
logging.getLogger("httpx").setLevel(logging.WARNING)


class HttpGateway:
    """Calls the gateway once a message. No redirect is followed, certificates are verified, answers are limited.

    Raises SettingsInvalid for settings that make no HTTP call.
    """

    batch = 1

    def __init__(self, settings: SmsSettings, secrets: Mapping[str, str]) -> None:
        self._settings = settings
        self._secrets = secrets
        self._tls = httpx.create_ssl_context()
        try:
            httpx.Request(**self._request(SmsMessage("84900000000", "text", "reference")))
        except (httpx.InvalidURL, ValueError) as error:
            raise SettingsInvalid("The settings [sms] make no HTTP call; look at url, headers and body.") from error

    async def send(self, messages: Sequence[SmsMessage]) -> list[Receipt]:
        """A receipt for the one message. Raises GatewayRefused or GatewayUnavailable."""
        (message,) = messages
        try:
            async with asyncio.timeout(self._settings.timeout_seconds):
                status, body = await self._call(message)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise GatewayUnavailable("The gateway cannot be reached.", reason="no connection") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise GatewayUnavailable("The gateway did not answer in time.", reason="timeout", doubtful=True) from error
        except httpx.HTTPError as error:
            raise GatewayUnavailable("The gateway broke off.", reason="broken off", doubtful=True) from error
        return [self._read(status, body)]

    async def tidy(self) -> None:
        """Nothing is held."""

    def _request(self, message: SmsMessage) -> dict[str, Any]:
        settings = self._settings
        values = {
            **self._secrets,
            "to": written(message.to, settings.number_form),
            "text": message.text,
            "reference": message.reference,
            "sender": settings.sender,
        }
        where = "params" if settings.method == "GET" else "json" if settings.encoding == "json" else "data"
        return {
            "method": settings.method,
            "url": settings.url,
            "headers": fill(settings.headers, values),
            where: fill(settings.body, values),
        }

    async def _call(self, message: SmsMessage) -> tuple[int, bytes]:
        settings = self._settings
        user, _, password = fill(settings.basic_auth, self._secrets).partition(":")
        limit = httpx.Timeout(settings.timeout_seconds, connect=min(_CONNECT_SECONDS, settings.timeout_seconds / 2))
        async with (
            httpx.AsyncClient(
                verify=self._tls,
                timeout=limit,
                headers={"User-Agent": "bluezone", "Accept": "application/json", "Accept-Encoding": "identity"},
            ) as client,
            client.stream(**self._request(message), auth=(user, password) if settings.basic_auth else None) as answer,
        ):
            body = b""
            async for piece in answer.aiter_raw():
                body += piece
                if len(body) > LONGEST_ANSWER:
                    raise GatewayUnavailable("The gateway's answer has no end.", reason="too long", doubtful=True)
            return answer.status_code, body

    def _read(self, status: int, body: bytes) -> Receipt:
        settings = self._settings
        try:
            answer = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            answer = None
        excerpt = self._excerpt(status, body)
        code = found(answer, settings.code_path) if settings.code_path else str(status)
        fine = 200 <= status < 300
        if settings.code_path and answer is None and fine:
            raise GatewayUnavailable(
                "The gateway's answer is not JSON.", reason="not JSON", doubtful=True, answer=excerpt
            )
        accepted = code in settings.accepted if settings.accepted else fine
        if (fine and accepted) or (code and code in settings.accepted_before):
            return Receipt(found(answer, settings.id_path)[:_LONGEST_ID], excerpt)
        tellable = settings.code_path and not accepted and _TELLABLE.fullmatch(code)
        said = f"code {code}" if tellable else f"HTTP {status}"
        if code and code in settings.refused:
            raise GatewayRefused(f"The gateway refuses the message ({said}).", reason=said, answer=excerpt)
        raise GatewayUnavailable(
            f"The gateway did not take the message ({said}).",
            reason=said,
            doubtful=status >= 500 and status not in _TRY_LATER,
            answer=excerpt,
        )

    def _excerpt(self, status: int, body: bytes) -> str:
        text = body.decode("utf-8", "replace")
        for secret in self._secrets.values():
            text = text.replace(secret, "•••")
        plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        return f"HTTP {status} {plain}".strip()[:_LONGEST_EXCERPT]


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """A template with its placeholders filled, once: what a value contains is never read as a placeholder."""
    if isinstance(template, str):
        return PLACEHOLDER.sub(lambda name: values.get(name[1], name[0]), template)
    if isinstance(template, dict):
        return {name: fill(part, values) for name, part in template.items()}
    if isinstance(template, list):
        return [fill(part, values) for part in template]
    return template


def found(answer: Any, path: str) -> str:
    """What an answer has at a path of names and numbers with dots, as text; empty for nothing, null or a group."""
    for step in path.split(".") if path else [""]:
        if isinstance(answer, dict):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return ""
    if isinstance(answer, bool):
        return str(answer).lower()
    return str(answer) if isinstance(answer, str | int | float) else ""
