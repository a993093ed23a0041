"""Two letters and a digit before each row of a paper sheet, by which its results are typed in.

The digit depends on the sheet's number too, so that a result from yesterday's sheet seldom lands on today's row.
"""

from __future__ import annotations

import zlib

from bluezone.materials.errors import RowCodeUnknown, SheetTooLong

_LETTERS = "ABCDEFGJPUSNMKQWHRVZXYT"
"""No I, L, O. Letters that stand ten or twenty places apart give the same digit: no two of them look alike by hand."""
MOST_ROWS = len(_LETTERS) ** 2


def row_code(position: int, sheet: str) -> str:
    """The code of the row at `position` (from 0) on the sheet of that number. Raises SheetTooLong past 528."""
    if not 0 <= position < MOST_ROWS:
        raise SheetTooLong(f"One sheet has at most {MOST_ROWS} rows; print two sheets.")
    first, second = divmod(position, len(_LETTERS))
    return f"{_LETTERS[first]}{_LETTERS[second]}{_digit(first, second, sheet)}"


def row_position(text: str, sheet: str) -> int:
    """The position of the row with that code, however it is spaced or cased. Raises RowCodeUnknown."""
    code = "".join(text.split()).upper()
    if len(code) == 3 and code[0] in _LETTERS and code[1] in _LETTERS:
        first, second = _LETTERS.index(code[0]), _LETTERS.index(code[1])
        if code[2] == str(_digit(first, second, sheet)):
            return first * len(_LETTERS) + second
    raise RowCodeUnknown("This is no row of this sheet; compare the two letters, the digit and the sheet's number.")


def _digit(first: int, second: int, sheet: str) -> int:
    return (3 * first + 7 * second + zlib.crc32(sheet.encode())) % 10
