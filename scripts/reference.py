"""Writes the manual's reference pages from what they tell of: errors, settings, commands, measured figures.

`python -m scripts.reference` writes them; a test compares what is written with what the code says now.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import bluezone
from bluezone.errors import BluezoneError
from bluezone.server import Dhis2Settings, GoDataSettings, SmsSettings

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = DOCS.parent / "benchmarks" / "results" / "latest.json"
INERT = re.compile(r"\.migrations\b|\.__main__$")
"""Modules that run only inside Alembic or as a program."""
LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}


def errors() -> list[type[BluezoneError]]:
    """Every error with a stable code, in the order of the modules that define them."""
    for module in pkgutil.walk_packages(bluezone.__path__, "bluezone."):
        if not INERT.search(module.name):
            importlib.import_module(module.name)
    found: dict[type[BluezoneError], None] = {BluezoneError: None}
    queue = [BluezoneError]
    while queue:
        for child in queue.pop(0).__subclasses__():
            if child not in found:
                found[child] = None
                queue.append(child)
    return sorted(found, key=lambda error: (error.__module__, error.__qualname__ != "BluezoneError", error.code))


def errors_page() -> str:
    """docs/errors.md."""
    from bluezone.cli.faults import vietnamese

    sentences = vietnamese()
    lines = [
        "# Errors",
        "",
        "Every error that Bluezone raises on purpose has a code that does not change between versions.",
        "Programs read the code; people read the sentence beside it, which says what happened and what to do.",
        "The command line in Vietnamese says the sentence in the third column; where that ends in …, it adds in",
        "parentheses the English one, which names the file, field, line or number.",
        'A refused call answers `{"error": sentence, "errorCode": code}` with the HTTP status named here.',
        "",
    ]
    room = None
    for error in errors():
        if (here := _room(error)) != room:
            room = here
            lines += ["", f"## {room}", "", "| code | what it means | tiếng Việt | HTTP |", "|---|---|---|---|"]
        status = getattr(error, "status", None)
        said = sentences[error.code]
        cells = (
            f"`{error.code}`",
            _first_paragraph(error),
            f"{said.text}{' …' if said.detailed else ''}",
            str(status) if isinstance(status, int) else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return _page(lines)


def settings_page() -> str:
    """docs/settings.md."""
    from bluezone.server import Settings

    lines = [
        "# Settings",
        "",
        "Each setting has a safe default, so an empty file is a good start: `bluezone serve --settings bluezone.toml`.",
        "Write it in the TOML file under its name, or in the environment in capitals after `BLUEZONE_`",
        "(`BLUEZONE_REGION=VN-66`); the environment wins. Durations are in the unit that the name ends with.",
        "An unknown name or a value that cannot be is refused at start, with one sentence that names it.",
        "",
        "| setting | default | what it is |",
        "|---|---|---|",
    ]
    defaults = Settings()
    for names, meaning in described_settings(Settings.__doc__ or ""):
        shown = ", ".join(f"`{_toml(getattr(defaults, name))}`" for name in names)
        lines.append(f"| {', '.join(f'`{name}`' for name in names)} | {shown} | {meaning} |")
    lines += ["", "## The table `[sms]`", ""]
    lines += ["How text messages are sent; the manual says it with examples ([vi](vi/sms.md), [en](en/sms.md))."]
    lines += ["In `body`, `headers` and `basic_auth` the names of `secrets` in braces stand for their values; in"]
    lines += ["`body` and `headers` also `{sender}` and `{reference}`; in `body` also `{to}` and `{text}`."]
    lines += ["", "| setting | default | what it is |", "|---|---|---|"]
    lines += _table(defaults.sms)
    for name, table in (("godata", defaults.godata), ("dhis2", defaults.dhis2)):
        lines += ["", f"## The table `[{name}]`", ""]
        lines += ["The manual says it with examples ([vi](vi/integrations.md), [en](en/integrations.md))."]
        lines += ["", "| setting | default | what it is |", "|---|---|---|", *_table(table)]
    return _page(lines)


def _table(defaults: SmsSettings | GoDataSettings | Dhis2Settings) -> list[str]:
    return [
        f"| `{name}` | `{_toml(getattr(defaults, name))}` | {meaning} |"
        for (name,), meaning in described_settings(type(defaults).__doc__ or "")
    ]


def described_settings(docstring: str) -> Iterator[tuple[list[str], str]]:
    """The settings that a docstring lists as "- `name`: meaning.", several names to a line allowed."""
    for item in re.split(r"^\s*- (?=`)", docstring, flags=re.MULTILINE)[1:]:
        names, meaning = item.split(": ", 1)
        meaning = " ".join(meaning.split("\n\n")[0].split())
        yield re.findall(r"`(\w+)`", names), meaning[0].upper() + meaning[1:]


def setting_names() -> set[str]:
    """The settings that exist."""
    from bluezone.server import Settings

    return {name for name in get_type_hints(Settings) if not name.startswith("_")}


def commands_page() -> str:
    """docs/commands.md."""
    lines = [
        "# Lệnh · Commands",
        "",
        "In bằng `bluezone LỆNH --help`; ngôn ngữ theo máy, hoặc chọn bằng `--lang vi` hay `--lang en`.",
        "Printed by `bluezone COMMAND --help`; the language follows the machine, or `--lang vi`, `--lang en`.",
    ]
    told = {language: _help_texts(language) for language in LANGUAGES}
    for path in told["en"]:
        lines += ["", f"## {path}"]
        for language, name in LANGUAGES.items():
            lines += ["", f"**{name}**", "", "```text", told[language][path], "```"]
    return _page(lines)


def performance_page() -> str:
    """docs/performance.md."""
    lines = [
        "# Performance",
        "",
        "`make bench` measures and writes this page; `.venv/bin/python -m benchmarks matching` measures one part.",
        "Figures are medians of runs on one machine that others may use at the same time: differences under a fifth",
        "are noise. Peers and limits are measured in the same run. A ratio above 1 means better than the peer.",
        "All figures of all runs lie in benchmarks/results.",
    ]
    results: dict[str, Any] = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    for name, result in sorted(results.items()):
        machine = result["machine"]
        place = f"{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}"
        lines += ["", f"## {name}", "", f"Measured on {result['at'][:10]}: {place}.", ""]
        lines += ["| what | figure | promised | beside | ratio | bound | note |", "|---|---:|---:|---|---:|---|---|"]
        lines += [_measured(row) for row in result["rows"]]
    return _page(lines)


def _measured(row: dict[str, Any]) -> str:
    def named(kind: str) -> str:
        return f"{row[kind]}: {_figure(row[f'{kind}_value'])}" if row.get(f"{kind}_value") is not None else ""

    promise = f"{_figure(row['promise'])} ({'kept' if row['kept'] else '**missed**'})" if "promise" in row else ""
    cells = (
        row["what"],
        f"{_figure(row['ours'])} {row['unit']}",
        promise,
        named("peer"),
        f"{row['ratio']:.2f}" if "ratio" in row else "",
        named("limit"),
        row.get("note", ""),
    )
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def print_help_texts() -> None:
    """Print the help of every command, each after a line with NUL and its path; the language is this process's."""
    import click

    from bluezone.cli import group
    from bluezone.cli.language import teach_click

    def walk(command: click.Command, context: click.Context) -> None:
        print(f"\0{context.command_path}\n{command.get_help(context)}")
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                if child := command.get_command(context, name):
                    walk(child, click.Context(child, parent=context, info_name=name, **child.context_settings))

    teach_click()
    settings = {**group.context_settings, "terminal_width": 100, "max_content_width": 100}
    walk(group, click.Context(group, info_name="bluezone", **settings))


