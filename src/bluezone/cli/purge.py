"""`bluezone purge`: destroy now what is due, by the jobs that a running server does every hour."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bluezone.cli.language import language, t
from bluezone.cli.target import data_option, settings_option


@click.command(
    help=t(
        "Hủy ngay những gì đã đến hạn, không đợi lượt hằng giờ; chạy được cả khi máy chủ đang chạy và khi đã tắt.",
        "Destroy what is due now instead of at the next hourly run; beside a running server or without one.",
    )
)
@settings_option()
@data_option()
@click.option(
    "--due",
    is_flag=True,
    required=True,
    help=t("Chỉ hủy những gì đã đến hạn (bắt buộc ghi rõ).", "Only what is due (to be said outright)."),
)
@click.option("--dry-run", is_flag=True, help=t("Chỉ xem, không hủy gì.", "Look only, destroy nothing."))
def command(settings_file: Path | None, data: Path | None, due: bool, dry_run: bool) -> None:  # noqa: ARG001
    from bluezone.cli.database import held
    from bluezone.cli.privacy import moment_told, rows_told
    from bluezone.server import create_runner, purge, read_dues

    with held(settings_file, data) as core:
        now = core.clock.now()
        tables = core.database.read_now(lambda c: read_dues(c, core.settings, now, language=language()))
        waiting = [table for table in tables if table.due]
        if not waiting:
            click.echo(t(f"Lúc {moment_told(now)}: chưa có gì đến hạn.", f"At {moment_told(now)}: nothing is due."))
        for table in waiting:
            click.echo(
                t(f"Đến hạn: {table.title}: {rows_told(table.due)}", f"Due: {table.title}: {rows_told(table.due)}")
            )
        if dry_run:
            click.echo(t("Chỉ xem: chưa hủy gì.", "Looked only: nothing was destroyed."))
            return
        purged = asyncio.run(purge(core, create_runner(core), language=language()))
    for one in purged:
        click.echo(
            t(
                f"Đã hủy: {one.title}: {rows_told(one.destroyed)}",
                f"Destroyed: {one.title}: {rows_told(one.destroyed)}",
            )
        )
    if left := sum(one.left for one in purged):
        raise click.ClickException(
            t(
                f"Còn {rows_told(left)} đến hạn mà chưa hủy được; hãy xem nhật ký máy chủ.",
                f"{rows_told(left)} still due and not destroyed; look into the server's log.",
            )
        )
