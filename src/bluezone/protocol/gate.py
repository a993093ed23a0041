"""The gate's challenge and the glance: a phone that runs shows the digits, picture and colour that the guard sees.

It proves that an app runs here and now, not who carries it; a modified app can fake it, so nothing may depend on it.

`https://HOST/g#PAYLOAD`, new every 30 s: base64url without padding of content and the gate's signature (64 bytes, over
`bluezone challenge 1`, 0, host, 0, content). Content, big-endian: version 1, slot (4 bytes: Unix seconds over 30),
nonce (8), certificate with a length byte. The certificate is inside, so that a phone that never heard of the gate can
check it without a network: gate id (8), gate's public key (33, compressed point), first and last UTC day (2 each, days
since 1970), label with a length byte, the province's signature (64, over `bluezone gate 1`, 0, what stands before it).
With a label of 30 bytes the code fits a QR of version 14 at error level M, which a screen shows without damage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bluezone.protocol._compact import (
    EPOCH,
    LAST_DAY,
    SIGNATURE_BYTES,
    Cursor,
    Short,
    block,
    day_number,
    is_plain,
    sign,
    signed_by_one_of,
)
from bluezone.protocol._link import decode_payload, encode_payload, read_link, write_link
from bluezone.protocol.archive import VerificationKey
from bluezone.protocol.scan_errors import (
    ChallengeEarly,
    ChallengeExpired,
    ChallengeMalformed,
    ChallengeTooNew,
    ChallengeUntrusted,
    GateCertificateExpired,
    GateWordMalformed,
)

PATH_GATE = "/g"
CHALLENGE_VERSION = 1
SLOT_SECONDS = 30
PAPER_SLOT_SECONDS = 600
GATE_ID_BYTES = 8
NONCE_BYTES = 8
SHEET_SEED_BYTES = 16
LONGEST_LABEL = 40
"""Characters of a gate's label; at most 60 bytes of UTF-8, since the certificate's length has one byte."""
PICTURES = 32
COLOURS = 8

_LONGEST_LABEL_BYTES = 60
_KEY_BYTES = 33
_LAST_SLOT = 0xFFFFFFFF
# Syllables that are said and typed alike everywhere; letters that make swear words with a neighbour are left out.
_CONSONANTS = "BCGHKLMNPRSTVX"
_VOWELS = "AEIO"
_DAY_SECONDS = 86400


@dataclass(frozen=True, slots=True)
class Glance:
    """What both sides see: four digits, one of 32 pictures, one of 8 colours."""

    digits: str
    picture: int
    colour: int


@dataclass(frozen=True, slots=True)
class GateCertificate:
    """A gate that the province knows, from one UTC day to another, both included."""

    gate_id: bytes
    label: str
    public_key: ec.EllipticCurvePublicKey
    valid_from: date
    valid_until: date
    encoded: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class GateChallenge:
    """A challenge whose signatures were checked; `check_time` says whether it is of now."""

    gate: GateCertificate
    slot: int
    nonce: bytes

    @property
    def glance(self) -> Glance:
        return glance(self.nonce, self.slot)

    @property
    def expires_at(self) -> float:
        """When it is no longer accepted, Unix seconds: 30 s after the next one was shown."""
        return float((self.slot + 2) * SLOT_SECONDS)

    def check_time(self, now: float) -> None:
        """Return for the present and the previous slot, and for the next one, since clocks differ by seconds.

        Raises ChallengeExpired, ChallengeEarly or GateCertificateExpired.
        """
        late = slot_at(now) - self.slot
        if late > 1:
            raise ChallengeExpired("This gate code is over; scan the one that the gate shows now.")
        if late < -1:
            raise ChallengeEarly("This gate code is of a later time; check this phone's clock, then the gate's.")
        if not self.gate.valid_from <= EPOCH + timedelta(now // _DAY_SECONDS) <= self.gate.valid_until:
            raise GateCertificateExpired(
                "The province's permission for this gate is over; tell whoever keeps the gate."
            )


@dataclass(frozen=True, slots=True)
class PaperGlance:
    """A row of a gate's daily sheet: from when (Unix seconds, for ten minutes), the word to type, what phones show."""

    starts_at: int
    word: str
    glance: Glance


def slot_at(now: float) -> int:
    """The 30-second slot of a time."""
    return int(now // SLOT_SECONDS)


def glance(nonce: bytes, slot: int) -> Glance:
    """What follows from a nonce and a slot by SHA-256."""
    return _glance(b"bluezone glance 1\0" + slot.to_bytes(4) + nonce)


def is_gate_label(label: str) -> bool:
    """Whether a certificate can carry this label: composed, trimmed, short, without marks that are not seen."""
    return bool(label) and is_plain(label, characters=LONGEST_LABEL) and len(label.encode()) <= _LONGEST_LABEL_BYTES


def certify_gate(
    public_key: ec.EllipticCurvePublicKey,
    *,
    gate_id: bytes,
    label: str,
    valid_from: date,
    valid_until: date,
    key: ec.EllipticCurvePrivateKey,
) -> GateCertificate:
    """The province's certificate for a gate's key (P-256). Raises ChallengeMalformed for a field out of range."""
    days = (valid_from, valid_until)
    if (
        len(gate_id) != GATE_ID_BYTES
        or not is_gate_label(label)
        or valid_until < valid_from
        or not all(0 <= day_number(day) <= LAST_DAY for day in days)
        or not isinstance(public_key.curve, ec.SECP256R1)
    ):
        raise ChallengeMalformed(
            f"A gate has an id of {GATE_ID_BYTES} bytes, a label of at most {LONGEST_LABEL} characters,"
            " a validity and a P-256 key; correct them."
        )
    content = b"".join(
        (
            gate_id,
            public_key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint),
            *(day_number(day).to_bytes(2) for day in days),
            block(label.encode()),
        )
    )
    encoded = content + sign(key, _signed_certificate(content))
    return GateCertificate(gate_id, label, public_key, valid_from, valid_until, encoded)


