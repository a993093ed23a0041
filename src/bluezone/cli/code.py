"""`bluezone code`: what the health desk does with verification codes, over the server's own interface."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from bluezone.cli.language import t
from bluezone.protocol import wire

_TYPES = {"f0": wire.TEST_CONFIRMED, "likely": wire.TEST_LIKELY, "f1": wire.TEST_RECURSIVE}


@click.group(help=t("Cấp, xem và hủy mã xác nhận.", "Issue, look up and revoke verification codes."))
@click.option("--server", default="http://127.0.0.1:8787", show_default=True, help=t("Địa chỉ máy chủ.", "The server."))
@click.option(
    "--api-key",
    help=t(
        "Khóa API của bàn y tế (hoặc BLUEZONE_DESK_API_KEY, hoặc --data).",
        "The desk's API key (or BLUEZONE_DESK_API_KEY, or --data).",
    ),
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default="run/server",
    show_default=True,
    help=t("Thư mục dữ liệu có tệp desk-api-key.", "The data folder that holds desk-api-key."),
)
@click.pass_context
def command(context: click.Context, server: str, api_key: str | None, data: Path) -> None:
    """The desk's commands."""
    key = api_key or os.environ.get("BLUEZONE_DESK_API_KEY")
    if not key:
        try:
            key = (data / "desk-api-key").read_text().strip()
        except OSError as error:
            raise click.ClickException(
                t(
                    f"Chưa có khóa API: không đọc được {data / 'desk-api-key'}. Hãy đưa --api-key hoặc --data.",
                    f"No API key: {data / 'desk-api-key'} cannot be read. Give --api-key or --data.",
                )
            ) from error
    context.obj = (server.rstrip("/"), key)


@command.command(
    help=t(
        "Cấp một mã cho ca bệnh (f0), ca lâm sàng (likely) hay F1 đã xác nhận (f1).",
        "Issue a code for a case (f0), a clinical case (likely) or a confirmed contact (f1).",
    )
)
@click.argument("kind", type=click.Choice(list(_TYPES)), default="f0")
@click.option("--symptom-date", metavar="YYYY-MM-DD", help=t("Ngày khởi phát.", "Onset of symptoms."))
@click.option("--test-date", metavar="YYYY-MM-DD", help=t("Ngày xét nghiệm.", "Day of the test."))
@click.pass_obj
def issue(target: tuple[str, str], kind: str, symptom_date: str | None, test_date: str | None) -> None:
    request = wire.IssueRequest(test_type=_TYPES[kind], symptom_date=symptom_date, test_date=test_date)
    answer = _call(target, wire.PATH_ISSUE, request, wire.IssueResponse)
    until, long_until = (
        f"{datetime.fromtimestamp(stamp).astimezone():%H:%M %d/%m/%Y}"
        for stamp in (answer.expires_at_timestamp, answer.long_expires_at_timestamp)
    )
    click.echo(
        t(
            f"Đọc cho người bệnh: {answer.code[:4]} {answer.code[4:]}   (dùng đến {until})\n"
            f"Hoặc gửi đường dẫn: {answer.long_code}   (dùng đến {long_until})\n"
            f"Số tra cứu: {answer.uuid}",
            f"Read it to the patient: {answer.code[:4]} {answer.code[4:]}   (until {until})\n"
            f"Or send as a link: {answer.long_code}   (until {long_until})\n"
            f"Look-up number: {answer.uuid}",
        )
    )


@command.command(
    help=t("Mã đã được nhận và khóa đã công bố chưa.", "Has the code been claimed, have keys been published.")
)
@click.argument("uuid")
@click.pass_obj
def status(target: tuple[str, str], uuid: str) -> None:
    answer = _call(target, wire.PATH_CODE_STATUS, wire.CodeStatusRequest(uuid=uuid), wire.CodeStatusResponse)
    yes_no = {True: t("rồi", "yes"), False: t("chưa", "no")}
    click.echo(
        t(
            f"Đã nhận mã: {yes_no[answer.claimed]} · đã công bố khóa: {yes_no[answer.keys_published]}",
            f"Code claimed: {yes_no[answer.claimed]} · keys published: {yes_no[answer.keys_published]}",
        )
    )


@command.command(help=t("Hủy một mã chưa dùng.", "Revoke a code that has not been used."))
@click.argument("uuid")
@click.pass_obj
def revoke(target: tuple[str, str], uuid: str) -> None:
    _call(target, wire.PATH_EXPIRE_CODE, wire.ExpireCodeRequest(uuid=uuid), wire.ExpireCodeResponse)
    click.echo(t("Đã hủy mã.", "The code is revoked."))


def _call(target: tuple[str, str], path: str, body: Any, answer: type[Any]) -> Any:
    import httpx
    import msgspec

    server, key = target
    try:
        response = httpx.post(
            server + path,
            content=msgspec.json.encode(body),
            headers={wire.API_KEY_HEADER: key, "Content-Type": "application/json"},
            timeout=15,
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise click.ClickException(
            t(
                f"Không gọi được máy chủ {server}: hãy xem nó có đang chạy không (bluezone serve).",
                f"The server {server} cannot be reached: see whether it runs (bluezone serve).",
            )
        ) from error
    try:
        if response.is_success:
            return msgspec.json.decode(response.content, type=answer)
        refused = msgspec.json.decode(response.content, type=wire.ErrorResponse)
    except msgspec.MsgspecError as error:
        raise click.ClickException(
            t(
                f"{server} trả lời không đúng giao thức ({response.status_code}); đây có phải máy chủ Bluezone không?",
                f"{server} does not answer as a Bluezone server ({response.status_code}); is the address right?",
            )
        ) from error
    raise click.ClickException(f"{refused.error} [{refused.error_code}]")
