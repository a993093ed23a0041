"""How every surface looks: the sheet of tokens, the base sheet, fonts, icons, shields and pictures.

Markup is returned as `markupsafe.Markup`, which templates print as it is. Colours come from `static/tokens.css` alone.
"""

from bluezone.look.errors import IconUnknown, LookError, PictureUnknown
from bluezone.look.icons import icon
from bluezone.look.shields import shield
from bluezone.look.folders import static_folder

__all__ = ["IconUnknown", "LookError", "PictureUnknown", "icon", "shield", "static_folder"]