def write_challenge(
    certificate: GateCertificate, *, key: ec.EllipticCurvePrivateKey, slot: int, nonce: bytes, host: str
) -> str:
    """The link that a gate shows in one slot, signed with the gate's own key.

    Raises ChallengeMalformed for a nonce or slot out of range, HostMalformed.
    """
    if len(nonce) != NONCE_BYTES or not 0 <= slot <= _LAST_SLOT:
        raise ChallengeMalformed(f"A challenge has a nonce of {NONCE_BYTES} bytes and a slot of the clock.")
    content = bytes([CHALLENGE_VERSION]) + slot.to_bytes(4) + nonce + block(certificate.encoded)
    return write_link(host, PATH_GATE, encode_payload(content + sign(key, _signed_challenge(host, content))))


def read_challenge(text: str, *, keys: Sequence[VerificationKey]) -> GateChallenge:
    """The challenge that a link is, signed by a gate that one of `keys` certified; its time is not looked at.

    Raises ChallengeMalformed, ChallengeTooNew or ChallengeUntrusted.
    """
    link = read_link(text)
    payload = decode_payload(link.fragment) if link is not None and link.path == PATH_GATE else None
    if link is None or not payload:
        raise ChallengeMalformed("This is no whole gate code; scan the gate's screen again.")
    if payload[0] != CHALLENGE_VERSION:
        raise ChallengeTooNew("This gate code is of a later version; update the app and scan it again.")
    content, signature = payload[:-SIGNATURE_BYTES], payload[-SIGNATURE_BYTES:]
    cursor = Cursor(content[1:])
    try:
        slot, nonce, encoded = cursor.number(4), cursor.take(NONCE_BYTES), cursor.block()
        if not cursor.finished():
            raise Short
        gate = _read_certificate(encoded)
    except Short as error:
        raise ChallengeMalformed("This gate code is damaged; scan the gate's screen again.") from error
    certified, certificate_signature = encoded[:-SIGNATURE_BYTES], encoded[-SIGNATURE_BYTES:]
    if not signed_by_one_of(
        (key.public_key for key in keys), certificate_signature, _signed_certificate(certified)
    ) or not signed_by_one_of([gate.public_key], signature, _signed_challenge(link.host, content)):
        raise ChallengeUntrusted(
            "This gate code is not by a gate of the province; do not rely on it and tell whoever keeps the gate."
        )
    return GateChallenge(gate, slot, nonce)


def paper_sheet(seed: bytes, *, starts_at: int, ends_at: int) -> list[PaperGlance]:
    """The rows of a sheet for a gate without a device: one for each ten minutes of the time given (Unix seconds).

    `seed` (16 random bytes) belongs to one gate and one day.
    """
    rows = []
    for slot in range(starts_at // PAPER_SLOT_SECONDS, -(-ends_at // PAPER_SLOT_SECONDS)):
        drawn = hashlib.sha256(b"bluezone gate word 1\0" + seed + slot.to_bytes(4)).digest()
        fitting = _CONSONANTS[slot % 3 :: 3]
        word = fitting[drawn[0] % len(fitting)] + _VOWELS[drawn[1] % len(_VOWELS)]
        rows.append(PaperGlance(slot * PAPER_SLOT_SECONDS, word, _paper_glance(word, slot)))
    return rows


def is_gate_word(text: str) -> bool:
    """Whether a typed text, in any case, could stand on a sheet."""
    return len(text) == 2 and text[0].upper() in _CONSONANTS and text[1].upper() in _VOWELS


def typed_glance(word: str, now: float) -> PaperGlance:
    """The row that a typed word stands for at this time; a row just over, or about to begin, is found too.

    The word's first letter says which of three neighbouring rows is meant. Raises GateWordMalformed.
    """
    if not is_gate_word(word):
        raise GateWordMalformed("A gate's word has two letters, like BA or ME; read it again from the sheet.")
    word = word.upper()
    present = int(now // PAPER_SLOT_SECONDS)
    slot = next(slot for slot in (present, present - 1, present + 1) if word[0] in _CONSONANTS[slot % 3 :: 3])
    return PaperGlance(slot * PAPER_SLOT_SECONDS, word, _paper_glance(word, slot))


def _read_certificate(encoded: bytes) -> GateCertificate:
    cursor = Cursor(encoded)
    gate_id = cursor.take(GATE_ID_BYTES)
    point = cursor.take(_KEY_BYTES)
    first, last = (EPOCH + timedelta(cursor.number(2)) for _ in range(2))
    label = cursor.text()
    cursor.take(SIGNATURE_BYTES)
    if not cursor.finished() or not is_gate_label(label):
        raise Short
    try:
        public_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise Short from error
    return GateCertificate(gate_id, label, public_key, first, last, encoded)


def _glance(message: bytes) -> Glance:
    digest = hashlib.sha256(message).digest()
    return Glance(f"{int.from_bytes(digest[:4]) % 10_000:04d}", digest[4] % PICTURES, digest[5] % COLOURS)


def _paper_glance(word: str, slot: int) -> Glance:
    return _glance(b"bluezone paper glance 1\0" + slot.to_bytes(4) + word.encode())


def _signed_certificate(content: bytes) -> bytes:
    return b"bluezone gate 1\0" + content


def _signed_challenge(host: str, content: bytes) -> bytes:
    return b"bluezone challenge 1\0" + host.encode() + b"\0" + content
