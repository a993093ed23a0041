"""Messages as CSV files in a folder, for an operator's own tool for bulk messages."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bluezone.clock import Clock
from bluezone.randomness import Randomness
from bluezone.server.messages.errors import GatewayUnavailable
from bluezone.server.messages.numbers import written
from bluezone.server.messages.providers import Receipt, SmsMessage

COLUMNS = ("to", "text", "reference")
KEPT_SECONDS = 86400
"""As long as a link in a message opens."""
_NAME = "sms-%Y%m%dT%H%M%SZ-"


class FileHandOff:
    """Writes one file a batch, whole or not at all, readable by its owner alone; files of yesterday are destroyed."""

    batch = 500

    def __init__(self, folder: Path, *, number_form: str, clock: Clock, randomness: Randomness) -> None:
        self._folder = folder
        self._form = number_form
        self._clock = clock
        self._randomness = randomness

    async def send(self, messages: Sequence[SmsMessage]) -> list[Receipt]:
        """A receipt for each message, with the file's name. Raises GatewayUnavailable when the file cannot be kept."""
        text = io.StringIO(newline="")
        table = csv.writer(text)
        table.writerow(COLUMNS)
        table.writerows((written(one.to, self._form), one.text, one.reference) for one in messages)
        name = datetime.fromtimestamp(self._clock.now(), UTC).strftime(_NAME) + self._randomness.token_bytes(4).hex()
        # With the mark at the beginning by which Excel knows UTF-8.
        content = text.getvalue().encode("utf-8-sig")
        try:
            await asyncio.get_running_loop().run_in_executor(None, self._write, f"{name}.csv", content)
        except OSError as error:
            raise GatewayUnavailable(
                f"The folder for text messages cannot be written: {error.strerror}.", reason="folder"
            ) from error
        return [Receipt(f"{name}.csv") for _ in messages]

    async def tidy(self) -> None:
        """Destroy files older than a day."""
        await asyncio.get_running_loop().run_in_executor(None, self._destroy, self._clock.now() - KEPT_SECONDS)

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self._folder / f".{name}"
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _destroy(self, before: float) -> None:
        oldest = datetime.fromtimestamp(before, UTC).strftime(_NAME)
        # A name with a dot is what a process left that was killed while it wrote.
        for file in [*self._folder.glob("sms-*.csv"), *self._folder.glob(".sms-*.csv")]:
            if file.name.removeprefix(".") < oldest:
                file.unlink(missing_ok=True)
