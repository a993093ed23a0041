"""The server's ground for commands that work on its database directly, beside a running server or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t

if TYPE_CHECKING:
    from bluezone.server import Core


@contextmanager
def opened(settings_file: Path | None, data: Path | None) -> Iterator[Core]:
    """The core of the server of these settings, its tables up to date."""
    import msgspec

    from bluezone.server import Settings, create_core

    settings = Settings.load(settings_file)
    if data is not None:
        settings = msgspec.structs.replace(settings, data_dir=data)
    core = create_core(settings)
    try:
        core.database.migrate()
        yield core
    finally:
        core.database.close_now()


@contextmanager
def held(settings_file: Path | None, data: Path | None) -> Iterator[Core]:
    """As `opened`, where a server has kept something already. Raises ClickException elsewhere: nothing is made."""
    from bluezone.server import Settings

    settings = Settings.load(settings_file)
    folder = data or settings.data_dir
    if not settings.database_url and not (folder / "server.sqlite").exists():
        raise click.ClickException(
            t(
                f"Chưa có dữ liệu ở {folder}; hãy chạy bluezone serve trước hoặc đưa --data.",
                f"There is no data in {folder}; run bluezone serve first or give --data.",
            )
        )
    with opened(settings_file, data) as core:
        yield core
