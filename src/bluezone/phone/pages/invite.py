"""Invite three: a code to scan and a link to share, which name a unit and say that a friend told, and nobody."""

from __future__ import annotations

import segno
from litestar import Response, get, post
from litestar.response import Redirect
from markupsafe import Markup

from bluezone.phone.pages.site import PageRequest, go, page, phone_of, set_preferences
from bluezone.protocol.invite import Channel, Invitation, write_invitation

_QUIET = 2
"""Modules of margin in the picture; the frame around it adds more white than the four that cameras want."""


@get("/invite")
async def invite(request: PageRequest) -> Response[str]:
    """The code, the link, the share sheet of the device where there is one."""
    phone = phone_of(request)
    invitation = phone.invitation()
    passed_on = invitation.shared() if invitation else Invitation("", Channel.FRIEND)
    host = phone.server_host
    link = write_invitation(passed_on, host=host) if host else ""
    return page(request, "invite.html", link=link, qr=qr(link) if link else None, unit=passed_on.unit)


@post("/invite/forget")
async def forget(request: PageRequest) -> Redirect:
    """Pass on no unit any more."""
    set_preferences(request, invitation=None)
    return go(request, "invite")


def qr(text: str) -> Markup:
    """The QR code of a text as inline SVG in the colour of the text around it; what is around it names it."""
    matrix = segno.make(text, error="m", micro=False).matrix
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            width = 1
            while x + width < len(row) and row[x + width] == row[x]:
                width += 1
            if row[x]:
                runs.append(f"M{x + _QUIET} {y + _QUIET}h{width}v1h-{width}z")
            x += width
    size = len(matrix) + 2 * _QUIET
    return Markup(
        '<svg viewBox="0 0 {0} {0}" shape-rendering="crispEdges" aria-hidden="true" focusable="false">'
        '<path fill="currentColor" d="{1}"/></svg>'
    ).format(size, "".join(runs))


handlers = [invite, forget]
