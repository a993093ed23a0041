"""The door before the pages: whoever does not know the secret, or comes through another site, sees nothing.

The pages show what a phone stores and can send it, so other programs' pages in the same browser must neither read nor
press anything: the address holds a secret, the Host header must be ours (DNS rebinding), and a form must come from our
own origin (cross-site request forgery).
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

_NOT_FOUND = (404, b"There is nothing at this address.\n")
_WRONG_HOST = (421, b"These pages are served to this machine under its own address alone.\n")
_FOREIGN_FORM = (403, b"This form was not sent by these pages; nothing was done.\n")


class Door:
    """An ASGI application that passes on what may come in, with the secret taken off the path.

    `origin` is `http://127.0.0.1:PORT`; `frame_ancestors` are the origins that may show the pages in a frame.
    """

    def __init__(self, app: ASGIApp, *, secret: str, origin: str, frame_ancestors: Sequence[str] = ()) -> None:
        self._app = app
        self._secret = secret.encode()
        self._tickets: set[bytes] = set()
        self._origin = origin.encode()
        self._host = origin.split("://")[1].encode()
        self._headers = _security_headers(frame_ancestors)

    def admit_once(self, ticket: str) -> None:
        """Let in whoever asks for this path first; it leads to the secret address and is worth nothing afterwards."""
        self._tickets.add(ticket.encode())

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                added = [header for header in self._headers if header[0] not in present]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        headers = dict(scope["headers"])
        first, _, rest = scope["path"].removeprefix("/").partition("/")
        if headers.get(b"host", b"") != self._host:
            await _refuse(send_with_headers, *_WRONG_HOST)
        elif first.encode() in self._tickets and not rest:
            self._tickets.discard(first.encode())
            await _send_on(send_with_headers, b"/" + self._secret + b"/")
        elif not hmac.compare_digest(first.encode(), self._secret):
            await _refuse(send_with_headers, *_NOT_FOUND)
        elif scope["method"] not in {"GET", "HEAD"} and headers.get(b"origin", b"") != self._origin:
            await _refuse(send_with_headers, *_FOREIGN_FORM)
        else:
            inner = dict(scope) | {"path": f"/{rest}", "raw_path": f"/{rest}".encode()}
            await self._app(inner, receive, send_with_headers)


def _security_headers(frame_ancestors: Sequence[str]) -> list[tuple[bytes, bytes]]:
    ancestors = " ".join(frame_ancestors) or "'none'"
    policy = "; ".join((
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect", "manifest", "worker")),
        "form-action 'self'",
        "base-uri 'none'",
        f"frame-ancestors {ancestors}",
    ))  # fmt: skip
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        # Not "no-referrer": with it browsers hide a form's origin, by which the door knows it.
        (b"referrer-policy", b"same-origin"),
        (b"cross-origin-opener-policy", b"same-origin"),
        (b"cross-origin-resource-policy", b"same-origin"),
        (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
        (b"cache-control", b"no-store"),
    ]


async def _send_on(send: Send, location: bytes) -> None:
    headers = [(b"location", location), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _refuse(send: Send, status: int, sentence: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(sentence)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": sentence, "more_body": False})
