from __future__ import annotations

from tests.phone.pages.conftest import Visit, Visitor, links_of


def test_first_start_leads_through_four_screens_without_a_phone_number(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        assert (await visitor.get()).headers["location"].endswith("/welcome")
        path, screens = "welcome", []
        while path:
            html = await visitor.text(path)
            assert 'type="tel"' not in html
            screens.append(path)
            onward = [link for link in links_of(html) if link.startswith("welcome/") and link not in screens]
            path = onward[0] if onward else ""
        assert screens == ["welcome", "welcome/stored", "welcome/permissions", "welcome/unit"]
        assert (await visitor.send("welcome/done")).headers["location"].endswith("/")
        assert (await visitor.get()).status_code == 200
        assert visitor.phone.invitation() is None

    visit(story, welcomed=False)


def test_invitation_is_kept_from_a_link_or_a_code(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        for typed, unit, channel in (
            ("https://bluezone.example/u#VG-03.school", "VG-03", "school"),
            (" vg-03 ", "VG-03", "other"),
        ):
            await visitor.send("welcome/done", invitation=typed)
            invitation = visitor.phone.invitation()
            assert invitation is not None
            assert (invitation.unit, invitation.channel) == (unit, channel)
        assert "VG-03" in await visitor.text("welcome/unit")

    visit(story, welcomed=False)


def test_a_text_that_is_no_invitation_is_refused_kindly(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        response = await visitor.send("welcome/done", invitation="0912 345 678 <b>")
        assert response.headers["location"].endswith("/welcome/unit?done=unknown")
        html = await visitor.text("welcome/unit?done=unknown")
        assert "Đây không phải lời mời." in html
        assert 'aria-invalid="true"' in html
        assert not visitor.phone.preferences().first_run_done

    visit(story, welcomed=False)
