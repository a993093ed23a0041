from __future__ import annotations

import asyncio
import io
import zipfile
from datetime import date

from bluezone.phone.pages.deletions import UNDO_SECONDS
from bluezone.phone.pages.language import translations
from bluezone.phone.pages.stored_words import STORED_NAMES, STORED_RULES
from tests.phone.pages.conftest import Visit, Visitor

TODAY = date(2020, 8, 3)


def test_diary_counts_minutes_and_never_identifiers(visit: Visit) -> None:
    """In two hours an identifier changes many times; the one person near stays one person."""

    async def story(visitor: Visitor) -> None:
        today = visitor.phone.diary()[0]
        assert 90 <= today.minutes_near_others <= 120
        assert "Hôm nay, 3/8" in await visitor.text("diary")

    visit(story, seconds=7200.0)


def test_diary_begins_with_the_first_day_and_names_days_without_protection(visit: Visit) -> None:
    """Nobody is told that they were not protected before they had Bluezone."""
    row = '<li><a class="list-row" href="/a-secret-of-this-start/diary/2020-'

    async def story(visitor: Visitor) -> None:
        html = await visitor.text("diary")
        assert (html.count(row), "không bảo vệ" in html) == (1, False)
        await visitor.phone.stop()
        await visitor.air.clock.sleep(86400.0)
        html = await visitor.text("diary")
        assert (html.count(row), "không bảo vệ" in html) == (2, True)

    visit(story)


def test_a_day_shows_what_is_kept_of_it_and_until_when(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        html = await visitor.text(f"diary/{TODAY}")
        assert "Những lúc máy này lắng nghe" in html
        assert "đến 17/8" in html

    visit(story)


def test_a_deleted_day_can_be_brought_back_for_some_seconds(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        before = visitor.phone.beacons_heard()
        await visitor.send(f"diary/{TODAY}/delete")
        html = await visitor.text("diary")
        assert "Đang xóa Thứ Hai 3/8." in html
        assert f'href="/a-secret-of-this-start/diary/{TODAY}"' not in html
        assert (await visitor.send(f"diary/{TODAY}/keep")).headers["location"].endswith("?done=kept")
        await asyncio.sleep(UNDO_SECONDS + 1)
        assert visitor.phone.beacons_heard() >= before

    visit(story)


def test_a_day_is_deleted_when_nobody_brings_it_back(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        assert visitor.phone.diary()[0].minutes_protected > 20
        await visitor.send(f"diary/{TODAY}/delete")
        await asyncio.sleep(UNDO_SECONDS + 1)
        assert visitor.phone.diary()[0].minutes_protected <= 5
        assert (await visitor.send(f"diary/{TODAY}/keep")).headers["location"].endswith("?done=gone")

    visit(story)


def test_export_is_a_file_of_the_owners_own(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        response = await visitor.get("diary/export")
        assert response.headers["content-disposition"] == 'attachment; filename="bluezone.zip"'
        assert zipfile.ZipFile(io.BytesIO(response.content)).testzip() is None

    visit(story)


def test_everything_is_deleted_only_after_a_tick(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        await visitor.send("settings/language", language="en")
        assert (await visitor.send("diary/delete-all")).headers["location"].endswith("done=unticked")
        assert "Nothing was deleted." in await visitor.text("diary/delete-all?done=unticked")
        assert visitor.phone.beacons_heard() > 0
        response = await visitor.send("diary/delete-all", sure="yes")
        assert response.headers["location"].endswith("/welcome?done=deleted")
        assert visitor.phone.beacons_heard() == 0
        assert "Everything was deleted from this phone." in await visitor.text("welcome?done=deleted")
        assert (await visitor.get()).headers["location"].endswith("/welcome")

    visit(story)


def test_everything_stored_is_listed_in_words(visit: Visit) -> None:
    async def story(visitor: Visitor) -> None:
        html = await visitor.text("diary/stored")
        say = translations("vi").gettext
        for table in visitor.phone.stored():
            assert say(STORED_NAMES[table.name]) in html
            assert say(STORED_RULES[table.name]) in html

    visit(story)
