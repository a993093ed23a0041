"""I have a code: enter it, see exactly what would leave, agree or not, follow it until the receipt."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from bluezone.phone.consent import Content, Publication, PublicationState, Receipt
from bluezone.phone.errors import (
    ConsentOutdated,
    NothingToPublish,
    PhoneError,
    PublicationStateWrong,
    PublicationUnknown,
    ServerRefused,
    ServerUnreachable,
    StoreError,
    WithdrawalImpossible,
)
from bluezone.phone.pages.code_words import (
    GONE,
    NOTHING_TICKED,
    OUTDATED,
    TEST_NAMES,
    TYPED_WRONG,
    UNREACHABLE,
    Trouble,
    refusal,
    trouble_of,
)
from bluezone.phone.pages.site import PageRequest, form_of, fragment, go, page, phone_of, site_of
from bluezone.phone.phone import Phone
from bluezone.protocol import DAY_SECONDS, INTERVAL_SECONDS
from bluezone.protocol.invite import read_code_link, read_typed_code
from bluezone.protocol.scan_errors import ScanError
from bluezone.protocol.wire import TEST_RECURSIVE

_ON_ITS_WAY = {PublicationState.AGREED, PublicationState.CERTIFIED}
_NOTES = {"outdated": OUTDATED, "unticked": NOTHING_TICKED, "gone": GONE, "unreachable": UNREACHABLE}
"""What a page says by its address's `done`."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of keys as the pages show it; `minutes` is how long its identifiers were on the air."""

    day: date
    keys: int
    minutes: int


@get("/code")
async def enter(request: PageRequest) -> Response[str]:
    """The field for a code, what is under way, and the receipts of what was sent."""
    return _enter(request, trouble=_NOTES.get(request.query_params.get("done", "")))


@post("/code", status_code=200)
async def begin(request: PageRequest) -> Response[str] | Redirect:
    """Check a code with the health office. Nothing of the owner's leaves."""
    typed = str((await form_of(request)).get("code", ""))
    code = read_code(typed)
    if code is None:
        return _enter(request, typed=typed, trouble=TYPED_WRONG)
    phone = phone_of(request)
    try:
        publication = await phone.begin_publication(code)
    except PhoneError as error:
        waiting = [one for one in _publications(phone) if one.state is PublicationState.STARTED]
        kept = isinstance(error, ServerUnreachable) or (isinstance(error, ServerRefused) and error.temporary)
        if kept and waiting:
            return go(request, f"code/{waiting[-1].id}")
        return _enter(request, typed=typed, trouble=trouble_of(error), reason=_reason(error))
    return go(request, f"code/{publication.id}")


@get("/code/{publication_id:str}")
async def step(request: PageRequest, publication_id: FromPath[str]) -> Response[str] | Redirect:
    """Where a code is now: waiting, to be agreed to, on its way, refused, or sent."""
    phone = phone_of(request)
    publication = _publication(phone, publication_id)
    if publication is None:
        receipt = _receipt(phone, publication_id)
        return go(request, "code", done="gone") if receipt is None else _show_receipt(request, receipt)
    if publication.state is PublicationState.PUBLISHED:
        return go(request, f"code/{publication_id}/receipt")
    if publication.state is PublicationState.VERIFIED:
        return _ask(request, publication)
    if publication.state is PublicationState.REFUSED:
        trouble = refusal(publication.fault)
        return page(
            request, "code_refused.html", trouble=trouble, reason=publication.fault, hotline=_hotline(request),
        )  # fmt: skip
    return page(request, "code_waiting.html", **_progress(request, publication))


@get("/live/code/{publication_id:str}")
async def live_step(request: PageRequest, publication_id: FromPath[str]) -> Response[str]:
    """The part of a waiting page that changes by itself; it says where to go on when there is something new."""
    publication = _publication(phone_of(request), publication_id)
    if publication is None:
        raise NotFoundException
    return fragment(request, "code_progress.html", **_progress(request, publication))


@get("/code/{publication_id:str}/exact")
async def exact(request: PageRequest, publication_id: FromPath[str]) -> Response[str] | Redirect:
    """The very text that would leave for the ticked days, and what is added to it."""
    days = _days(request.query_params.getall("day", []))
    try:
        consent = phone_of(request).consent(publication_id)
        document = consent.document(days)
    except PublicationUnknown:
        return go(request, "code", done="gone")
    except PublicationStateWrong:
        return go(request, f"code/{publication_id}")
    except NothingToPublish:
        return go(request, f"code/{publication_id}", done="unticked")
    return page(
        request, "code_exact.html", publication_id=publication_id, document=document, server=_host(consent.server),
    )  # fmt: skip


@post("/code/{publication_id:str}/agree")
async def agree(request: PageRequest, publication_id: FromPath[str]) -> Redirect:
    """The owner agreed: send the ticked days, or go on with what was agreed to before."""
    fields = await form_of(request)
    days = _days(str(day) for day in fields.getall("day", []))
    try:
        await phone_of(request).agree(publication_id, days)
    except ConsentOutdated:
        return go(request, f"code/{publication_id}", done="outdated")
    except NothingToPublish:
        return go(request, f"code/{publication_id}", done="unticked")
    except PublicationUnknown:
        return go(request, "code", done="gone")
    except StoreError:
        raise
    except PhoneError:
        return go(request, f"code/{publication_id}", done="unreachable")
    return go(request, f"code/{publication_id}/receipt")


