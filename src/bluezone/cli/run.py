"""`bluezone run`: a rehearsal on this machine; the story once, then a fresh town and its board for the reader."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bluezone.cli.language import t
from bluezone.cli.serve import DEFAULT_PORT

if TYPE_CHECKING:
    import socket

    from rich.console import Console

    from bluezone.cli.live_town import LiveTown

MARK = "REHEARSAL"
"""A file of this name says that a folder holds invented people only and may be emptied."""

SYNC_HOURS = 1.0
"""How often the live town's phones look for archives; in life every four hours is enough."""


@click.command(
    help=t(
        "Dựng máy chủ và thị trấn diễn tập, kể một lượt câu chuyện, rồi mở sa bàn thị trấn cho bạn tự diễn.",
        "Start the server and a rehearsal town, play the story once, then open the town board for you to play.",
    )
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="run/town",
    show_default=True,
    help=t(
        "Thư mục của buổi diễn tập; mỗi lần chạy bắt đầu lại từ đầu.",
        "The rehearsal's folder; each run begins anew in it.",
    ),
)
@click.option("--seed", default=2020, show_default=True, help=t("Hạt giống ngẫu nhiên.", "The seed of all chance."))
@click.option(
    "--host", default="127.0.0.1", show_default=True, help=t("Địa chỉ lắng nghe.", "The address to listen at.")
)
@click.option("--port", default=DEFAULT_PORT, show_default=True, help=t("Cổng.", "The port."))
@click.option(
    "--speed",
    default=60.0,
    show_default=True,
    type=click.FloatRange(0, 3600),
    help=t("Sau câu chuyện, thời gian trôi nhanh gấp mấy lần.", "How many times as fast time passes after the story."),
)
def command(folder: Path, seed: int, host: str, port: int, speed: float) -> None:
    from rich.console import Console

    from bluezone.cli.listening import listen
    from bluezone.cli.narrator import ConsoleNarrator, print_outcome
    from bluezone.cli.rehearsal import be_quiet, rehearse

    be_quiet()
    # The port first: whoever must choose another one learns it before the story, not after.
    listener = listen(host, port)
    _begin_anew(folder)
    console = Console(highlight=False)
    console.print(
        t(
            "[bold]Bluezone · diễn tập[/]: 6 điện thoại, Bluetooth ảo, thời gian nhanh; người và chỗ đứng là giả lập,"
            " mọi phần còn lại là thật.",
            "[bold]Bluezone · rehearsal[/]: 6 phones, virtual Bluetooth, fast time; people and places are simulated,"
            " everything else is real.",
        )
    )
    with ConsoleNarrator(console) as narrator:
        outcome = rehearse(folder, seed, narrator, narrator.tick)
    print_outcome(console, outcome)
    if outcome.missed:
        console.print(
            t(f"{outcome.missed} điều không thành sự thật.", f"{outcome.missed} lines did not come true."), style="red"
        )
    _go_on(console, folder, seed, listener, speed)


def _begin_anew(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise click.ClickException(
                t(
                    f"Thư mục {folder} có dữ liệu không phải của diễn tập; hãy chọn thư mục khác bằng --folder.",
                    f"The folder {folder} holds something that is no rehearsal; choose another one with --folder.",
                )
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).write_text("Invented people only; emptied at every start of `bluezone run`.\n")


def _go_on(console: Console, folder: Path, seed: int, listener: socket.socket, speed: float) -> None:
    import msgspec

    from bluezone.cli.language import language
    from bluezone.cli.live_town import live_town
    from bluezone.cli.rehearsal import rehearsal_settings
    from bluezone.randomness import SeededRandomness
    from bluezone.town import STORY_START, PacedClock, run_paced

    folder /= "live"
    settings = msgspec.structs.replace(rehearsal_settings(folder), sync_hours=SYNC_HOURS)
    # Another stream than the story's, so that no key or code comes twice.
    randomness = SeededRandomness(seed).child("after the story")

    async def live(clock: PacedClock) -> None:
        async with live_town(
            folder, settings, listener, clock=clock, randomness=randomness, language=language()
        ) as town:
            _print_addresses(console, folder, town)
            await town.stopped.wait()

    run_paced(live, start=STORY_START.timestamp() + 3600, rate=speed)


def _print_addresses(console: Console, folder: Path, town: LiveTown) -> None:
    address, board, officer = town.server, town.page, town.officer
    console.print()
    console.print(
        t(
            "[bold green]Giờ đến lượt bạn:[/] một thị trấn mới đang chạy. Mở sa bàn và tự mình trải nghiệm:",
            "[bold green]Now it is your turn:[/] a fresh town is running. Open the board and live the story yourself:",
        )
    )
    console.print(f"  [bold][link={board}]{board}[/link][/]", soft_wrap=True)
    console.print(
        t(
            f"Làm cán bộ y tế ở bàn y tế: người dùng [bold]{officer.login}[/], mật khẩu [bold]{officer.password}[/];"
            " mã 6 số hiện trên sa bàn.",
            f"Be the health officer at the desk: user [bold]{officer.login}[/], password [bold]{officer.password}[/];"
            " the board shows the six digits.",
        )
    )
    console.print(f"  [link={address}/console/cases]{address}/console/cases[/link]")
    console.print(t("Máy chủ của thị trấn:", "The town's server:"), style="dim")
    for path, said in (
        ("/", t("trang đầu của máy chủ", "the server's first page")),
        ("/stored", t("mọi dòng máy chủ đang giữ", "every row that the server holds")),
        ("/v1/exports/index.txt", t("danh mục tệp khóa đã ký", "the index of signed archives")),
        ("/v1/config", t("cấu hình có chữ ký mà điện thoại tải", "the signed configuration that phones fetch")),
        ("/healthz", t("sức khỏe của máy chủ", "the server's health")),
        ("/schema/openapi.json", t("mô tả mọi lời gọi", "a description of every call")),
    ):
        console.print(f"  [link={address}{path}]{address}{path}[/link]  [dim]{said}[/]")
    console.print(
        t(
            f"Cấp mã từ dòng lệnh: [bold]bluezone code --data {folder / 'server'} issue f0[/]",
            f"Issue a code from the command line: [bold]bluezone code --data {folder / 'server'} issue f0[/]",
        )
    )
    console.print(t("Ctrl-C để dừng.", "Ctrl-C stops it."), style="dim")
