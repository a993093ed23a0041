"""What a picture's address asks for, and addresses that ask for something else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import urlencode

from bluezone.server.casework.service import day_text
from bluezone.server.chain.plan import Detail
from bluezone.server.chain.records import Wanted
from bluezone.server.chain.timeline import By

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_UNIT = re.compile(r"[0-9A-Za-z.\-]{1,20}", re.ASCII)
MOST_OPENED = 50

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """A picture as its address names it; what is not understood is as if it were not there."""

    wanted: Wanted = field(default_factory=Wanted)
    detail: Detail | None = None
    """None leaves it to the number of people."""
    households: bool = True
    opened: frozenset[str] = frozenset()
    by: By = By.ONSET

    @classmethod
    def read(cls, pairs: Iterable[tuple[str, str]]) -> Asked:
        """From the fields of an address or form."""
        every = [(name, value.strip()) for name, value in pairs]
        one = dict(every)
        depth = one.get("depth", "")
        return cls(
            Wanted(
                around=one["cluster"] if _ID.fullmatch(one.get("cluster", "")) else "",
                unit=one["unit"] if _UNIT.fullmatch(one.get("unit", "")) else "",
                first=_day(one.get("from", "")),
                last=_day(one.get("to", "")),
                depth=int(depth) if depth in {"0", "1"} else 2,
            ),
            _known(Detail, one.get("detail", "")),
            one.get("apart") != "1",
            frozenset([value for name, value in every if name == "open" and _ID.fullmatch(value)][:MOST_OPENED]),
            _known(By, one.get("by", "")) or By.ONSET,
        )

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The fields that ask for this picture."""
        wanted = self.wanted
        every = [
            ("cluster", wanted.around),
            ("unit", wanted.unit),
            ("from", day_text(wanted.first)),
            ("to", day_text(wanted.last)),
            ("depth", str(wanted.depth) if wanted.depth < 2 else ""),
            ("detail", self.detail or ""),
            ("apart", "" if self.households else "1"),
            ("by", self.by if self.by is not By.ONSET else ""),
            *(("open", one) for one in sorted(self.opened)),
        ]
        return [(name, value) for name, value in every if value]

    def address(self, path: str) -> str:
        query = urlencode(self.pairs)
        return f"{path}?{query}" if query else path

    def opening(self, one: str) -> Asked:
        """The same picture with a person or household drawn in full."""
        return replace(self, opened=self.opened | {one})


def _day(text: str) -> date | None:
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _known(make: Callable[[str], T], text: str) -> T | None:
    try:
        return make(text)
    except ValueError:
        return None
