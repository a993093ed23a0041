"""The pictures and colours of a gate's glance: what both sides see and can name alike.

The order is part of the protocol: a glance carries indices, and both sides have to show the same thing.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

from markupsafe import Markup

from bluezone.look.errors import PictureUnknown
from bluezone.look.folders import drawing_shapes
from bluezone.look.icons import framed

Language = Literal["vi", "en"]

_PICTURES = (
    ("lotus", "hoa sen", "lotus"),
    ("buffalo", "con trâu", "buffalo"),
    ("boat", "thuyền buồm", "sailing boat"),
    ("kite", "cánh diều", "kite"),
    ("drum", "cái trống", "drum"),
    ("conical-hat", "nón lá", "conical hat"),
    ("rice", "bông lúa", "ear of rice"),
    ("rice-bowl", "bát cơm", "bowl of rice"),
    ("bamboo", "cây tre", "bamboo"),
    ("bicycle", "xe đạp", "bicycle"),
    ("lantern", "đèn lồng", "lantern"),
    ("fish", "con cá", "fish"),
    ("rooster", "con gà", "rooster"),
    ("banana", "nải chuối", "bananas"),
    ("coconut-palm", "cây dừa", "coconut palm"),
    ("fan", "cái quạt", "fan"),
    ("umbrella", "cái ô", "umbrella"),
    ("house", "ngôi nhà", "house"),
    ("bridge", "cây cầu", "bridge"),
    ("moon", "mặt trăng", "moon"),
    ("sun", "mặt trời", "sun"),
    ("star", "ngôi sao", "star"),
    ("dragon-fruit", "thanh long", "dragon fruit"),
    ("pineapple", "quả dứa", "pineapple"),
    ("longan", "chùm nhãn", "longans"),
    ("teapot", "ấm trà", "teapot"),
    ("bell", "cái chuông", "bell"),
    ("jar", "cái chum", "jar"),
    ("butterfly", "con bướm", "butterfly"),
    ("elephant", "con voi", "elephant"),
    ("crab", "con cua", "crab"),
    ("snail", "con ốc sên", "snail"),
)
_COLOURS = (
    ("xanh dương", "blue"),
    ("xanh lá", "green"),
    ("vàng", "yellow"),
    ("cam", "orange"),
    ("tím", "purple"),
    ("hồng", "pink"),
    ("nâu", "brown"),
    ("trắng", "white"),
)
GATE_PICTURES = len(_PICTURES)
"""How many pictures there are: a glance's index is below it."""
GATE_COLOURS = len(_COLOURS)
"""How many colours there are; `data-gate-colour="0"` and so on sets ground, ink and tone of an element."""


def gate_picture(index: int, label: str | None = None) -> Markup:
    """The picture of this index as inline SVG of class `gate-picture`, in the ink, tone and ground around it.

    Without `label` it is hidden from screen readers. Raises PictureUnknown.
    """
    return framed(_drawing(_picture(index)[0]), "gate-picture", "0 0 64 64", label)


def gate_picture_name(index: int, language: Language) -> str:
    """What people call the picture, for reading aloud. Raises PictureUnknown."""
    return _picture(index)[1 if language == "vi" else 2]


def gate_colour_name(index: int, language: Language) -> str:
    """What people call the colour. Raises PictureUnknown."""
    if not 0 <= index < GATE_COLOURS:
        raise PictureUnknown(f"There is no gate colour {index}; they are numbered 0 to {GATE_COLOURS - 1}.")
    return _COLOURS[index][language == "en"]


def _picture(index: int) -> tuple[str, str, str]:
    if not 0 <= index < GATE_PICTURES:
        raise PictureUnknown(f"There is no gate picture {index}; they are numbered 0 to {GATE_PICTURES - 1}.")
    return _PICTURES[index]


@cache
def _drawing(name: str) -> Markup:
    return drawing_shapes(f"gate/{name}")
