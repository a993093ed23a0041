"""Where the files lie that pages link to, and the drawings that are put into pages."""

from __future__ import annotations

import re
from pathlib import Path

from markupsafe import Markup

_ROOM = Path(__file__).parent
_FRAME = re.compile(r"\A<svg [^>]*>\s*(.*?)\s*</svg>\s*\Z", re.DOTALL)


def static_folder() -> Path:
    """The folder to serve as it is: `tokens.css`, `base.css`, `fonts/`, `icons/tabler.svg`, `qr/` (an ES module).

    Beside the fonts, the icons and the code reader lie their licences; nothing in the folder is generated at run time.
    """
    return _ROOM / "static"


def drawing_shapes(name: str) -> Markup:
    """What stands inside the frame of one of this room's SVG files."""
    text = (_ROOM / "drawings" / f"{name}.svg").read_text("utf-8")
    return Markup(_FRAME.sub(r"\1", text).replace("\n", ""))  # noqa: S704 - a file of this room
