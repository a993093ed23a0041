"""How wide a label is, so that the server can place it: the advances of Be Vietnam Pro, without kerning.

Kerning only draws letters closer, so the real width is never larger.
"""

from __future__ import annotations

import unicodedata

# The printable ASCII characters from the space on, in thousandths of the font size; from the font's own table.
_REGULAR = (
    "230 280 318 807 645 849 740 179 439 439 497 608 303 608 286 503 676 385 651 660 710 660 680 594 634"
    " 680 286 303 556 726 556 573 1005 736 674 775 728 620 633 783 709 258 465 679 624 853 732 826 644 822"
    " 668 635 650 725 706 1005 720 665 660 459 485 459 559 702 202 642 652 613 652 599 386 643 583 264 274"
    " 555 255 893 573 642 652 652 392 508 428 566 576 870 559 583 502 426 408 426 468"
)
_STRONG = (
    "230 320 367 833 648 863 755 208 449 449 508 637 332 607 319 528 692 415 660 674 716 674 693 596 656"
    " 693 319 332 568 744 568 605 1014 758 698 778 743 634 640 788 725 280 482 703 637 877 743 828 667 825"
    " 697 656 674 733 732 1039 753 701 664 489 515 489 594 724 260 652 662 624 662 611 401 654 600 285 292"
    " 584 277 895 590 652 662 662 416 527 434 581 588 879 591 592 514 462 426 462 483"
)
_OTHERS = {"đ": 677, "Đ": 788, "·": 288, "–": 696, "…": 817, "×": 612, "’": 228, "“": 420, "”": 440}
_WIDEST = 1100
_MARKED = 20
"""What a letter with a mark is wider than without."""


def _table(advances: str) -> dict[str, int]:
    return {chr(at): int(advance) for at, advance in enumerate(advances.split(), start=0x20)}


_TABLES = {False: _table(_REGULAR), True: _table(_STRONG)}


def width(text: str, size: float, *, strong: bool = False) -> float:
    """An upper bound of the text's width in pixels at this font size."""
    table = _TABLES[strong]
    total = 0
    for letter in unicodedata.normalize("NFD", text):
        if unicodedata.combining(letter):
            total += _MARKED
        else:
            total += table.get(letter) or _OTHERS.get(letter, _WIDEST)
    return total * size / 1000


def cut(text: str, size: float, most: float, *, strong: bool = False) -> str:
    """The text, shortened with an ellipsis where it is wider than `most` pixels."""
    if width(text, size, strong=strong) <= most:
        return text
    while text and width(text + "…", size, strong=strong) > most:
        text = text[:-1].rstrip()
    return text + "…"
