"""Time and randomness are parameters: no module asks the system for either."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SYSTEM = {
    "time.time",
    "time.time_ns",
    "time.sleep",
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "date.today",
    "datetime.date.today",
    "os.urandom",
    "os.getrandom",
    "secrets.token_bytes",
    "secrets.token_hex",
    "secrets.token_urlsafe",
    "secrets.randbelow",
    "secrets.choice",
    "uuid.uuid1",
    "uuid.uuid4",
    "uuid4",
}
SEAMS = {"clock.py", "randomness.py"}


def asked(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)) in SYSTEM:
            yield f"{file.name}:{node.lineno} calls {name}"
        elif isinstance(node, ast.Import) and any(alias.name == "random" for alias in node.names):
            yield f"{file.name}:{node.lineno} imports random"
        elif isinstance(node, ast.ImportFrom) and node.module in {"random", "secrets"}:
            yield f"{file.name}:{node.lineno} imports from {node.module}"


def test_only_the_seams_ask_the_system_for_time_and_randomness(root: Path) -> None:
    source = root / "src" / "bluezone"
    files = [file for file in sorted(source.rglob("*.py")) if file.relative_to(source).as_posix() not in SEAMS]
    assert [line for file in files for line in asked(file)] == []
