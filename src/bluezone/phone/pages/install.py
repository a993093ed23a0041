"""What makes the pages an application of the device: manifest, icon, and a worker that starts without an answer."""

from __future__ import annotations

import msgspec
from litestar import Response, get

from bluezone.phone.pages.language import translations
from bluezone.phone.pages.site import PageRequest, page, site_of
from bluezone.phone.pages.static import send_file

_ALWAYS_ASK = "no-cache"


@get("/app.webmanifest")
async def manifest(request: PageRequest) -> Response[bytes]:
    """Name, icons and first page, for a browser that installs the pages."""
    site = site_of(request)
    _ = translations(site.language(request)).gettext
    shortcuts = (("scan", _("Scan")), ("code", _("I have a code from the health office")))
    content = {
        "name": "Bluezone",
        "short_name": "Bluezone",
        "lang": site.language(request),
        "description": _("Bluezone tells you if you were near a case."),
        "id": "bluezone",
        "start_url": site.url(),
        "scope": site.url(),
        "display": "standalone",
        "orientation": "portrait",
        "theme_color": "#FFFFFF",
        "background_color": "#FFFFFF",
        "icons": [
            {"src": site.static_url("own/icon.svg"), "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
            {"src": site.static_url("own/icon-192.png"), "sizes": "192x192", "type": "image/png"},
            {"src": site.static_url("own/icon-512.png"), "sizes": "512x512", "type": "image/png"},
            {
                "src": site.static_url("own/icon-mask.png"),
                "sizes": "512x512",
                "type": "image/png",
                "purpose": "maskable",
            },
        ],
        "shortcuts": [{"name": name, "url": site.url(path)} for path, name in shortcuts],
    }
    return Response(msgspec.json.encode(content), media_type="application/manifest+json")


@get("/worker.js")
async def worker(request: PageRequest) -> Response[bytes]:
    """The worker; it stands at the root of the pages, since it may only answer for what lies below it."""
    return send_file(site_of(request).static.file("own/worker.js"), cache=_ALWAYS_ASK)


@get("/offline")
async def offline(request: PageRequest) -> Response[str]:
    """What the worker keeps to show when the phone's program does not answer; nothing of the owner's is in it."""
    return page(request, "offline.html")


handlers = [manifest, worker, offline]
