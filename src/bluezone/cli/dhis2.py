"""`bluezone dhis2`: a week's figures of each unit sent to a DHIS2 server, and the metadata that they need there."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t
from bluezone.cli.target import Target, server_group

if TYPE_CHECKING:
    from bluezone.server import Imported

MOST_TOLD = 50
"""Conflicts that are told one by one."""


command = server_group(t("Gửi số liệu tuần lên DHIS2.", "Send weekly figures to DHIS2."), table="dhis2")


@command.command(
    help=t(
        "Đưa đơn vị, phần tử dữ liệu và bộ dữ liệu sang DHIS2, hoặc ghi thành tệp để nhập ở trang Import/Export.",
        "Bring units, data elements and the data set to DHIS2, or write them as a file for its Import/Export page.",
    )
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help=t("Tệp để ghi thay vì gửi.", "A file to write instead of sending."),
)
@click.option("--dry-run", is_flag=True, help=t("DHIS2 chỉ kiểm tra.", "DHIS2 only checks."))
@click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Write over a file that is there."))
@click.pass_obj
def metadata(target: Target, out: Path | None, dry_run: bool, force: bool) -> int:
    from bluezone.cli.database import held
    from bluezone.cli.private_files import check_free, write_private
    from bluezone.server import Integrations

    if out is not None:
        check_free(out, force=force)
        with held(*target) as core:
            data = Integrations(core).dhis2_metadata()
        write_private(out, data, force=force)
        click.echo(t(f"Đã ghi {out}.", f"Wrote {out}."))
        return 0
    with held(*target) as core:
        done = asyncio.run(Integrations(core).send_dhis2_metadata(dry_run=dry_run))
    return _tell(done, dry_run=dry_run)


@command.command(
    help=t(
        "Gửi số liệu một tuần của mọi đơn vị; không có họ tên. Gửi lại thì DHIS2 sửa, không cộng thêm.",
        "Send a week's figures of every unit; no names. Sending again corrects DHIS2's figures and adds nothing.",
    )
)
@click.option(
    "--week", required=True, metavar="2020W32", help=t("Tuần theo ISO, như 2020W32.", "ISO week, as 2020W32.")
)
@click.option("--unit", default="", help=t("Mã đơn vị (mặc định: tất cả).", "The unit's code (default: everything)."))
@click.option("--dry-run", is_flag=True, help=t("DHIS2 chỉ kiểm tra.", "DHIS2 only checks."))
@click.pass_obj
def push(target: Target, week: str, unit: str, dry_run: bool) -> int:
    from bluezone.cli.database import held
    from bluezone.server import Integrations, Week

    wanted = Week.read(week)
    with held(*target) as core:
        done = asyncio.run(Integrations(core).push_dhis2(wanted, unit, dry_run=dry_run))
    return _tell(done, dry_run=dry_run)


def _tell(done: Imported, *, dry_run: bool) -> int:
    """Says what became of it; the exit code."""
    if dry_run:
        click.echo(t("DHIS2 chỉ kiểm tra, chưa giữ gì:", "DHIS2 only checked and kept nothing:"))
    click.echo(
        t(
            f"Thêm {done.created}, sửa {done.updated}, bỏ qua {done.ignored}.",
            f"{done.created} created, {done.updated} updated, {done.ignored} ignored.",
        )
    )
    for conflict in done.conflicts[:MOST_TOLD]:
        click.echo(t(f"Vướng: {conflict}", f"Conflict: {conflict}"))
    if len(done.conflicts) > MOST_TOLD:
        rest = len(done.conflicts) - MOST_TOLD
        click.echo(t(f"… và {rest} chỗ vướng nữa", f"… and {rest} more conflicts"))
    return 1 if done.conflicts else 0
