"""Everything of the owner's as one file that people can read: a zip with a note and a JSON file for each kind of thing.

Left out are the secrets by which somebody else could recognise this phone or act in its owner's name (its keys that
were never published, tokens and codes), and the random codes of other phones, which are not the owner's.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import msgspec

_NEVER_BEFORE = (1980, 1, 1, 0, 0, 0)


def export(kinds: Mapping[str, Any], *, now: float, utc_offset: int) -> bytes:
    """The zip: `README.txt` in both languages and `KIND.json` for each kind, times as `readable` says them."""
    made = (datetime.fromtimestamp(now, UTC) + timedelta(seconds=utc_offset)).timetuple()[:6]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:

        def add(name: str, data: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, max(made, _NEVER_BEFORE)), data, zipfile.ZIP_DEFLATED)

        add("README.txt", (files(__package__) / "texts" / "export.txt").read_bytes())
        for name, content in kinds.items():
            add(f"{name}.json", msgspec.json.format(msgspec.json.encode(content), indent=2))
    return stream.getvalue()


def readable(time: float | None, utc_offset: int) -> str | None:
    """A moment in ISO 8601 with the owner's offset, to the second."""
    if time is None:
        return None
    local = datetime.fromtimestamp(time, UTC) + timedelta(seconds=utc_offset)
    hours, minutes = divmod(abs(utc_offset) // 60, 60)
    return f"{local:%Y-%m-%dT%H:%M:%S}{'+' if utc_offset >= 0 else '-'}{hours:02}:{minutes:02}"
