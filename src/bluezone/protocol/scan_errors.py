"""What can be wrong with a code that a phone scanned or its owner typed, and what the code is instead."""

from __future__ import annotations

from bluezone.protocol.errors import ProtocolError


class ScanError(ProtocolError):
    """The root of what can be wrong with a scanned or typed code; the leaves say what it is."""

    code = "scan_error"


class NothingScanned(ScanError):
    """The scanned or typed text is empty."""

    code = "nothing_scanned"


class CodeForeign(ScanError):
    """A code that has nothing to do with Bluezone; the leaves say what it is where that can be told."""

    code = "code_foreign"


class WebPageScanned(CodeForeign):
    """The code is a link to a web page; the phone does not open it. `host` says where it leads."""

    code = "web_page_scanned"

    def __init__(self, message: str, *, host: str) -> None:
        super().__init__(message)
        self.host = host


class WifiCodeScanned(CodeForeign):
    """The code holds a wireless network's name and password."""

    code = "wifi_code_scanned"


class PaymentCodeScanned(CodeForeign):
    """The code is one for payments (EMV, VietQR)."""

    code = "payment_code_scanned"


class ContactCardScanned(CodeForeign):
    """The code is a contact card, a telephone number, or a message to be sent."""

    code = "contact_card_scanned"


class PersonalCodeScanned(CodeForeign):
    """The code holds a person's own data: the personal code of 2021, an identity card or an insurance card."""

    code = "personal_code_scanned"


class DeclarationCodeScanned(CodeForeign):
    """The code belongs to the health declaration systems of 2021, which are another service."""

    code = "declaration_code_scanned"


class OldBluezoneCode(CodeForeign):
    """The code is a link of the 2020 Bluezone app."""

    code = "old_bluezone_code"


class HostMalformed(ScanError):
    """A link was to be written for something that is no host name with an optional port."""

    code = "host_malformed"


class PlaceCodeMalformed(ScanError):
    """A place code is damaged, or a field of it is out of range."""

    code = "place_code_malformed"


class PlaceCodeTooNew(ScanError):
    """A place code was written in a later version of the format."""

    code = "place_code_too_new"


class PlaceCodeUntrusted(ScanError):
    """A place code is not signed, for the address it stands in, by a key that the reader trusts."""

    code = "place_code_untrusted"


class PlaceCodeEarly(ScanError):
    """A place code is valid only from a later day."""

    code = "place_code_early"


class PlaceCodeExpired(ScanError):
    """A place code's validity is over."""

    code = "place_code_expired"


class ChallengeMalformed(ScanError):
    """A gate's challenge or certificate is damaged, or a field of it is out of range."""

    code = "challenge_malformed"


class ChallengeTooNew(ScanError):
    """A gate's challenge was written in a later version of the format."""

    code = "challenge_too_new"


class ChallengeUntrusted(ScanError):
    """A challenge is not signed by a gate that a key trusted by the reader certified."""

    code = "challenge_untrusted"


class ChallengeExpired(ScanError):
    """A challenge is older than the gate's present and previous one: a picture of it was kept."""

    code = "challenge_expired"


class ChallengeEarly(ScanError):
    """A challenge is ahead of the reader's clock."""

    code = "challenge_early"


class GateCertificateExpired(ScanError):
    """A gate shows challenges outside the days for which the province certified it."""

    code = "gate_certificate_expired"


class GateWordMalformed(ScanError):
    """A typed word is none of those on a gate's daily sheet."""

    code = "gate_word_malformed"


class CodeLinkMalformed(ScanError):
    """A link for a verification code carries something else than such a code."""

    code = "code_link_malformed"


class InvitationMalformed(ScanError):
    """An invitation does not name a unit and a channel."""

    code = "invitation_malformed"
