"""What each table of the store is to its owner, and when its rows are destroyed, in words."""

from __future__ import annotations

from bluezone.phone.pages.language import N_
from bluezone.phone.protection import PlainReason

STORED_NAMES = {
    "own_keys": N_("The random keys of this phone"),
    "scans": N_("When this phone listened"),
    "sightings": N_("Random codes heard from other phones (each has a great many)"),
    "clock_epochs": N_("How exact this phone's clock was"),
    "exposures": N_("Published keys that were near you"),
    "revoked_keys": N_("Published keys that were taken back"),
    "publications": N_("A code being used to warn others"),
    "receipts": N_("Receipts of what you sent"),
    "tellings": N_("Receipts of what you told the health office"),
    "visits": N_("Places you checked in to"),
    "place_warnings": N_("Hours of your visits in which a case was there"),
    "notice_files": N_("Which lists about places were read"),
    "gate_passes": N_("Gates at which you showed this phone"),
    "notices": N_("Which notices you have read"),
    "guidance": N_("Advice from the health office"),
    "preferences": N_("Your settings and your invitation"),
    "archives": N_("Which lists of published keys were read"),
    "archive_parts": N_("Lists of published keys still loading"),
    "config": N_("Settings from the health office"),
    "pinned_keys": N_("The health office's public keys"),
    "faults": N_("When this phone did not protect you, and why"),
    "meta": N_("Small notes, such as when it was last online"),
}
"""By table of the store."""

STORED_RULES = {
    "own_keys": N_("14 days after the day of each key"),
    "scans": N_("14 days after each time"),
    "sightings": N_("14 days after they were heard"),
    "clock_epochs": N_("with the last entry it belongs to"),
    "exposures": N_("14 days after the day of each key"),
    "revoked_keys": N_("14 days after the day of each key"),
    "publications": N_("24 hours after it was begun"),
    "receipts": N_("14 days after it was sent"),
    "tellings": N_("14 days after it was sent"),
    "visits": N_("14 days after the visit"),
    "place_warnings": N_("with the visit"),
    "notice_files": N_("16 days after the list was read"),
    "gate_passes": N_("14 days after each time"),
    "notices": N_("14 days after the day they are about"),
    "guidance": N_("when a newer one comes; nothing about you"),
    "preferences": N_("when you change or delete them"),
    "archives": N_("15 days after the list was last offered"),
    "archive_parts": N_("as soon as the list was read"),
    "config": N_("when a newer one comes; nothing about you"),
    "pinned_keys": N_("when they change; nothing about you"),
    "faults": N_("14 days after each time"),
    "meta": N_("replaced all the time; nothing about you"),
}
"""By table of the store; read after "Destroyed:"."""

PROTECTION = {
    None: N_("The store is encrypted. Its key lies in the keyring of this device."),
    PlainReason.NOT_ASKED: N_("The store is not encrypted. Only your account on this device can open the file."),
    PlainReason.NO_KEYRING: N_(
        "The store is not encrypted, because this device offers no keyring. Only your account can open the file."
    ),
    PlainReason.NO_CIPHER: N_(
        "The store is not encrypted, because a part of Bluezone is missing here (bluezone[encrypted])."
        " Only your account can open the file."
    ),
}
"""How the store is protected, by the reason why it is plain."""
