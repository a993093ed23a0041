"""One reader for whatever a phone scans or its owner types: says what it is, or what it is instead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias
from urllib.parse import urlsplit

from bluezone.protocol._link import read_link
from bluezone.protocol.archive import VerificationKey
from bluezone.protocol.gate import PATH_GATE, GateChallenge, is_gate_word, read_challenge
from bluezone.protocol.invite import (
    PATH_CODE,
    PATH_INVITATION,
    CodeLink,
    Invitation,
    read_code_link,
    read_invitation,
    read_typed_code,
)
from bluezone.protocol.place import PATH_PLACE, PlaceCode, read_place_code
from bluezone.protocol.scan_errors import (
    CodeForeign,
    ContactCardScanned,
    DeclarationCodeScanned,
    NothingScanned,
    OldBluezoneCode,
    PaymentCodeScanned,
    PersonalCodeScanned,
    WebPageScanned,
    WifiCodeScanned,
)

LONGEST_SCANNED = 4296
"""Characters of the largest QR code there is (version 40, error level L, letters and digits; ISO/IEC 18004)."""

_INVISIBLE = " \t\r\n\0\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH NO-BREAK SPACE}"
_OLD_HOSTS = ("bluezone.gov.vn",)
_DECLARATION_HOSTS = ("tokhaiyte.vn", "khambenh.gov.vn", "pccovid.gov.vn", "ncovi.vn")
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_CONTACT = re.compile(r"(?:BEGIN:VCARD|MECARD:|BIZCARD:|tel:|sms:|smsto:|mailto:|MATMSG:)", re.IGNORECASE)
# The personal code of 2021 begins with the number of a document, its first digits perhaps hidden, and goes on with
# name and birth date; identity cards and insurance cards are alike.
_PERSONAL = re.compile(r"(?:[\d*]{9,12}|[A-Z]{2}\d{8,13})\|[^|]*(?:\|[^|]*)+", re.DOTALL)


class TypedKind(StrEnum):
    """What a typed text is."""

    VERIFICATION = "verification"
    GATE_WORD = "gate_word"


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A verification code (8 digits or 16 characters) or a gate's word (2 letters), in its one form."""

    kind: TypedKind
    text: str = field(repr=False)


Scanned: TypeAlias = PlaceCode | GateChallenge | CodeLink | Invitation | TypedCode


def read_scanned(text: str, *, keys: Sequence[VerificationKey]) -> Scanned:
    """What a scanned or typed text is; signatures are checked against `keys`, days and times are not.

    Raises a ScanError and nothing else: one of those of place, gate and invite, or NothingScanned, WebPageScanned and
    the other leaves of CodeForeign.
    """
    text = text.strip(_INVISIBLE)
    if not text:
        raise NothingScanned("Nothing was read; hold the camera still over the whole code, or type it.")
    if len(text) > LONGEST_SCANNED:
        raise CodeForeign("This text is too long for a code; scan the code again.")
    link = read_link(text)
    if link is not None:
        if link.path == PATH_PLACE:
            return read_place_code(text, keys=keys)
        if link.path == PATH_GATE:
            return read_challenge(text, keys=keys)
        if link.path == PATH_CODE:
            return read_code_link(text)
        if link.path == PATH_INVITATION:
            return read_invitation(text)
    if (code := read_typed_code(text)) is not None:
        return TypedCode(TypedKind.VERIFICATION, code)
    if is_gate_word(text):
        return TypedCode(TypedKind.GATE_WORD, text.upper())
    raise _foreign(text)


def _foreign(text: str) -> CodeForeign:
    """What a text of others is. Its content goes into no message: it may be a person's."""
    if _URL.match(text):
        return _page(text)
    if _PERSONAL.fullmatch(text):
        return PersonalCodeScanned(
            "This is a person's own code, which Bluezone does not need; nothing of it was kept. Scan the place's code."
        )
    if text.startswith("000201"):
        return PaymentCodeScanned("This is a code for payments; open it in your bank's app if you meant to pay.")
    if text[:5].upper() == "WIFI:":
        return WifiCodeScanned("This is a code for a wireless network; open it with the phone's own camera.")
    if _CONTACT.match(text):
        return ContactCardScanned("This is a contact card or a number to call; open it with the phone's own camera.")
    return CodeForeign("This is no code of Bluezone; look for the sheet, the gate or the message with a Bluezone code.")


def _page(text: str) -> CodeForeign:
    try:
        host = urlsplit(text if "://" in text else f"http://{text}").hostname or ""
    except ValueError:
        host = ""
    if _is_under(host, _OLD_HOSTS):
        return OldBluezoneCode("This is a link of the Bluezone app of 2020; this app needs a new code.")
    if _is_under(host, _DECLARATION_HOSTS):
        return DeclarationCodeScanned(
            "This is a code for health declarations, which are another service; nothing was sent to it."
        )
    return WebPageScanned(f"This is a link to a web page of {host or 'an unknown host'}; it was not opened.", host=host)


def _is_under(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
