from __future__ import annotations

import re

from bluezone.phone.pages.home import LEVEL_NAMES
from bluezone.phone.status import StatusLevel
from tests.phone.pages.conftest import Visit, Visitor


def test_home_says_status_radar_and_minutes(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        html = await visitor.text()
        assert 'data-level="safe"' in html
        assert "Chưa ghi nhận tiếp xúc gần nào cần chú ý." in html
        assert html.count('class="dot ') == 1
        minutes = [int(found) for found in re.findall(r'<span class="figure">(\d+)</span>', html)]
        status, today = visitor.phone.status(), visitor.phone.diary()[0]
        assert minutes == [1, status.minutes_today, today.minutes_near_others]
        assert status.minutes_today > 20

    visit(story)


def test_fresh_part_is_sent_only_when_it_changed(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        first = await visitor.get("live/home")
        assert first.status_code == 200
        etag = {"if-none-match": first.headers["etag"]}
        assert (await visitor.get("live/home", **etag)).status_code == 304
        await visitor.phone.stop()
        changed = await visitor.get("live/home", **etag)
        assert changed.status_code == 200
        assert 'data-level="not_protecting"' in changed.text

    visit(story)


def test_a_phone_without_bluetooth_says_so_and_offers_the_repair(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        visitor.controller.unplug()
        await visitor.air.clock.sleep(400)
        html = await visitor.text()
        assert 'data-level="not_protecting"' in html
        assert "Bluezone đang không bảo vệ được bạn" in html
        assert "/repair/radio_gone" in html
        await visitor.send("repair/radio_gone")
        assert 'role="alert"' in await visitor.text("repair/radio_gone?done=tried")
        visitor.controller.plug_in()
        response = await visitor.send("repair/radio_gone")
        assert response.status_code == 303
        assert "Đã ổn trở lại." in await visitor.text("repair/radio_gone")
        assert 'data-level="safe"' in await visitor.text()
        await visitor.air.clock.sleep(60)  # let the radio, which has only just come back, end its first calls

    visit(story)


def test_every_level_has_a_name() -> None:
    assert set(LEVEL_NAMES) == set(StatusLevel)
