"""What the exchange pages call things."""

from __future__ import annotations

from collections.abc import Mapping

from bluezone.server.exchange.columns import ListKind
from bluezone.server.language import N_

KINDS: Mapping[str, str] = {
    ListKind.CASES: N_("Cases"),
    ListKind.CONTACTS: N_("Contacts (F1, F2)"),
    ListKind.FOLLOW_UPS: N_("Results of following"),
}

KIND_HELP: Mapping[str, str] = {
    ListKind.CASES: N_("A line list: a row for each case"),
    ListKind.CONTACTS: N_("A row for each person, with whom they met and the day of the last contact"),
    ListKind.FOLLOW_UPS: N_("A row for each person and day, with the result"),
}

VERDICTS: Mapping[str, str] = {
    "fault": N_("Faulty"),
    "alike": N_("To decide"),
    "differs": N_("Differs"),
    "new": N_("New"),
    "adds": N_("Adds"),
    "same": N_("Known"),
}

VERDICT_HELP: Mapping[str, str] = {
    "fault": N_("not taken; correct them in the file"),
    "alike": N_("may be somebody on record; say who it is"),
    "differs": N_("on record with other facts"),
    "new": N_("somebody who is not on record"),
    "adds": N_("on record; something is added"),
    "same": N_("on record exactly so; nothing happens"),
}

OUTCOMES: Mapping[str, str] = {
    "": N_("waiting"),
    "added": N_("New record"),
    "changed": N_("Added to a record"),
    "unchanged": N_("Nothing to change"),
    "fault": N_("Left out: faulty"),
    "skipped": N_("Left out, as you decided"),
    "undecided": N_("Left out: not decided"),
    "gone": N_("Left out: the record is gone or out of reach"),
    "other_row_left": N_("Left out: the row that it repeats was left out"),
    "source_left": N_("Left out: whom they met was left out"),
    "met_themselves": N_("Left out: met themselves"),
    "differs_left": N_("Left out: another result of that day is on record"),
    "changed_meanwhile": N_("Left out: somebody changed the record meanwhile"),
}

STATES: Mapping[str, str] = {
    "previewed": N_("Not taken over yet"),
    "running": N_("Being taken over"),
    "done": N_("On record"),
    "failed": N_("Stopped"),
    "undone": N_("Undone"),
}

FLAWS: Mapping[str, str] = {
    "formula": N_("A formula stands here; type the value itself."),
    "cell_error": N_("The cell shows an error of the spreadsheet."),
    "unprintable": N_("Characters stand here that cannot be shown; type it again."),
    "required": N_("This cell must not be empty."),
    "too_long": N_("This is too long."),
    "digits_lost": N_("The spreadsheet lost digits; format the column as text and type it again."),
    "date_unclear": N_("Write the day as 5/8/2020."),
    "date_impossible": N_("There is no such day."),
    "date_without_day": N_("The day is missing; write it as 5/8/2020."),
    "year_two_digits": N_("Write the year with four digits."),
    "year_impossible": N_("This is no year in which a person alive was born, or a day can be."),
    "number_unclear": N_("Write a number as 37,5."),
    "choice_unknown": N_("This word is not known here; take one of the list to fill in."),
    "phone_unclear": N_("Write one number with the 0 in front, as 0912 345 678."),
    "phone_malformed": N_("Write one number with the 0 in front, as 0912 345 678."),
    "name_length": N_("Write at least two letters, at most 120."),
    "unit_unknown": N_("No commune is called this; write its name as in the list of units."),
    "unit_ambiguous": N_("Several communes are called so; write the district too."),
    "day_in_future": N_("This day is still to come."),
    "day_too_old": N_("This is more than a year ago; look at the year."),
    "span_impossible": N_("The last day lies before the first."),
    "isolated_long_before": N_("The isolation lies long before the onset."),
    "reference_taken": N_("This case number belongs to somebody else on record."),
    "reference_twice": N_("This case number stands at two people of the file."),
    "source_unknown": N_(
        "Nobody on record or in this file is called so; bring the case in first, or write its number."
    ),
    "source_ambiguous": N_("Several people are called so; write the case number, or the year of birth too."),
    "met_themselves": N_("This is the same person."),
    "result_differs": N_("Another result of this day is on record, or in this file; correct it on the person's page."),
    "person_unknown": N_("Nobody on record is this; bring the list of contacts in first."),
}

