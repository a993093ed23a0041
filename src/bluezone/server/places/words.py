"""What the places room's pages call things, and what is said of what was refused."""

from __future__ import annotations

from collections.abc import Mapping

from bluezone.protocol.place import PlaceKind
from bluezone.server.language import N_

KINDS: Mapping[PlaceKind, str] = {
    PlaceKind.OFFICE: N_("Office"),
    PlaceKind.HEALTH: N_("Health station, hospital"),
    PlaceKind.SCHOOL: N_("School"),
    PlaceKind.MARKET: N_("Market"),
    PlaceKind.SHOP: N_("Shop"),
    PlaceKind.RESTAURANT: N_("Restaurant, café"),
    PlaceKind.STATION: N_("Station, stop"),
    PlaceKind.FACTORY: N_("Factory"),
    PlaceKind.LODGING: N_("Hotel, lodging"),
    PlaceKind.WORSHIP: N_("Place of worship"),
    PlaceKind.EVENT: N_("Event"),
    PlaceKind.RESIDENCE: N_("Block of flats"),
    PlaceKind.OTHER: N_("Other place"),
}

FIELDS: Mapping[str, str] = {
    "name": N_("Name of the place"),
    "unit": N_("Unit in charge"),
    "kind": N_("Kind"),
    "address": N_("Address"),
    "stay": N_("Usual stay"),
    "valid_from": N_("Valid from"),
    "valid_until": N_("Valid until"),
    "zones": N_("Doors with a code of their own"),
    "place": N_("Registered place"),
    "from_at": N_("From"),
    "to_at": N_("Until"),
    "owner_name": N_("Officer who answers"),
    "owner_phone": N_("Telephone of the officer"),
}

FAULTS: Mapping[str, str] = {
    "name_length": N_("Type a name of at least two letters."),
    "name_too_long": N_("Shorten it: place and door together have 100 letters at most."),
    "unit_unknown": N_("There is no such unit among those that your account reaches. Type more of its name."),
    "kind_unknown": N_("Choose a kind."),
    "stay_impossible": N_("Type minutes from 1 to 1440."),
    "until_before_from": N_("The last day lies before the first one."),
    "zones_too_many": N_("At most 60 doors, each with a name of 60 letters at most."),
    "sheets_used_up": N_("This door had 255 versions of its sheet. Withdraw the place and register it anew."),
    "not_understood": N_("Type a day as 5/8/2020."),
    "moment_missing": N_("Type hour and day, as 7h30 2/8."),
    "place_missing": N_("Choose the place that is registered."),
    "span_impossible": N_("The end lies after the beginning, by 24 hours at most."),
    "hours_outside": N_("Phones keep visits for 14 days: choose hours within them that have begun already."),
    "owner_missing": N_("A notice needs an officer who answers: type the name."),
    "phone_malformed": N_("Type the telephone with digits, as 0912 345 678."),
}

DONE = {
    "batch-added": N_("The places are registered. Print their posters, and keep the list with the numbers."),
    "place-added": N_("The place is registered. Print its poster and hang it at the door."),
    "place-changed": N_("The place is changed. Doors whose sheet says something else now have a new version to hang."),
    "place-withdrawn": N_("The place is withdrawn. Take its sheets down."),
    "notice-made": N_("The notice goes out with the next window. Until then it can be taken back without a trace."),
    "notice-over": N_("The notice is taken back."),
}

REFUSALS = {
    "batch_unfit": N_(
        "Nothing was registered. Bring a list in .xlsx or .csv with a column “Name of the place” and 1 to 500 rows."
    ),
    "place_invalid": N_("Some fields cannot be kept. Nothing was changed; correct them and send again."),
    "place_changed": N_("Somebody else changed this place meanwhile. Nothing was changed; look at it again."),
    "place_withdrawn": N_("This place was withdrawn. Register it anew."),
    "notice_over": N_("This notice was taken back already."),
    "paper_too_small": N_("The name or address does not fit the poster. Shorten it."),
}

EVENTS = {
    "place_added": N_("Registered a place"),
    "place_changed": N_("Changed a place"),
    "place_withdrawn": N_("Withdrew a place"),
    "notice_made": N_("Warned who was at a place"),
    "notice_over": N_("Took a place notice back"),
}

PLAYBOOK = (
    N_("First: ask the patient again for day and hours, and look at the place's own records if it has any."),
    N_("Within 15 minutes: call the place before the notice goes out. Say what happens, and that it may stay open."),
    N_("Within 30 minutes: tell the hotline which place and hours, so that all who call hear the same."),
    N_("Within the hour: list who works there as contacts; the notice reaches visitors with a phone alone."),
    N_("Wrong place or hours? Take the notice back here; phones then take it back by themselves."),
)
"""What whoever makes a notice does in the first hour."""
