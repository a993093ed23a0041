"""What the desk's pages call things, and what is wrong with a field and to be done about it."""

from __future__ import annotations

from collections.abc import Mapping

from bluezone.server.casework.terms import CaseStatus, Closeness, Level, Origin, Outcome
from bluezone.server.language import N_

LEVELS: Mapping[Level, str] = {
    Level.F0: N_("F0, case"),
    Level.F1: N_("F1, contact of a case"),
    Level.F2: N_("F2, contact of a contact"),
}

STATUSES: Mapping[CaseStatus, str] = {
    CaseStatus.CONFIRMED: N_("Confirmed by a test"),
    CaseStatus.CLINICAL: N_("Likely, by symptoms"),
    CaseStatus.SUSPECTED: N_("Suspected, result awaited"),
    CaseStatus.DISCARDED: N_("Not a case after all"),
}

STATUS_SHORT: Mapping[CaseStatus, str] = {
    CaseStatus.CONFIRMED: N_("confirmed"),
    CaseStatus.CLINICAL: N_("likely"),
    CaseStatus.SUSPECTED: N_("suspected"),
    CaseStatus.DISCARDED: N_("no case"),
}
"""For dense lists."""

CLOSENESS: Mapping[Closeness, str] = {
    Closeness.HOUSEHOLD: N_("Same household"),
    Closeness.CLOSE: N_("Within 2 m, 15 minutes or more"),
    Closeness.NEAR: N_("Within 2 m, shorter"),
    Closeness.PASSING: N_("In the same place, further away"),
}

ORIGINS: Mapping[Origin, str] = {
    Origin.INTERVIEW: N_("Interview"),
    Origin.HOME: N_("Visit at home"),
    Origin.LANDMARK: N_("Landmark"),
    Origin.MEDIA: N_("Call in the media"),
    Origin.BLUEZONE: N_("Bluezone"),
    Origin.GATE_BOOK: N_("Gate book"),
}

OUTCOMES: Mapping[Outcome, str] = {
    Outcome.RECOVERED: N_("Recovered"),
    Outcome.DIED: N_("Died"),
    Outcome.MOVED: N_("Moved to another province"),
    Outcome.NO_CASE: N_("Was no case"),
}

SEXES: Mapping[str, str] = {"": N_("not known"), "f": N_("female"), "m": N_("male")}

FIELDS: Mapping[str, str] = {
    "name": N_("Full name"),
    "birth_year": N_("Year of birth"),
    "sex": N_("Sex"),
    "phone": N_("Telephone"),
    "unit": N_("Commune where they live"),
    "address": N_("Address in the commune"),
    "work": N_("Place of work or school"),
    "note": N_("Note"),
    "status": N_("Status"),
    "onset": N_("Onset"),
    "test_date": N_("Sample taken"),
    "isolated_on": N_("Isolated since"),
    "reference": N_("Case number of the ministry"),
    "first_day": N_("First day together"),
    "last_day": N_("Last day together"),
    "closeness": N_("How close"),
    "origin": N_("Known from"),
    "place": N_("Place"),
    "landmark": N_("Landmark"),
    "confirmed": N_("Confirmed with the people"),
    "from_at": N_("From"),
    "to_at": N_("Until"),
    "reason": N_("Reason"),
    "exposed": N_("Contact"),
    "outcome": N_("Outcome"),
    "person": N_("The same person?"),
    "case_note": N_("Note on the case"),
    "draft": N_("Draft"),
    "lines": N_("Contacts"),
}
"""By the name of the field in a form."""

