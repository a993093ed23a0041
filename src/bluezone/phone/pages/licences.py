"""Whose work this program contains, and under which terms."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution

from litestar import Response, get

from bluezone.phone.pages.site import PageRequest, page

VENDORED = (
    ("Be Vietnam Pro", "OFL-1.1", "look/fonts/LICENSE.txt"),
    ("Tabler Icons", "MIT", "look/icons/LICENSE.txt"),
    ("qr", "Apache-2.0 OR MIT", "look/qr/LICENSE.txt"),
)
"""What these pages show and others made: name, licence, its text among the static files."""

_LONGEST_NAME = 40
_NAME = re.compile(r"[A-Za-z0-9._-]+")


@get("/settings/licences")
async def licences(request: PageRequest) -> Response[str]:
    """Letters, drawings, scripts and libraries."""
    return page(request, "licences.html", vendored=VENDORED, libraries=libraries())


@cache
def libraries() -> tuple[tuple[str, str], ...]:
    """The libraries that Bluezone needs, and those that they need, with their licences; in alphabetical order."""
    found: dict[str, str] = {}
    waiting = ["bluezone"]
    while waiting:
        name = waiting.pop()
        try:
            metadata = distribution(name).metadata
        except PackageNotFoundError:  # needed on other systems only
            continue
        if metadata["Name"] in found:
            continue
        found[metadata["Name"]] = _licence(metadata)
        requirements = [one for one in metadata.get_all("Requires-Dist") or [] if "extra ==" not in one]
        waiting += [needed.group() for one in requirements if (needed := _NAME.match(one))]
    del found["bluezone"]
    return tuple(sorted(found.items(), key=lambda pair: pair[0].lower()))


def _licence(metadata: PackageMetadata) -> str:
    """The licence's name, wherever the library writes it; some write the whole text, which is no name."""
    named = [one.rsplit(" :: ", 1)[1] for one in metadata.get_all("Classifier") or [] if one.startswith("License :: ")]
    short = [text for text in metadata.get_all("License") or [] if len(text) <= _LONGEST_NAME]
    return ", ".join(metadata.get_all("License-Expression") or named or short)


handlers = [licences]
