"""Printed papers of the health desk as PDF: slips, follow-up sheets, letters, posters and pictures."""

from bluezone.materials.errors import (
    CodeUnprintable,
    MaterialsError,
    PaperTooSmall,
    PictureRefused,
    PrintingFailed,
    RowCodeUnknown,
    SheetTooLong,
)
from bluezone.materials.followup import FollowUpRow, FollowUpSheet, follow_up_sheet
from bluezone.materials.gate_sheet import GateSheet, GateSheetRow, gate_sheet
from bluezone.materials.handover import HandoverNote, handover_note
from bluezone.materials.pictures import svg_to_pdf, svg_to_png
from bluezone.materials.posters import PlacePoster, place_code_svg, place_poster, place_posters
from bluezone.materials.rowcodes import MOST_ROWS, row_code, row_position
from bluezone.materials.script import code_script, code_spoken
from bluezone.materials.slip import CodeSlip, code_slip, code_slips

__all__ = [
    "MOST_ROWS",
    "CodeSlip",
    "CodeUnprintable",
    "FollowUpRow",
    "FollowUpSheet",
    "GateSheet",
    "GateSheetRow",
    "HandoverNote",
    "MaterialsError",
    "PaperTooSmall",
    "PictureRefused",
    "PlacePoster",
    "PrintingFailed",
    "RowCodeUnknown",
    "SheetTooLong",
    "code_script",
    "code_slip",
    "code_slips",
    "code_spoken",
    "follow_up_sheet",
    "gate_sheet",
    "handover_note",
    "place_code_svg",
    "place_poster",
    "place_posters",
    "row_code",
    "row_position",
    "svg_to_pdf",
    "svg_to_png",
]
