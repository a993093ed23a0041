"""The bodies of the calls between phone, health desk and key server, named as in the Google server documents.

Sources: exposure-notifications-verification-server docs/api.md (issue, verify, certificate) and
exposure-notifications-server docs/server_functional_requirements.md and pkg/api/v1 (publish). Every request carries
`padding`, which a server ignores, so that real and chaff requests have one size.
"""

from __future__ import annotations

import base64

import msgspec

from bluezone.protocol.errors import KeyMalformed
from bluezone.protocol.keys import DailyKey

CHAFF_HEADER = "X-Chaff"
API_KEY_HEADER = "X-API-Key"
CONFIG_SIGNATURE_HEADER = "X-Config-Signature"
"""Base64 of the DER ECDSA P-256 SHA-256 signature over the body of `GET /v1/config` and `GET /v1/guidance`."""

PATH_ISSUE = "/api/issue"
PATH_CODE_STATUS = "/api/checkcodestatus"
PATH_EXPIRE_CODE = "/api/expirecode"
PATH_VERIFY = "/api/verify"
PATH_CERTIFICATE = "/api/certificate"
PATH_PUBLISH = "/v1/publish"
PATH_CONFIG = "/v1/config"
PATH_GUIDANCE = "/v1/guidance"
PATH_TELL = "/v1/tell"
PATH_INDEX = "/v1/exports/index.txt"
"""One path a line, oldest to newest, relative to this one's folder."""

TEST_CONFIRMED = "confirmed"
TEST_LIKELY = "likely"
TEST_RECURSIVE = "recursive"  # ours: a contact (F1) whom the health desk confirmed (decision 3 of the design)
TEST_NEGATIVE = "negative"  # withdraws what was published as likely
TEST_USER_REPORT = "user-report"  # read from other servers' certificates, never issued here
TEST_TYPES = (TEST_CONFIRMED, TEST_LIKELY, TEST_RECURSIVE)

LEVELS = ("safe", "f2", "f1", "f0")
"""What the guidance has texts for: nobody near, near a contact, near a case, a case oneself."""
LANGUAGES = ("vi", "en")
TELL_LEVELS = ("f2", "f1")
TELL_NAME_CHARACTERS = 100
TELL_PHONE_CHARACTERS = 20
TELL_COMMUNE_CHARACTERS = 100
TELL_NOTE_CHARACTERS = 500