@post("/code/{publication_id:str}/resume")
async def resume(request: PageRequest, publication_id: FromPath[str]) -> Redirect:
    """Go on at once with what waits for the health office's answer."""
    phone = phone_of(request)
    try:
        if (found := _publication(phone, publication_id)) is not None and found.state in _ON_ITS_WAY:
            await phone.agree(publication_id)
        else:
            await phone.sync()
    except StoreError:
        raise
    except PhoneError:
        return go(request, f"code/{publication_id}", done="unreachable")
    return go(request, f"code/{publication_id}")


@post("/code/{publication_id:str}/withdraw")
async def withdraw(request: PageRequest, publication_id: FromPath[str]) -> Redirect:
    """Take a code back before anything is sent."""
    try:
        phone_of(request).withdraw(publication_id)
    except PublicationUnknown:
        return go(request, "code", done="gone")
    except WithdrawalImpossible:
        return go(request, f"code/{publication_id}", done="late")
    return go(request, "code", done="withdrawn")


@get("/code/{publication_id:str}/receipt")
async def receipt_page(request: PageRequest, publication_id: FromPath[str]) -> Response[str]:
    """What was sent, when, to whom, and how long this is kept."""
    receipt = _receipt(phone_of(request), publication_id)
    if receipt is None:
        raise NotFoundException
    return _show_receipt(request, receipt)


def read_code(text: str) -> str | None:
    """The code in what somebody typed or pasted, a link included; None where there is none."""
    try:
        return read_code_link(text.strip()).code
    except ScanError:
        return read_typed_code(text)


def _enter(request: PageRequest, *, trouble: Trouble | None, typed: str = "", reason: str = "") -> Response[str]:
    phone = phone_of(request)
    return page(
        request,
        "code.html",
        typed=typed,
        trouble=trouble,
        reason=reason,
        invalid=bool(typed) and trouble is not None,
        under_way=[one for one in _publications(phone) if one.state not in _FINISHED],
        receipts=list(reversed(phone.receipts())),
        hotline=_hotline(request),
    )


_FINISHED = {PublicationState.PUBLISHED, PublicationState.REFUSED}


def _ask(request: PageRequest, publication: Publication) -> Response[str]:
    try:
        consent = phone_of(request).consent(publication.id)
    except NothingToPublish as error:
        return page(
            request, "code_refused.html", trouble=trouble_of(error), reason="", hotline=_hotline(request),
            withdraw_id=publication.id,
        )  # fmt: skip
    days = days_of(consent.content)
    return page(
        request,
        "code_consent.html",
        publication=publication,
        recursive=publication.test_type == TEST_RECURSIVE,
        test_name=TEST_NAMES.get(publication.test_type, publication.test_type),
        symptom_date=_date(publication.symptom_date),
        days=list(reversed(days)),
        keys=sum(day.keys for day in days),
        minutes=sum(day.minutes for day in days),
        until=days[-1].day + timedelta(15),
        server=_host(consent.server),
        authority=consent.authority,
        day_begins=day_begins(phone_of(request)),
        trouble=_NOTES.get(request.query_params.get("done", "")),
    )


def _show_receipt(request: PageRequest, receipt: Receipt) -> Response[str]:
    days = days_of(receipt.content)
    return page(
        request,
        "code_receipt.html",
        receipt=receipt,
        recursive=receipt.test_type == TEST_RECURSIVE,
        test_name=TEST_NAMES.get(receipt.test_type, receipt.test_type),
        days=days,
        keys=sum(day.keys for day in days),
        server=_host(receipt.server),
        hotline=_hotline(request),
    )


def _progress(request: PageRequest, publication: Publication) -> dict[str, Any]:
    return {
        "publication": publication,
        "agreed": publication.state in _ON_ITS_WAY,
        "moved": publication.state not in _ON_ITS_WAY | {PublicationState.STARTED},
        "can_withdraw": publication.state in {PublicationState.STARTED, PublicationState.AGREED},
        "failed_now": request.query_params.get("done") == "unreachable",
        "hotline": _hotline(request),
    }


def days_of(content: Content) -> list[Day]:
    """The days of a content with the number of their keys and the time that these stand for."""
    return [
        Day(
            day.day,
            len(day.keys),
            sum(key.rolling_period for key in day.keys) * INTERVAL_SECONDS // 60,
        )
        for day in content.days
    ]  # fmt: skip


def day_begins(phone: Phone) -> float:
    """When a day of keys begins, as a Unix time of that hour on the owner's clock: keys follow UTC days."""
    return phone.now() // DAY_SECONDS * DAY_SECONDS


def _days(texts: Iterable[str]) -> Collection[date]:
    return [day for text in texts if (day := _date(text)) is not None]


def _date(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _host(server: str) -> str:
    return urlsplit(server).netloc


def _hotline(request: PageRequest) -> str:
    return str(phone_of(request).guidance(site_of(request).language(request)).hotline)


def _publications(phone: Phone) -> list[Publication]:
    try:
        return phone.publications()
    except ServerUnreachable:
        return []


def _publication(phone: Phone, publication_id: str) -> Publication | None:
    return next((one for one in _publications(phone) if one.id == publication_id), None)


def _receipt(phone: Phone, publication_id: str) -> Receipt | None:
    return next((one for one in phone.receipts() if one.publication_id == publication_id), None)


def _reason(error: PhoneError) -> str:
    return error.reason if isinstance(error, ServerRefused) else error.code


handlers = [enter, begin, step, live_step, exact, agree, resume, withdraw, receipt_page]