FAULTS: Mapping[str, str] = {
    "name_length": N_("Write at least two letters, at most 120."),
    "choice_unknown": N_("Choose one of these."),
    "year_impossible": N_("Write a year of the last 125 years, or leave it empty."),
    "year_malformed": N_("Write four digits, as 1985, or an age, as “35 tuổi”."),
    "phone_malformed": N_("Write 9 to 11 digits with the 0 in front, or leave it empty."),
    "unit_missing": N_("Write the commune, as “xã Liên Phương”."),
    "unit_unknown": N_("No commune is called this. Write its name or its code."),
    "unit_ambiguous": N_("Several communes are called so. Choose one of the list, or write its code."),
    "too_long": N_("This is too long. Keep what is needed to find and call the person."),
    "day_malformed": N_("Write the day as 5/8/2020, 5/8 or “hôm qua”."),
    "day_missing": N_("Write the day, as 5/8 or “hôm qua”."),
    "day_in_future": N_("This day is still to come. Look at day and month again."),
    "day_too_old": N_("This is more than a year ago. Look at the year again."),
    "isolated_long_before": N_("The isolation lies long before the onset. Look at both days again."),
    "moment_malformed": N_("Write time and day, as 7h30 2/8."),
    "moment_missing": N_("Write time and day, as 7h30 2/8."),
    "span_impossible": N_("The end lies before the beginning, or a week after it. Look at both again."),
    "landmark_unknown": N_("This landmark is not one of theirs. Choose one of the list."),
    "met_themselves": N_("This is the same person. Choose somebody else."),
    "reason_short": N_("Say in at least 10 letters why you open it; the reason stays in the audit log."),
    "undecided": N_("Somebody like this is on record. Say whether it is the same person."),
    "line_twice": N_("Another line names this person already. Keep one of them, or say that this is somebody else."),
    "lines_missing": N_("Write at least one contact: a name and a day are enough."),
}
"""What is wrong with a field, and what to do."""

DONE: Mapping[str, str] = {
    "case": N_("The case is on record."),
    "case-changed": N_("The case is changed."),
    "case-closed": N_("The case is closed."),
    "traced": N_("Tracing is done: all contacts are named."),
    "person-changed": N_("The record is changed."),
    "person-closed": N_("The record is closed."),
    "person-reopened": N_("The record is open again."),
    "opened": N_("The record is open to you for 15 minutes."),
    "contacts": N_("The contacts are on record."),
    "contact-changed": N_("The contact is changed."),
    "contact-removed": N_("The contact is removed."),
    "landmark": N_("The landmark is on record."),
    "landmark-changed": N_("The landmark is changed."),
    "landmark-removed": N_("The landmark is removed."),
    "taken": N_("Taken over; whoever told you sees it."),
    "assigned": N_("You follow this person now."),
    "unassigned": N_("Nobody follows this person now."),
    "undone": N_("Undone. Everything is as it was before."),
}

REFUSALS: Mapping[str, str] = {
    "record_invalid": N_("Nothing was changed yet. Correct what is marked and send it again."),
    "record_changed": N_("Somebody else changed this meanwhile. Choose what is to stand, and send it again."),
    "preview_stale": N_("Others worked on these people meanwhile. This is what the change does now."),
    "case_open": N_("This person has an open case. Work on that one, or close it first."),
    "record_closed": N_("This record is closed. Open it from its page and say why."),
    "undo_impossible": N_(
        "This cannot be undone any more: it is more than 30 minutes ago, or somebody worked on it since."
    ),
}

EVENTS: Mapping[str, str] = {
    "person_added": N_("Put a person on record"),
    "person_changed": N_("Changed a person's record"),
    "person_closed": N_("Closed a record"),
    "person_reopened": N_("Opened a record again"),
    "officer_assigned": N_("Said who follows a person"),
    "closed_record_opened": N_("Opened a closed record with a reason"),
    "case_reported": N_("Reported a case"),
    "case_changed": N_("Changed a case"),
    "case_closed": N_("Closed a case"),
    "case_traced": N_("Finished tracing a case"),
    "contact_added": N_("Added a contact"),
    "contact_changed": N_("Changed a contact"),
    "contact_removed": N_("Removed a contact"),
    "transfer_taken": N_("Took over a person"),
    "change_undone": N_("Undid a change"),
}