REASONS: Mapping[str, str] = {
    "sheet_too_large": N_("The file is too large. Split it into several files of at most 20,000 rows and 8 MB."),
    "sheet_unpacks_too_large": N_("The workbook unpacks into far more than its size says. It is not opened."),
    "sheet_empty": N_("There is nothing in the file."),
    "sheet_not_table": N_("This is no table. Choose an .xlsx or .csv file."),
    "sheet_format_old": N_("This is an old kind of workbook (.xls, .xlsb, .ods). Save it as .xlsx and choose that."),
    "sheet_encrypted": N_("The workbook is locked with a password. Save it without one."),
    "sheet_has_macros": N_("The workbook carries program code (macros). It is not opened; save it as .xlsx."),
    "sheet_has_links": N_("The workbook draws on other files. It is not opened; save the values alone as .csv."),
    "sheet_holds_files": N_("The workbook holds other files. It is not opened; copy the table into a new one."),
    "sheet_xml_unsafe": N_("The workbook is not made by a spreadsheet program. It is not opened."),
    "sheet_broken": N_("The file is damaged. Open it in your spreadsheet program and save it again."),
    "sheet_encoding_unknown": N_("The letters of this text file cannot be read. Save it as .xlsx."),
    "sheet_has_zero_bytes": N_("The text file is damaged. Save it again as .xlsx."),
    "sheet_header_missing": N_("No row has the titles of the columns. Compare with the list to fill in."),
    "column_missing": N_("A column that is needed is missing. Compare with the list to fill in."),
    "kind_missing": N_("Say what the list holds."),
    "no_rows": N_("There is no row below the titles."),
}
"""Why a file is not taken."""

NOTES: Mapping[str, str] = {
    "encoding": N_("The text file was in an older encoding and was converted."),
    "old_font": N_("The letters were of an older font (TCVN3, VNI) and were converted."),
    "merged": N_("Merged cells were read as if each had the value."),
    "hidden_rows": N_("Hidden rows were read too."),
    "hidden_columns": N_("Hidden columns were read too."),
    "other_sheets": N_("Only the first sheet was read; the file has others."),
    "number_row": N_("A row that only numbers the columns was left out."),
    "section_rows": N_("Rows that are only a heading were left out."),
    "dates_maybe_swapped": N_("Day and month may be swapped in a column: compare with your paper."),
}

FIELD_VALUES: Mapping[str, str] = {
    "m": N_("male"),
    "f": N_("female"),
    "confirmed": N_("Confirmed by a test"),
    "clinical": N_("Likely, by symptoms"),
    "suspected": N_("Suspected, result awaited"),
    "discarded": N_("Not a case after all"),
    "household": N_("Same household"),
    "close": N_("Within 2 m, 15 minutes or more"),
    "near": N_("Within 2 m, shorter"),
    "passing": N_("In the same place, further away"),
    "interview": N_("Interview"),
    "home": N_("Visit at home"),
    "landmark": N_("Landmark"),
    "media": N_("Call in the media"),
    "bluezone": N_("Bluezone"),
    "gate_book": N_("Gate book"),
}

DONE: Mapping[str, str] = {
    "decided": N_("What you decided is kept."),
    "import-discarded": N_("The list is discarded; nothing of it was kept."),
    "import-undone": N_("The import is undone. Everything is as it was before."),
    "records-merged": N_("The two records are one now."),
    "merge-undone": N_("The two records are two again."),
}

REFUSALS: Mapping[str, str] = {
    "file_missing": N_("Choose a file first, an .xlsx or .csv with at least one row."),
    "file_refused": N_("The file was not taken and nothing was changed."),
    "import_not_open": N_("This list was taken over already. Look at its report."),
    "import_not_undone": N_(
        "This import cannot be undone any more: it is more than 30 minutes ago, or somebody worked on its records."
    ),
    "reason_missing": N_("Say in ten characters or more why names leave the system. Nothing was made."),
    "export_unknown": N_("Choose a list and a form. Nothing was made."),
    "merge_impossible": N_("These two records cannot be made one as they are. Nothing was changed."),
}

MERGE_REASONS: Mapping[str, str] = {
    "same_record": N_("This is one record already."),
    "changed": N_("Somebody changed one of the records meanwhile. Compare them again."),
    "two_cases": N_("Both have an open case. Close one of them first, as “Was no case”."),
    "not_named": N_("Paste the address of the other person's page."),
}

EVENTS: Mapping[str, str] = {
    "imported": N_("Brought a list in"),
    "import_undone": N_("Undid an import"),
    "exported": N_("Took a list out"),
    "fetched": N_("Fetched data from another system"),
    "persons_merged": N_("Made two records one"),
    "merge_undone": N_("Made one record two again"),
}

RESULTS: Mapping[str, str] = {
    "seen": N_("Seen, well"),
    "no_answer": N_("No reply"),
    "symptoms": N_("Unwell"),
    "tested": N_("Test taken"),
    "handed_over": N_("Handed over"),
    "lost": N_("Lost"),
    "done": N_("Done"),
}
