"""`bluezone units`: the tree of administrative units and offices that accounts and cases belong to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from bluezone.cli.language import t
from bluezone.cli.target import Target, server_group

command = server_group(t("Nạp và tìm đơn vị hành chính, cơ quan.", "Load and find administrative units and offices."))


@command.command(
    help=t(
        "Nạp cây đơn vị từ tệp CSV có các cột code, type, name, parent_code; không có FILE thì nạp Hưng Yên năm 2020. "
        "Nạp lại không đổi gì; tên cũ được giữ trong lịch sử.",
        "Load the tree from a CSV file with the columns code, type, name, parent_code; without FILE, Hưng Yên in 2020. "
        "Loading again changes nothing; earlier names are kept as history.",
    )
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option(
    "--from",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help=t(
        "Thay đổi có hiệu lực từ ngày nào (mặc định: hôm nay).", "The day from which changes hold (default: today)."
    ),
)
@click.pass_obj
def load(target: Target, file: Path | None, day: datetime | None) -> None:
    from bluezone.cli.database import opened
    from bluezone.clock import RealClock
    from bluezone.server import load_units, read_units, shipped_units

    rows = read_units(file.read_bytes() if file is not None else shipped_units())
    since = (day or datetime.fromtimestamp(RealClock().now()).astimezone()).date()
    with opened(*target) as core:
        loaded = core.database.write_now(lambda connection: load_units(connection, rows, since))
    click.echo(
        t(
            f"Đã nạp: thêm {loaded.added}, đổi {loaded.changed}, giữ nguyên {loaded.unchanged}.",
            f"Loaded: {loaded.added} added, {loaded.changed} changed, {loaded.unchanged} as they were.",
        )
    )


@command.command(help=t("Tìm đơn vị; không cần gõ dấu.", "Find units; marks need not be typed."))
@click.argument("text", nargs=-1, required=True)
@click.pass_obj
def find(target: Target, text: tuple[str, ...]) -> None:
    from bluezone.cli.database import opened
    from bluezone.server import search_units, units_above

    with opened(*target) as core:
        found = core.database.read_now(
            lambda connection: [
                (unit, units_above(connection, unit)) for unit in search_units(connection, " ".join(text))
            ]
        )
    if not found:
        raise click.ClickException(
            t(
                "Không có đơn vị nào như vậy; đã nạp chưa (bluezone units load)?",
                "There is no such unit; have any been loaded (bluezone units load)?",
            )
        )
    for unit, higher in found:
        click.echo(f"{unit.code:>8}  {', '.join(one.title for one in (unit, *reversed(higher)))}")
