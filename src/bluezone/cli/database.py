"""The server's ground for commands that work on its database directly, beside a running server or without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t

if TYPE_CHECKING:
    from bluezone.server import Core, Settings


@contextmanager
def opened(settings_file: Path | None, data: Path | None) -> Iterator[Core]:
    """The core of the server of these settings, its tables up to date."""
    from bluezone.server import create_core

    core = create_core(settings_of(settings_file, data))
    try:
        core.database.migrate()
        yield core
    finally:
        core.database.close_now()


@contextmanager
def held(settings_file: Path | None, data: Path | None) -> Iterator[Core]:
    """As `opened`, where a server has kept something already. Raises ClickException elsewhere: nothing is made."""
    require_kept(settings_of(settings_file, data))
    with opened(settings_file, data) as core:
        yield core


def settings_of(settings_file: Path | None, data: Path | None) -> Settings:
    """The settings of a file, with this data folder where one is given."""
    import msgspec

    from bluezone.server import Settings

    settings = Settings.load(settings_file)
    return settings if data is None else msgspec.structs.replace(settings, data_dir=data)


def require_kept(settings: Settings) -> None:
    """Return where a server has kept something. Raises ClickException."""
    folder = settings.data_dir
    if not settings.database_url and not (folder / "server.sqlite").exists():
        raise click.ClickException(
            t(
                f"Chưa có dữ liệu ở {folder}; hãy chạy bluezone serve trước hoặc đưa --data.",
                f"There is no data in {folder}; run bluezone serve first or give --data.",
            )
        )
