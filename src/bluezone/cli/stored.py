"""`bluezone stored`: everything the server holds, for what, and when it is destroyed."""

from __future__ import annotations

from pathlib import Path

import click

from bluezone.cli.language import language, t


@click.command(
    help=t(
        "Liệt kê mọi bảng máy chủ đang giữ, để làm gì và bao giờ hủy.",
        "List every table the server holds, what for, and when it is destroyed.",
    )
)
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=t("Tệp cài đặt TOML.", "A TOML settings file."),
)
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help=t("Thư mục dữ liệu.", "The data folder.")
)
@click.option("--rows", is_flag=True, help=t("In cả từng dòng.", "Print every row too."))
def command(settings_file: Path | None, data: Path | None, rows: bool) -> None:
    import msgspec
    from rich.console import Console

    from bluezone.cli.narrator import print_stored
    from bluezone.server import Database, Settings, list_stored

    settings = Settings.load(settings_file)
    if data is not None:
        settings = msgspec.structs.replace(settings, data_dir=data)
    if not settings.database_url and not (settings.data_dir / "server.sqlite").exists():
        raise click.ClickException(
            t(
                f"Chưa có dữ liệu ở {settings.data_dir}; hãy chạy bluezone serve trước hoặc đưa --data.",
                f"There is no data in {settings.data_dir}; run bluezone serve first or give --data.",
            )
        )
    database = Database(settings.database)
    try:
        tables = database.read_now(lambda connection: list_stored(connection, with_rows=rows, language=language()))
    finally:
        database.close_now()
    console = Console(highlight=False)
    for table in tables:
        print_stored(console, table, purpose=True)
