"""`bluezone serve`: the server of a province, city or company, in one process."""

from __future__ import annotations

from pathlib import Path

import click

from bluezone.cli.language import t
from bluezone.cli.target import data_option

DEFAULT_PORT = 8787


@click.command(help=t("Chạy máy chủ.", "Run the server."))
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=t("Tệp cài đặt TOML (xem docs/settings.md).", "A TOML settings file (see docs/settings.md)."),
)
@data_option()
@click.option(
    "--host", default="127.0.0.1", show_default=True, help=t("Địa chỉ lắng nghe.", "The address to listen at.")
)
@click.option("--port", default=DEFAULT_PORT, show_default=True, help=t("Cổng.", "The port."))
def command(settings_file: Path | None, data: Path | None, host: str, port: int) -> None:
    import asyncio

    from bluezone.cli.database import settings_of
    from bluezone.cli.listening import listen, serve
    from bluezone.server import create_app

    settings = settings_of(settings_file, data)
    socket = listen(host, port)
    app = create_app(settings)

    async def main() -> None:
        async with serve(app, socket) as stopped:
            address = f"http://{host}:{port}"
            click.echo(
                t(
                    f"Máy chủ đang chạy tại {address} (vùng {settings.region}, dữ liệu ở {settings.data_dir}).\n"
                    f"  {address}/healthz · {address}/stored · {address}/metrics\n"
                    f"Khóa API của bàn y tế nằm trong {settings.data_dir / 'desk-api-key'}. Ctrl-C để dừng.",
                    f"The server runs at {address} (region {settings.region}, data in {settings.data_dir}).\n"
                    f"  {address}/healthz · {address}/stored · {address}/metrics\n"
                    f"The health desk's API key lies in {settings.data_dir / 'desk-api-key'}. Ctrl-C stops it.",
                )
            )
            await stopped.wait()

    asyncio.run(main())
