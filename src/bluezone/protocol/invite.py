"""Links that carry a verification code or an invitation; neither says anything about a person.

`https://HOST/c#CODE` brings the 16 characters that the health desk gave out; `https://HOST/u#UNIT.CHANNEL` says which
unit invites and by which of a few channels, so that installs can be counted and nobody can be told apart.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from bluezone.protocol._link import read_link, write_link
from bluezone.protocol.scan_errors import CodeLinkMalformed, InvitationMalformed

PATH_CODE = "/c"
PATH_INVITATION = "/u"

SHORT_CODE_DIGITS = 8
LONG_CODE_CHARACTERS = 16
CODE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O that look like digits, and no U."""

_LONGEST_INPUT = 64
_LOOK_ALIKES = str.maketrans("OIL", "011")
_INVISIBLE = frozenset({"Pd", "Zs", "Zl", "Zp", "Cf", "Cc"})  # dashes, spaces, zero-width marks, line ends
_MINUS = "\N{MINUS SIGN}"
_UNIT = re.compile(r"(?:[A-Z0-9](?:[A-Z0-9-]{0,10}[A-Z0-9])?)?")


class Channel(StrEnum):
    """How an invitation reached somebody: a closed list, so that no link can mark a person."""

    POSTER = "poster"
    LEAFLET = "leaflet"
    LOUDSPEAKER = "loudspeaker"
    SCREEN = "screen"
    SCHOOL = "school"
    UNION = "union"
    HOUSEHOLD = "household"
    GATE = "gate"
    PRESS = "press"
    PORTAL = "portal"
    FRIEND = "friend"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class CodeLink:
    """A link with a verification code of 16 characters; the code never shows itself in a log line."""

    code: str = field(repr=False)
    host: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """The unit that invites (empty: none) and the channel. Raises InvitationMalformed for another form of unit code."""

    unit: str
    channel: Channel

    def __post_init__(self) -> None:
        if not _UNIT.fullmatch(self.unit):
            raise InvitationMalformed("An invitation names a unit by its code of up to 12 letters, digits and dashes.")

    def shared(self) -> Invitation:
        """What somebody who came by this invitation passes on: the unit, and that a friend told."""
        return Invitation(self.unit, Channel.FRIEND)


def read_typed_code(text: str) -> str | None:
    """The verification code that somebody typed (8 digits or 16 characters), as the desk gave it out; None for others.

    Case, spaces, dashes and full-width characters do not matter, and O, I, L are read as 0, 1, 1.
    """
    if len(text) > _LONGEST_INPUT:
        return None
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = "".join(c for c in folded if c != _MINUS and unicodedata.category(c) not in _INVISIBLE)
    kept = kept.translate(_LOOK_ALIKES)
    if len(kept) == SHORT_CODE_DIGITS and kept.isascii() and kept.isdigit():
        return kept
    return kept if _is_long(kept) else None


def write_code_link(code: str, *, host: str) -> str:
    """The link for a code of 16 characters. Raises CodeLinkMalformed for other texts, HostMalformed."""
    read = read_typed_code(code)
    if read is None or not _is_long(read):
        raise CodeLinkMalformed(f"A link carries a code of {LONG_CODE_CHARACTERS} characters; read short ones aloud.")
    return write_link(host, PATH_CODE, read)


def read_code_link(text: str) -> CodeLink:
    """The code that a link carries. Raises CodeLinkMalformed."""
    link = read_link(text)
    code = read_typed_code(link.fragment) if link is not None and link.path == PATH_CODE else None
    if link is None or code is None or not _is_long(code):
        raise CodeLinkMalformed("This link does not carry a whole code; open it again or type the code.")
    return CodeLink(code, link.host)


def write_invitation(invitation: Invitation, *, host: str) -> str:
    """The link for an invitation. Raises HostMalformed."""
    return write_link(host, PATH_INVITATION, f"{invitation.unit}.{invitation.channel}")


def read_invitation(text: str) -> Invitation:
    """The invitation that a link is; an unknown channel counts as another one. Raises InvitationMalformed."""
    link = read_link(text)
    unit, dot, channel = "", "", ""
    if link is not None and link.path == PATH_INVITATION:
        unit, dot, channel = link.fragment.partition(".")
    if not dot or not channel:
        raise InvitationMalformed("This invitation does not say where it comes from; the app can be used without one.")
    return Invitation(unit, Channel(channel) if channel in set(Channel) else Channel.OTHER)


def _is_long(code: str) -> bool:
    return len(code) == LONG_CODE_CHARACTERS and all(character in CODE_ALPHABET for character in code)
