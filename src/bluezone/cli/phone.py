"""`bluezone phone`: one phone on a laptop or a small computer, on a real or virtual Bluetooth radio."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t

if TYPE_CHECKING:
    from bluezone.phone import Consent, Phone
    from bluezone.phone.pages import PagesServer

REFRESH_SECONDS = 5.0
FAULTS_VI = {
    "stopped": "Điện thoại đang tắt hoặc vừa dừng lại; hãy mở lại.",
    "radio_gone": "Bluetooth không trả lời; hãy bật hoặc cắm lại. Những gì đã lưu vẫn an toàn.",
    "clock_wrong": "Đồng hồ của máy bị sai; hãy xem lại ngày giờ.",
    "storage_full": "Bộ nhớ đã đầy; hãy giải phóng chỗ. Những gì đã lưu vẫn an toàn.",
    "keys_exhausted": "Hôm nay đã dùng hết khóa; điện thoại phát lại từ ngày mai.",
    "server_unreachable": "Nhiều ngày chưa gọi được máy chủ; hãy lên mạng một lần.",
    "not_updated": "Nhiều ngày chưa đọc được danh sách khóa; hãy cập nhật chương trình.",
}
"""What each of a phone's faults is called in Vietnamese, by its name."""


@click.command(help=t("Chạy một điện thoại cho đến khi Ctrl-C.", "Run one phone until Ctrl-C."))
@click.option(
    "--radio",
    "radio_spec",
    required=True,
    metavar="SPEC",
    help=t(
        "hci:usb:0, hci:hci-socket:0, hci:tcp-client:127.0.0.1:9001 …",
        "hci:usb:0, hci:hci-socket:0, hci:tcp-client:127.0.0.1:9001 …",
    ),
)
@click.option(
    "--server",
    help=t("Địa chỉ máy chủ; không có thì chỉ phát và nghe.", "The server; without it the phone only sends and hears."),
)
@click.option(
    "--server-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=t(
        "Khóa công khai (PEM) của máy chủ để tin ngay từ đầu.", "The server's public key (PEM) to trust from the start."
    ),
)
@click.option("--key-id", default="bluezone", show_default=True, help=t("Mã của khóa đó.", "That key's id."))
@click.option("--key-version", default="v1", show_default=True, help=t("Phiên bản của khóa đó.", "That key's version."))
@click.option(
    "--store", type=click.Path(dir_okay=False, path_type=Path), help=t("Tệp của điện thoại.", "The phone's file.")
)
@click.option(
    "--tx-power",
    default=0,
    show_default=True,
    help=t("Công suất phát của ăng-ten, dBm.", "What the antenna sends, dBm."),
)
@click.option(
    "--code",
    help=t("Công bố khóa với mã này (hỏi trước khi gửi).", "Publish with this code (asks before anything is sent)."),
)
@click.option(
    "--pages/--no-pages",
    default=True,
    help=t(
        "Mở các trang của điện thoại trong trình duyệt (mặc định có).",
        "Open the phone's pages in the browser (they are by default).",
    ),
)
def command(
    radio_spec: str,
    server: str | None,
    server_key: Path | None,
    key_id: str,
    key_version: str,
    store: Path | None,
    tx_power: int,
    code: str | None,
    pages: bool,
) -> None:
    import asyncio
    from contextlib import AsyncExitStack

    from platformdirs import user_data_path

    from bluezone.cli.rehearsal import be_quiet
    from bluezone.clock import RealClock
    from bluezone.phone import Phone, PhoneSettings, ProtectedFile, Protection, ServerClient, SystemKeyring
    from bluezone.phone.pages import serve_pages
    from bluezone.protocol.wire import PinnedKey
    from bluezone.radio import open_radio
    from bluezone.randomness import SystemRandomness

    be_quiet()
    pinned = [PinnedKey(id=key_id, version=key_version, pem=server_key.read_text())] if server_key else []
    path = store or user_data_path("bluezone") / "phone.sqlite"
    try:
        client = ServerClient(server, pinned=pinned) if server else None
    except ValueError as error:
        raise click.ClickException(
            t("Địa chỉ máy chủ phải bắt đầu bằng https:// (trên chính máy này thì http:// cũng được).", str(error))
        ) from error

    async def main() -> None:
        clock, randomness = RealClock(), SystemRandomness()
        radio = open_radio(radio_spec, clock=clock, randomness=randomness)
        storage = ProtectedFile(path, SystemKeyring(), randomness)
        phone = Phone(storage, radio, clock, randomness, client, PhoneSettings(tx_power=tx_power))
        try:
            if code is not None:
                await _publish(phone, code)
            await phone.start()
            click.echo(
                t(
                    f"Điện thoại đang chạy; dữ liệu ở {path}. Ctrl-C để dừng.",
                    f"The phone runs; its data is in {path}. Ctrl-C stops it.",
                )
            )
            if phone.storage_protection() is Protection.PLAIN:
                click.echo(
                    t(
                        "Dữ liệu chưa được mã hóa: máy không có chùm khóa (keyring) hoặc thiếu bluezone[encrypted].",
                        "The data is not encrypted: there is no keyring, or bluezone[encrypted] is not installed.",
                    )
                )
            async with AsyncExitStack() as stack:
                if pages:
                    _open(await stack.enter_async_context(serve_pages(phone)))
                await _tell(phone)
        finally:
            await phone.close()

    asyncio.run(main())


def _open(server: PagesServer) -> None:
    """Say where the pages are, and open them where there is a screen."""
    import os
    import sys
    import webbrowser

    click.echo(
        t(
            f"Trang của điện thoại (chỉ trên máy này): {server.url}",
            f"The phone's pages (on this machine alone): {server.url}",
        )
    )
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        # Not the address itself: other users of the machine can read a browser's command line.
        webbrowser.open(server.ticket_url())


async def _publish(phone: Phone, code: str) -> None:
    publication = await phone.begin_publication(code)
    consent = phone.consent(publication.id)
    _print_consent(consent)
    if not click.confirm(t("Đồng ý gửi đúng những điều trên?", "Agree to send exactly this?")):
        phone.withdraw(publication.id)
        click.echo(t("Không gửi gì.", "Nothing was sent."))
        return
    receipt = await phone.agree(publication.id)
    click.echo(t(f"Đã gửi. Biên nhận: {receipt.sha256}", f"Sent. Receipt: {receipt.sha256}"))


def _print_consent(consent: Consent) -> None:
    click.echo(t(f"Sẽ gửi tới {consent.server} ({consent.authority}):", f"To {consent.server} ({consent.authority}):"))
    click.echo(consent.document())


async def _tell(phone: Phone) -> None:
    """Print the status whenever it has changed."""
    import asyncio

    from bluezone.cli.narrator import LEVELS

    told = ""
    while True:
        status = phone.status()
        name, _, sentence = LEVELS[status.level.value]
        fault = status.fault
        text = f"{name}: {t(FAULTS_VI[fault.name.value], fault.detail) if fault else sentence}"
        text += t(
            f" · {status.minutes_today} phút bảo vệ hôm nay", f" · {status.minutes_today} minutes protected today"
        )
        if text != told:
            click.echo(text)
            told = text
        await asyncio.sleep(REFRESH_SECONDS)
