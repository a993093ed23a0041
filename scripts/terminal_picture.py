"""Draws what a command prints as an SVG picture of a terminal that fetches nothing from anywhere.

`python -m scripts.terminal_picture PICTURE.svg bluezone --lang vi rehearse` runs the command and draws its real output.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

COLUMNS = 100
HEAD, TAIL = 64, 3
"""The lines kept of a long output: more make a picture that nobody reads."""


def _colours(*codes: str) -> list[tuple[int, int, int]]:
    return [(red, green, blue) for red, green, blue in map(bytes.fromhex, codes)]


# The project's own colours: ink on paper, then black, red, green, yellow, blue, magenta, cyan, white.
THEME = TerminalTheme(
    (0xFF, 0xFF, 0xFF),
    (0x10, 0x24, 0x3A),
    _colours("10243A", "A8001F", "0B6B45", "7A5200", "0B5CD6", "9C3A0A", "07377F", "51637A"),
)


def draw(output: str, title: str) -> str:
    """The SVG of a terminal that shows `output` (ANSI colours understood)."""
    lines = output.rstrip().splitlines()
    if len(lines) > HEAD + TAIL:
        lines = [*lines[:HEAD], f"… {len(lines) - HEAD - TAIL} …", *lines[-TAIL:]]
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="ellipsis")
    svg = console.export_svg(title=title, theme=THEME, unique_id="bluezone")
    svg = re.sub(r"@font-face\s*\{.*?\}\s*|<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "ui-monospace, DejaVu Sans Mono")


def main() -> None:
    picture, *command = sys.argv[1:]
    done = subprocess.run(
        [Path(sys.executable).with_name(command[0]), *command[1:]],
        env={**os.environ, "COLUMNS": str(COLUMNS), "TTY_COMPATIBLE": "1", "TTY_INTERACTIVE": "0"},
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    Path(picture).write_text(draw(done.stdout, "$ " + " ".join(command)), encoding="utf-8")


if __name__ == "__main__":
    main()
