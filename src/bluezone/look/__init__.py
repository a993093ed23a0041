"""How every surface looks: the sheet of tokens, the base sheet, fonts, icons, shields and pictures.

Markup is returned as `markupsafe.Markup`, which templates print as it is. Colours come from `static/tokens.css` alone.
"""

from bluezone.look.errors import IconUnknown, LookError, PictureUnknown
from bluezone.look.folders import static_folder
from bluezone.look.gate import GATE_COLOURS, GATE_PICTURES, gate_colour_name, gate_picture, gate_picture_name
from bluezone.look.icons import icon, icon_names
from bluezone.look.scenes import SCENES, drawing
from bluezone.look.shields import LEVELS, shield

__all__ = [
    "GATE_COLOURS",
    "GATE_PICTURES",
    "LEVELS",
    "SCENES",
    "IconUnknown",
    "LookError",
    "PictureUnknown",
    "drawing",
    "gate_colour_name",
    "gate_picture",
    "gate_picture_name",
    "icon",
    "icon_names",
    "shield",
    "static_folder",
]
