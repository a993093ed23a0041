"""What leaves the phone if its owner agrees: exactly this, day by day, to be shown before anything is sent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

import msgspec

from bluezone.phone.errors import NothingToPublish
from bluezone.protocol import DAY_SECONDS, interval_start
from bluezone.protocol.wire import PublishRequest, WireKey


class PublicationState(StrEnum):
    """Where a publication is. Only from AGREED on does anything of the owner's leave the phone."""

    STARTED = "started"
    VERIFIED = "verified"
    AGREED = "agreed"
    CERTIFIED = "certified"
    PUBLISHED = "published"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Publication:
    """One code and what became of it; `test_type` is empty until the server has answered.

    `fault` is the server's reason for a refusal.
    """

    id: str
    state: PublicationState
    test_type: str
    symptom_date: str | None
    test_date: str | None
    fault: str


class ConsentDay(msgspec.Struct, frozen=True):
    """One UTC day and the keys that this phone's identifiers of that day came from, cut to what was used."""

    day: date
    keys: tuple[WireKey, ...]


class Content(msgspec.Struct, frozen=True):
    """Everything of the owner's that leaves: the days, and what the publish call says beside them."""

    days: tuple[ConsentDay, ...]
    health_authority_id: str
    symptom_onset_interval: int
    revision_token: str

    @property
    def keys(self) -> list[WireKey]:
        return [key for day in self.days for key in day.keys]

    def only(self, days: Collection[date] | None) -> Content:
        """The content without the days that the owner unticked. Raises NothingToPublish when none is left."""
        chosen = tuple(day for day in self.days if days is None or day.day in days)
        if not chosen:
            raise NothingToPublish("No day is chosen, or no key was in use on the chosen days; nothing is sent.")
        return msgspec.structs.replace(self, days=chosen)

    def request(self, hmac_key: str, certificate: str) -> PublishRequest:
        """The publish call for this content, not padded yet."""
        return PublishRequest(
            temporary_exposure_keys=self.keys,
            health_authority_id=self.health_authority_id,
            verification_payload=certificate,
            hmac_key=hmac_key,
            symptom_onset_interval=self.symptom_onset_interval,
            revision_token=self.revision_token,
        )


@dataclass(frozen=True, slots=True)
class Consent:
    """What the owner is asked to agree to. `server` is where it goes; `hmac_key` (base64) opens the certificate."""

    publication: Publication
    server: str
    authority: str
    content: Content
    hmac_key: str

    @property
    def days(self) -> tuple[ConsentDay, ...]:
        """The days that can be ticked or unticked."""
        return self.content.days

    def document(self, days: Collection[date] | None = None) -> str:
        """The JSON that leaves for the chosen days (none: all), laid out to be read.

        Two fields come later and say nothing of the owner: `verificationPayload`, the certificate that the health desk
        writes over exactly these keys, and `padding`, zeros that make every such call as long as any other.
        """
        body = self.content.only(days).request(self.hmac_key, "")
        return msgspec.json.format(msgspec.json.encode(body), indent=2).decode()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was published: `sha256` is the hash of the body as sent; times are Unix seconds."""

    publication_id: str
    sent_at: float
    server: str
    test_type: str
    sha256: str
    content: Content
    destroy_at: float


def day_of(rolling_start: int) -> date:
    """The UTC day of a key that starts in this interval."""
    return datetime.fromtimestamp(interval_start(rolling_start), UTC).date()


def onset_interval(symptom_date: str | None) -> int:
    """The interval in which the day of first symptoms begins (UTC), 0 when it is not known."""
    if symptom_date is None:
        return 0
    return (date.fromisoformat(symptom_date) - date(1970, 1, 1)).days * DAY_SECONDS // 600
