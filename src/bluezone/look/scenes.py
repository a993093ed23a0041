"""Drawings of people and phones for first steps and explanations."""

from __future__ import annotations

from functools import cache
from typing import Literal

from markupsafe import Markup

from bluezone.look.errors import PictureUnknown
from bluezone.look.folders import drawing_shapes
from bluezone.look.icons import framed

Scene = Literal["kept", "meeting", "nurse", "together"]
SCENES: tuple[Scene, ...] = ("kept", "meeting", "nurse", "together")
"""A phone that keeps its notes locked; two people's phones hear each other; a nurse calls; helping one's mother."""


def drawing(scene: Scene, label: str | None = None) -> Markup:
    """The scene as inline SVG of class `drawing`, 320 by 200, in the colours of the theme.

    Without `label` it is hidden from screen readers. Raises PictureUnknown.
    """
    if scene not in SCENES:
        raise PictureUnknown(f"There is no drawing {scene!r}; there are {', '.join(SCENES)}.")
    return framed(_shapes(scene), "drawing", "0 0 320 200", label)


@cache
def _shapes(scene: Scene) -> Markup:
    return drawing_shapes(f"scenes/{scene}")
