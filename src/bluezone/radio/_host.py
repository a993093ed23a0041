"""bumble's host, with the path of advertising reports made short.

bumble writes every packet out for a debug log before it looks whether anybody reads that log, and builds an object tree
a report; in a crowd that is nearly all the work a phone does. Everything else stays bumble's.
"""

from __future__ import annotations

from collections.abc import Callable

from bumble import hci
from bumble.host import Host

_LEGACY_REPORT = bytes([hci.HCI_EVENT_PACKET, hci.HCI_LE_META_EVENT])
_RSSI_UNKNOWN = 127  # Core specification vol 4, part E, 7.7.65.2

HeardCallback = Callable[[bytes, int, bytes], None]
"""Called with the sender's address (6 bytes, most significant first), the RSSI in dBm and the advertising data."""


class RadioHost(Host):
    """A host that hands each advertising report with a known RSSI to `heard`."""

    heard: HeardCallback | None = None

    def __init__(self) -> None:
        super().__init__()
        self.on("advertising_report", self._on_parsed_report)

    def on_packet(self, packet: bytes) -> None:
        # One legacy report, which is what nearly every packet is: type, event, length, subevent 2, count 1, event type,
        # address type, address (6), data length, data, RSSI.
        if (
            packet[:2] == _LEGACY_REPORT
            and len(packet) >= 15
            and packet[3] == hci.HCI_LE_ADVERTISING_REPORT_EVENT
            and packet[4] == 1
            and len(packet) == 15 + packet[13]
            and self.ready
        ):
            self._on_heard(packet[7:13], packet[-1] - 256 if packet[-1] > 127 else packet[-1], packet[14:-1])
        else:
            super().on_packet(packet)

    def on_hci_packet(self, packet: hci.HCI_Packet) -> None:
        if isinstance(packet, hci.HCI_Event):
            self.on_hci_event_packet(packet)
        else:
            super().on_hci_packet(packet)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        if self.hci_sink:
            self.hci_sink.on_packet(bytes(packet))

    def _on_parsed_report(
        self, report: hci.HCI_LE_Advertising_Report_Event.Report | hci.HCI_LE_Extended_Advertising_Report_Event.Report
    ) -> None:
        self._on_heard(bytes(report.address), report.rssi, report.data)

    def _on_heard(self, address: bytes, rssi: int, data: bytes) -> None:
        if self.heard is not None and rssi != _RSSI_UNKNOWN:
            self.heard(address[::-1], rssi, data)
