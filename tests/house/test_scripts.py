"""The two commands set up what they need or say in one sentence what is missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def program(folder: Path, name: str, *lines: str) -> None:
    path = folder / name
    path.write_text("\n".join(("#!/bin/bash", *lines, "")), encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine of few programs: a folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "dirname", "env", "id", "rm", "tail", "grep"):
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


@pytest.fixture
def checkout(tmp_path: Path, root: Path) -> Path:
    """A folder with the scripts and the locks and no environment."""
    folder = tmp_path / "checkout"
    for name in ("scripts", "requirements"):
        shutil.copytree(root / name, folder / name)
    return folder


def run(script: Path, machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [script, *arguments], env={"PATH": str(machine)}, capture_output=True, encoding="utf-8", check=False
    )


def test_package_that_cannot_be_installed_is_named(root: Path, machine: Path) -> None:
    program(machine, "apt-get", "exit 100")
    program(machine, "sudo", 'shift; exec "$@"')
    program(machine, "true", "exit 0")
    done = run(root / "scripts" / "system-packages", machine, "openssl")
    assert done.returncode == 1
    assert "sudo apt-get install openssl" in done.stderr


def test_machine_without_apt_is_told_which_package_it_lacks(root: Path, machine: Path) -> None:
    done = run(root / "scripts" / "system-packages", machine, "openssl")
    assert done.returncode == 1
    assert "Không cài được gói hệ thống: openssl." in done.stderr


def test_browser_that_the_tests_need_is_named_where_it_cannot_be_installed(root: Path, machine: Path) -> None:
    for name in ("git", "openssl", "useradd"):
        program(machine, name, "exit 0")
    done = run(root / "scripts" / "system-packages", machine)
    assert done.returncode == 1
    assert "sudo apt-get install chromium" in done.stderr
    program(machine, "google-chrome", "exit 0")
    assert run(root / "scripts" / "system-packages", machine).returncode == 0


def test_missing_python_is_said_in_one_sentence(checkout: Path, machine: Path) -> None:
    done = run(checkout / "scripts" / "environment", machine, "run")
    assert done.returncode == 1
    assert "No Python from 3.11 to 3.14 was found." in done.stderr


def test_python_without_venv_asks_for_its_package(checkout: Path, machine: Path) -> None:
    """Debian ships Python without ensurepip; the package that has it is installed or named."""
    program(machine, "python3.11", f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"')
    program(machine, "apt-get", f'echo "$@" >> {checkout}/asked; exit 100')
    program(machine, "sudo", 'shift; exec "$@"')
    program(machine, "true", "exit 0")
    done = run(checkout / "scripts" / "environment", machine, "run")
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    assert done.returncode == 1
    assert f"sudo apt-get install {package}" in done.stderr


def test_skipping_a_test_fails_the_run(root: Path, tmp_path: Path) -> None:
    shutil.copy(root / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_passed_over.py").write_text(
        "import pytest\n"
        "def test_fine(): pass\n"
        "def test_left_out(): pytest.skip('no engine here')\n"
        "@pytest.mark.xfail\n"
        "def test_known_to_fail(): assert False\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path],
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert "2 failed, 1 passed" in done.stdout
