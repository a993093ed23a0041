"""`bluezone epicontacts`: an outbreak as the two tables that R's epicontacts reads."""

from __future__ import annotations

from pathlib import Path

import click

from bluezone.cli.language import t
from bluezone.cli.target import Target, check_reason, leaving_options, server_group, told_written

command = server_group(
    t(
        "Xuất danh sách và tiếp xúc để vẽ bằng gói epicontacts của R.",
        "Export people and contacts for R's epicontacts.",
    )
)


@command.command(
    help=t(
        "Ghi linelist.csv và contacts.csv. Mặc định không có họ tên; việc xuất được ghi vào nhật ký kiểm tra.",
        "Write linelist.csv and contacts.csv. Without names by default; the audit log keeps that they left.",
    )
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help=t("Thư mục để ghi.", "The folder to write into."),
)
@leaving_options
@click.pass_obj
def export(target: Target, out: Path, unit: str, identified: bool, reason: str, force: bool) -> None:
    from bluezone.cli.database import held
    from bluezone.cli.private_files import check_free, write_private
    from bluezone.server import Integrations

    check_reason(identified=identified, reason=reason)
    for name in ("linelist.csv", "contacts.csv"):
        check_free(out / name, force=force)
    with held(*target) as core:
        files = Integrations(core).epicontacts(unit, reason)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, data in files.items():
        write_private(out / name, data, force=force)
        click.echo(told_written(out / name, identified=identified))
