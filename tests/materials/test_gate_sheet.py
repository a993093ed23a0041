"""A gate's sheet says what a phone shows that is told its word, on one page."""

from datetime import date

import pytest

from bluezone.look import gate_picture_name
from bluezone.materials import GateSheet, GateSheetRow, gate_sheet
from bluezone.protocol.gate import paper_sheet, typed_glance
from tests.materials.reader import read_pages, squeezed

SIX = 1596412800 - 3600  # 3 August 2020, 6:00 in Vietnam
ROWS = paper_sheet(b"sixteen bytes or", starts_at=SIX, ends_at=SIX + 13 * 3600)
SHEET = GateSheet(
    "Cổng chính UBND phường",
    "phường Lam Sơn",
    date(2020, 8, 3),
    [GateSheetRow(row.starts_at, row.word, row.glance.digits, row.glance.picture, row.glance.colour) for row in ROWS],
    "19009095",
    SIX,
)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_day_fits_a_page_and_every_word_stands_beside_its_digits(language):
    (page,) = read_pages(gate_sheet(SHEET, language=language))
    assert len(ROWS) == 78
    for row in ROWS:
        typed = typed_glance(row.word, row.starts_at + 300).glance
        said = squeezed(f"{row.word}{typed.digits}{gate_picture_name(typed.picture, language)}")
        assert f":{row.starts_at // 60 % 60:02}{said}" in page.text
    assert page.overlaps() == []
    assert page.outside(20) == []
