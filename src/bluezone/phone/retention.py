"""What a phone stores, why, and when it is destroyed."""

from __future__ import annotations

from dataclasses import dataclass

from bluezone.protocol import INTERVAL_SECONDS

PARTIAL_DOWNLOADS = "archive_parts"


@dataclass(frozen=True, slots=True)
class Table:
    """One table's purpose and destruction rule; `dated` when every row carries its own `destroy_at`.

    `moment` is the SQL expression for when a row is of, empty where rows belong to no day. The owner's deletion of a
    day spares what is `kept`, and the deletion of everything what is `public`.
    """

    name: str
    purpose: str
    rule: str
    dated: bool = True
    moment: str = ""
    destruction: str = "destroy_at"
    kept: bool = False
    public: bool = False


@dataclass(frozen=True, slots=True)
class StoredTable:
    """One table as it is now; `next_destruction` and `last_destruction` are Unix seconds, None for undated tables."""

    name: str
    purpose: str
    rule: str
    rows: int
    next_destruction: float | None
    last_destruction: float | None


@dataclass(frozen=True, slots=True)
class StoredItem:
    """What is kept of one day in one table: how many rows, and when the last of them is destroyed (Unix seconds)."""

    name: str
    rows: int
    destroy_at: float


_WITH_KEY = "14 days after the key's last interval"
_NOTHING_PERSONAL = "kept until replaced; nothing personal"

_KEY_START = f"rolling_start * {INTERVAL_SECONDS}.0"
_OF_SCAN = "(SELECT {} FROM scans WHERE scans.id = scan)"

TABLES = (
    Table("own_keys", "this phone's daily keys, from which its identifiers come", _WITH_KEY, moment=_KEY_START),
    Table(
        "sightings",
        "identifiers heard, with signal strength",
        "with the scan that heard them",
        dated=False,
        moment=_OF_SCAN.format("started_at"),
        destruction=_OF_SCAN.format("destroy_at"),
    ),
    Table("scans", "when this phone listened", "14 days after the scan", moment="started_at"),
    Table("clock_epochs", "how wrong this phone's clock was", "with the last scan of the epoch", dated=False),
    Table("exposures", "published keys that this phone heard, and how it heard them", _WITH_KEY, moment=_KEY_START),
    Table("revoked_keys", "published keys that were withdrawn", _WITH_KEY),
    Table("visits", "places where this phone was checked in", "14 days after the visit", moment="started_at"),
    Table("place_warnings", "hours of visits in which a case was at the place", "with the visit", dated=False),
    Table("notice_files", "which files of place notices were read", "16 days after the file was read"),
    Table("gate_passes", "gates at which this phone showed a pass", "14 days after it was shown", moment="shown_at"),
    Table(
        "publications",
        "publishing in progress: code, token, consent content, certificate",
        "24 hours after the code was entered or accepted",
        moment="started_at",
        kept=True,
    ),
    Table(
        "receipts",
        "what this phone published, when and to whom",
        "14 days after it was sent",
        moment="sent_at",
        kept=True,
    ),
    Table("tellings", "what was told to the health office", "14 days after it was told", moment="told_at", kept=True),
    Table("notices", "which notices were seen and read", "14 days after the day they are about"),
    Table("archives", "which key archives were read", "15 days after the server last listed them"),
    Table(PARTIAL_DOWNLOADS, "key archives on their way", "when the archive was read", dated=False),
    Table("config", "the server's configuration", _NOTHING_PERSONAL, dated=False, public=True),
    Table("pinned_keys", "public keys that this phone trusts", _NOTHING_PERSONAL, dated=False, public=True),
    Table("guidance", "what the province tells people", _NOTHING_PERSONAL, dated=False, public=True),
    Table("faults", "when this phone did not protect, and why", "14 days after the fault", moment="since"),
    Table("preferences", "language, look, invitation and the like", "when they change or are deleted", dated=False),
    Table("meta", "last contact with the server, next fake upload", _NOTHING_PERSONAL, dated=False),
)
