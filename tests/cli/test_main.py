"""The command line as a whole: help in both languages, and faults told in one sentence."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bluezone.cli import COMMANDS, group, main
from bluezone.cli.language import chosen_language
from bluezone.phone import ServerRefused
from bluezone.protocol import KeyMalformed
from tests.cli.conftest import Run

HEAVY = {"numpy", "litestar", "sqlalchemy", "bumble", "numba", "httpx", "cryptography", "rich"}


def test_help_names_every_command_in_both_languages(bluezone: Run) -> None:
    for lang, word in (("vi", "máy chủ"), ("en", "server")):
        shown = bluezone("--help", lang=lang)
        assert shown.returncode == 0
        assert word in shown.stdout
        assert all(f"  {name} " in shown.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_explains_itself(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.help or (isinstance(command, click.Group) and command.commands)


def test_help_loads_nothing_heavy() -> None:
    code = f"import sys, bluezone.cli; print({HEAVY!r} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "vi"),
        ([], {"LANG": "C.UTF-8"}, "vi"),
        ([], {"LANG": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "en_GB.UTF-8", "BLUEZONE_LANG": "vi"}, "vi"),
        (["--lang", "en"], {"BLUEZONE_LANG": "vi"}, "en"),
        (["--lang=vi", "rehearse"], {"LANG": "en_US"}, "vi"),
        (["--lang", "xx"], {}, "vi"),
    ],
)
def test_the_language_follows_the_option_then_the_environment(
    arguments: list[str], environment: dict[str, str], language: str
) -> None:
    assert chosen_language(arguments, environment) == language


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (KeyMalformed("The key is too short; give another."), "The key is too short; give another. [key_malformed]"),
        (OSError(errno.ENOSPC, "No space left on device"), ""),
        (PermissionError(errno.EACCES, "Permission denied", "/secret"), "/secret"),
        (
            ExceptionGroup("in the background", [KeyMalformed("One key is wrong; mend it.")]),
            "One key is wrong; mend it.",
        ),
    ],
)
def test_a_fault_is_one_sentence_and_no_traceback(
    fault: Exception, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("bluezone.cli.language._language", "en")
    monkeypatch.setattr(group, "main", fail)
    with pytest.raises(SystemExit) as left:
        main([])
    complaint = capsys.readouterr().err
    assert left.value.code == 1
    assert said in complaint
    assert complaint.startswith("bluezone: ")
    assert len(complaint.splitlines()) == 1


def test_a_program_error_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ExceptionGroup("in the background", [ZeroDivisionError()])

    monkeypatch.setenv("LANGUAGE", "")
    monkeypatch.setattr(group, "main", fail)
    with pytest.raises(ZeroDivisionError):
        main([])


@pytest.mark.parametrize(
    ("lang", "reason", "said"),
    [
        ("vi", "no_keys", "bluezone: Lần gửi này không có khóa nào. Hãy chọn ít nhất một ngày. [no_keys]\n"),
        ("vi", "http_302", "(Log in first) [server_refused]"),
        ("en", "no_keys", "bluezone: Log in first. [server_refused]"),
    ],
)
def test_a_refusal_is_told_by_the_servers_own_code(
    lang: str, reason: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ServerRefused("Log in first.", reason=reason, status=400)

    monkeypatch.setattr("bluezone.cli.language._language", lang)
    monkeypatch.setenv("LANGUAGE", "")
    monkeypatch.setattr(group, "main", fail)
    with pytest.raises(SystemExit):
        main([])
    assert said in capsys.readouterr().err


def test_a_missing_file_is_named(bluezone: Run) -> None:
    refused = bluezone("archive", "show", "nowhere.zip")
    assert refused.returncode == 1
    assert "nowhere.zip" in refused.stderr


def test_a_folder_that_is_no_rehearsal_is_left_alone(bluezone: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    for command in ("rehearse", "run"):
        refused = bluezone(command, "--folder", "mine", *(("--port", "0") if command == "run" else ()))
        assert refused.returncode == 1
        assert "mine" in refused.stderr
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
