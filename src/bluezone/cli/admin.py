"""`bluezone admin`: the first account, and a way back in for whoever is locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t
from bluezone.cli.serve import DEFAULT_PORT
from bluezone.cli.target import Target, server_group

if TYPE_CHECKING:
    from bluezone.server import Invited

_ADDRESS = click.option(
    "--address",
    default=f"http://localhost:{DEFAULT_PORT}",
    show_default=True,
    help=t("Địa chỉ mà cán bộ mở máy chủ.", "The address under which officials open the server."),
)


command = server_group(t("Mở tài khoản đầu tiên, hoặc đặt lại một tài khoản.", "Open the first account, or renew one."))


@command.command(
    help=t(
        "Mời một người vào hệ thống, mặc định với vai trò quản trị; in ra đường dẫn dùng một lần để tự chọn mật khẩu.",
        "Invite somebody, as operator by default; prints a link of one use with which they choose their own password.",
    )
)
@click.argument("login")
@click.option("--name", required=True, help=t("Họ tên.", "The person's name."))
@click.option(
    "--unit", "code", help=t("Mã đơn vị (mặc định: đơn vị cao nhất).", "The unit's code (default: the top unit).")
)
@click.option(
    "--role",
    type=click.Choice(["operator", "department", "health_officer", "manager", "recorder", "viewer"]),
    default="operator",
    show_default=True,
    help=t("Vai trò.", "The role."),
)
@_ADDRESS
@click.pass_obj
def create(target: Target, login: str, name: str, code: str | None, role: str, address: str) -> None:
    from bluezone.cli.database import opened
    from bluezone.server import Accounts, Audit, Role, find_unit, units_below

    with opened(*target) as core:
        staff = Accounts(core, Audit(core)).staff
        if code is None:
            tops = core.database.read_now(lambda connection: units_below(connection, None))
            if len(tops) > 1:
                raise click.ClickException(
                    t(
                        "Có nhiều đơn vị cao nhất; hãy chọn một bằng --unit.",
                        "There are several top units; choose one with --unit.",
                    )
                )
            unit = tops[0] if tops else None
        else:
            unit = core.database.read_now(lambda connection: find_unit(connection, code))
        if unit is None:
            raise click.ClickException(
                t(
                    "Chưa có đơn vị này; hãy nạp trước (bluezone units load) hoặc tìm mã (bluezone units find).",
                    "There is no such unit: load units (bluezone units load) or find its code (bluezone units find).",
                )
            )
        invited = core.database.write_now(
            lambda connection: staff.invite_now(connection, login=login, name=name, role=Role(role), unit=unit)
        )
    _hand_over(invited, address)


@command.command(
    help=t(
        "In đường dẫn để một người mất mật khẩu hoặc điện thoại đặt lại từ đầu.",
        "Print a link with which somebody who lost password or phone starts anew.",
    )
)
@click.argument("login")
@_ADDRESS
@click.pass_obj
def renew(target: Target, login: str, address: str) -> None:
    from bluezone.cli.database import opened
    from bluezone.server import Accounts, Audit

    with opened(*target) as core:
        staff = Accounts(core, Audit(core)).staff
        invited = core.database.write_now(lambda connection: staff.renew_now(connection, login))
    _hand_over(invited, address)


def _hand_over(invited: Invited, address: str) -> None:
    click.echo(
        t(
            f"Trao đường dẫn này cho {invited.invitation.name}; dùng một lần, trong ba ngày, khi máy chủ đang chạy:",
            f"Hand this link to {invited.invitation.name}; it opens once, within three days, while the server runs:",
        )
    )
    click.echo(f"  {address.rstrip('/')}/console/invitation/{invited.token}")
