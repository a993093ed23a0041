"""How the board says things, in both languages."""

from __future__ import annotations

from datetime import datetime

from bluezone.phone import StatusLevel
from bluezone.town.board.board import Board, Progress
from bluezone.town.board.casework import CaseKind, CaseState
from bluezone.town.schedule import PEOPLE, VIETNAM
from bluezone.town.story import Said

NAMES = {person.key: person.name for person in PEOPLE}

LEVELS = {
    StatusLevel.SAFE: Said("An toàn", "Safe"),
    StatusLevel.F2: Said("F2", "F2"),
    StatusLevel.F1: Said("F1", "F1"),
    StatusLevel.F0: Said("F0", "F0"),
    StatusLevel.NOT_PROTECTING: Said("Không bảo vệ", "Not protecting"),
}

KINDS = {
    CaseKind.F0: Said("xét nghiệm dương tính", "tested positive"),
    CaseKind.F1: Said("được xác nhận là F1", "confirmed as F1"),
}

STATES = {
    CaseState.CLAIMED: Said("đã nhập, chờ chủ máy đồng ý", "typed in, waiting for the owner's consent"),
    CaseState.PUBLISHED: Said("khóa đã công bố", "keys published"),
    CaseState.EXPIRED: Said("mã đã hết hạn", "the code expired"),
}
"""What became of a code that is of no use any more."""

TABLES = {
    "published_keys": Said("khóa", "keys"),
    "archives": Said("tệp khóa", "archives"),
    "desk_cases": Said("mã đã cấp", "codes"),
    "cases": Said("ca bệnh", "cases"),
    "persons": Said("người được theo dõi", "people in casework"),
    "contacts": Said("tiếp xúc", "contacts"),
    "transfers": Said("báo về địa phương", "handed over"),
    "tells": Said("lời nhắn cho bàn y tế", "notes to the desk"),
    "export_batches": Said("đợt đóng tệp", "windows"),
    "guidance_versions": Said("bản hướng dẫn", "guidance"),
    "leases": Said("việc định kỳ", "jobs"),
    "desk_clients": Said("lượt gõ sai theo địa chỉ", "wrong codes by address"),
    "desk_minutes": Said("lượt gõ sai theo phút", "wrong codes by minute"),
}
"""The server's tables as people say them, what the story is about first; others keep the server's words."""

_WEEKDAYS_VI = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Speaker:
    """One language, "vi" or "en"."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, vi: str, en: str) -> str:
        return vi if self.language == "vi" else en

    def say(self, said: Said) -> str:
        return self(said.vi, said.en)

    def day(self, time: float) -> str:
        """Weekday, day and month in Vietnam."""
        local = datetime.fromtimestamp(time, VIETNAM)
        return f"{self(_WEEKDAYS_VI[local.weekday()], _WEEKDAYS_EN[local.weekday()])} {local.day}/{local.month}"

    def hour(self, time: float) -> str:
        """Hour and minute in Vietnam."""
        return f"{datetime.fromtimestamp(time, VIETNAM):%H:%M}"

    def metres(self, metres: float) -> str:
        return f"{metres:.1f} m".replace(".", self(",", "."))

    def table(self, name: str, otherwise: str) -> str:
        said = TABLES.get(name)
        return otherwise[:1].lower() + otherwise[1:] if said is None else self.say(said)

    def steps(self, progress: Progress, board: Board) -> list[str]:
        """What each of the guide's steps has come to."""
        return [self._met(progress), self._published(progress, board), self._warned(progress, board)]

    def _met(self, progress: Progress) -> str:
        if progress.closest is None:
            return self("Chưa ai ở gần ai.", "Nobody is near anybody yet.")
        one, other, minutes = progress.closest
        pair = self(f"{NAMES[one]} và {NAMES[other]}", f"{NAMES[one]} and {NAMES[other]}")
        return self(f"{pair}: {minutes:.0f} phút gần nhau.", f"{pair}: {minutes:.0f} minutes near.")

    def _published(self, progress: Progress, board: Board) -> str:
        if progress.publisher is not None:
            return self(
                f"{NAMES[progress.publisher]} đã công bố khóa của mình.",
                f"{NAMES[progress.publisher]} published their keys.",
            )
        if board.waits_for_a_code:
            return self(
                "Đồng hồ chạy 1× để bạn kịp nhập mã; công bố xong sẽ nhanh trở lại.",
                "The clock runs at 1× so that the code stays good; it hurries again once keys are published.",
            )
        return self("Chưa ai công bố.", "Nobody has published yet.")

    def _warned(self, progress: Progress, board: Board) -> str:
        if progress.told is not None:
            level = self.say(LEVELS[board.status(progress.told).level])
            name = NAMES[progress.told]
            return self(f"Máy của {name} đã báo: {level}.", f"{name}'s phone told its owner: {level}.")
        due = board.ledger.next_archive()
        if due is not None:
            return self(
                f"Tệp khóa ra lúc {self.hour(due)}; mỗi giờ các máy tải một lần.",
                f"The archive comes out at {self.hour(due)}; phones look every hour.",
            )
        return self("Chưa ai được báo.", "Nobody was told yet.")
