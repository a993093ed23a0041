"""`bluezone epicontacts`: an outbreak as the two tables that R's epicontacts reads."""

from __future__ import annotations

from pathlib import Path

import click

from bluezone.cli.language import t


@click.group(
    help=t(
        "Xuất danh sách và tiếp xúc để vẽ bằng gói epicontacts của R.",
        "Export people and contacts for R's epicontacts.",
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
@click.pass_context
def command(context: click.Context, settings_file: Path | None, data: Path | None) -> None:
    context.obj = (settings_file, data)


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
@click.option("--unit", default="", help=t("Mã đơn vị (mặc định: tất cả).", "The unit's code (default: everything)."))
@click.option("--identified", is_flag=True, help=t("Kèm họ tên; cần --reason.", "With names; needs --reason."))
@click.option(
    "--reason", default="", help=t("Vì sao cần họ tên, từ mười ký tự.", "Why names are needed, in ten letters or more.")
)
@click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Write over a file that is there."))
@click.pass_obj
def export(
    target: tuple[Path | None, Path | None], out: Path, unit: str, identified: bool, reason: str, force: bool
) -> None:
    from bluezone.cli.database import held
    from bluezone.cli.private_files import check_free, write_private
    from bluezone.server import Integrations

    if bool(reason) != identified:
        raise click.UsageError(t("--identified và --reason đi cùng nhau.", "--identified and --reason come together."))
    for name in ("linelist.csv", "contacts.csv"):
        check_free(out / name, force=force)
    with held(*target) as core:
        files = Integrations(core).epicontacts(unit, reason)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, data in files.items():
        write_private(out / name, data, force=force)
        click.echo(
            t(
                f"Đã ghi {out / name} ({'có' if identified else 'không có'} họ tên), chỉ người chạy lệnh đọc được.",
                f"Wrote {out / name} {'with' if identified else 'without'} names, readable by you alone.",
            )
        )
