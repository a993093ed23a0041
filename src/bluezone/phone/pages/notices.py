"""Notices: days with an exposure, what to do today, whom to call, and the health office's bulletins."""

from __future__ import annotations

from litestar import Response, get

from bluezone.phone.pages.home import LEVEL_NAMES, sentence
from bluezone.phone.pages.language import N_
from bluezone.phone.pages.site import PageRequest, page, phone_of, site_of
from bluezone.risk import Closeness

CLOSENESS = {
    Closeness.NEAR: N_("very near"),
    Closeness.UNCLEAR: N_("unclear whether near"),
    Closeness.FAR: N_("farther away"),
}


@get("/notices")
async def notices(request: PageRequest) -> Response[str]:
    """Everything to know now; what is shown counts as read from then on."""
    phone = phone_of(request)
    language = site_of(request).language(request)
    status = phone.status()
    found = phone.notices(language)
    answer = page(
        request,
        "notices.html",
        status=status,
        level=status.level.value,
        level_name=LEVEL_NAMES[status.level],
        sentence=sentence(phone, status),
        exposures=[notice for notice in found if notice.kind == "exposure"],
        warned=[notice for notice in found if notice.kind == "place"],
        bulletins=[notice for notice in found if notice.kind == "bulletin"],
        guidance=phone.guidance(language),
        closeness=CLOSENESS,
    )
    for notice in found:
        if not notice.read:
            phone.mark_read(notice.id)
    return answer


handlers = [notices]
