"""The archive around a workbook: what it unpacks to, what it must not carry, and its XML read without surprises."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from posixpath import normpath
from xml.parsers import expat

from bluezone.sheets.cells import SheetLimits
from bluezone.sheets.errors import (
    SheetBroken,
    SheetEmpty,
    SheetEncrypted,
    SheetFormatOld,
    SheetHasLinks,
    SheetHasMacros,
    SheetHoldsFiles,
    SheetNotTable,
    SheetsError,
    SheetUnpacksTooLarge,
    SheetXmlUnsafe,
)

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]

_END = b"PK\x05\x06"
_END_64 = b"PK\x06\x07"
_END_SIZE = 22
_DIRECTORY = 1024 * 1024
"""Bytes of an archive's list of parts: far more than a workbook has, little enough to be read whole."""
_RATIO = 250
_RATIO_FROM = 16 * 1024 * 1024
"""A sheet of equal rows packs about a hundredfold; below this size the ratio does not matter."""
_CHUNK = 64 * 1024
_LONGEST_TAG = 256 * 1024
"""Bytes of one tag or comment: this release of expat looks at an unfinished one again with each chunk."""
_DEEPEST = 64
_MOST_NAMES = 4_000
"""Different names of tags and attributes in a part; each stays in memory."""
_MOST_RELATIONS = 10_000

_MACROS = re.compile(
    r"vbaproject|vbadata|/macrosheets/|/activex/|/customui|/ctrlprops/.*\.bin|macroenabled", re.IGNORECASE
)
_LINKS = re.compile(r"/externallinks/|/connections\.xml|/querytables/|/model/|/webextensions/|/xmlmaps", re.IGNORECASE)
_FILES = re.compile(r"/embeddings/|\.(?:zip|xls[xmb]?|doc[xm]?|ppt[xm]?|jar|exe|7z|rar|gz)$", re.IGNORECASE)
_HELD = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"MZ", b"%PDF")


class Package:
    """An archive that was checked whole before any part of it is read.

    Raises:
        SheetsError: the leaf that names what is wrong with it.
    """

    def __init__(self, data: bytes, limits: SheetLimits) -> None:
        self._zip = _open(data, limits)
        self._parts: dict[str, zipfile.ZipInfo] = {}
        for info in self._zip.infolist():
            if info.is_dir():
                continue
            name = info.filename.replace("\\", "/").lower()
            if self._parts.setdefault(name, info) is not info:
                raise SheetBroken("The workbook holds a part twice; save it again in a spreadsheet program.")
        self._check_kind()
        self._check_parts()

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._parts

    def relations(self, name: str) -> dict[str, tuple[str, str]]:
        """Type (its last word) and target part by id, of the part's relations inside the workbook."""
        folder, _, file = name.rpartition("/")
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                path = target if target.startswith("/") else f"/{folder}/{target}"
                kind = attributes.get("Type", "").rpartition("/")[2]
                if len(found) >= _MOST_RELATIONS:
                    raise SheetBroken("A part of the workbook has far too many relations; save the table again.")
                found[attributes.get("Id", "")] = (kind, normpath(path).lstrip("/"))

        rels = f"{folder}/_rels/{file}.rels".lstrip("/")
        if rels in self:
            self.parse(rels, start)
        return found

    def parse(self, name: str, start: Start | None = None, end: End | None = None, text: Text | None = None) -> None:
        """Read a part; tags come without their namespaces' prefixes.

        Raises:
            SheetXmlUnsafe: it declares a document type, or is nested or named without bounds.
            SheetBroken: it is not well-formed.
        """
        names: dict[str, str] = {}
        parser = expat.ParserCreate(intern=names)
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_declaration
        parser.EntityDeclHandler = _refuse_declaration
        parser.ExternalEntityRefHandler = _refuse_declaration
        depth = 0

        def opened(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > _DEEPEST:
                raise SheetXmlUnsafe("A part of the workbook is nested without end; do not open this file.")
            if start is not None:
                start(tag.rpartition(":")[2] if ":" in tag else tag, attributes)

        def closed(tag: str) -> None:
            nonlocal depth
            depth -= 1
            if end is not None:
                end(tag.rpartition(":")[2] if ":" in tag else tag)

        parser.StartElementHandler = opened
        parser.EndElementHandler = closed
        if text is not None:
            parser.CharacterDataHandler = text
        fed = 0
        try:
            with self._zip.open(self._parts[name.lower()]) as stream:
                while chunk := stream.read(_CHUNK):
                    parser.Parse(chunk, False)
                    fed += len(chunk)
                    if fed - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG or len(names) > _MOST_NAMES:
                        raise SheetXmlUnsafe("A part of the workbook has tags without end; do not open this file.")
                parser.Parse(b"", True)
        except SheetsError:
            raise
        except (expat.ExpatError, LookupError, ValueError, *_UNREADABLE) as error:
            raise SheetBroken("The workbook is damaged; save it again in a spreadsheet program as .xlsx.") from error

    def _check_kind(self) -> None:
        if "[content_types].xml" in self._parts:
            if "xl/workbook.bin" in self._parts:
                raise SheetFormatOld("This is an .xlsb workbook; save it as .xlsx and try again.")
            if not any(name.startswith(("word/", "ppt/")) for name in self._parts):
                return
        elif "mimetype" in self._parts and "content.xml" in self._parts:
            raise SheetFormatOld("This is an OpenDocument file; save it as .xlsx and try again.")
        raise SheetNotTable("This archive is not a workbook; choose an .xlsx or .csv file.")

    def _check_parts(self) -> None:
        for name, info in self._parts.items():
            if _MACROS.search(f"/{name}"):
                raise SheetHasMacros("The workbook carries macros; save it as .xlsx without macros and try again.")
            if _LINKS.search(f"/{name}"):
                raise SheetHasLinks("The workbook draws on other files or data; copy its values into a new one.")
            if _FILES.search(f"/{name}") or self._head(info).startswith(_HELD):
                raise SheetHoldsFiles("The workbook holds other files; delete them from it and try again.")
        for name, info in self._parts.items():
            if name == "[content_types].xml":
                self.parse(name, _check_type)
            elif name.endswith(".rels"):
                self.parse(name, _check_relation)
            elif _looks_like_xml(self._head(info)):
                # Parts that are not read may be ill-formed, as old drawings are, but must declare nothing either.
                try:
                    self.parse(name)
                except SheetBroken:
                    if not name.endswith((".vml", ".htm", ".html")):
                        raise

    def _head(self, info: zipfile.ZipInfo) -> bytes:
        try:
            with self._zip.open(info) as stream:
                return stream.read(64)
        except _UNREADABLE as error:
            raise SheetBroken("The workbook is damaged; save it again in a spreadsheet program as .xlsx.") from error


_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, OverflowError, ValueError,
    KeyError, IndexError,
)  # fmt: skip


