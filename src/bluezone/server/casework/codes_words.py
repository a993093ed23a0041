"""What the pages about codes say."""

from __future__ import annotations

from collections.abc import Mapping

from bluezone.protocol.wire import TEST_CONFIRMED, TEST_LIKELY, TEST_RECURSIVE
from bluezone.server.casework.codes_list import CodeState
from bluezone.server.casework.codes_rules import Lacking
from bluezone.server.casework.terms import Channel
from bluezone.server.language import N_

KINDS: Mapping[str, str] = {
    TEST_CONFIRMED: N_("F0, confirmed"),
    TEST_LIKELY: N_("F0, likely"),
    TEST_RECURSIVE: N_("F1"),
}
LEVELS: Mapping[str, str] = {TEST_CONFIRMED: "f0", TEST_LIKELY: "f0", TEST_RECURSIVE: "f1"}
"""The name that look's sheets have for each kind's level."""

CHANNELS: Mapping[str, str] = {
    Channel.ALOUD: N_("read aloud"),
    Channel.SLIP: N_("slip"),
    Channel.SMS: N_("text message"),
    Channel.BULK: N_("in bulk"),
}

STATES: Mapping[CodeState, str] = {
    CodeState.ISSUED: N_("Issued, not used yet"),
    CodeState.CLAIMED: N_("Opened on a phone"),
    CodeState.PUBLISHED: N_("Keys published"),
    CodeState.EXPIRED: N_("Ran out unused"),
    CodeState.REVOKED: N_("Revoked"),
}
STATE_ICONS: Mapping[CodeState, tuple[str, str]] = {
    CodeState.ISSUED: ("clock", ""),
    CodeState.CLAIMED: ("device-mobile", "f2"),
    CodeState.PUBLISHED: ("circle-check", "safe"),
    CodeState.EXPIRED: ("calendar-off", "not_protecting"),
    CodeState.REVOKED: ("ban", "not_protecting"),
}
"""The icon, and the level whose colours it has."""

MESSAGES: Mapping[str, str] = {
    "waiting": N_("Text message waits to be sent"),
    "sending": N_("Text message is being sent"),
    "sent": N_("Text message sent"),
    "failed": N_("Text message failed: read the code aloud or print the slip"),
    "expired": N_("Text message ran out before it could be sent"),
    "cancelled": N_("Text message withdrawn"),
}

LACKING: Mapping[Lacking, str] = {
    Lacking.CLOSED: N_("The record is closed. Open it again before you issue a code."),
    Lacking.NO_LEVEL: N_("Codes are for cases, and for F1 whose contact the desk has confirmed."),
    Lacking.F2: N_("F2 get no code: a phone tells nobody about them. Follow them as usual."),
    Lacking.UNCONFIRMED: N_(
        "No contact with an F0 in the days when that one could infect is marked as confirmed. Ask both people, tick"
        " “confirmed” at the contact, then issue the code."
    ),
    Lacking.NO_DAY: N_("The case has neither the day of onset nor that of the sample. Write one of them down first."),
    Lacking.DAYS_TOO_OLD: N_(
        "Onset and sample are both more than 14 days ago. No phone remembers that long, so a code would warn nobody."
    ),
}

DONE: Mapping[str, str] = {"code-revoked": N_("The code is revoked; no phone takes it any more.")}

REFUSALS: Mapping[str, str] = {
    "code_impossible": N_("No code was issued. What is missing stands below."),
    "code_gone": N_("This code is no longer on the screen or no longer good. Issue a new one."),
    "case_unknown": N_("This code is so old that it is destroyed already. Nothing is left to revoke."),
    "quota_exceeded": N_("The server has given out all codes of today. Nothing was issued; tell the operator."),
    "date_in_future": N_("A day of the case lies in the future. Correct it; nothing was issued."),
    "slip_unprintable": N_("The slip cannot be printed. The code stays good: read it aloud or send the link."),
    "sms_not_configured": N_(
        "Text messages are not set up. Nothing was issued or sent; read the code aloud or print the slip."
    ),
    "number_not_mobile": N_(
        "This is no mobile number. Nothing was issued or sent; read the code aloud, or correct the number."
    ),
}

EVENTS: Mapping[str, str] = {
    "code_issued": N_("Issued a code"),
    "code_reissued": N_("Issued a new code in place of another"),
    "code_revoked": N_("Revoked a code"),
    "codes_bulk": N_("Issued codes by workbook"),
    "codes_alarm": N_("Far more codes than usual"),
}

ISSUED = N_("Issued")

ROW_FAULTS: Mapping[str, str] = {
    **{str(lacking): said for lacking, said in LACKING.items()},
    "unreadable": N_("A cell of this row cannot be read, or the case number is missing."),
    "unknown": N_("No case of your units has this number."),
    "ambiguous": N_("Several people have a case of this number. Use the desk's own number, as #12."),
    "twice": N_("The same person stands in a row above."),
    "phone_differs": N_("The number in the file is not the one on record. Find out which is right first."),
    "not_mobile": N_("The number on record is no mobile number. Choose a slip."),
    "sms_lacking": N_("Text messages are not set up. Choose a slip."),
    "issued_since": N_("A code was issued since the file was looked at; that one stays good."),
    "quota": N_("The server has given out all codes of today. Tell the operator, or try tomorrow after 7:00."),
    "failed": N_("Something failed on the server, and no code was issued. Try this row again."),
}
"""Why a row of a file gets no code, and what to do."""

COLUMN_MEANINGS: Mapping[str, str] = {
    "case": N_("The ministry's number (BN1046) or the desk's (#12). At most {rows} rows."),
    "phone": N_("May be empty. If it is not the number on record, the row gets no code."),
    "channel": N_("“Phiếu” for a printed slip, “Tin nhắn” for a text message to the number on record; empty: slip."),
}

FILE_FAULTS: Mapping[str, str] = {
    "bulk_missing": N_("Choose a file first."),
    "bulk_too_many": N_("At most 200 rows at a time, so that each is looked at. Split the file."),
    "bulk_column_missing": N_("No column has case numbers. Call it “Mã ca”, or take the template."),
    "sheet_header_missing": N_(
        "No row has the titles of the columns. Call the first one “Mã ca”, or take the template."
    ),
    "sheet_too_large": N_("The file is too large. Keep only the rows that get a code."),
    "sheet_empty": N_("The file is empty."),
    "sheet_format_old": N_("This is an old workbook (.xls). Save it as .xlsx and choose that file."),
    "sheet_encrypted": N_("The workbook is locked with a password. Save it without one and choose that file."),
    "sheet_has_macros": N_("The workbook carries macros. Save it as .xlsx without them and choose that file."),
    "sheet_has_links": N_("The workbook draws on other files. Copy its values into the template."),
    "sheet_holds_files": N_("Other files are hidden in the workbook. Copy its values into the template."),
    "": N_("This file cannot be read as a table. Copy its values into the template and choose that file."),
}
"""Why a file is not taken; what has no sentence of its own has the last one. Nothing was issued."""
