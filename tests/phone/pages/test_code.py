"""Entering a code and publishing through the pages, against the real server."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest

from bluezone.phone import PublicationState
from bluezone.phone.pages.code_words import REFUSALS
from bluezone.protocol import wire
from tests.phone.pages.office import Office, at_the_office


@pytest.mark.parametrize("written", ["{0}", " {0} ", "{1} {2}", "{1}-{2}"])
def test_a_code_is_understood_however_it_is_written(tmp_path: Path, written: str) -> None:
    async def story(office: Office) -> None:
        code = await office.there.code()
        _, page = await office.begin(written.format(code, code[:4], code[4:]))
        assert "Do you want to warn the people you were near?" in page

    at_the_office(tmp_path, story)


def test_what_is_no_code_is_said_and_never_sent(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        asked = len(office.there.line.sent)
        path, page = await office.send("code", code="123 45")
        assert path == "code"
        assert "This is not a whole code." in page
        assert 'value="123 45"' in page
        assert len(office.there.line.sent) == asked

    at_the_office(tmp_path, story)


def test_an_unknown_code_says_what_happened_what_is_safe_and_what_to_do(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        _, page = await office.send("code", code="00000000")
        assert "The health office does not know this code." in page
        assert "Nothing of yours has been sent." in page
        assert "Compare it digit by digit" in page
        assert "<code>code_unknown</code>" in page
        assert office.phone.publications() == []

    at_the_office(tmp_path, story)


def test_an_expired_code_says_so_in_vietnamese(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        code = await office.there.code()
        office.there.clock.set(office.there.clock.now() + 3 * 86400)
        _, page = await office.send("code", code=code)
        assert "Mã này đã hết hạn." in page
        assert "Chưa có gì của bạn được gửi đi." in page

    at_the_office(tmp_path, story, language="vi")


def test_every_refusal_of_a_code_has_its_own_words() -> None:
    assert {
        "code_invalid",
        "code_unknown",
        "code_used",
        "code_expired",
        "too_many_wrong_codes",
        "short_codes_paused",
        "unsupported_test_type",
        "token_used",
        "token_revoked",
    } <= set(REFUSALS)


def test_the_consent_shows_every_day_with_its_keys_and_nothing_leaves_before(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        _, page = await office.begin()
        assert re.findall(r'name="day" value="([^"]+)" checked', page) == ["2020-08-09", "2020-08-08", "2020-08-07"]
        assert page.count("1 key, on the air for 1 hour 50 minutes") == 3
        for kept in ("your name and number", "where you were", "whom you were near", "keys of the time to come"):
            assert kept in page
        assert office.there.line.bodies(wire.PATH_CERTIFICATE) == office.there.line.bodies(wire.PATH_PUBLISH) == []

    at_the_office(tmp_path, story)


def test_an_unticked_day_does_not_leave_and_the_exact_text_is_what_leaves(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        publication, _ = await office.begin()
        chosen = ["2020-08-07", "2020-08-09"]
        response = await office.http.get(f"code/{publication}/exact", params={"day": chosen})
        found = re.search(r"<pre[^>]*>(.*?)</pre>", response.text, re.DOTALL)
        assert found is not None
        shown = json.loads(found[1].replace("&#34;", '"').replace("&quot;", '"'))
        path, page = await office.send(f"code/{publication}/agree", day=chosen)
        assert path == f"code/{publication}/receipt"
        assert "It is sent. Thank you." in page
        (body,) = office.there.line.bodies(wire.PATH_PUBLISH)
        sent = json.loads(body)
        assert sent.pop("padding").strip("0") == ""
        assert sent.pop("verificationPayload")
        assert sent == shown
        assert [base64.b64decode(key["key"]) for key in sent["temporaryExposureKeys"]] == [
            office.keys[0],
            office.keys[2],
        ]

    at_the_office(tmp_path, story)


def test_with_no_day_ticked_nothing_is_sent_and_the_choice_stays_open(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        publication, _ = await office.begin()
        path, page = await office.send(f"code/{publication}/agree")
        assert path == f"code/{publication}"
        assert "No day was ticked" in page
        assert "Agree and send" in page
        assert office.there.line.bodies(wire.PATH_PUBLISH) == []

    at_the_office(tmp_path, story)


@pytest.mark.parametrize("lost", [wire.PATH_CERTIFICATE, wire.PATH_PUBLISH])
@pytest.mark.parametrize("what", ["lose_request", "lose_answer"])
def test_what_was_agreed_to_goes_on_after_a_failure(tmp_path: Path, lost: str, what: str) -> None:
    async def story(office: Office) -> None:
        publication, _ = await office.begin()
        setattr(office.there.line, what, lost)
        path, page = await office.send(f"code/{publication}/agree", day="2020-08-09")
        assert path == f"code/{publication}"
        assert "You agreed, but it has not all been sent yet." in page
        assert "Go on sending" in page
        setattr(office.there.line, what, "")
        path, page = await office.send(f"code/{publication}/resume")
        assert path == f"code/{publication}/receipt"
        assert [row[0] for row in office.there.published()] == [office.keys[2]]

    at_the_office(tmp_path, story)


def test_a_code_whose_answer_was_lost_waits_and_is_asked_again(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await office.phone.sync()
        office.there.line.lose_answer = wire.PATH_VERIFY
        publication, page = await office.begin()
        assert "The health office has not answered yet." in page
        assert "Waiting for the health office" in await office.text("code")
        office.there.line.lose_answer = ""
        _, page = await office.send(f"code/{publication}/resume")
        assert "Do you want to warn the people you were near?" in page

    at_the_office(tmp_path, story)


def test_a_waiting_page_says_where_to_go_on_once_something_is_new(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        publication, _ = await office.begin()
        office.there.line.lose_request = wire.PATH_PUBLISH
        await office.send(f"code/{publication}/agree", day="2020-08-09")
        assert "data-go" not in await office.text(f"live/code/{publication}")
        office.there.line.lose_request = ""
        await office.phone.sync()
        assert "data-go" in await office.text(f"live/code/{publication}")

    at_the_office(tmp_path, story)


def test_a_code_can_be_taken_back_until_it_is_on_its_way(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        publication, _ = await office.begin()
        path, page = await office.send(f"code/{publication}/withdraw")
        assert path == "code"
        assert "The code was taken back." in page
        assert office.phone.publications() == []
        _, page = await office.send(f"code/{publication}/withdraw")
        assert "This code is no longer on this phone" in page

    at_the_office(tmp_path, story)


def test_what_may_have_arrived_cannot_be_taken_back(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        publication, _ = await office.begin()
        office.there.line.lose_answer = wire.PATH_PUBLISH
        _, page = await office.send(f"code/{publication}/agree", day="2020-08-09")
        assert "Take it back" not in page
        _, page = await office.send(f"code/{publication}/withdraw")
        assert "cannot be taken back here" in page
        assert office.phone.publication(publication).state is PublicationState.CERTIFIED

    at_the_office(tmp_path, story)


def test_consent_shown_too_long_ago_is_shown_again(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        publication, _ = await office.begin()
        office.there.clock.set(office.there.clock.now() + 3700)
        _, page = await office.send(f"code/{publication}/agree", day="2020-08-09")
        assert "More than an hour has passed" in page
        assert "Agree and send" in page
        assert office.there.line.bodies(wire.PATH_PUBLISH) == []

    at_the_office(tmp_path, story)


def test_a_confirmed_contact_is_asked_to_warn_f2(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        _, page = await office.begin(await office.there.code(wire.TEST_RECURSIVE))
        assert "confirmed that you are F1" in page
        assert "may be F2" in page

    at_the_office(tmp_path, story)


def test_the_receipt_stays_after_the_publication_is_destroyed(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        publication, _ = await office.begin()
        await office.send(f"code/{publication}/agree", day="2020-08-09")
        receipt = office.phone.receipts()[0]
        page = await office.text(f"code/{publication}/receipt")
        assert receipt.sha256 in page
        assert f"code/{publication}/receipt" in await office.text("code")

    at_the_office(tmp_path, story)


def test_an_address_of_a_code_that_is_gone_leads_to_the_field(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        response = await office.http.get("code/unknown", follow_redirects=True)
        assert "This code is no longer on this phone" in response.text

    at_the_office(tmp_path, story)
