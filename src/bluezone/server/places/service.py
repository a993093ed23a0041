"""Places for the pages and other rooms: the register, posters, and notices as phones fetch them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa

from bluezone.materials import PlacePoster
from bluezone.protocol import ArchiveSigner
from bluezone.protocol.place import write_place_code
from bluezone.server.casework.service import Casework, Ground
from bluezone.server.jobs import Job, Lease
from bluezone.server.places.notices import NoticeFile, build_file, destroy_due, file_names, read_file
from bluezone.server.places.register import Place, PlaceData, Sheet, find_place, list_places, read_place
from bluezone.server.places.tables import notice_files, place_notices, place_sheets, places

__all__ = [
    "Place",
    "PlaceData",
    "Places",
    "Sheet",
    "find_place",
    "list_places",
    "notice_files",
    "place_notices",
    "place_sheets",
    "places",
    "read_place",
]

P = ParamSpec("P")
T = TypeVar("T")

HOUR_SECONDS = 3600.0
LONGEST_PAUSE_SECONDS = 600.0


class Places:
    """Built once, when the application is; `signer` is the province's key, which phones trust by its configuration."""

    def __init__(self, casework: Casework, signer: ArchiveSigner) -> None:
        self.casework = casework
        self.ground = casework.ground
        self.signer = signer

    async def read(self, fn: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.casework.read(fn, *args, **kwargs)

    async def write(
        self, fn: Callable[Concatenate[Ground, sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`fn(ground, connection, …)` in a transaction of its own."""
        return await self.casework.write(fn, *args, **kwargs)

    def link(self, sheet: Sheet, host: str) -> str:
        """The link of a sheet, signed for the host that it names."""
        return write_place_code(sheet.code, key=self.signer.private_key, host=host.lower())

    def posters(self, place: Place, sheets: Sequence[Sheet], host: str) -> list[PlacePoster]:
        """What stands on the posters of these sheets."""
        return [
            PlacePoster(
                name=place.row.name,
                zone=sheet.zone,
                address=sheet.code.address,
                unit=place.unit.title,
                short_id=sheet.short_id,
                sheet_version=sheet.number,
                issued=sheet.code.issued,
                valid_until=sheet.code.valid_until,
                link=self.link(sheet, host),
                host=host.lower(),
                hotline=self.ground.core.settings.hotline,
            )
            for sheet in sheets
        ]

    async def notice_names(self) -> list[str]:
        """What the index of notices lists, oldest to newest."""
        return await self.read(file_names)

    async def notice_file(self, name: str) -> NoticeFile:
        """Raises NotFound."""
        return await self.read(read_file, name)

    def jobs(self) -> list[Job]:
        """The files of notices, and the destruction of what is due."""
        pause = min(self.ground.core.settings.export_period_minutes * 60.0, LONGEST_PAUSE_SECONDS)
        return [
            Job("notices", pause, self._build),
            Job("places", HOUR_SECONDS, self._destroy, destroys=True),
        ]

    async def _build(self, lease: Lease) -> None:
        await self.write(build_file, lease, self.signer)

    async def _destroy(self, lease: Lease) -> None:
        await self.write(destroy_due, lease)
