"""The project seen from outside: its folder, its tracked files, its modules."""

from __future__ import annotations

import importlib
import pkgutil
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

import bluezone

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Every file under version control, as it lies in the folder now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


@pytest.fixture(scope="session")
def modules() -> list[ModuleType]:
    """Every module of the package, imported."""
    names = [module.name for module in pkgutil.walk_packages(bluezone.__path__, "bluezone.")]
    # Migration scripts run only inside Alembic's own context, `__main__` only as a program.
    inert = re.compile(r"\.migrations\b|\.__main__$")
    return [importlib.import_module(name) for name in names if not inert.search(name)]
