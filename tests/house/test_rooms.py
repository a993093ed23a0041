"""Who may know whom: the rooms of the design, read from the imports in the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

GROUND = {"errors", "clock", "randomness"}
MAY_KNOW = {
    "protocol": {"errors"},
    "look": {"errors"},
    "matching": {"protocol"} | GROUND,
    "risk": {"protocol"} | GROUND,
    "radio": {"protocol"} | GROUND,
    "phone": {"protocol", "matching", "risk", "radio", "look"} | GROUND,
    "materials": {"look", "sheets"} | GROUND,
    "sheets": {"errors"},
    "server": {"protocol", "materials", "look", "sheets"} | GROUND,
    "town": {"protocol", "phone", "radio", "look"} | GROUND,
    "cli": {"protocol", "matching", "risk", "radio", "phone", "materials", "server", "town", "look", "sheets"} | GROUND,
}
PUBLIC_MODULES: dict[str, set[str]] = {
    # Namespaces of their own: bodies of calls and JWTs, named as the documents name them, what the 2020 app sent, and
    # the codes that phones scan.
    "protocol": {"bluezone2020", "gate", "invite", "notices", "place", "scan", "scan_errors", "verification", "wire"},
    # What is served to a browser, and brings a web framework with it.
    "phone": {"pages"},
    "town": {"board"},
}
"""Modules that other rooms import by name beside what a room's `__init__` exports."""
DUTIES = {
    "keys",
    "desk",
    "guidance",
    "home",
    "units",
    "audit",
    "casework",
    "chain",
    "exchange",
    "followup",
    "gates",
    "messages",
    "places",
}
"""The rooms inside the server; only `app` knows all of them."""


@dataclass(frozen=True)
class Import:
    """One `import` of a module of ours: where it stands, what it names."""

    file: Path
    line: int
    module: tuple[str, ...]
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line} imports {', '.join(self.names) or 'all'} from {'.'.join(self.module)}"


def imports_of(file: Path, package: tuple[str, ...]) -> Iterator[Import]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, tuple(alias.name.split(".")), ())
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = base + tuple(node.module.split(".") if node.module else ())
            yield Import(file, node.lineno, module, tuple(alias.name for alias in node.names))


def exports_of(init: Path) -> set[str]:
    """The names a room's `__init__` binds or lists in `__all__` (some load on first use)."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(init.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


@pytest.fixture(scope="module")
def house(root: Path) -> dict[str, list[Import]]:
    """All imports by room; a module directly under the package is a room of its own name."""
    source = root / "src" / "bluezone"
    found: dict[str, list[Import]] = {}
    for file in sorted(source.rglob("*.py")):
        parts = file.relative_to(source).with_suffix("").parts
        package = ("bluezone", *parts[:-1])
        found.setdefault(parts[0], []).extend(imports_of(file, package))
    return found


def ours(imports: list[Import]) -> Iterator[tuple[Import, str]]:
    """Imports from this package, each with the room it reaches into."""
    for one in imports:
        if one.module[0] == "bluezone":
            for room in one.module[1:2] or one.names:
                if not room.startswith("__"):
                    yield one, room


@pytest.mark.parametrize("room", sorted(MAY_KNOW))
def test_room_knows_only_the_rooms_it_may(house: dict[str, list[Import]], room: str) -> None:
    strangers = [str(one) for one, other in ours(house.get(room, [])) if other not in MAY_KNOW[room] | {room}]
    assert strangers == []


def test_every_room_has_a_rule(house: dict[str, list[Import]]) -> None:
    assert set(house) - {"__init__", "__main__"} <= set(MAY_KNOW) | GROUND


def test_ground_knows_no_room(house: dict[str, list[Import]]) -> None:
    assert [str(one) for name in GROUND for one, other in ours(house[name]) if other not in GROUND] == []


def test_insides_of_a_room_are_not_imported_from_outside(house: dict[str, list[Import]], root: Path) -> None:
    source = root / "src" / "bluezone"
    exports = {room: exports_of(source / room / "__init__.py") for room in house if (source / room).is_dir()}
    inside = []
    for room, imports in house.items():
        for one, other in ours(imports):
            if other == room or other in GROUND:
                continue
            if len(one.module) > 2:
                allowed = one.module[2] in PUBLIC_MODULES.get(other, set()) and len(one.module) == 3
            elif len(one.module) == 2:
                allowed = set(one.names) <= exports[other] | PUBLIC_MODULES.get(other, set())
            else:
                allowed = True
            if not allowed:
                inside.append(str(one))
    assert inside == []


def test_server_rooms_meet_through_their_service_only(root: Path) -> None:
    server = root / "src" / "bluezone" / "server"
    beyond = []
    for duty in sorted(DUTIES):
        for file in sorted((server / duty).rglob("*.py")):
            package = ("bluezone", *file.relative_to(server.parent).parts[:-1])
            for one in imports_of(file, package):
                elsewhere = one.module[:2] == ("bluezone", "server") and set(one.module[2:3]) & (DUTIES - {duty})
                if elsewhere and one.module[3:] != ("service",) and one.names != ("service",):
                    beyond.append(str(one))
    assert beyond == []


def test_fast_kernel_stays_inside_matching(house: dict[str, list[Import]]) -> None:
    """It is written for published keys: it is not constant in time and must never see a phone's own secrets."""
    users = {room for room, imports in house.items() for one in imports if one.module[0] in {"numba", "llvmlite"}}
    assert users <= {"matching"}


def test_own_keys_of_a_phone_do_not_pass_through_matching(root: Path) -> None:
    file = root / "src" / "bluezone" / "phone" / "schedule.py"
    assert [str(one) for one in imports_of(file, ("bluezone", "phone")) if "matching" in one.module] == []
