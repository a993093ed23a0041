"""`python -m benchmarks [NAME...]`: run the named benchmarks, or all, print one table and keep the figures."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from datetime import UTC, datetime

from rich.console import Console

import benchmarks
from benchmarks.harness import Row, openssl_ecb_bytes_a_second
from benchmarks.report import machine_facts, print_table, save

_OURS = {"__main__", "harness", "report"}


def main(names: list[str]) -> int:
    """Measure and report; 0, or 2 for an unknown name. A promise missed shows in the table: machines differ."""
    known = sorted(found.name for found in pkgutil.iter_modules(benchmarks.__path__) if found.name not in _OURS)
    if unknown := [name for name in names if name not in known]:
        print(f"No benchmark is called {', '.join(unknown)}; there are {', '.join(known)}.", file=sys.stderr)
        return 2
    console = Console(width=None if sys.stdout.isatty() else 220)
    machine = machine_facts(openssl_ecb_bytes_a_second())
    measured: list[tuple[str, Row]] = []
    for name in names or known:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rows = []
        for row in importlib.import_module(f"benchmarks.{name}").rows():
            console.print(f"{name}: {row.what}: {row.ours:,.6g} {row.unit}", highlight=False)
            rows.append(row)
        save(name, rows, at, machine)
        measured += [(name, row) for row in rows]
    print_table(measured, console)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