class _Body(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """Field names are camelCase on the wire."""


class ErrorResponse(_Body):
    """What every refused call answers: one sentence for people, one stable code for programs."""

    error: str
    error_code: str
    padding: str = ""


class IssueRequest(_Body):
    """The desk asks for a code. Dates are ISO 8601 days; `testType` is one of `TEST_TYPES`."""

    test_type: str
    symptom_date: str | None = None
    test_date: str | None = None
    padding: str = ""


class IssueResponse(_Body):
    """One case, two ways to say it, one use in all: `code` (8 digits, 15 min) and `longCode` (16 characters, 24 h)."""

    uuid: str
    code: str
    expires_at_timestamp: int
    long_code: str
    long_expires_at_timestamp: int
    padding: str = ""


class CodeStatusRequest(_Body):
    uuid: str
    padding: str = ""


class CodeStatusResponse(_Body):
    """`keysPublished` says yes or no, never which keys."""

    claimed: bool
    keys_published: bool
    expires_at_timestamp: int
    long_expires_at_timestamp: int
    padding: str = ""


class ExpireCodeRequest(_Body):
    uuid: str
    padding: str = ""


class ExpireCodeResponse(_Body):
    """The times lie in the past from now on."""

    uuid: str
    expires_at_timestamp: int = 0
    long_expires_at_timestamp: int = 0
    padding: str = ""


class VerifyRequest(_Body):
    """The phone trades a code for a token; `accept` lists the test types it understands.

    `nonce` is the base64 of 32 to 256 random bytes that the phone keeps until it has the answer: the same code with the
    same nonce is answered again. Google's field of this name serves self-reports alone (256 bytes).
    """

    code: str
    accept: list[str] = msgspec.field(default_factory=lambda: list(TEST_TYPES))
    nonce: str = ""
    padding: str = ""


class VerifyResponse(_Body):
    testtype: str
    token: str
    symptom_date: str | None = None
    test_date: str | None = None
    padding: str = ""


class CertificateRequest(_Body):
    """`ekeyhmac` is the base64 of HMAC-SHA256 over the keys that the owner agreed to publish."""

    token: str
    ekeyhmac: str
    padding: str = ""


class CertificateResponse(_Body):
    certificate: str
    padding: str = ""


class WireKey(_Body, omit_defaults=False):
    """One key of a publish call; `key` is base64 of 16 bytes, with padding.

    Every field is written, since other servers take a missing `rollingPeriod` for 0.
    """

    key: str
    rolling_start_number: int
    rolling_period: int = 144
    transmission_risk: int = 0

    @classmethod
    def of(cls, key: DailyKey) -> WireKey:
        """A key as it is published."""
        return cls(
            key=base64.b64encode(key.key).decode(),
            rolling_start_number=key.rolling_start,
            rolling_period=key.rolling_period,
        )

    def daily_key(self) -> DailyKey:
        """The key itself; raises KeyMalformed when the text is no base64 of 16 bytes or a number is out of range."""
        try:
            key = base64.b64decode(self.key, validate=True)
        except ValueError as error:
            raise KeyMalformed("A published key is the base64 of 16 bytes; this text is no base64.") from error
        return DailyKey(key, self.rolling_start_number, self.rolling_period)


class PublishRequest(_Body):
    """Keys that an owner agreed to publish, with the certificate that binds them (`hmacKey` opens its `tekmac`)."""

    temporary_exposure_keys: list[WireKey]
    health_authority_id: str = msgspec.field(name="healthAuthorityID", default="")
    verification_payload: str = ""
    hmac_key: str = ""
    symptom_onset_interval: int = 0
    traveler: bool = False
    revision_token: str = ""
    padding: str = ""


class PublishResponse(_Body):
    """`revisionToken` lets this phone, and nobody else, change or withdraw what it published."""

    revision_token: str = ""
    inserted_exposures: int = 0
    warnings: list[str] = []
    error: str = ""
    code: str = ""
    padding: str = ""


class PinnedKey(_Body):
    """A public key whose signatures phones accept, PEM."""

    id: str
    version: str
    pem: str


class ServerConfig(_Body):
    """The one document that a server publishes for phones, signed with the archive key.

    `risk` is a risk profile of bluezone.risk as a plain document, kept raw here so that the protocol need not know it.
    """

    region: str
    authority: str
    hotline: str
    keys: list[PinnedKey]
    risk: msgspec.Raw
    export_root: str = "/v1/exports/"
    sync_hours: float = 4.0
    chaff_days: float = 3.0
    publish_request_bytes: int = 16384
    """Every publish body is padded to this size."""
    call_request_bytes: int = 1024
    """Every verify and certificate body is padded to this size."""
    issued_at: int = 0
    """The hour in which it was signed (Unix seconds), so that phones notice an old document sent again."""


class LevelText(_Body):
    """What people of one level are told in one language: a heading, a sentence or two, and steps in their order."""

    title: str
    summary: str
    steps: list[str]


class BulletinText(_Body):
    title: str
    body: str


class Bulletin(_Body):
    """News from the province; `id` stays the same when a text is corrected, `date` is an ISO 8601 day."""

    id: str
    date: str
    texts: dict[str, BulletinText]
    """By language."""


class Guidance(_Body):
    """What the province wants people told; signed with the archive key as the configuration is, over the bytes sent.

    `version` grows with every change, so that a phone that has a later one keeps it; 0 is what ships with the server.
    """

    version: int
    updated_at: int
    hotline: str
    levels: dict[str, dict[str, LevelText]]
    """By language, then by level."""
    bulletins: list[Bulletin]
    """Newest first."""


class TellRequest(_Body, forbid_unknown_fields=True):
    """What a warned person chose to tell the health office; empty is what they did not choose.

    There is no field for identifiers or keys and none may be added on the way. `level` is one of `TELL_LEVELS`, days
    are ISO 8601 days of the phone's calendar. Phones pad it to `publishRequestBytes`, so that it looks like an upload.
    """

    level: str
    exposure_days: list[str]
    name: str = ""
    phone: str = ""
    commune: str = ""
    note: str = ""
    padding: str = ""


class TellResponse(_Body):
    """Kept; `destroyedOn` is the day on which it will be destroyed (ISO 8601)."""

    destroyed_on: str
    padding: str = ""
