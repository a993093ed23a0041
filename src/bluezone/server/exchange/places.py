"""Which commune a list means: by its own column, or out of an address as people write it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from bluezone.server.units.service import Unit, fold

_PARTS = re.compile(r"[,;\n–]| - ")
_SHORT = (
    (re.compile(r"\btp\b\.? ?"), "thanh pho "),
    (re.compile(r"\btt\b\.? ?"), "thi tran "),
    (re.compile(r"\btx\b\.? ?"), "thi xa "),
    (re.compile(r"^(?:x|p|h|q)\. ?(?=\D)"), ""),
)
_SAYS_COMMUNE = re.compile(r"(?:xa|phuong|thi tran) \w")


class PlaceUnclear(ValueError):
    """No unit, or more than one, is called so; `fault` says which."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


class Places:
    """All units of the tree by what they are called."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.units = {unit.code: unit for unit in units}
        self._called: defaultdict[str, set[str]] = defaultdict(set)
        for unit in self.units.values():
            self._called[fold(unit.title)].add(unit.code)
            self._called[fold(unit.name)].add(unit.code)
        parents = {unit.parent for unit in self.units.values()}
        self._smallest = {code for code in self.units if code not in parents}
        self._found: dict[tuple[str, ...], tuple[str, str]] = {}

    def title(self, code: str) -> str:
        unit = self.units.get(code)
        return code if unit is None else unit.title

    def find(self, commune: str, district: str, province: str, address: str) -> tuple[str, str]:
        """The code of the unit, nothing where none is named at all, and what is left of the address.

        Raises PlaceUnclear.
        """
        key = commune, district, province, address
        if key not in self._found:
            self._found[key] = self._find(*key)
        return self._found[key]

    def _find(self, commune: str, district: str, province: str, address: str) -> tuple[str, str]:
        above = [said for said in (district, province) if said]
        if commune:
            if commune.strip().upper() in self.units:
                return commune.strip().upper(), address
            first, *more = [part for part in _PARTS.split(commune) if part.strip()] or [commune]
            return self._one(first, [*more, *above]), address
        parts = [part.strip() for part in _PARTS.split(address) if part.strip()]
        known = [(at, found) for at, part in enumerate(parts) if (found := self._named(part))]
        at = next((at for at, found in known if found & self._smallest), None)
        if at is not None:
            code = self._one(parts[at], [*parts[at + 1 :], *above])
            units = {at for at, _ in known}
            return code, ", ".join(part for index, part in enumerate(parts) if index not in units)
        if any(_SAYS_COMMUNE.match(fold(part)) for part in parts):
            raise PlaceUnclear("unit_unknown")
        for said in (*above, *(parts[at] for at, _ in known)):
            if found := self._named(said):
                return self._narrowed(found, above[1:]), address
        return "", address

    def _one(self, said: str, above: list[str]) -> str:
        found = self._named(said)
        if not found:
            raise PlaceUnclear("unit_unknown")
        return self._narrowed(found, above)

    def _narrowed(self, found: set[str], above: list[str]) -> str:
        """The only one of these, or the only one below what is named after it."""
        if len(found) > 1:
            for said in above:
                higher = [self.units[code].path for code in self._named(said)]
                inside = {code for code in found if any(self._is_below(code, path) for path in higher)}
                found = inside or found
        smallest = found & self._smallest if len(found) > 1 else found
        found = smallest or found
        if len(found) > 1:
            raise PlaceUnclear("unit_ambiguous")
        return next(iter(found))

    def _is_below(self, code: str, path: str) -> bool:
        own = self.units[code].path
        return own != path and own.startswith(path)

    def _named(self, said: str) -> set[str]:
        text = fold(said)
        for pattern, word in _SHORT:
            text = pattern.sub(word, text)
        return set(self._called.get(" ".join(text.split()), ()))
