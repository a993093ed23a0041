"""Forks phones that run in virtual time until they are killed: one a line of input, its pid on the output.

A line is `store journal seed start limit`. Before an identifier goes on the air the phone appends `air IDENTIFIER TIME`
to the journal, and after a scan was acknowledged `scan TIME COUNT`. After an hour no file may grow beyond `limit` bytes
(0: no bound), as on a full disk.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import traceback
from pathlib import Path

from bluezone.phone import DutySettings, Phone, PhoneSettings
from bluezone.protocol import Beacon, find_beacon
from bluezone.town.virtualtime import run_virtual
from tests.phone.conftest import Air
from tests.phone.test_agent import Recorder


class Journal:
    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, line: str) -> None:
        os.write(self._descriptor, f"{line}\n".encode())


class Announcing(Recorder):
    def __init__(self, journal: Journal, *args) -> None:
        super().__init__(*args)
        self.journal = journal

    async def advertise(self, data: bytes) -> None:
        self.journal.write(f"air {find_beacon(data).identifier.hex()} {self.air.clock.now()}")
        await super().advertise(data)


def run(store: str, journal_path: str, seed: str, start: str, limit: str) -> None:
    journal = Journal(journal_path)

    async def live() -> None:
        air = Air(seed, float(start))
        neighbour = air.link.controller("neighbour").radio(clock=air.clock, randomness=air.randomness.child("n"))
        await neighbour.open()
        await neighbour.advertise(Beacon(bytes(16), bytes(4)).encode())
        radio = Announcing(journal, air, air.link.controller("phone"))
        settings = PhoneSettings(duty=DutySettings(scan_gap=(60.0, 120.0)))
        phone = Phone(Path(store), radio, air.clock, air.randomness.child("phone"), None, settings)
        add = phone._sightings.add

        def acknowledged(scan, reports):
            count = add(scan, reports)
            journal.write(f"scan {scan.started_at} {count}")
            return count

        phone._sightings.add = acknowledged
        await phone.start()
        if int(limit):
            await air.clock.sleep(3600.0)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
            journal.write("limit")
        while True:
            await air.clock.sleep(3600.0)
            journal.write(f"faults {' '.join(fault.name for fault in phone.status().faults)}")

    run_virtual(live)


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                run(*line.split())
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        print(pid, flush=True)
        os.waitpid(pid, 0)
        print("gone", flush=True)


if __name__ == "__main__":
    main()
