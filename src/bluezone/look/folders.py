"""Where the files lie that pages link to."""

from __future__ import annotations

from pathlib import Path

_ROOM = Path(__file__).parent


def static_folder() -> Path:
    """The folder to serve as it is: `tokens.css`, `base.css`, `fonts/`, `icons/tabler.svg`, `qr/` (an ES module).

    Beside the fonts, the icons and the code reader lie their licences; nothing in the folder is generated at run time.
    """
    return _ROOM / "static"


def drawing_folder(kind: str) -> Path:
    """The folder of the SVG files that are put into pages rather than linked to."""
    return _ROOM / "drawings" / kind
