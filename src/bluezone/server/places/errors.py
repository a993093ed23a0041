"""What the places room refuses, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused


class PlacesError(RequestRefused):
    """The root of the room's errors."""

    code = "places_error"
    status = 400


class PlaceInvalid(PlacesError):
    """Fields that cannot be kept; `faults` says by the field's name which and why (a code of `words.FAULTS`)."""

    code = "place_invalid"

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__(f"Correct {', '.join(sorted(faults))}; nothing was changed.")
        self.faults = faults


class PlaceChanged(PlacesError):
    """Somebody else changed the place after it was opened here."""

    code = "place_changed"
    status = 409


class PlaceWithdrawn(PlacesError):
    """The place was withdrawn: its sheets are no longer given out."""

    code = "place_withdrawn"
    status = 409


class NoticeOver(PlacesError):
    """The notice was taken back already."""

    code = "notice_over"
    status = 409


class BatchUnfit(PlacesError):
    """A workbook that brings no places, too many, or rows that are wrong."""

    code = "batch_unfit"
