"""A town's controllers served as HCI over TCP, so that phones in processes of their own share its air.

`bluezone phone --radio hci:tcp-client:127.0.0.1:PORT` takes one, as it would take a dongle. A served controller has one
host at a time; when the host goes, the controller falls silent.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from bumble.core import InvalidPacketError
from bumble.transport.common import PacketParser

from bluezone.radio import RadioUnavailable, VirtualController

LOCALHOST = "127.0.0.1"


class ServedController:
    """One controller behind one TCP port; `spec` is what `open_radio` takes in the other process."""

    def __init__(self, server: asyncio.Server, connections: set[_HostConnection]) -> None:
        self._server = server
        self._connections = connections
        host, self.port = server.sockets[0].getsockname()[:2]
        self.spec = f"hci:tcp-client:{host}:{self.port}"

    async def close(self) -> None:
        """Stop serving and let the host go."""
        self._server.close()
        for connection in list(self._connections):
            connection.on_transport_lost()
        await self._server.wait_closed()


async def serve_controller(controller: VirtualController, *, host: str = LOCALHOST, port: int = 0) -> ServedController:
    """Serve `controller`; port 0 takes a free one. Raises OSError when the port cannot be had.

    HCI knows no password: whoever reaches the port is the phone. So serve on the own machine's address.
    """
    connections: set[_HostConnection] = set()
    server = await asyncio.get_running_loop().create_server(
        lambda: _HostConnection(controller, connections), host, port
    )
    return ServedController(server, connections)


class _HostConnection(asyncio.Protocol):
    """Carries packets between one TCP connection and the controller."""

    def __init__(self, controller: VirtualController, connections: set[_HostConnection]) -> None:
        self._controller = controller
        self._connections = connections
        self._parser = PacketParser()
        self._tcp: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._tcp = transport
        if self._connections:
            transport.abort()
            return
        with suppress(RadioUnavailable):
            host_end = self._controller.attach()
            host_end.source.set_packet_sink(self)
            self._parser.set_packet_sink(host_end.sink)
            self._connections.add(self)
            return
        transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except InvalidPacketError:
            # What follows cannot be told apart into packets any more.
            self.on_transport_lost()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        if self in self._connections:
            self._connections.remove(self)
            self._controller.power_off()

    # From the controller.

    def on_packet(self, packet: bytes) -> None:
        assert self._tcp is not None
        self._tcp.write(packet)

    def on_transport_lost(self) -> None:
        assert self._tcp is not None
        self._tcp.abort()
