"""Which server a command is about: the options that name its settings and data, and those of files that leave it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bluezone.cli.language import t

Target = tuple[Path | None, Path | None]
"""A settings file and a data folder; for `database.opened` and `held`."""

Option = Callable[[Callable[..., Any]], Callable[..., Any]]


def settings_option(table: str = "") -> Option:
    """`--settings`, as the parameter `settings_file`; `table` is the one that the command needs in the file."""
    said = (
        t(f"Tệp cài đặt TOML có mục [{table}].", f"A TOML settings file with the table [{table}].")
        if table
        else t("Tệp cài đặt TOML.", "A TOML settings file.")
    )
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.option("--settings", "settings_file", type=kind, help=said)


def data_option() -> Option:
    """`--data`, as the parameter `data`."""
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--data", type=kind, help=t("Thư mục dữ liệu.", "The data folder."))


def server_group(said: str, *, table: str = "") -> click.Group:
    """A group of commands about one server; each is handed its `Target` by `click.pass_obj`."""

    @click.group("command", help=said)
    @settings_option(table)
    @data_option()
    @click.pass_context
    def group(context: click.Context, settings_file: Path | None, data: Path | None) -> None:
        context.obj = (settings_file, data)

    return group


def leaving_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a command that writes people's records to files asks: `unit`, `identified`, `reason` and `force`."""
    for option in (
        click.option("--force", is_flag=True, help=t("Ghi đè tệp đã có.", "Write over a file that is there.")),
        click.option(
            "--reason",
            default="",
            help=t("Vì sao cần họ tên, từ mười ký tự.", "Why names are needed, in ten letters or more."),
        ),
        click.option("--identified", is_flag=True, help=t("Kèm họ tên; cần --reason.", "With names; needs --reason.")),
        click.option(
            "--unit", default="", help=t("Mã đơn vị (mặc định: tất cả).", "The unit's code (default: everything).")
        ),
    ):
        command = option(command)
    return command


def check_reason(*, identified: bool, reason: str) -> None:
    """Return when names leave with a reason, or neither. Raises UsageError."""
    if bool(reason) != identified:
        raise click.UsageError(t("--identified và --reason đi cùng nhau.", "--identified and --reason come together."))


def told_written(out: Path, *, identified: bool) -> str:
    """What is said of a file that was written."""
    return t(
        f"Đã ghi {out} ({'có' if identified else 'không có'} họ tên), chỉ người chạy lệnh đọc được.",
        f"Wrote {out} {'with' if identified else 'without'} names, readable by you alone.",
    )
