"""The gate: scan its code or type its word, and show what both sides can compare at a glance. Nothing is sent."""

from __future__ import annotations

from litestar import Response, get, post
from litestar.response import Redirect

from bluezone import look
from bluezone.phone.faults import Fault
from bluezone.phone.pages.repair import fault_sentence, walk_of
from bluezone.phone.pages.scan import refuse
from bluezone.phone.pages.site import PageRequest, form_of, go, page, phone_of, site_of
from bluezone.protocol.gate import GateChallenge
from bluezone.protocol.scan import TypedCode, TypedKind
from bluezone.protocol.scan_errors import ScanError


@get("/gate")
async def gate(request: PageRequest) -> Response[str]:
    """How it works, the ways to begin, and where this phone was shown before."""
    return page(request, "gate.html", passes=phone_of(request).gate_passes())


@post("/gate", status_code=200)
async def show(request: PageRequest) -> Response[str] | Redirect:
    """The pass for a challenge, or the one fault that stands in its way."""
    phone = phone_of(request)
    text = str((await form_of(request)).get("text", ""))
    try:
        found = phone.read_scanned(text)
        if not isinstance(found, GateChallenge | TypedCode) or (
            isinstance(found, TypedCode) and found.kind is not TypedKind.GATE_WORD
        ):
            return go(request, "gate", done="other")
        result = phone.gate_pass(found)
    except ScanError as error:
        return refuse(request, error)
    if isinstance(result, Fault):
        repair = phone.repair(result.name)
        # A fault that the gate alone sees: nothing was heard for a while, though nothing is known to be broken.
        return page(
            request,
            "gate_fault.html",
            fault=result.name.value,
            idle=repair.fault is None,
            sentence=fault_sentence(repair),
            walk=walk_of(repair),
        )
    language = site_of(request).language(request)
    return page(
        request,
        "gate_pass.html",
        glance=result.glance,
        label=result.gate_label,
        picture=look.gate_picture(result.glance.picture),
        picture_name=look.gate_picture_name(result.glance.picture, language),
        colour_name=look.gate_colour_name(result.glance.colour, language),
        seconds=max(0, round(result.expires_at - phone.now())),
    )


handlers = [gate, show]
