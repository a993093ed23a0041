"""Icons of the sprite, put into the page so that they take its colour and need no request."""

from __future__ import annotations

import re
from functools import cache

from markupsafe import Markup

from bluezone.look.errors import IconUnknown
from bluezone.look.folders import static_folder

_SYMBOL = re.compile(r'<symbol id="([^"]+)" viewBox="0 0 24 24">(.*?)</symbol>')


@cache
def _shapes() -> dict[str, Markup]:
    sprite = (static_folder() / "icons" / "tabler.svg").read_text("utf-8")
    return {name: Markup(shapes) for name, shapes in _SYMBOL.findall(sprite)}  # noqa: S704 - a file of this room


def icon_names() -> tuple[str, ...]:
    """Every icon of the sprite, in alphabetical order."""
    return tuple(_shapes())


def icon(name: str, label: str | None = None) -> Markup:
    """The icon as inline SVG of class `icon`, in the colour and size of the text around it.

    Without `label` it is decoration and hidden from screen readers; with one it is an image of that name.
    Raises IconUnknown.
    """
    shapes = _shapes().get(name)
    if shapes is None:
        raise IconUnknown(f"There is no icon {name!r}; add it to scripts/vendor-icons.txt and run scripts/vendor.")
    return framed(shapes, "icon", "0 0 24 24", label)


def framed(shapes: Markup, kind: str, view: str, label: str | None) -> Markup:
    """The shapes as one inline SVG of class `kind`, hidden from screen readers or named by `label`."""
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="{}" viewBox="{}" focusable="false" {}>{}</svg>').format(kind, view, spoken, shapes)
