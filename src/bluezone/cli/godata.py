"""`bluezone godata`: cases, contacts and follow-up brought to a Go.Data server and fetched from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t
from bluezone.cli.target import Target, server_group

if TYPE_CHECKING:
    from bluezone.server import Pushed

MOST_TOLD = 20
"""Refused records that are told one by one."""


command = server_group(
    t("Trao đổi dữ liệu với máy chủ Go.Data.", "Exchange data with a Go.Data server."), table="godata"
)


@command.command(
    help=t(
        "Ghi cây đơn vị thành tệp để nhập vào trang Locations của Go.Data; làm một lần trước khi đưa dữ liệu sang.",
        "Write the tree of units as a file for Go.Data's page of locations; once, before data is brought there.",
    )
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=t("Tệp để ghi.", "The file to write.")
)
@click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Write over a file that is there."))
@click.pass_obj
def locations(target: Target, out: Path, force: bool) -> None:
    from bluezone.cli.database import held
    from bluezone.cli.private_files import check_free, write_private
    from bluezone.server import Integrations

    check_free(out, force=force)
    with held(*target) as core:
        data = Integrations(core).godata_locations()
    write_private(out, data, force=force)
    click.echo(t(f"Đã ghi {out}.", f"Wrote {out}."))


@command.command(
    help=t(
        "Đưa ca bệnh, người tiếp xúc và kết quả theo dõi sang Go.Data, kèm họ tên. Chạy lại không nhân đôi gì; "
        "bên ấy không xóa gì.",
        "Bring cases, contacts and follow-up to Go.Data, with names. Running it again doubles nothing; nothing is "
        "deleted there.",
    )
)
@click.option("--unit", default="", help=t("Mã đơn vị (mặc định: tất cả).", "The unit's code (default: everything)."))
@click.option(
    "--reason", default="", help=t("Vì sao họ tên ra ngoài, từ mười ký tự.", "Why names leave, in ten letters or more.")
)
@click.option("--dry-run", is_flag=True, help=t("Chỉ xem sẽ ghi gì.", "Only tell what would be written."))
@click.pass_obj
def push(target: Target, unit: str, reason: str, dry_run: bool) -> int:
    from bluezone.cli.database import held
    from bluezone.server import Integrations

    with held(*target) as core:
        done = asyncio.run(Integrations(core).push_godata(unit, reason, dry_run=dry_run))
    _tell(done, dry_run=dry_run)
    return 1 if done.left else 0


@command.command(
    help=t(
        "Lấy dữ liệu của đợt dịch ở Go.Data thành các bảng để nhập ở trang Nhập danh sách; bàn y tế xem từng dòng "
        "trước khi giữ.",
        "Fetch the outbreak at Go.Data as workbooks for the import page, where officials look at every row before it "
        "is kept.",
    )
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help=t("Thư mục để ghi các bảng.", "The folder for the workbooks."),
)
@click.option("--dry-run", is_flag=True, help=t("Chỉ đếm, không ghi tệp.", "Only count, write no file."))
@click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Write over files that are there."))
@click.pass_obj
def pull(target: Target, out: Path | None, dry_run: bool, force: bool) -> None:
    from bluezone.cli.database import held
    from bluezone.cli.private_files import write_private
    from bluezone.server import Integrations

    if out is None and not dry_run:
        raise click.UsageError(t("Hãy đưa --out THƯ MỤC hoặc --dry-run.", "Give --out FOLDER or --dry-run."))
    with held(*target) as core:
        found = asyncio.run(Integrations(core).pull_godata())
    click.echo(
        t(
            f"Ở Go.Data có {found.counts['cases']} ca bệnh, {found.counts['contacts']} lần tiếp xúc, "
            f"{found.counts['followups']} kết quả theo dõi.",
            f"Go.Data has {found.counts['cases']} cases, {found.counts['contacts']} contacts, "
            f"{found.counts['followups']} follow-ups.",
        )
    )
    click.echo(
        t(
            f"Về người: {found.same} như ở đây, {found.differing} khác, {found.new} chưa có ở đây.",
            f"Of the people {found.same} are as they are here, {found.differing} differ, {found.new} are not on "
            "record here.",
        )
    )
    if dry_run or out is None:
        return
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, data in found.files.items():
        write_private(out / name, data, force=force)
        click.echo(t(f"Đã ghi {out / name}", f"Wrote {out / name}"))


def _tell(done: Pushed, *, dry_run: bool) -> None:
    if dry_run:
        click.echo(t("Chỉ xem, chưa ghi gì ở Go.Data:", "Looked only, nothing was written at Go.Data:"))
    for kind, name in _kinds().items():
        click.echo(
            t(
                f"  {name}: thêm {done.made[kind]}, sửa {done.changed[kind]}, chuyển loại {done.converted[kind]}, "
                f"giữ nguyên {done.same[kind]}",
                f"  {name}: {done.made[kind]} made, {done.changed[kind]} changed, {done.converted[kind]} moved here, "
                f"{done.same[kind]} as they were",
            )
        )
    sent = done.sent
    if sent.persons_left or sent.contacts_left or sent.visits_left:
        click.echo(
            t(
                f"Go.Data không có chỗ cho: {sent.persons_left} người không phải F0, F1, F2; {sent.contacts_left} lần "
                f"tiếp xúc; {sent.visits_left} kết quả theo dõi (của F2 hoặc ca bệnh).",
                f"Go.Data has no place for {sent.persons_left} people who are no F0, F1 or F2, {sent.contacts_left} "
                f"contacts and {sent.visits_left} follow-ups (of F2 or of cases).",
            )
        )
    if done.without_place:
        click.echo(
            t(
                f"{done.without_place} người ở nơi Go.Data chưa có; hãy nhập cây đơn vị (bluezone godata locations).",
                f"{done.without_place} people live where Go.Data has no location; import the tree first "
                "(bluezone godata locations).",
            )
        )
    for one in done.left[:MOST_TOLD]:
        click.echo(
            t(
                f"Không nhận ({_kinds()[one.kind]}) {one.identifier}: {one.said}",
                f"Left ({_kinds()[one.kind]}) {one.identifier}: {one.said}",
            )
        )
    if len(done.left) > MOST_TOLD:
        rest = len(done.left) - MOST_TOLD
        click.echo(t(f"… và {rest} bản ghi nữa không được nhận", f"… and {rest} more records were left"))


def _kinds() -> Mapping[str, str]:
    return {
        "cases": t("Ca bệnh", "Cases"),
        "contacts": t("Người tiếp xúc", "Contacts"),
        "contacts-of-contacts": t("Người tiếp xúc của người tiếp xúc", "Contacts of contacts"),
        "relationships": t("Lần tiếp xúc", "Relationships"),
        "follow-ups": t("Kết quả theo dõi", "Follow-ups"),
    }
