"""What follow-up's pages call things, and what is said of what was refused."""

from __future__ import annotations

from collections.abc import Mapping

from bluezone.server.followup.figures import Indicator
from bluezone.server.followup.terms import Result, Source
from bluezone.server.language import N_

RESULTS: Mapping[str, str] = {
    Result.SEEN: N_("Seen, well"),
    Result.NO_ANSWER: N_("No reply"),
    Result.SYMPTOMS: N_("Unwell"),
    Result.TESTED: N_("Test taken"),
    Result.HANDED_OVER: N_("Passed on"),
    Result.LOST: N_("Lost"),
    Result.DONE: N_("Done"),
}

MEANINGS: Mapping[str, str] = {
    Result.SEEN: N_("spoken to, feels well"),
    Result.NO_ANSWER: N_("called or visited in vain; try again"),
    Result.SYMPTOMS: N_("has symptoms: call the doctor now"),
    Result.TESTED: N_("a sample was taken"),
    Result.HANDED_OVER: N_("an isolation centre, hospital or another province follows them from now on"),
    Result.LOST: N_("cannot be found by anybody"),
    Result.DONE: N_("nothing more to be asked"),
}

SOURCES: Mapping[str, str] = {
    Source.SCREEN: N_("screen"),
    Source.SHEET: N_("paper sheet"),
    Source.IMPORT: N_("imported file"),
}

DONE = {
    "result-entered": N_("The result is kept."),
    "follow-up-undone": N_("The result was taken back."),
    "follow-up-assigned": N_("Who follows them is changed."),
    "sheets-printed": N_("The sheets are ready to print."),
}

REFUSALS = {
    "result_unknown": N_("Choose one of the seven results. Nothing was kept."),
    "temperature_impossible": N_("Type a temperature between 33 and 43 degrees, as 36,8. Nothing was kept."),
    "note_too_long": N_("A note has 500 letters at most; put the rest into the person's record. Nothing was kept."),
    "follow_up_day_impossible": N_(
        "Results are entered for today and for days gone by, up to 90 days ago. Nothing was kept."
    ),
    "follow_up_changed": N_(
        "Somebody else entered this day's result meanwhile. Look at it; enter yours again if it is the right one."
    ),
    "officer_unsuitable": N_("Choose an officer who works where these people live. Nothing was changed."),
    "nobody_to_print": N_("Nobody without an answer is on this list, so there is nothing to print."),
    "line_not_understood": N_("Type the row's code and the result's letter, as AB3 s 36,8. Nothing was kept."),
    "row_code_unknown": N_(
        "This is no row of this sheet. Compare the two letters, the digit and the sheet's number. Nothing was kept."
    ),
}

EVENTS = {
    "followed_up": N_("Entered a day's result"),
    "follow_up_undone": N_("Took back a day's result"),
    "follow_up_printed": N_("Printed a follow-up sheet"),
}

INDICATORS: Mapping[Indicator, str] = {
    Indicator.TRACED: N_("Traced within 24 hours"),
    Indicator.SEEN: N_("Seen today"),
    Indicator.EVERY_DAY: N_("Followed on all days so far"),
    Indicator.LOST: N_("Lost"),
    Indicator.KNOWN: N_("New cases known as contacts before"),
}

DEFINITIONS: Mapping[Indicator, str] = {
    Indicator.TRACED: N_(
        "Cases whose first 24 hours ended in the last 7 days: those whose contacts were all named within them."
    ),
    Indicator.SEEN: N_("People on the day's list: those who were spoken to: seen, unwell, test taken or done."),
    Indicator.EVERY_DAY: N_(
        "People on the day's list for two days or more: those spoken to on every day before, since they are on record."
    ),
    Indicator.LOST: N_("People within 14 days of their latest exposure: those whom nobody finds any more."),
    Indicator.KNOWN: N_("Cases reported in the last 7 days: those that were on record as contacts before."),
}

COLUMNS = (
    N_("Day"),
    N_("Unit code"),
    N_("Unit"),
    N_("Indicator"),
    N_("Number"),
    N_("Of"),
    N_("Number the day before"),
    N_("Of, the day before"),
)
TOGETHER = N_("All units together")
