"""The press: one warm typesetter for all papers, our templates and fonts only, the same bytes for the same data."""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import msgspec
import typst

from bluezone.materials.colours import colours
from bluezone.materials.errors import PaperTooSmall, PrintingFailed
from bluezone.materials.letters import FONTS, OFFICIAL, SANS, printable
from bluezone.materials.moments import Language

TEMPLATES = Path(__file__).parent / "templates"

_STANDARDS: list[typst.PDFStandard] = ["a-2a", "ua-1"]
"""Kept for decades (ISO 19005-2, level A) and read aloud by a screen reader (ISO 14289-1)."""
_LARGE = 16 * 1024
_GENERATIONS = 10
"""The typesetter keeps what it has set for this many papers: 170 MB for 500 rows. Blank papers push that out."""
_TOO_SMALL = re.compile(r"panicked with: too small: (.*)")


class Press:
    """Prints templates of `templates/`; may be used from any thread, one paper at a time.

    A template reads `sys.inputs.data`, a JSON object. Texts reach it as values, never as markup.
    """

    def __init__(self) -> None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])
        self._compiler = typst.Compiler(root=TEMPLATES, font_paths=fonts, ignore_system_fonts=True)
        self._turn = threading.Lock()  # the compiler refuses a second caller instead of letting it wait

    def pdf(
        self,
        template: str,
        texts: Mapping[str, Any],
        *,
        language: Language,
        at: float,
        official: bool = False,
        pictures: Mapping[str, str] | None = None,
    ) -> bytes:
        """The paper as tagged PDF/A-2a, dated `at` (Unix seconds).

        All strings in `texts` are made printable; `pictures` are SVG documents and pass as they are. Raises
        PaperTooSmall when the template finds no place for a text, PrintingFailed for anything else.
        """
        data = {
            "language": language,
            "colours": colours(),
            "pictures": pictures or {},
            **_printable(texts, OFFICIAL if official else SANS),
        }
        return self._run(template, data, "pdf", at=at)

    def picture(
        self, svg: str, kind: Literal["pdf", "png"], *, width: int, title: str, language: Language, at: float
    ) -> bytes:
        """One SVG document on a page of its own size, `width` points or pixels wide. Raises PrintingFailed."""
        texts = {"title": printable(title, SANS), "language": language, "width": width, "svg": svg}
        return self._run("picture", texts, kind, at=at)

    def _run(self, template: str, data: Mapping[str, Any], kind: Literal["pdf", "png"], *, at: float) -> bytes:
        inputs = {"data": msgspec.json.encode(data).decode()}
        try:
            with self._turn:
                made = self._compiler.compile(
                    TEMPLATES / f"{template}.typ",
                    format=kind,
                    ppi=72,
                    sys_inputs=inputs,
                    pdf_standards=_STANDARDS if kind == "pdf" else [],
                    timestamp=int(at),
                )
                for _ in range(_GENERATIONS if len(inputs["data"]) > _LARGE else 0):
                    self._compiler.compile(b"", format="svg", sys_inputs=None)
        except typst.TypstError as error:
            if said := _TOO_SMALL.search(error.message):
                raise PaperTooSmall(f"There is no room on the paper for {said[1]}; shorten it.") from error
            raise PrintingFailed(
                f"The paper {template!r} could not be set; report it to who runs the server."
            ) from error
        return cast(bytes, made)


@cache
def press() -> Press:
    """The process's one press; the first call reads the fonts."""
    return Press()


@cache
def words(paper: str) -> Mapping[Language, Mapping[str, Any]]:
    """What a paper says in each language, from `templates/<paper>.toml`."""
    return cast(
        Mapping[Language, Mapping[str, Any]], tomllib.loads((TEMPLATES / f"{paper}.toml").read_text(encoding="utf-8"))
    )


def say(sentences: Any, **values: str) -> Any:
    """A sentence, or a list or table of them, with the values in their `{places}`."""
    if isinstance(sentences, str):
        return sentences.format_map(values)
    if isinstance(sentences, list):
        return [say(sentence, **values) for sentence in sentences]
    return {name: say(sentence, **values) for name, sentence in sentences.items()}


def _printable(value: Any, family: str) -> Any:
    if isinstance(value, str):
        return printable(value, family)
    if isinstance(value, Mapping):
        return {name: _printable(one, family) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(one, family) for one in value]
    return value
