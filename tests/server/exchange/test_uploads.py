"""Files made to do harm, sent to the real application."""

import io
import zipfile

import pytest

from bluezone.server.accounts.console import FORM_TOKEN
from bluezone.server.casework.service import persons
from bluezone.server.exchange.imports import MOST_BYTES
from bluezone.server.exchange.tables import imports
from tests.server.accounts.browser import ORIGIN
from tests.server.exchange.support import count, text_table, workbook
from tests.server.exchange.test_imports import CASE, CASES
from tests.server.exchange.test_pages import accounts, app, cells, visit  # noqa: F401


def packed(parts, base=None):
    """A workbook with these parts put in or replaced."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(base or workbook(CASES, CASE))) as old, zipfile.ZipFile(kept, "w", 8) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, data in parts.items():
            new.writestr(name, data)
    return kept.getvalue()


ENTITY = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&e;</t></si></sst>"""
HARM = {
    "entities": (packed({"xl/sharedStrings.xml": ENTITY}), "spreadsheet program"),
    "a bomb": (packed({"xl/media/zeros.bin": bytes(600_000_000 // 4)}), "not opened"),
    "macros": (packed({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}), "macros"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(500), "no table"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") * 9, "old kind"),
    "a page": (b"<html><script>alert(1)</script></html>", "no table"),
    "half a workbook": (workbook(CASES, CASE)[:900], "damaged"),
    "another table": (text_table(["Tên hàng", "Giá"], ["gạo", "12"]), "titles"),
    "a column too few": (text_table(["STT", "Năm sinh", "Giới tính"], [1, 1975, "Nam"]), "Full name"),
    "titles alone": (text_table(CASES), "no row below"),
}


@pytest.mark.parametrize("what", HARM)
def test_a_file_made_to_do_harm_is_refused_with_a_sentence_and_leaves_nothing(core, visit, what):  # noqa: F811
    data, said = HARM[what]

    async def story(officer):
        page = await officer.upload(data, status=400)
        assert "nothing was changed" in page.text
        assert said in page.text
        assert "root:" not in page.text

    visit(story)
    assert (count(core, imports), count(core, persons)) == (0, 0)


def test_a_file_too_large_is_not_read_to_its_end(core, visit):  # noqa: F811
    async def story(officer):
        page = await officer.upload(b"x" * (MOST_BYTES + 200_000), status=413)
        assert "larger than the page takes" in page.text
        await officer.upload(b"", status=400)
        answer = await officer.page.client.post(
            "/console/exchange/import",
            content=b"--x\r\nbroken",
            headers={"Origin": ORIGIN, "Content-Type": "multipart/form-data; boundary=x"},
        )
        assert answer.status_code in {400, 403}

    visit(story)
    assert count(core, imports) == 0


def test_names_of_files_and_cells_are_shown_as_text_and_formulas_compute_nothing(core, visit):  # noqa: F811
    nasty = '<img src=x onerror="alert(1)">'

    async def story(officer):
        strange = await officer.upload(workbook(CASES, CASE), unit="\0' OR 1=1", name="a\u202eb.xlsx")
        assert "Nguyễn Văn An" in (await officer.page.get(strange.headers["location"])).text
        line = (1, "", f"An {nasty}", 1975, "Nam", "'=HYPERLINK(1)", "+84 912 345 678", "28/7/2020", "")
        answer = await officer.upload(text_table(CASES, line), name=f"{nasty}.csv")
        path = answer.headers["location"]
        page = await officer.page.get(path)
        assert nasty not in page.text
        assert "&lt;img" in page.text
        await officer.send(f"{path}/start")
        await officer.wait(path)
        report = await officer.page.get(f"{path}/report.xlsx")
        assert "<f>" not in report.content.decode("latin-1")
        for form in ("xlsx", "csv"):
            made = await officer.send(
                "/console/exchange/export", 200, what="cases", form=form, named="1", reason="để thử công thức"
            )
            assert not [cell for row in cells(made.content) for cell in row if cell.startswith("BadCell")]
        csv = made.content.decode("utf-8-sig")
        assert "'=HYPERLINK(1)" in csv
        assert ",=" not in csv

    visit(story)


def test_nothing_of_an_upload_is_written_to_a_file(visit, monkeypatch):  # noqa: F811
    async def story(officer):
        def rolled(*_args, **_kwargs):
            raise AssertionError("An upload was written to a temporary file.")

        monkeypatch.setattr("tempfile.TemporaryFile", rolled)
        big = text_table(
            CASES, *[(n, "", f"Nguyễn Văn {chr(65 + n % 26)}", 1950, "Nam", "Lam Sơn" + " " * 900) for n in range(1500)]
        )
        assert len(big) > 1_300_000
        await officer.upload(big, name="lớn.csv")

    visit(story)


def test_a_form_without_its_token_brings_nothing(core, visit):  # noqa: F811
    async def story(officer):
        for token in ("", "0" * 43):
            answer = await officer.page.client.post(
                "/console/exchange/import",
                data={FORM_TOKEN: token, "kind": "cases"},
                files={"file": ("a.xlsx", workbook(CASES, CASE))},
                headers={"Origin": ORIGIN},
            )
            assert answer.status_code == 403

    visit(story)
    assert count(core, imports) == 0
