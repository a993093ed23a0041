"""`bluezone code`: what the health desk does with verification codes, over the server's own interface."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bluezone.cli.faults import told
from bluezone.cli.language import t
from bluezone.protocol import wire

if TYPE_CHECKING:
    import httpx

_VIETNAM = timezone(timedelta(hours=7))
_TYPES = {"f0": wire.TEST_CONFIRMED, "likely": wire.TEST_LIKELY, "f1": wire.TEST_RECURSIVE}


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where the desk's calls go; its key is asked for only by a command that runs, not by one that explains itself."""

    server: str
    given_key: str | None
    data: Path

    def target(self) -> tuple[str, str]:
        """The server and the API key."""
        file = self.data / "desk-api-key"
        try:
            return self.server, self.given_key or file.read_text().strip()
        except OSError as error:
            raise click.ClickException(
                t(
                    f"Chưa có khóa API: không đọc được {file}. Hãy đưa --api-key hoặc --data.",
                    f"No API key: {file} cannot be read. Give --api-key or --data.",
                )
            ) from error


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
    context.obj = _Desk(server.rstrip("/"), api_key or os.environ.get("BLUEZONE_DESK_API_KEY"), data)


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
def issue(desk: _Desk, kind: str, symptom_date: str | None, test_date: str | None) -> None:
    target = desk.target()
    if kind != "f1" and not symptom_date and not test_date:
        test_date = _today(target[0], kind)
        click.echo(
            t(
                f"Ngày xét nghiệm: hôm nay, {test_date} (ngày khác: --test-date; có triệu chứng: --symptom-date).",
                f"Day of the test: today, {test_date} (another: --test-date; with symptoms: --symptom-date).",
            )
        )
    request = wire.IssueRequest(test_type=_TYPES[kind], symptom_date=symptom_date, test_date=test_date)
    answer = _call(target, wire.PATH_ISSUE, request, wire.IssueResponse)
    until, long_until = (
        f"{datetime.fromtimestamp(stamp).astimezone():%H:%M %d/%m/%Y}"
        for stamp in (answer.expires_at_timestamp, answer.long_expires_at_timestamp)
    )
    if answer.code:
        lines = t(
            f"Đọc cho người bệnh: {answer.code[:4]} {answer.code[4:]}   (dùng đến {until})\n"
            f"Hoặc gửi đường dẫn: {answer.long_code}   (dùng đến {long_until})",
            f"Read it to the patient: {answer.code[:4]} {answer.code[4:]}   (until {until})\n"
            f"Or send as a link: {answer.long_code}   (until {long_until})",
        )
    else:
        lines = t(
            "Mã đọc qua điện thoại đang tạm dừng (quá nhiều mã còn hạn, hoặc có người dò mã).\n"
            f"Hãy gửi đường dẫn: {answer.long_code}   (dùng đến {long_until})",
            "Codes to read aloud are paused (too many are still good, or somebody is guessing).\n"
            f"Send as a link: {answer.long_code}   (until {long_until})",
        )
    click.echo(lines)
    click.echo(t(f"Số tra cứu: {answer.uuid}", f"Look-up number: {answer.uuid}"))


@command.command(
    help=t("Mã đã được nhận và khóa đã công bố chưa.", "Has the code been claimed, have keys been published.")
)
@click.argument("uuid")
@click.pass_obj
def status(desk: _Desk, uuid: str) -> None:
    answer = _call(desk.target(), wire.PATH_CODE_STATUS, wire.CodeStatusRequest(uuid=uuid), wire.CodeStatusResponse)
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
def revoke(desk: _Desk, uuid: str) -> None:
    _call(desk.target(), wire.PATH_EXPIRE_CODE, wire.ExpireCodeRequest(uuid=uuid), wire.ExpireCodeResponse)
    click.echo(t("Đã hủy mã.", "The code is revoked."))


def _today(server: str, kind: str) -> str:
    """The day in Vietnam by the server's clock, which is the one that the server judges days by."""
    date = _send("GET", server, wire.PATH_CONFIG).headers.get("Date", "")
    try:
        return parsedate_to_datetime(date).astimezone(_VIETNAM).date().isoformat()
    except ValueError as error:
        raise click.ClickException(
            t(
                f"{server} không cho biết hôm nay là ngày nào; hãy đưa ngày xét nghiệm hoặc ngày khởi phát, ví dụ: "
                f"bluezone code issue {kind} --test-date 2020-08-01",
                f"{server} does not say what day it is; give the day of the test or of first symptoms, for example: "
                f"bluezone code issue {kind} --test-date 2020-08-01",
            )
        ) from error


def _call(target: tuple[str, str], path: str, body: Any, answer: type[Any]) -> Any:
    import msgspec

    server, key = target
    headers = {wire.API_KEY_HEADER: key, "Content-Type": "application/json"}
    response = _send("POST", server, path, content=msgspec.json.encode(body), headers=headers)
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
    raise click.ClickException(told(refused.error, refused.error_code))


def _send(method: str, server: str, path: str, **request: Any) -> httpx.Response:
    import httpx

    try:
        return httpx.request(method, server + path, timeout=15, **request)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise click.ClickException(
            t(
                f"Không gọi được máy chủ {server}: hãy xem nó có đang chạy không (bluezone serve).",
                f"The server {server} cannot be reached: see whether it runs (bluezone serve).",
            )
        ) from error