def _open(data: bytes, limits: SheetLimits) -> zipfile.ZipFile:
    """The archive, once its own figures are within bounds; what unpacks is never more than they say."""
    tail = data[-_END_SIZE - 0xFFFF :]
    ends = [found.start() for found in re.finditer(re.escape(_END), tail)]
    if not ends or _END_64 in tail:
        raise SheetBroken("The workbook is cut off or damaged; send it again.")
    for at in ends:
        if int.from_bytes(tail[at + 12 : at + 16], "little") > _DIRECTORY:
            raise SheetUnpacksTooLarge("The workbook has far too many parts; do not open this file.")
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (*_UNREADABLE, UnicodeDecodeError) as error:
        raise SheetBroken("The workbook is cut off or damaged; send it again.") from error
    parts = archive.infolist()
    if not parts:
        raise SheetEmpty("The workbook is empty.")
    if len(parts) > limits.parts:
        raise SheetUnpacksTooLarge(f"The workbook has more than {limits.parts} parts; do not open this file.")
    unpacked = sum(info.file_size for info in parts)
    if unpacked > limits.unpacked or (unpacked > _RATIO_FROM and unpacked > _RATIO * len(data)):
        raise SheetUnpacksTooLarge(
            f"The workbook of {len(data)} bytes unpacks into {unpacked}; save only the table into a new one."
        )
    for info in parts:
        if info.flag_bits & 1:
            raise SheetEncrypted("The workbook is locked with a password; save it without one and try again.")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise SheetBroken("The workbook is packed in an unusual way; save it again as .xlsx.")
    return archive


def _refuse_declaration(*_: object) -> int:
    raise SheetXmlUnsafe("A part of the workbook declares a document type or entities; do not open this file.")


def _looks_like_xml(head: bytes) -> bool:
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return plain.startswith(b"<")


def _check_type(_: str, attributes: dict[str, str]) -> None:
    kind = attributes.get("ContentType", "")
    if "macroEnabled" in kind or "vbaProject" in kind or "macrosheet" in kind:
        raise SheetHasMacros("The workbook carries macros; save it as .xlsx without macros and try again.")


def _check_relation(_: str, attributes: dict[str, str]) -> None:
    kind = attributes.get("Type", "").rpartition("/")[2].lower()
    if kind in {"externallink", "externallinkpath", "connections", "oleobject", "attachedtemplate"} or (
        attributes.get("TargetMode") == "External" and kind != "hyperlink"
    ):
        raise SheetHasLinks("The workbook draws on other files or data; copy its values into a new one.")
