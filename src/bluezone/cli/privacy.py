"""`bluezone privacy`: what the server holds about people, since when, and the day on which it has to be gone."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import click

from bluezone.cli.language import language, t
from bluezone.cli.target import Target, server_group

_VIETNAM = timezone(timedelta(hours=7))


command = server_group(
    t(
        "Sổ riêng tư: giữ gì về con người, từ khi nào, bao giờ phải hủy.",
        "The privacy ledger: what is held about people, since when, until when.",
    )
)


@command.command(
    help=t(
        "Với mỗi bảng có dữ liệu cá nhân: số dòng, dòng cũ nhất, ngày hủy gần nhất, quy tắc, có gì quá hạn không.",
        "For each table with personal data: rows, the oldest, the first day of destruction, the rule, what is overdue.",
    )
)
@click.option("--json", "as_json", is_flag=True, help=t("In JSON cho chương trình khác.", "Print JSON, for programs."))
@click.pass_obj
def report(target: Target, as_json: bool) -> None:
    import msgspec
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from bluezone.cli.database import held
    from bluezone.server import read_dues

    with held(*target) as core:
        now = core.clock.now()
        tables = core.database.read_now(lambda c: read_dues(c, core.settings, now, language=language()))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode({"read_at": now, "tables": tables})).decode())
        return
    console = Console(highlight=False)
    for table in tables:
        console.print(
            Text.assemble(("▪ ", "blue"), (table.title, "bold"), f" {table.name}  {rows_told(table.rows)}"),
            soft_wrap=True,
        )
        if table.rows:
            since = t("không ghi ngày", "no date is kept") if table.oldest is None else day_told(table.oldest)
            until = t("chưa có ngày", "not yet set") if table.first_due is None else day_told(table.first_due)
            console.print(t(f"    cũ nhất: {since} · hủy từ: {until}", f"    oldest: {since} · due from: {until}"))
        console.print(Padding(Text(table.destroyed, style="dim"), (0, 0, 0, 4)))
        if table.late:
            late = t(f"    Quá hạn: {rows_told(table.late)}.", f"    Overdue: {rows_told(table.late)}.")
            console.print(Text(late, style="bold red"))
    click.echo()
    late_rows = sum(table.late for table in tables)
    click.echo(
        t(
            f"Lúc {moment_told(now)}: {rows_told(late_rows)} quá hạn; hãy chạy bluezone purge --due.",
            f"At {moment_told(now)}: {rows_told(late_rows)} overdue; run bluezone purge --due.",
        )
        if late_rows
        else t(f"Lúc {moment_told(now)}: không có gì quá hạn.", f"At {moment_told(now)}: nothing is overdue.")
    )


def rows_told(count: int) -> str:
    """A count of rows as people say it."""
    return t(f"{count} dòng", "1 row" if count == 1 else f"{count} rows")


def day_told(time: float) -> str:
    """The day in Vietnam of a moment (Unix seconds)."""
    local = datetime.fromtimestamp(time, _VIETNAM)
    return f"{local.day}/{local.month}/{local.year}"


def moment_told(time: float) -> str:
    return f"{datetime.fromtimestamp(time, _VIETNAM):%H:%M} {day_told(time)}"
