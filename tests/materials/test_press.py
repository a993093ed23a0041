"""The press: the same bytes for the same paper, from any thread, for an archive and a screen reader."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from bluezone.materials import PrintingFailed, code_slip, follow_up_sheet, handover_note, svg_to_pdf
from bluezone.materials.press import TEMPLATES, Press, words
from tests.materials.papers import NOTE, ROW, SLIP, sheet
from tests.materials.reader import metadata, read_pages

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 5"><rect width="10" height="5" fill="var(--f1)"/></svg>'
)
PAPERS: dict[str, Callable[[], bytes]] = {
    "slip": lambda: code_slip(SLIP, language="vi"),
    "sheet": lambda: follow_up_sheet(sheet(ROW), language="vi"),
    "letter": lambda: handover_note(NOTE, language="vi"),
    "picture": lambda: svg_to_pdf(DRAWING, width=100, title="Chuỗi lây", language="vi", made_at=NOTE.made_at),
}


@pytest.mark.parametrize("paper", PAPERS)
def test_a_paper_is_the_same_bytes_each_time(paper: str) -> None:
    first = PAPERS[paper]()
    PAPERS["slip"]()
    assert PAPERS[paper]() == first


@pytest.mark.parametrize("paper", PAPERS)
def test_a_paper_is_made_for_archives_and_screen_readers(paper: str) -> None:
    data = PAPERS[paper]()
    about = metadata(data)
    assert re.search(r"pdfaid:part>2<.*pdfaid:conformance>A<", about, re.DOTALL)
    assert "pdfuaid:part>1<" in about
    assert "2020-08-04T02:50:00" in about
    assert b"/Lang(vi)" in data


def test_many_threads_print_their_own_papers() -> None:
    codes = [f"{number:08}" for number in range(10_000_000, 10_000_024)]
    with ThreadPoolExecutor(8) as pool:
        slips = list(pool.map(lambda code: code_slip(replace(SLIP, code=code), language="en"), codes))
    assert [code in read_pages(slip)[0].text for code, slip in zip(codes, slips, strict=True)] == [True] * len(codes)


def test_only_fonts_of_ours_are_embedded() -> None:
    for paper in PAPERS.values():
        assert set(re.findall(rb"/FontName/[A-Z]{6}\+(BeVietnamPro|TeXGyreTermes)?", paper())) <= {
            b"BeVietnamPro",
            b"TeXGyreTermes",
        }


def test_a_fault_of_a_template_is_no_secret_spill() -> None:
    with pytest.raises(PrintingFailed) as failed:
        Press().pdf("slip", {"name": "Trần Thị Hằng"}, language="vi", at=0)
    assert "Hằng" not in str(failed.value)


@pytest.mark.parametrize("paper", sorted(path.stem for path in TEMPLATES.glob("*.toml")))
def test_both_languages_say_the_same_things(paper: str) -> None:
    said = words(paper)
    assert set(said) == {"vi", "en"}
    assert dict(places(said["vi"])) == dict(places(said["en"]))


def places(sentences: Any, at: str = "") -> Iterator[tuple[str, set[str] | None]]:
    """Every sentence's path with the values that it names."""
    if isinstance(sentences, str):
        named = {name for _, name, _, _ in string.Formatter().parse(sentences) if name}
        # A day is written in three parts in one language and in one part in the other.
        yield at, {"place"} if at == ".place" else named
    else:
        pairs = enumerate(sentences) if isinstance(sentences, list) else sentences.items()
        for name, one in pairs:
            yield from places(one, f"{at}.{name}")
