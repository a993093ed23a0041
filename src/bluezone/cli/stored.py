"""`bluezone stored`: everything the server holds, for what, and when it is destroyed."""

from __future__ import annotations

from pathlib import Path

import click

from bluezone.cli.language import language, t
from bluezone.cli.target import data_option, settings_option


@click.command(
    help=t(
        "Liệt kê mọi bảng máy chủ đang giữ, để làm gì và bao giờ hủy.",
        "List every table the server holds, what for, and when it is destroyed.",
    )
)
@settings_option()
@data_option()
@click.option("--rows", is_flag=True, help=t("In cả từng dòng.", "Print every row too."))
def command(settings_file: Path | None, data: Path | None, rows: bool) -> None:
    from rich.console import Console

    from bluezone.cli.database import require_kept, settings_of
    from bluezone.cli.narrator import print_stored
    from bluezone.server import Database, list_stored

    settings = settings_of(settings_file, data)
    require_kept(settings)
    database = Database(settings.database)
    try:
        tables = database.read_now(lambda connection: list_stored(connection, with_rows=rows, language=language()))
    finally:
        database.close_now()
    console = Console(highlight=False)
    for table in tables:
        print_stored(console, table, purpose=True)
