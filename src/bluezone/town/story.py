"""The story of the rehearsal: two phones meet, one owner falls ill, the other is told, and so is whom they met next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bluezone.clock import Clock
from bluezone.phone import Consent, Receipt, StatusLevel
from bluezone.protocol import day_start, interval_at, wire
from bluezone.town.desk import Desk, published_keys
from bluezone.town.schedule import STORY_HOURS, STORY_START, at
from bluezone.town.town import Town

MINUTES_TOGETHER = range(30, 51)
"""What 40 minutes at a metre may count as: a scan every few minutes does not see where a meeting begins and ends."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence in both languages."""

    vi: str
    en: str


class Narrator(Protocol):
    """Whoever tells the story to a person."""

    def scene(self, time: float, said: Said) -> None:
        """Something begins at `time` (Unix seconds)."""
        ...

    def line(self, said: Said, came_true: bool) -> None:
        """A line of the story was checked."""
        ...

    def consent(self, owner: str, consent: Consent) -> None:
        """`owner` is shown exactly what will leave the phone."""
        ...

    def receipt(self, owner: str, receipt: Receipt) -> None:
        """`owner` agreed and the keys were sent."""
        ...


class Story:
    """Plays once over a town that was just started at STORY_START; `missed` counts lines that did not come true."""

    def __init__(self, town: Town, desk: Desk, narrator: Narrator, clock: Clock) -> None:
        self._town = town
        self._desk = desk
        self._narrator = narrator
        self._clock = clock
        self.missed = 0

    async def play(self) -> int:
        """The number of lines that did not come true."""
        await self._two_meet()
        await self._a_publishes()
        await self._b_is_told()
        await self._b_publishes()
        await self._e_is_told()
        self._line(
            "Danh sách tiếp xúc không rời điện thoại nào: mọi byte gửi đi đã được soi.",
            "Nobody's contact list left a phone: every byte sent was looked through.",
            self._town.contacts_stayed_home(),
        )
        return self.missed

    async def _two_meet(self) -> None:
        self._scene(
            "Sáu điện thoại đang phát và nghe; mọi người ở nhà.", "Six phones send and listen; all are at home."
        )
        await self._until(at(0, 8))
        self._scene(
            "A và D vào văn phòng; D ngồi cách A 8 m cả buổi sáng.",
            "A and D come to the office; D sits 8 m from A all morning.",
        )
        await self._until(at(0, 9))
        self._scene("B đến ngồi cạnh A: 40 phút, cách 1 m.", "B comes to sit with A: 40 minutes at 1 m.")
        await self._until(at(0, 9, 40))
        self._line("A và B nghe thấy nhau qua Bluetooth.", "A and B heard each other.", self._heard("A", "B"))
        await self._until(at(0, 10, 30))
        self._scene("C đi ngang B ở hành lang: 2 phút.", "C passes B in a corridor: 2 minutes.")
        await self._until(at(1, 10))
        self._scene(
            "Hôm sau, B gặp E ở quán: 30 phút, cách 1 m. F không gặp ai.",
            "The next day B meets E in a café: 30 minutes at 1 m. F meets nobody.",
        )
        await self._until(at(1, 10, 30))
        self._line("B và E nghe thấy nhau qua Bluetooth.", "B and E heard each other.", self._heard("B", "E"))
        self._line("Chưa ai bị cảnh báo.", "Nobody is warned yet.", self._are(StatusLevel.SAFE, "ABCDEF"))

    async def _a_publishes(self) -> None:
        await self._until(at(1, 15))
        self._scene(
            "A xét nghiệm dương tính; bàn y tế cấp mã và đọc qua điện thoại.",
            "A's owner tests positive; the desk issues a code and reads it out.",
        )
        issued = await self._desk.issue(wire.TEST_CONFIRMED, symptom_date="2020-08-03", test_date="2020-08-04")
        await self._publish("A", issued, days=2)

    async def _b_is_told(self) -> None:
        await self._until(at(2, 7))
        self._scene(
            "Qua đêm, các điện thoại đã tự tải tệp khóa và so khớp ngay trên máy.",
            "Overnight the phones have fetched the archive and matched it by themselves.",
        )
        await self._check_archives("A")
        minutes = sum(
            exposure.minutes
            for exposure in self._town.phone("B").status().exposures
            if exposure.level is StatusLevel.F1
        )
        self._line(
            f"B thành F1: {minutes} phút gần một ca bệnh.",
            f"B becomes F1: {minutes} minutes near a case.",
            self._are(StatusLevel.F1, "B") and minutes in MINUTES_TOGETHER,
        )
        self._line("C, D, E và F vẫn an toàn.", "C, D, E and F stay safe.", self._are(StatusLevel.SAFE, "CDEF"))

    async def _b_publishes(self) -> None:
        await self._until(at(2, 8, 30))
        self._scene(
            "B gọi đường dây nóng; bàn y tế xác nhận B là F1 và cấp mã.",
            "B calls the hotline; the desk confirms B as F1 and issues a code.",
        )
        await self._publish("B", await self._desk.issue(wire.TEST_RECURSIVE), days=3)

    async def _e_is_told(self) -> None:
        await self._until(STORY_START.timestamp() + STORY_HOURS * 3600)
        self._scene("Một lượt tệp khóa nữa đã đến các điện thoại.", "Another archive has reached the phones.")
        await self._check_archives("B")
        self._line("E thành F2.", "E becomes F2.", self._are(StatusLevel.F2, "E"))
        self._line(
            "A là F0, B là F1; C, D và F vẫn an toàn.",
            "A is F0, B is F1; C, D and F stay safe.",
            self._are(StatusLevel.F0, "A") and self._are(StatusLevel.F1, "B") and self._are(StatusLevel.SAFE, "CDF"),
        )

    async def _publish(self, owner: str, issued: wire.IssueResponse, *, days: int) -> None:
        phone = self._town.phone(owner)
        publication = await phone.begin_publication(issued.code)
        claimed = (await self._desk.status(issued.uuid)).claimed
        self._line("Mã đã được nhận, và chỉ dùng được một lần.", "The code is claimed; it works but once.", claimed)
        consent = phone.consent(publication.id)
        self._narrator.consent(owner, consent)
        keys = [key.key for key in consent.content.keys]
        self._line(
            f"Màn hình của {owner} hiện đúng những gì sẽ rời máy; chưa có gì được gửi.",
            f"{owner}'s phone shows exactly what will leave; nothing has been sent yet.",
            len(consent.days) == days and not self._sent(owner, keys),
        )
        receipt = await phone.agree(publication.id)
        self._narrator.receipt(owner, receipt)
        self._line(
            f"{owner} đồng ý: khóa đã gửi, biên nhận ở lại trong máy.",
            f"{owner} agrees: the keys are sent, a receipt stays in the phone.",
            self._sent(owner, keys) and [key.key for key in receipt.content.keys] == keys,
        )

    def _sent(self, owner: str, keys: list[str]) -> bool:
        """Whether all these keys (base64) have left the owner's phone."""
        everything = b"\n".join(self._town.residents[owner].wiretap.sent)
        return all(key.encode() in everything for key in keys)

    async def _check_archives(self, owner: str) -> None:
        receipt = self._town.phone(owner).receipts()[-1]
        # A key that was in use when it was sent is withheld until nobody can replay its identifiers.
        past = {
            key.key
            for key in receipt.content.keys
            if day_start(interval_at(receipt.sent_at)) > key.rolling_start_number
        }
        published = published_keys(await self._desk.archives())
        self._line(
            f"Máy chủ đã dựng tệp khóa có chữ ký, trong đó có khóa của {owner}.",
            f"The server has built a signed archive that holds {owner}'s keys.",
            bool(past) and past <= published,
        )

    def _heard(self, one: str, other: str) -> bool:
        first, second = self._town.residents[one], self._town.residents[other]
        return first.heard(second) and second.heard(first)

    def _are(self, level: StatusLevel, keys: str) -> bool:
        return all(self._town.phone(key).status().level is level for key in keys)

    async def _until(self, time: float) -> None:
        await self._clock.sleep(time - self._clock.now())

    def _scene(self, vi: str, en: str) -> None:
        self._narrator.scene(self._clock.now(), Said(vi, en))

    def _line(self, vi: str, en: str, came_true: bool) -> None:
        self.missed += not came_true
        self._narrator.line(Said(vi, en), came_true)