def _help_texts(language: str) -> dict[str, str]:
    # The command line settles on a language when it is imported, so each language needs a process of its own.
    told = subprocess.run(
        [sys.executable, "-c", "from scripts.reference import print_help_texts; print_help_texts()"],
        cwd=DOCS.parent,
        env={**os.environ, "BLUEZONE_LANG": language, "PYTHONIOENCODING": "utf-8"},
        check=True,
        capture_output=True,
        encoding="utf-8",
    ).stdout
    entries = (entry.split("\n", 1) for entry in told.split("\0")[1:])
    return {path: "\n".join(line.rstrip() for line in text.strip().splitlines()) for path, text in entries}


def _room(error: type[BluezoneError]) -> str:
    parts = error.__module__.split(".")[1:-1]
    return " / ".join(parts) or "all rooms"


def _first_paragraph(error: type[BluezoneError]) -> str:
    return " ".join((error.__doc__ or "").strip().split("\n\n")[0].split())


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | Path):
        return f'"{value}"'
    if isinstance(value, tuple):
        return "[]" if not value else str(list(value))
    for kind, table in ((SmsSettings, "[sms]"), (GoDataSettings, "[godata]"), (Dhis2Settings, "[dhis2]")):
        if isinstance(value, kind):
            return table
    return f"{value:,}".replace(",", "_") if isinstance(value, int) and value >= 10_000 else str(value)


def _page(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


PAGES = {
    "errors.md": errors_page,
    "settings.md": settings_page,
    "commands.md": commands_page,
    "performance.md": performance_page,
}
"""The generated pages of docs/, each with what writes it."""

if __name__ == "__main__":
    for name in sys.argv[1:] or PAGES:
        (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
