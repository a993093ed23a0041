"""The `bluezone` command: thin, quick to answer, and never a traceback for something a person can mend."""

from __future__ import annotations

import errno
import importlib
import sys
from typing import Any

import click

from bluezone import __version__
from bluezone.cli.faults import told
from bluezone.cli.language import LANGUAGES, speaking, t, teach_click
from bluezone.errors import BluezoneError

# Name -> what it does; each command lives in a module of its name and is imported only when called.
COMMANDS = {
    "run": t(
        "Dựng máy chủ và thị trấn diễn tập, kể một lượt câu chuyện, rồi chạy tiếp.",
        "Start the server and a rehearsal town, play the story once, and go on running.",
    ),
    "serve": t("Chạy máy chủ cho một tỉnh, thành phố hay công ty.", "Run the server of a province, city or company."),
    "rehearse": t(
        "Diễn tập trọn câu chuyện từ tiếp xúc đến cảnh báo; mã thoát 0 khi mọi điều đúng.",
        "Rehearse the whole story from contact to warning; exits 0 only if every line came true.",
    ),
    "town": t(
        "Mở thị trấn ảo; mỗi điện thoại có bộ điều khiển Bluetooth qua TCP.",
        "Open the virtual town; each phone's Bluetooth controller is served over TCP.",
    ),
    "phone": t(
        "Chạy một điện thoại trên Bluetooth thật hoặc ảo.", "Run one phone on a real or virtual Bluetooth radio."
    ),
    "replay": t(
        "Cho bản ghi Bluetooth chạy qua điện thoại và đếm.", "Run a Bluetooth recording through a phone and count."
    ),
    "archive": t("Xem, kiểm và dựng tệp khóa đã ký.", "Show, verify and build signed key archives."),
    "code": t("Cấp, xem và hủy mã xác nhận.", "Issue, look up and revoke verification codes."),
    "admin": t("Mở tài khoản đầu tiên, hoặc đặt lại một tài khoản.", "Open the first account, or renew one."),
    "units": t("Nạp và tìm đơn vị hành chính, cơ quan.", "Load and find administrative units and offices."),
    "sms": t("Thử việc gửi tin nhắn SMS.", "Try whether text messages get through."),
    "fhir": t("Xuất dữ liệu ca bệnh theo chuẩn FHIR.", "Export cases as FHIR."),
    "epicontacts": t(
        "Xuất danh sách và tiếp xúc để vẽ bằng gói epicontacts của R.",
        "Export people and contacts for R's epicontacts.",
    ),
    "godata": t("Trao đổi dữ liệu với máy chủ Go.Data.", "Exchange data with a Go.Data server."),
    "dhis2": t("Gửi số liệu tuần lên DHIS2.", "Send weekly figures to DHIS2."),
    "stored": t(
        "Liệt kê mọi thứ máy chủ đang giữ và ngày hủy.", "List everything the server holds and when it is destroyed."
    ),
    "privacy": t(
        "Sổ riêng tư: giữ gì về con người, từ khi nào, bao giờ phải hủy.",
        "The privacy ledger: what is held about people, since when, until when.",
    ),
    "purge": t("Hủy ngay những gì đã đến hạn.", "Destroy now what is due."),
    "doctor": t(
        "Kiểm tra máy này: thiếu gì và sửa thế nào.", "Check this machine: what is missing and how to mend it."
    ),
}


class _Commands(click.Group):
    """A group that knows its commands' names and one-liners without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"bluezone.cli.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"bluezone.cli.{cmd_name}.command is not a command")
        return speaking(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(t("Lệnh", "Commands")):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=_Commands,
    help=t(
        "Bluezone: cảnh báo tiếp xúc gần qua Bluetooth, chạy trọn trên một máy.",
        "Bluezone: Bluetooth exposure warnings, whole on one machine.",
    ),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(
    __version__,
    prog_name="bluezone",
    message="%(prog)s %(version)s",
    help=t("In phiên bản rồi thoát.", "Show the version and exit."),
)
@click.option("--lang", type=click.Choice(LANGUAGES), expose_value=False, help=t("Ngôn ngữ.", "Language."))
def group() -> None:
    """The root of all commands."""


speaking(group)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and leave with its exit code; faults a person can mend print one sentence."""
    teach_click()
    try:
        result: Any = group.main(arguments, prog_name="bluezone", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except KeyboardInterrupt:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (BluezoneError, OSError, ExceptionGroup) as error:
        _complain(_sentence(error))
    sys.exit(result if isinstance(result, int) else 0)


def _sentence(error: Exception) -> str:
    """What to tell the person; an error that no person can mend is raised again."""
    if isinstance(error, ExceptionGroup):
        # Servers and towns run in task groups, which wrap what went wrong; the first fault is the cause.
        return _sentence(error.exceptions[0])
    if isinstance(error, BluezoneError):
        # A refusal by the server carries the server's own code, which says more than that it refused.
        return told(str(error), getattr(error, "reason", error.code), error.code)
    if isinstance(error, OSError):
        return _about_the_machine(error)
    raise error


def _complain(sentence: str) -> None:
    click.echo(f"bluezone: {sentence}", err=True)
    sys.exit(1)


def _about_the_machine(error: OSError) -> str:
    what = error.filename or ""
    match error.errno:
        case errno.ENOENT:
            return t(f"Không có tệp {what}; hãy kiểm tra lại đường dẫn.", f"There is no file {what}; check the path.")
        case errno.EACCES | errno.EPERM:
            return t(
                f"Không được phép mở {what}; hãy kiểm tra quyền.", f"Not allowed to open {what}; check its permissions."
            )
        case errno.ENOSPC:
            return t(
                "Ổ đĩa đã đầy; hãy giải phóng chỗ rồi chạy lại, không mất gì.",
                "The disk is full; free some space and run again, nothing is lost.",
            )
        case errno.EADDRINUSE:
            return t(
                "Cổng này đang có chương trình khác dùng; hãy chọn cổng khác bằng --port.",
                "Another program uses this port; choose another one with --port.",
            )
    return t(f"Máy báo lỗi: {error}", str(error))
