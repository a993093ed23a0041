"""Servers as real processes, forked in a moment from one that has everything imported; and what publishes to them."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from multiprocessing.process import BaseProcess

import msgspec

from bluezone.server import Settings, create_core
from bluezone.server.app import assemble
from bluezone.server.desk import Desk
from tests.server.support import keys_room, publish_request, wire_keys

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.server.prefork", "uvicorn", "uvloop", "httptools", "bluezone.cli.listening"])


def listen() -> socket.socket:
    """A listening socket; it outlives the servers that answer at it, so callers wait instead of being refused."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    return listener


def start(settings: Settings, listener: socket.socket) -> BaseProcess:
    """A server in a process of its own."""
    process = context.Process(target=_serve, args=(settings, listener), daemon=True)
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """End a process as a power cut would: no handler runs."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


def _serve(settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    core = create_core(settings)
    app = assemble(core, desk=Desk(core), keys=keys_room(core))
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, loop="uvloop")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))


class Publishers:
    """Phones that publish without a pause, each call with keys of its own, and remember what was acknowledged."""

    def __init__(self, port: int, count: int, *, keys: int = 14) -> None:
        self.acknowledged: set[str] = set()
        self.broken = 0
        self._port = port
        self._keys = keys
        self._numbers: Iterator[int] = itertools.count()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._publish) for _ in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _publish(self) -> None:
        while not self._stop.is_set():
            keys = wire_keys(f"publisher {next(self._numbers)}", self._keys, now=time.time())
            request = msgspec.json.encode(publish_request(keys, now=time.time()))
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.request("POST", "/v1/publish", request)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.acknowledged |= {key.key for key in keys}
            except (OSError, http.client.HTTPException):
                self.broken += 1
            finally:
                connection.close()
