"""The story on a terminal: scenes with their time, ticked lines, the consent screen, the ledger at the end."""

from __future__ import annotations

from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from bluezone.cli.language import language, t
from bluezone.town import PEOPLE, STORY_HOURS, STORY_START, VIETNAM, Narrator, Said

if TYPE_CHECKING:
    from bluezone.cli.rehearsal import Outcome
    from bluezone.phone import Consent, PhoneStatus, Receipt
    from bluezone.server import StoredTable

_WEEKDAYS_VI = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")

LEVELS = {
    "safe": (
        t("An toàn", "Safe"),
        "green",
        t("Chưa ghi nhận tiếp xúc gần nào cần chú ý.", "No close contact of concern so far."),
    ),
    "f2": ("F2", "yellow", t("Bạn từng ở gần một người đang là F1.", "You were near somebody who is F1 now.")),
    "f1": (
        "F1",
        "dark_orange",
        t("Bạn từng ở gần một ca bệnh đủ lâu để cần theo dõi.", "You were near a case long enough to be followed up."),
    ),
    "f0": (
        "F0",
        "red",
        t(
            "Bạn đã báo là ca bệnh. Cảm ơn bạn đã bảo vệ mọi người.",
            "You reported as a case. Thank you for protecting us.",
        ),
    ),
    "not_protecting": (
        t("Không bảo vệ", "Not protecting"),
        "grey50",
        t("Bluezone đang không bảo vệ được bạn.", "Bluezone does not protect you now."),
    ),
}


def moment(time: float) -> str:
    """A Unix time as people here say it: weekday, day and month, hour and minute in Vietnam."""
    local = datetime.fromtimestamp(time, VIETNAM)
    if language() == "vi":
        return f"{_WEEKDAYS_VI[local.weekday()]} {local.day}/{local.month} {local:%H:%M}"
    return f"{local:%a} {local.day}/{local.month} {local:%H:%M}"


class ConsoleNarrator(Narrator):
    """Tells the story on `console`, with a bar for the story's hours while it runs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn(
                t("{task.completed:.0f} trên {task.total:.0f} giờ", "{task.completed:.0f} of {task.total:.0f} hours")
            ),
            console=console,
            transient=True,
        )
        self._task = self._progress.add_task("", total=STORY_HOURS)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def tick(self, time: float) -> None:
        """Move the bar to the story's time."""
        hours = (time - STORY_START.timestamp()) / 3600
        self._progress.update(self._task, completed=hours, description=f"[bold]{moment(time)}[/]")

    def scene(self, time: float, said: Said) -> None:
        self._print(Text(moment(time), style="cyan"), Text(t(said.vi, said.en), style="bold"))

    def line(self, said: Said, came_true: bool) -> None:
        mark = ("✔ ", "green") if came_true else ("✘ ", "bold red")
        self._print(Text(), Text.assemble(mark, t(said.vi, said.en)))

    def _print(self, when: Text, what: Text) -> None:
        row = Table.grid(padding=(0, 1))
        row.add_column(width=18)
        row.add_column()
        row.add_row(when, what)
        self._console.print(row)

    def consent(self, owner: str, consent: Consent) -> None:
        rows = Table.grid(padding=(0, 2))
        for day in consent.days:
            for key in day.keys:
                rows.add_row(
                    f"☑ {day.day:%d/%m/%Y}",
                    key.key,
                    t(f"{key.rolling_period / 6:.0f} giờ", f"{key.rolling_period / 6:.0f} h"),
                )
        stays_here = t(
            "Ở lại máy: mọi thiết bị từng nghe thấy, nơi từng đến, tên và số điện thoại.",
            "Stays here: every device heard, places visited, name and phone number.",
        )
        body = Table.grid()
        body.add_row(t(f"Gửi cho: {consent.authority}", f"To: {consent.authority}"))
        body.add_row(rows)
        body.add_row(Text(stays_here, style="strike dim"))
        title = t(f"Máy của {owner}: những gì sẽ rời máy", f"{owner}'s phone: what will leave")
        self._console.print(Panel(body, title=title, border_style="blue", expand=False, padding=(0, 1)))

    def receipt(self, owner: str, receipt: Receipt) -> None:
        said = t(
            f"Biên nhận của {owner}: {len(receipt.content.keys)} khóa, SHA-256 {receipt.sha256[:16]}…",
            f"{owner}'s receipt: {len(receipt.content.keys)} keys, SHA-256 {receipt.sha256[:16]}…",
        )
        self._print(Text(), Text(said, style="dim"))


def print_outcome(console: Console, outcome: Outcome, *, rows: bool = True) -> None:
    """What each phone knows, and every row that the server holds, table by table."""
    console.print()
    phones = Table(title=t("Mỗi điện thoại biết gì", "What each phone knows"), title_justify="left", title_style="bold")
    for heading in (
        t("Máy", "Phone"),
        t("Mức", "Level"),
        t("Phút bảo vệ hôm nay", "Minutes protected today"),
        t("Nói với chủ máy", "Says"),
    ):
        phones.add_column(heading)
    for person in PEOPLE:
        phones.add_row(f"{person.key} · {person.name}", *_status_cells(outcome.phones[person.key]))
    console.print(phones)
    if not rows:
        return
    console.print()
    console.print(Text(t("Mọi dòng máy chủ đang giữ", "Every row that the server holds"), style="bold"))
    for table in outcome.stored:
        print_stored(console, table)


def _status_cells(status: PhoneStatus) -> tuple[Text, str, str]:
    name, colour, sentence = LEVELS[status.level.value]
    minutes = "; ".join(
        t(f"{exposure.day:%d/%m}: {exposure.minutes} phút", f"{exposure.day:%d/%m}: {exposure.minutes} min")
        for exposure in status.exposures
        if exposure.minutes
    )
    return (
        Text(name, style=f"bold {colour}"),
        str(status.minutes_today),
        sentence + (f" ({minutes})" if minutes else ""),
    )


def print_stored(console: Console, table: StoredTable, *, purpose: bool = False) -> None:
    """One table of the server: its count, when its rows are destroyed, what it is for, and its rows if it has any."""
    heading = Text.assemble(("▪ ", "blue"), (table.title, "bold"), f" {table.name}  {table.count} ", t("dòng", "rows"))
    heading.append(t(f"  · hủy: {table.destroyed}", f"  · destroyed: {table.destroyed}"), style="dim")
    console.print(heading)
    if purpose:
        console.print(Text(f"    {table.purpose}"))
    for row in table.rows:
        cells = ", ".join(f"{name}={_short(value)}" for name, value in zip(table.columns, row, strict=True))
        console.print(Text(f"    {cells}", style="dim"), soft_wrap=True)


def _short(value: object) -> str:
    text = "–" if value is None else str(value)
    return text if len(text) <= 24 else f"{text[:10]}…{text[-6:]}"
