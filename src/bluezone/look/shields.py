"""The shapes of the five levels: a status is never told by colour alone."""

from __future__ import annotations

from markupsafe import Markup

from bluezone.look.errors import PictureUnknown
from bluezone.look.icons import framed

_OUTLINE = (
    "M24 3.5c5.2 4.2 10.6 6.2 17 6.6v12.6c0 10.4-6.6 17.6-17 21.8C13.6 40.3 7 33.1 7 22.7V10.1c6.4-.4 11.8-2.4 17-6.6z"
)
_FULL = f'<path fill="currentColor" d="{_OUTLINE}"/>'
_CUT = 'fill="none" stroke="var(--tint)" stroke-linecap="round" stroke-linejoin="round"'
_SHAPES = {
    "safe": f'{_FULL}<path {_CUT} stroke-width="5" d="M15.5 23.5l6 6 11.5-12"/>',
    "f2": f'{_FULL}<circle {_CUT} stroke-width="4.5" cx="24" cy="23" r="7.5"/>',
    "f1": f'{_FULL}<circle {_CUT} stroke-width="3.5" cx="24" cy="23" r="10.5"/>'
    f'<circle {_CUT} stroke-width="3.5" cx="24" cy="23" r="4"/>',
    "f0": f'{_FULL}<path {_CUT} stroke-width="6" d="M24 14v18M15 23h18"/>',
    "not_protecting": f'<path fill="none" stroke="currentColor" stroke-width="4.5" d="{_OUTLINE}"'
    ' transform="translate(2.4 2.4) scale(.9)"/>',
}
LEVELS = tuple(_SHAPES)
"""The levels that have a shape, as `data-level` names them."""


def shield(level: str, label: str | None = None) -> Markup:
    """The shield of `safe`, `f2`, `f1`, `f0` or `not_protecting` as inline SVG of class `shield`.

    It takes the level's colour inside an element with `data-level`; what is cut out of it shows the level's tint.
    Raises PictureUnknown.
    """
    shapes = _SHAPES.get(level)
    if shapes is None:
        raise PictureUnknown(f"There is no shield for the level {level!r}; the levels are {', '.join(LEVELS)}.")
    return framed(Markup(shapes), "shield", "0 0 48 48", label)  # noqa: S704 - the shapes above
