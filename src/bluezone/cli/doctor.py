"""`bluezone doctor`: what this machine has, what is missing, and how to mend it."""

from __future__ import annotations

import platform
import shutil
import socket
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from bluezone.cli.language import t

LOW_DISK_BYTES = 1 << 30
"""Below a gigabyte a server with 14 days of a province's archives may run out."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report; `needed` faults make the command exit 1."""

    good: bool
    what: str
    cure: str = ""
    needed: bool = False


@click.command(help=t("Kiểm tra máy này và nói cách sửa.", "Check this machine and say how to mend it."))
@click.option("--data", type=click.Path(path_type=Path), default="run", help=t("Thư mục dữ liệu.", "The data folder."))
@click.option("--port", default=8787, show_default=True, help=t("Cổng của máy chủ.", "The server's port."))
def command(data: Path, port: int) -> int:
    checks: list[Callable[[], Finding]] = [
        _python,
        _sqlite,
        _aes,
        lambda: _disk(data),
        lambda: _port(port),
        _bluetooth,
        _terminal,
    ]
    findings = [check() for check in checks]
    for finding in findings:
        mark = (
            click.style("✔", fg="green") if finding.good else click.style("✘" if finding.needed else "•", fg="yellow")
        )
        click.echo(f" {mark} {finding.what}")
        if not finding.good:
            click.echo(f"   → {finding.cure}")
    return 1 if any(finding.needed and not finding.good for finding in findings) else 0


def _python() -> Finding:
    version = platform.python_version()
    return Finding(
        sys.version_info >= (3, 11),
        f"Python {version}",
        t("Cần Python 3.11 trở lên.", "Python 3.11 or newer is needed."),
        needed=True,
    )


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version
    return Finding(
        sqlite3.sqlite_version_info >= (3, 35),
        f"SQLite {version}",
        t(
            "Cần SQLite 3.35 trở lên; hãy dùng bản Python mới hơn hoặc PostgreSQL.",
            "SQLite 3.35 or newer is needed; use a newer Python or PostgreSQL.",
        ),
        needed=True,
    )


def _aes() -> Finding:
    from bluezone.matching import Matcher, TierUnavailable

    fast, reason = True, ""
    try:
        Matcher((), tier="numba")
    except TierUnavailable as error:
        fast, reason = False, str(error)
    what = t("So khớp khóa: ", "Matching: ") + (
        t("nhân nhanh (AES và SHA của bộ xử lý)", "fast kernel (the processor's AES and SHA)")
        if fast
        else t("nhân cơ bản", "basic kernel")
    )
    return Finding(
        fast, what, t(f"Vẫn chạy đúng, chậm hơn. Lý do: {reason}", f"It works all the same, slower. Reason: {reason}")
    )


def _disk(data: Path) -> Finding:
    folder = data
    while not folder.exists():
        folder = folder.parent if folder.parent != folder else Path.cwd()
    free = shutil.disk_usage(folder).free
    return Finding(
        free >= LOW_DISK_BYTES,
        t(f"Còn trống {free / 2**30:.1f} GB ở {data}", f"{free / 2**30:.1f} GB free at {data}"),
        t("Hãy giải phóng ít nhất 1 GB.", "Free at least 1 GB."),
    )


def _port(port: int) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return Finding(
                False,
                t(f"Cổng {port} đang bận", f"Port {port} is in use"),
                t(
                    "Máy chủ có lẽ đã chạy; nếu không, chọn cổng khác bằng --port.",
                    "The server may already run; if not, choose another one with --port.",
                ),
            )
    return Finding(True, t(f"Cổng {port} còn trống", f"Port {port} is free"))


def _bluetooth() -> Finding:
    adapters = (
        sorted(path.name for path in Path("/sys/class/bluetooth").glob("hci*")) if sys.platform == "linux" else []
    )
    return Finding(
        bool(adapters),
        t("Bluetooth: ", "Bluetooth: ") + (", ".join(adapters) or t("không thấy bộ thu phát nào", "no adapter found")),
        t(
            "Diễn tập không cần. Cho điện thoại thật: cắm một USB Bluetooth rồi dùng --radio hci:usb:0.",
            "A rehearsal needs none. For a real phone: plug in a USB adapter and use --radio hci:usb:0.",
        ),
    )


def _terminal() -> Finding:
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return Finding(
        encoding == "utf8",
        t(f"Màn hình dòng lệnh dùng {sys.stdout.encoding}", f"The terminal speaks {sys.stdout.encoding}"),
        t("Chữ Việt có thể hiện sai; hãy đặt LANG=C.UTF-8.", "Vietnamese may look wrong; set LANG=C.UTF-8."),
    )
