"""`bluezone rehearse`: the whole story from contact to warning; exits 0 only if every line came true."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from bluezone.cli.language import t


@click.command(
    help=t(
        "Diễn tập trọn câu chuyện; mã thoát 0 khi mọi điều đúng.",
        "Rehearse the whole story; exits 0 only if every line came true.",
    )
)
@click.option("--seed", default=2020, show_default=True, help=t("Hạt giống ngẫu nhiên.", "The seed of all chance."))
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help=t(
        "Giữ dữ liệu ở thư mục này (mặc định: tạm, xóa sau).",
        "Keep the data in this empty folder (default: a temporary one).",
    ),
)
@click.option(
    "--rows/--no-rows", default=True, help=t("In mọi dòng máy chủ giữ.", "Print every row that the server holds.")
)
def command(seed: int, folder: Path | None, rows: bool) -> int:
    from bluezone.cli.rehearsal import be_quiet

    be_quiet()
    if folder is not None:
        if folder.exists() and any(folder.iterdir()):
            raise click.ClickException(
                t(
                    f"Thư mục {folder} không trống; hãy chọn thư mục khác để không ghi đè gì.",
                    f"The folder {folder} is not empty; choose another one, so that nothing is overwritten.",
                )
            )
        return _rehearse(folder, seed, rows)
    with tempfile.TemporaryDirectory(prefix="bluezone-") as temporary:
        return _rehearse(Path(temporary), seed, rows)


def _rehearse(folder: Path, seed: int, rows: bool) -> int:
    from rich.console import Console

    from bluezone.cli.narrator import ConsoleNarrator, print_outcome
    from bluezone.cli.rehearsal import rehearse

    console = Console(highlight=False)
    with ConsoleNarrator(console) as narrator:
        outcome = rehearse(folder, seed, narrator, narrator.tick)
    print_outcome(console, outcome, rows=rows)
    verdict = (
        t("Mọi điều trong câu chuyện đã thành sự thật.", "Every line of the story came true.")
        if not outcome.missed
        else t(f"{outcome.missed} điều không thành sự thật.", f"{outcome.missed} lines did not come true.")
    )
    console.print(verdict, style="bold green" if not outcome.missed else "bold red")
    return 1 if outcome.missed else 0
