"""`bluezone fhir`: an outbreak as a FHIR bundle for other health systems."""

from __future__ import annotations

from pathlib import Path

import click

from bluezone.cli.language import t
from bluezone.cli.target import Target, check_reason, leaving_options, server_group, told_written

command = server_group(t("Xuất dữ liệu ca bệnh theo chuẩn FHIR.", "Export cases as FHIR."))


@command.command(
    help=t(
        "Ghi một gói FHIR R4 (JSON) gồm người, ca bệnh, tiếp xúc và theo dõi hằng ngày. Mặc định không có họ tên; "
        "việc xuất được ghi vào nhật ký kiểm tra.",
        "Write a FHIR R4 bundle (JSON) of people, cases, contacts and daily follow-up. Without names by default; the "
        "audit log keeps that it left.",
    )
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help=t("Tệp để ghi.", "The file to write.")
)
@leaving_options
@click.pass_obj
def export(target: Target, out: Path, unit: str, identified: bool, reason: str, force: bool) -> None:
    from bluezone.cli.database import held
    from bluezone.cli.private_files import check_free, write_private
    from bluezone.server import Integrations

    check_reason(identified=identified, reason=reason)
    check_free(out, force=force)
    with held(*target) as core:
        data = Integrations(core).fhir(unit, reason)
    write_private(out, data, force=force)
    click.echo(told_written(out, identified=identified))
