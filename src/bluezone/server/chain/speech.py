"""What the pictures say, in the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from bluezone.server.casework.service import Closeness, Level, Origin
from bluezone.server.chain.scene import Someone
from bluezone.server.language import N_, VIETNAM, Language, filters, translations

_MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")

CLOSENESS: dict[str, str] = {
    Closeness.HOUSEHOLD: N_("same household"),
    Closeness.CLOSE: N_("within 2 m for 15 minutes"),
    Closeness.NEAR: N_("near"),
    Closeness.PASSING: N_("in passing"),
}
ORIGIN: dict[str, str] = {
    Origin.INTERVIEW: N_("told in the interview"),
    Origin.HOME: N_("found at home"),
    Origin.LANDMARK: N_("found at a landmark"),
    Origin.MEDIA: N_("answered a call in the media"),
    Origin.BLUEZONE: N_("came by Bluezone"),
    Origin.GATE_BOOK: N_("from a gate's book"),
}


class Naming(StrEnum):
    """How people are called in a picture."""

    NAMES = "names"
    CODES = "codes"
    """Case numbers, and for everybody else a number that counts in this picture alone."""


class Speech:
    """The sentences of one picture."""

    def __init__(self, language: Language, naming: Naming = Naming.NAMES) -> None:
        self.language = language
        self.naming = naming
        self._said = translations(language)
        self._written = filters(language)
        self._codes: dict[str, int] = {}

    def say(self, sentence: str) -> str:
        """A sentence marked elsewhere, in this language."""
        return self._said.gettext(sentence)

    def _number(self, value: int) -> str:
        return self._written["number"](value)

    def head(self, one: Someone) -> str:
        """What a case is known by; empty for whoever is none, or out of reach."""
        if one.illness is None:
            return ""
        return one.illness.reference or f"#{one.illness.number}"

    def name(self, one: Someone) -> str:
        """What stands beside the mark, after the case's number."""
        _ = self._said.gettext
        if not one.reached:
            return one.place
        if self.naming is Naming.NAMES:
            return one.name
        if one.illness is not None:
            return ""
        code = self._codes.setdefault(one.id, len(self._codes) + 1)
        return _("Person %(number)s") % {"number": code}

    def level(self, one: Someone) -> str:
        _ = self._said.gettext
        return _("no level") if one.level is None else f"F{one.level}"

    def spoken(self, one: Someone) -> str:
        """All that a mark stands for, for whoever hears it or points at it."""
        called = f"{self.head(one)} {self.name(one)}".strip()
        return ", ".join(part for part in (called, self.level(one), self.day(one.day)) if part)

    def day(self, day: date | None) -> str:
        """d/m/Y as the pages write it."""
        if day is None:
            return ""
        if self.language == "vi":
            return f"{day.day}/{day.month}/{day.year}"
        return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"

    def short_day(self, day: date) -> str:
        return f"{day.day}/{day.month}" if self.language == "vi" else f"{day.day} {_MONTHS_EN[day.month - 1]}"

    def period(self, first: date, last: date) -> str:
        return f"{self.day(first)} – {self.day(last)}" if first != last else self.day(first)

    def tally(self, people: Iterable[Someone]) -> str:
        """12 cases · 48 F1 · 30 F2."""
        ngettext = self._said.ngettext
        count = Counter(one.level for one in people)
        parts = []
        if cases := count[Level.F0]:
            parts.append(ngettext("%(count)s case", "%(count)s cases", cases) % {"count": self._number(cases)})
        parts += [f"{self._number(count[level])} {level.name}" for level in (Level.F1, Level.F2) if count[level]]
        if others := count[None]:
            parts.append(ngettext("%(count)s without a level", "%(count)s without a level", others) % {"count": others})
        return " · ".join(parts)

    def cases_by(self, day: str, cases: int, without: int) -> str:
        """What the curve of cases counts; `day` is one of the kinds of day."""
        _ = self._said.gettext
        said = _("Cases (F0) by %(day)s: %(count)s") % {"day": day, "count": cases}
        return said + (_(", %(count)s more without this day") % {"count": without} if without else "")

    def exposed(self, level: Level, people: int) -> str:
        _ = self._said.gettext
        return _("%(level)s by day of latest exposure: %(count)s") % {"level": level.name, "count": people}

    def household(self, people: int) -> str:
        ngettext = self._said.ngettext
        return ngettext("Household of %(count)s", "Household of %(count)s", people) % {"count": people}

    def cluster(self, first: Someone) -> str:
        """What a cluster is called: by its first case."""
        _ = self._said.gettext
        return _("Cluster %(name)s") % {"name": self.head(first) or self.name(first)}

    def away(self) -> str:
        _ = self._said.gettext
        return _("Their case is not in this picture")

    def alone(self) -> str:
        _ = self._said.gettext
        return _("No known link to others")

    def title(self, place: str) -> str:
        _ = self._said.gettext
        return _("Who may have infected whom: %(place)s") % {"place": place}

    def timeline_title(self, place: str) -> str:
        _ = self._said.gettext
        return _("Day by day: %(place)s") % {"place": place}

    def notes(self, *, more: bool, households: int, folded: int, others: int) -> list[str]:
        """What the picture leaves out or draws as one."""
        _, ngettext = self._said.gettext, self._said.ngettext
        said = []
        if more:
            said.append(
                _("There are more people than one picture takes: the latest cases and those around them are drawn.")
            )
        if folded:
            text = ngettext(
                "%(count)s person is told by number alone.", "%(count)s people are told by number alone.", folded
            )
            said.append(text % {"count": self._number(folded)})
        if households:
            text = ngettext(
                "%(count)s person is drawn in a household's house.",
                "%(count)s people are drawn together as households.",
                households,
            )
            said.append(text % {"count": self._number(households)})
        if others:
            text = ngettext(
                "%(count)s more meeting is on record; each person has one line, from the likeliest source.",
                "%(count)s more meetings are on record; each person has one line, from the likeliest source.",
                others,
            )
            said.append(text % {"count": self._number(others)})
        return said

    def lanes_left_out(self, most: int) -> str:
        _ = self._said.gettext
        return _(
            "Lanes are drawn for the latest cases alone, at most %(most)s: choose a cluster to see its contacts."
        ) % {"most": most}

    def drawn(self, now: float, who: str) -> str:
        """When the picture was drawn and by whom."""
        _ = self._said.gettext
        return _("Drawn at %(moment)s by %(who)s. Source: the health desk's records.") % {
            "moment": self._written["moment"](now),
            "who": who,
        }

    def watermark(self, now: float, who: str) -> str:
        return f"{who} · {datetime.fromtimestamp(now, VIETNAM):%d/%m/%Y %H:%M}"
