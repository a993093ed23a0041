"""Reads what our own PDF files say, run by run: as much of the format as the typesetter writes, and no more."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

_OBJECT = re.compile(rb"^(\d+) 0 obj\n(.*?)\nendobj", re.MULTILINE | re.DOTALL)
_STREAM = re.compile(rb"\nstream\r?\n")
_TOKEN = re.compile(rb"\(|<<|>>|<[0-9A-Fa-f]*>|[\[\]]|/[^\s/\[\]<>()]+|[^\s/\[\]<>()]+", re.DOTALL)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_PAGE_BREAKS = re.compile(r"[\s\u200b]+")

Matrix = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Run:
    """One piece of text: where its baseline begins (points from the upper left corner), where it ends, how large."""

    text: str
    x: float
    y: float
    end: float
    size: float
    upright: bool


@dataclass(frozen=True)
class Page:
    width: float
    height: float
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        """Everything in the order of the file, without any space: lines end where the paper makes them end."""
        return squeezed("".join(run.text for run in self.runs))

    def overlaps(self) -> list[tuple[str, str]]:
        """Upright runs that run into each other."""
        runs = sorted((run for run in self.runs if run.upright and run.text.strip()), key=lambda run: run.x)
        return [
            (one.text, other.text)
            for at, one in enumerate(runs)
            for other in runs[at + 1 :]
            if abs(one.y - other.y) < min(one.size, other.size) * 0.9 and one.end > other.x + 0.7
        ]

    def outside(self, margin: float) -> list[str]:
        """Upright runs nearer to the left or right edge than `margin` points."""
        return [run.text for run in self.runs if run.upright and not margin <= run.x <= run.end <= self.width - margin]


def squeezed(text: str) -> str:
    return _PAGE_BREAKS.sub("", text)


class _Font:
    def __init__(self, file: _File, number: int) -> None:
        self.letters = _cmap(file.stream(file.reference(number, b"ToUnicode")))
        descendant = file.reference(number, b"DescendantFonts")
        self.widths = _widths(file.objects[descendant])


class _File:
    def __init__(self, data: bytes) -> None:
        self.objects = {int(number): body for number, body in _OBJECT.findall(data)}

    def reference(self, number: int, name: bytes) -> int:
        found = re.search(rb"/" + name + rb"\s*\[?\s*(\d+) 0 R", self.objects[number])
        assert found, (number, name)
        return int(found[1])

    def stream(self, number: int) -> bytes:
        body = self.objects[number]
        found, length = _STREAM.search(body), re.search(rb"/Length (\d+)", body)
        assert found, number
        assert length, number
        kept = body[found.end() : found.end() + int(length[1])]
        return zlib.decompress(kept) if b"/FlateDecode" in body[: found.start()] else kept


def read_pages(data: bytes) -> list[Page]:
    """The pages of a file in their order."""
    file = _File(data)
    tree = next(body for body in file.objects.values() if b"/Type/Pages" in body and b"/Parent" not in body)
    return [_page(file, number) for number in _kids(file, tree)]


def curves(data: bytes) -> int:
    """How many curves are drawn, on pages and in drawings that they place."""
    file = _File(data)
    drawn = [number for number, body in file.objects.items() if b"/Subtype/Form" in body]
    pages = [file.reference(number, b"Contents") for number, body in file.objects.items() if b"/Contents " in body]
    return sum(len(re.findall(rb"[\d.] c(?=\s)", file.stream(number))) for number in drawn + pages)


def metadata(data: bytes) -> str:
    """The XMP packet."""
    file = _File(data)
    (number,) = [number for number, body in file.objects.items() if b"/Type/Metadata" in body]
    return file.stream(number).decode()


def _kids(file: _File, tree: bytes) -> list[int]:
    found = re.search(rb"/Kids\[([^\]]*)\]", tree)
    assert found
    numbers = [int(number) for number in re.findall(rb"(\d+) 0 R", found[1])]
    return [
        page
        for number in numbers
        for page in (_kids(file, file.objects[number]) if b"/Type/Pages" in file.objects[number] else [number])
    ]


def _page(file: _File, number: int) -> Page:
    box = re.search(rb"/MediaBox\[0 0 ([\d.]+) ([\d.]+)\]", file.objects[number])
    assert box
    width, height = float(box[1]), float(box[2])
    resources = file.objects[file.reference(number, b"Resources")]
    named = re.search(rb"/Font<<(.*?)>>", resources, re.DOTALL)
    pairs = re.findall(rb"(/\S+?) (\d+) 0 R", named[1]) if named else []
    fonts = {name: _Font(file, int(font)) for name, font in pairs}
    return Page(width, height, tuple(_runs(file.stream(file.reference(number, b"Contents")), fonts, height)))


def _runs(content: bytes, fonts: dict[bytes, _Font], height: float) -> list[Run]:
    runs: list[Run] = []
    stack: list[bytes] = []
    saved: list[Matrix] = []
    place: Matrix = (1, 0, 0, 1, 0, 0)
    text: Matrix = place
    font, size = None, 0.0
    spans: list[str | None] = []  # what a piece is to be read as, where the file says it
    for token in _tokens(content):
        match token:
            case b"q":
                saved.append(place)
            case b"Q":
                place = saved.pop()
            case b"cm":
                place = _times(_matrix(stack), place)
            case b"Tm":
                text = _matrix(stack)
            case b"Tf":
                font, size = fonts[stack[-2]], float(stack[-1])
            case b"BDC" | b"BMC":
                spans.append(_actual(stack))
            case b"EMC":
                spans.pop()
            case b"TJ" | b"Tj":
                assert font is not None
                shown, advance = _shown(stack, font)
                if spans and spans[-1] is not None:
                    shown, spans[-1] = spans[-1], ""
                whole = _times(text, place)
                end = whole[0] * advance * size / 1000
                runs.append(
                    Run(shown, whole[4], height - whole[5], whole[4] + end, abs(whole[3]) * size, whole[1] == 0)
                )
            case _:
                stack.append(token)
                continue
        stack.clear()
    return runs


def _actual(stack: list[bytes]) -> str | None:
    if b"/ActualText" not in stack:
        return None
    said = _bytes_of(stack[stack.index(b"/ActualText") + 1])
    return said.decode("utf-16" if said.startswith(b"\xfe\xff") else "latin-1")


def _bytes_of(token: bytes) -> bytes:
    return _ESCAPE.sub(_unescape, token[1:-1]) if token.startswith(b"(") else bytes.fromhex(token[1:-1].decode())


def _tokens(content: bytes) -> Iterator[bytes]:
    at = 0
    while found := _TOKEN.search(content, at):
        at = found.end()
        if found[0] == b"(":
            depth = 1
            while depth:
                depth += {b"(": 1, b")": -1}.get(content[at : at + 1], 0)
                at += 2 if content[at : at + 1] == b"\\" else 1
        yield content[found.start() : at]


def _shown(stack: list[bytes], font: _Font) -> tuple[str, float]:
    letters, advance, end = [], 0.0, 0.0
    for token in stack:
        if token.startswith((b"(", b"<")):
            codes = _bytes_of(token)
        elif re.fullmatch(rb"-?[\d.]+", token):
            advance -= float(token)
            continue
        else:
            continue
        for at in range(0, len(codes), 2):
            code = int.from_bytes(codes[at : at + 2])
            letters.append(font.letters.get(code, ""))
            advance += font.widths.get(code, 0)
            end = end if letters[-1].isspace() else advance  # a space at the end of a line may hang
    return "".join(letters), end


def _unescape(found: re.Match[bytes]) -> bytes:
    escaped = found[1]
    return bytes([int(escaped, 8)]) if escaped[:1].isdigit() else _ESCAPED.get(escaped, escaped)


def _matrix(stack: list[bytes]) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in stack[-6:])
    return a, b, c, d, e, f


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _cmap(text: bytes) -> dict[int, str]:
    pairs = [pair for part in re.findall(rb"beginbfchar(.*?)endbfchar", text, re.DOTALL) for pair in _pairs(part)]
    return {int(code, 16): bytes.fromhex(letters.decode()).decode("utf-16-be") for code, letters in pairs}


def _pairs(part: bytes) -> list[tuple[bytes, bytes]]:
    return re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", part)


def _widths(font: bytes) -> dict[int, float]:
    found = re.search(rb"/W\[(.*?)\](?=/|>>)", font, re.DOTALL)
    assert found
    widths: dict[int, float] = {}
    numbers = found[1].replace(b"[", b" [ ").replace(b"]", b" ] ").split()
    at = 0
    while at < len(numbers):
        first = int(numbers[at])
        if numbers[at + 1] == b"[":
            close = numbers.index(b"]", at)
            widths.update({first + n: float(width) for n, width in enumerate(numbers[at + 2 : close])})
            at = close + 1
        else:
            widths.update(dict.fromkeys(range(first, int(numbers[at + 1]) + 1), float(numbers[at + 2])))
            at += 3
    return widths
