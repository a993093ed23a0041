"""Vietnamese mobile numbers: read as people write them, written as gateways want them, masked for logs."""

from __future__ import annotations

import re

from bluezone.server.messages.errors import NumberNotMobile

_SEPARATORS = re.compile(r"[\s.\-()]+")
_MOBILE = re.compile(r"(?:(?:\+|00)?84|0)0?([35789]\d{8})", re.ASCII)
"""Ten digits from 0; mobile numbers of eleven digits ended in 2018."""


def read_number(text: str) -> str:
    """A number as `84912345678`. Raises NumberNotMobile."""
    found = _MOBILE.fullmatch(_SEPARATORS.sub("", text))
    if found is None:
        raise NumberNotMobile("Text messages go to Vietnamese mobile numbers alone, as 0912 345 678; correct it.")
    return f"84{found[1]}"


def written(number: str, form: str) -> str:
    """A number as read, in the form `84`, `+84` or `0`."""
    return form + number.removeprefix("84")


def masked(number: str) -> str:
    """A number of which the last three digits are left: enough to recognise it, too little to call it."""
    return f"•••{number[-3:]}"
