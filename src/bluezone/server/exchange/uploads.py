"""A form with a file, read in memory: what the file holds is never written to a disk, not even for a moment."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.datastructures.multi_dicts import FormMultiDict
from litestar.datastructures.upload_file import UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import ClientException
from multipart import MultipartSegment, ParserError, PushMultipartParser  # type: ignore[import-untyped]

from bluezone.server.exchange.errors import FileMissing

MOST_PARTS = 20


class UploadRequest(Request[Any, Any, Any]):
    """As any request, but the files of its form stay in memory; the size of its body is bounded by its handler."""

    async def form(self) -> FormMultiDict:
        kind, options = self.content_type
        if kind == RequestEncodingType.MULTI_PART and not isinstance(self._connection_state.form, dict):
            fields: Any = _fields(await self.body(), str(options.get("boundary", "")))
            self._connection_state.form = fields
        return await super().form()


def _fields(body: bytes, boundary: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    segment, held = None, bytearray()
    try:
        with PushMultipartParser(boundary, max_segment_count=MOST_PARTS) as parser:
            for part in parser.parse(body):
                if isinstance(part, MultipartSegment):
                    segment, held = part, bytearray()
                elif part:
                    held += part
                elif segment is not None:
                    if segment.filename is None:
                        found[segment.name] = held.decode("utf-8", "replace")
                    else:
                        # Never above its spool's size, so that nothing goes to a temporary file.
                        found[segment.name] = UploadFile(
                            "", segment.filename, bytes(held), max_spool_size=len(held) + 1
                        )
    except (ParserError, ValueError) as error:
        raise ClientException("This form is damaged; load the page again.") from error
    return found


async def file_of(form: FormMultiDict, field: str) -> tuple[str, bytes]:
    """The file's name and content. Raises FileMissing."""
    file = form.get(field)
    if not isinstance(file, UploadFile) or not file.filename:
        raise FileMissing("Choose a file first.")
    data = await file.read()
    if not data:
        raise FileMissing("The file is empty; choose another one.")
    return file.filename, data
