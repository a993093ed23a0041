"""What a phone stores, why, and when it is destroyed."""

from __future__ import annotations

from dataclasses import dataclass

PARTIAL_DOWNLOADS = "archive_parts"


@dataclass(frozen=True, slots=True)
class Table:
    """One table's purpose and destruction rule; `dated` when every row carries its own `destroy_at`."""

    name: str
    purpose: str
    rule: str
    dated: bool = True


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table as it is now; `next_destruction` and `last_destruction` are Unix seconds, None for undated tables."""

    name: str
    purpose: str
    rule: str
    rows: int
    next_destruction: float | None
    last_destruction: float | None


_WITH_KEY = "14 days after the key's last interval"
_NOTHING_PERSONAL = "kept until replaced; nothing personal"

TABLES = (
    Table("own_keys", "this phone's daily keys, from which its identifiers come", _WITH_KEY),
    Table("scans", "when this phone listened", "14 days after the scan"),
    Table("sightings", "identifiers heard, with signal strength", "with the scan that heard them", dated=False),
    Table("clock_epochs", "how wrong this phone's clock was", "with the last scan of the epoch", dated=False),
    Table("exposures", "published keys that this phone heard, and how it heard them", _WITH_KEY),
    Table("revoked_keys", "published keys that were withdrawn", _WITH_KEY),
    Table("publications", "publishing in progress: token, consent content, certificate", "24 hours after its start"),
    Table("receipts", "what this phone published, when and to whom", "14 days after it was sent"),
    Table("archives", "which key archives were read", "15 days after the server last listed them"),
    Table(PARTIAL_DOWNLOADS, "key archives on their way", "when the archive was read", dated=False),
    Table("config", "the server's configuration", _NOTHING_PERSONAL, dated=False),
    Table("pinned_keys", "public keys that this phone trusts", _NOTHING_PERSONAL, dated=False),
    Table("faults", "when this phone did not protect, and why", "14 days after the fault"),
    Table("meta", "last contact with the server, next fake upload", _NOTHING_PERSONAL, dated=False),
)
