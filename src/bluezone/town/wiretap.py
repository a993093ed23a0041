"""Everything that a phone sends, kept for looking through: proof that nobody's contacts leave it."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx


@dataclass(slots=True)
class Wiretap(httpx.AsyncBaseTransport):
    """Passes requests on to `transport` and remembers their bytes: request line, headers, body."""

    transport: httpx.AsyncBaseTransport
    sent: list[bytes] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        head = f"{request.method} {request.url}\n" + "".join(
            f"{name}: {value}\n" for name, value in request.headers.items()
        )
        self.sent.append(head.encode() + await request.aread())
        return await self.transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self.transport.aclose()

    def betrays(self, secrets: Iterable[bytes]) -> bool:
        """Whether any of `secrets` was sent, raw, in hexadecimal or in base64."""
        everything = b"\n".join(self.sent)
        upper = everything.upper()
        return any(
            secret in everything
            or secret.hex().upper().encode() in upper
            or any(form in everything for form in _base64_forms(secret))
            for secret in secrets
        )


def _base64_forms(secret: bytes) -> Iterable[bytes]:
    """The base64 of the secret wherever it starts in a longer run, less the characters that its neighbours change."""
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + secret)
        core = encoded[4 if shift else 0 : len(encoded) // 4 * 4 - 4]
        yield core
        yield core.translate(bytes.maketrans(b"+/", b"-_"))
