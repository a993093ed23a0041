"""The answer to codes by workbook: one archive with the workbook of every row and a PDF of the slips."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog

from bluezone.materials import MaterialsError, code_slips
from bluezone.server.accounts.access import Account
from bluezone.server.casework import codes_words as words
from bluezone.server.casework.codes import slip_of
from bluezone.server.casework.codes_bulk import COLUMNS, MOST_ROWS, Result
from bluezone.server.casework.terms import Channel
from bluezone.server.desk.service import grouped
from bluezone.server.language import N_, Language, translations
from bluezone.sheets import ENGLISH, VIETNAMESE, Mark, WrittenColumn, WrittenSheet, write_workbook

log = structlog.get_logger(__name__)

_SHEET_WORDS = {"vi": VIETNAMESE, "en": ENGLISH}
_PURPOSE = N_("handing codes to the people of these cases")
_TITLE = N_("Codes")
_ANSWER = (
    WrittenColumn(N_("Row"), "number", 6, N_("The row of the file that was brought.")),
    WrittenColumn(N_("Case"), width=14, meaning=N_("The number as the file has it.")),
    WrittenColumn(N_("Full name"), width=26),
    WrittenColumn(N_("Handed over"), width=14, meaning=N_("Slip or text message.")),
    WrittenColumn(N_("What became of it"), width=44, meaning=N_("Issued, or why not.")),
    WrittenColumn(
        N_("Code"), width=26, meaning=N_("Sixteen letters and digits, good once; typed with or without dashes.")
    ),
    WrittenColumn(N_("Link"), width=48, meaning=N_("Opened on the phone it does what typing the code does.")),
    WrittenColumn(N_("Good until"), "moment"),
)


def answer(results: Sequence[Result], account: Account, *, hotline: str, now: float, language: Language) -> bytes:
    """The archive; without a PDF where no slip is to be printed. Takes a while for many: run it in a thread."""
    say = translations(language).gettext
    rows = [
        (
            result.row.row,
            result.row.text,
            result.row.name,
            say(words.CHANNELS[Channel(result.row.channel)]),
            say(words.ISSUED) if result.shown is not None else say(words.ROW_FAULTS[result.row.fault]),
            "" if result.shown is None else grouped(result.shown.long, "-"),
            "" if result.shown is None else result.shown.link,
            None if result.shown is None else datetime.fromtimestamp(result.shown.long_until, UTC),
        )
        for result in results
    ]
    columns = [
        WrittenColumn(say(one.title), one.kind, one.width, say(one.meaning) if one.meaning else "") for one in _ANSWER
    ]
    mark = Mark(account.name, datetime.fromtimestamp(now, UTC), say(_PURPOSE))
    book = write_workbook([WrittenSheet(say(_TITLE), columns, rows)], mark=mark, words=_SHEET_WORDS[language])
    slips = [
        slip_of(result.shown, hotline=hotline, now=now)
        for result in results
        if result.shown is not None and result.row.channel != Channel.SMS
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ma-xac-nhan.xlsx" if language == "vi" else "codes.xlsx", book)
        if slips:
            name = "phieu-ma-xac-nhan.pdf" if language == "vi" else "slips.pdf"
            # The workbook has every code: without the slips, too, the answer is worth having.
            try:
                archive.writestr(name, code_slips(slips, language=language))
            except MaterialsError as error:
                log.error("slips not printed", error=error.code, slips=len(slips))
    return packed.getvalue()


def template(language: Language) -> bytes:
    """An empty workbook with the columns that are read."""
    at = 0 if language == "vi" else -1
    say = translations(language).gettext
    columns = [
        WrittenColumn(
            column.titles[at], width=20, meaning=say(words.COLUMN_MEANINGS[column.key]).format(rows=MOST_ROWS)
        )
        for column in COLUMNS
    ]
    return write_workbook([WrittenSheet(say(_TITLE), columns, [])], mark=None, words=_SHEET_WORDS[language])
