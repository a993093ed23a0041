"""Whether the server lives and is ready, for whoever watches it; figures for Prometheus."""

from __future__ import annotations

import msgspec
from litestar import MediaType, Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bluezone.server.core import CoreParameter
from bluezone.server.errors import DatabaseUnavailable
from bluezone.server.jobs import read_jobs


class JobHealth(msgspec.Struct):
    """`last_success` is null for a job that has not succeeded yet; `late` after three periods without success."""

    name: str
    last_success: float | None
    due_at: float


class Health(msgspec.Struct):
    """`ready` says whether calls will be answered; an answer at all says that the process lives."""

    ready: bool
    database: bool
    time: float
    jobs: list[JobHealth]


@get("/healthz", summary="Whether the server is ready")
async def healthz(core: CoreParameter) -> Response[Health]:
    """200 when ready, 503 when the database is away."""
    try:
        states = await core.database.read(read_jobs)
    except DatabaseUnavailable:
        return Response(Health(False, False, core.clock.now(), []), status_code=503)
    jobs = [JobHealth(state.name, state.last_success, state.due_at) for state in states]
    return Response(Health(True, True, core.clock.now(), jobs))


@get("/metrics", media_type=MediaType.TEXT, summary="Figures in Prometheus' text form")
async def metrics(core: CoreParameter) -> Response[bytes]:
    """No figure has a label that tells people apart."""
    return Response(generate_latest(core.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
