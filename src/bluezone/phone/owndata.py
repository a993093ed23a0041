"""The owner's own data, kind by kind, as plain documents for the export."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from bluezone.phone.export import readable
from bluezone.phone.store import Store
from bluezone.protocol import interval_start

if TYPE_CHECKING:
    from bluezone.phone.phone import Phone


def own_data(phone: Phone, store: Store, *, utc_offset: int) -> dict[str, Any]:
    """Documents by kind; `texts/export.txt` says what each holds and what is left out."""

    def at(time: float | None) -> str | None:
        return readable(time, utc_offset)

    def rows(query: str, *names: str) -> list[dict[str, Any]]:
        """Rows by name; a name that ends in `_at` is a moment."""
        return [
            {name: at(value) if name.endswith("_at") else value for name, value in zip(names, row, strict=True)}
            for row in store.rows(query)
        ]

    return {
        "diary": phone.diary(),
        "scans": rows(
            "SELECT started_at, seconds, since_last, (SELECT count(*) FROM sightings WHERE scan = scans.id), destroy_at"
            " FROM scans ORDER BY id",
            "started_at",
            "seconds",
            "seconds_since_last",
            "devices_in_this_scan",
            "destroy_at",
        ),
        "keys": [
            {
                "begins_at": at(interval_start(start)),
                "last_used_at": None if last is None else at(interval_start(last)),
                "published": publication is not None,
                "destroy_at": at(destroy_at),
            }
            for start, last, publication, destroy_at in store.rows(
                "SELECT rolling_start, last_used, publication, destroy_at FROM own_keys ORDER BY id"
            )
        ],
        "exposures": phone.status().exposures,
        "visits": [
            {
                "place": visit.place.name,
                "address": visit.place.address,
                "place_id": visit.place.short_id,
                "started_at": at(visit.started_at),
                "ended_at": at(visit.ended_at),
                "destroy_at": at(visit.destroy_at),
            }
            for visit in phone.visits()
        ],
        "gate_passes": rows(
            "SELECT gate, shown_at, destroy_at FROM gate_passes ORDER BY id", "gate", "shown_at", "destroy_at"
        ),
        "publications": rows(
            "SELECT state, test_type, symptom_date, test_date, started_at, destroy_at FROM publications"
            " ORDER BY started_at",
            "state",
            "test_type",
            "symptom_date",
            "test_date",
            "started_at",
            "destroy_at",
        ),
        "receipts": [
            {
                "sent_at": at(receipt.sent_at),
                "server": receipt.server,
                "test_type": receipt.test_type,
                "sha256": receipt.sha256,
                "days": receipt.content.days,
                "destroy_at": at(receipt.destroy_at),
            }
            for receipt in phone.receipts()
        ],
        "tellings": [
            {
                "told_at": at(receipt.told_at),
                "server": receipt.server,
                "content": receipt.content,
                "office_destroys_it_on": receipt.destroyed_on,
                "destroy_at": at(receipt.destroy_at),
            }
            for receipt in phone.tell_receipts()
        ],
        "notices": rows(
            "SELECT id, first_seen, read_at, destroy_at FROM notices ORDER BY id",
            "id",
            "first_seen_at",
            "read_at",
            "destroy_at",
        ),
        "faults": rows(
            "SELECT name, detail, since, until, destroy_at FROM faults ORDER BY id",
            "name",
            "detail",
            "since_at",
            "until_at",
            "destroy_at",
        ),
        "preferences": msgspec.to_builtins(phone.preferences()),
    }
