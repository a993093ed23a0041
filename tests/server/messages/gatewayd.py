"""A gateway for text messages, over real HTTP, that remembers what it took and misbehaves as it is told."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bluezone.server import SmsSettings


@dataclass
class Asked:
    """One call."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


def taken(asked: Asked) -> Answer:
    """As eSMS answers when it has taken a message."""
    return 200, {}, json.dumps({"CodeResult": "100", "SMSID": f"id-{asked.json['RequestId'][:8]}"}).encode()


@dataclass
class Gateway:
    """`answer` decides; `calls` and `delivered` (texts by reference) are what happened."""

    answer: Callable[[Asked], Answer] = taken
    calls: list[Asked] = field(default_factory=list)
    delivered: Counter[str] = field(default_factory=Counter)
    port: int = 0

    def settings(self, **changes: Any) -> SmsSettings:
        """What an operator writes for it."""
        values: dict[str, Any] = {
            "gateway": "http",
            "url": f"http://127.0.0.1:{self.port}/send",
            "body": {"Phone": "{to}", "Content": "{text}", "RequestId": "{reference}", "Brandname": "{sender}"},
            "sender": "CDCHungYen",
            "code_path": "CodeResult",
            "accepted": ("100",),
            "accepted_before": ("124",),
            "refused": ("99", "108"),
            "id_path": "SMSID",
            "knows_references": True,
            "timeout_seconds": 2.0,
        }
        return SmsSettings(**{**values, **changes})


@contextmanager
def serving(gateway: Gateway) -> Iterator[Gateway]:
    """The gateway on a port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            asked = Asked(self.command, self.path, dict(self.headers), self.rfile.read(size))
            gateway.calls.append(asked)
            status, headers, body = gateway.answer(asked)
            try:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # whoever asked was killed

        do_GET = do_PUT = do_POST  # noqa: N815 - the library's names

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
