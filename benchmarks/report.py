"""The table on the terminal and the files in benchmarks/results: latest.json by module, history.jsonl for every run."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.harness import Row

RESULTS = Path(__file__).parent / "results"
_LIBRARIES = ("bumble", "cryptography", "litestar", "llvmlite", "numba", "numpy", "protobuf", "psycopg", "sqlalchemy")


def machine_facts(openssl_ecb: float | None) -> dict[str, Any]:
    """What a reader needs to judge the figures."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "cpu": _cpu_model(),
        "cores": cores,
        "load_before": round(os.getloadavg()[0], 2),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "openssl_speed_aes_128_ecb_gb_s": openssl_ecb and round(openssl_ecb / 1e9, 2),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES if _installed(name)},
    }


def save(name: str, rows: Sequence[Row], at: str, machine: dict[str, Any], folder: Path = RESULTS) -> None:
    """Put one module's rows in place of its older ones in latest.json and append them to history.jsonl."""
    folder.mkdir(parents=True, exist_ok=True)
    latest = folder / "latest.json"
    modules = msgspec.json.decode(latest.read_bytes()) if latest.exists() else {}
    entry = {"at": at, "machine": machine, "rows": [_plain(row) for row in rows]}
    modules[name] = entry
    text = msgspec.json.format(msgspec.json.encode(dict(sorted(modules.items()))), indent=1)
    fresh = latest.with_suffix(".new")
    fresh.write_bytes(text + b"\n")
    fresh.replace(latest)
    with (folder / "history.jsonl").open("ab") as history:
        history.write(msgspec.json.encode({"module": name, **entry}) + b"\n")


def print_table(rows: Sequence[tuple[str, Row]], console: Console) -> None:
    """One table of all rows, in the order measured."""
    table = Table(title="Bluezone benchmarks", caption="ratio: how many times better than the peer in the same run")
    for title in ("benchmark", "what"):
        table.add_column(title)
    for title in ("ours", "promise", "peer", "ratio", "limit", "share"):
        table.add_column(title, justify="right")
    table.add_column("note")
    for name, row in rows:
        promise = "" if row.promise is None else _number(row.promise) + (" kept" if row.kept else " MISSED")
        table.add_row(
            name,
            row.what,
            f"{_number(row.ours)} {row.unit}",
            promise,
            _named(row.peer, row.peer_value),
            "" if row.ratio is None else f"{row.ratio:,.2f}x",
            _named(row.limit, row.limit_value),
            "" if row.limit_share is None else f"{row.limit_share:.0%}",
            row.note,
        )
    console.print(table)


def _plain(row: Row) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(row)
    derived = {"ratio": row.ratio, "limit_share": row.limit_share}
    fields |= {name: round(value, 3) for name, value in derived.items() if value is not None}
    return fields if row.kept is None else fields | {"kept": row.kept}


def _named(name: str, value: float | None) -> str:
    return "" if value is None else f"{_number(value)} {name}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _cpu_model() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.processor()


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
