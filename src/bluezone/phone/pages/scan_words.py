"""What the pages say about a code that Bluezone cannot use: what it is, what was done with it, what to do instead."""

from __future__ import annotations

from dataclasses import dataclass

from bluezone.phone.errors import CodeUncheckable
from bluezone.phone.pages.language import N_
from bluezone.protocol.invite import Channel
from bluezone.protocol.place import PlaceKind
from bluezone.protocol.scan_errors import (
    ChallengeEarly,
    ChallengeExpired,
    ChallengeMalformed,
    ChallengeTooNew,
    ChallengeUntrusted,
    CodeForeign,
    CodeLinkMalformed,
    ContactCardScanned,
    DeclarationCodeScanned,
    GateCertificateExpired,
    GateWordMalformed,
    InvitationMalformed,
    NothingScanned,
    OldBluezoneCode,
    PaymentCodeScanned,
    PersonalCodeScanned,
    PlaceCodeEarly,
    PlaceCodeExpired,
    PlaceCodeMalformed,
    PlaceCodeTooNew,
    PlaceCodeUntrusted,
    ScanError,
    WebPageScanned,
    WifiCodeScanned,
)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a code was not used, in English: its icon, a title, what to do."""

    icon: str
    title: str
    do: str


_DAMAGED = N_("Hold the camera still over the whole code and scan it again.")
_UPDATE = N_("Install the newest Bluezone, then scan it again.")
_TELL = N_("Do not rely on it, and tell the people who keep this place.")

_REFUSED: dict[type[ScanError], Refused] = {
    NothingScanned: Refused("qrcode", N_("There was nothing to read."), _DAMAGED),
    WebPageScanned: Refused(
        "world",
        N_("This is a link to a web page."),
        N_("It was not opened. If you trust it, open it with the camera of your phone."),
    ),
    WifiCodeScanned: Refused(
        "wifi", N_("This is a code for a Wi-Fi network."), N_("Open it with the camera of your phone.")
    ),
    PaymentCodeScanned: Refused(
        "qrcode",
        N_("This is a code for payments."),
        N_("Bluezone never asks for money. If you meant to pay, use your bank's app."),
    ),
    ContactCardScanned: Refused(
        "user", N_("This is a contact card or a number to call."), N_("Open it with the camera of your phone.")
    ),
    PersonalCodeScanned: Refused(
        "id",
        N_("This is somebody's personal code."),
        N_("Bluezone does not need it, and nothing of it was kept. Scan the code of the place or the gate."),
    ),
    DeclarationCodeScanned: Refused(
        "file-text",
        N_("This is a code for health declarations, which are another service."),
        N_("Nothing was sent to it. Open it with the app or web page that it belongs to."),
    ),
    OldBluezoneCode: Refused(
        "history",
        N_("This is a code of the first Bluezone of 2020."),
        N_("It no longer works. Ask for a new one with an issue date on it."),
    ),
    CodeForeign: Refused(
        "qrcode",
        N_("This is no code of Bluezone."),
        N_("Look for the sheet at the door, the gate's screen, or the message with a Bluezone code."),
    ),
    CodeUncheckable: Refused(
        "cloud-off",
        N_("This code cannot be checked yet, since Bluezone has never been online here."),
        N_("Connect to Wi-Fi or mobile data for a minute, then scan it again."),
    ),
    PlaceCodeMalformed: Refused("map-pin", N_("This place code is damaged."), _DAMAGED),
    PlaceCodeTooNew: Refused("map-pin", N_("This place code is newer than this Bluezone."), _UPDATE),
    PlaceCodeUntrusted: Refused("shield-x", N_("This place code is not from the province."), _TELL),
    PlaceCodeEarly: Refused(
        "calendar", N_("This place code is not valid yet."), N_("Use it from the day that is printed on it.")
    ),
    PlaceCodeExpired: Refused(
        "calendar-off", N_("This place code is out of date."), N_("Ask the place for its new sheet.")
    ),
    ChallengeMalformed: Refused("door", N_("This gate code is damaged."), _DAMAGED),
    ChallengeTooNew: Refused("door", N_("This gate code is newer than this Bluezone."), _UPDATE),
    ChallengeUntrusted: Refused("shield-x", N_("This gate code is not from a gate of the province."), _TELL),
    ChallengeExpired: Refused(
        "clock", N_("This gate code is over; it changes every half minute."), N_("Scan what the gate shows now.")
    ),
    ChallengeEarly: Refused(
        "clock-exclamation",
        N_("This gate code is of a later time than this phone's clock."),
        N_("Switch on automatic date and time, then scan again."),
    ),
    GateCertificateExpired: Refused("door", N_("The province's permission for this gate is over."), _TELL),
    GateWordMalformed: Refused(
        "door", N_("This is no word of a gate's sheet."), N_("It has two letters, like BA or ME. Read it once more.")
    ),
    CodeLinkMalformed: Refused(
        "key",
        N_("This link does not carry a whole code."),
        N_("Open it again from the message, or type the code."),
    ),
    InvitationMalformed: Refused(
        "friends",
        N_("This invitation does not say where it comes from."),
        N_("You need none: Bluezone works in full without."),
    ),
}

PLACE_KINDS = {
    PlaceKind.OTHER: N_("Place"),
    PlaceKind.OFFICE: N_("Office"),
    PlaceKind.HEALTH: N_("Health facility"),
    PlaceKind.SCHOOL: N_("School"),
    PlaceKind.MARKET: N_("Market"),
    PlaceKind.SHOP: N_("Shop"),
    PlaceKind.RESTAURANT: N_("Place to eat"),
    PlaceKind.STATION: N_("Station"),
    PlaceKind.FACTORY: N_("Factory"),
    PlaceKind.LODGING: N_("Lodging"),
    PlaceKind.WORSHIP: N_("Place of worship"),
    PlaceKind.EVENT: N_("Event"),
    PlaceKind.RESIDENCE: N_("Residence"),
}
CHANNELS = {
    Channel.POSTER: N_("a poster"),
    Channel.LEAFLET: N_("a leaflet"),
    Channel.LOUDSPEAKER: N_("the loudspeaker"),
    Channel.SCREEN: N_("a screen"),
    Channel.SCHOOL: N_("a school"),
    Channel.UNION: N_("a union or association"),
    Channel.HOUSEHOLD: N_("a household visit"),
    Channel.GATE: N_("a gate"),
    Channel.PRESS: N_("the press"),
    Channel.PORTAL: N_("the portal"),
    Channel.FRIEND: N_("a friend"),
    Channel.OTHER: N_("another way"),
}


def refused(error: ScanError) -> Refused:
    """What to say about a code that was refused."""
    for kind in type(error).__mro__:
        if (found := _REFUSED.get(kind)) is not None:
            return found
    return _REFUSED[CodeForeign]
