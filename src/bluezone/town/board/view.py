"""What the page's script is told four times a second, in the reader's language and ready to be shown."""

from __future__ import annotations

import msgspec

from bluezone.town.board.board import Board
from bluezone.town.board.casework import Case, CaseState, Officer
from bluezone.town.board.words import KINDS, LEVELS, NAMES, STATES, TABLES, Speaker

_WEAKEST, _STRONGEST = -100.0, -55.0  # dBm, from which to which a line grows
_THINNEST, _THICKEST = 4.0, 28.0  # centimetres of the plan
_ALWAYS_SHOWN = 3  # of TABLES: keys, archives, codes


class PhoneView(msgspec.Struct, frozen=True):
    """A puck and its tab; `x` and `y` in metres."""

    x: float
    y: float
    level: str
    says: str
    spoken: str


class LinkView(msgspec.Struct, frozen=True):
    one: str
    other: str
    width: int
    near: bool
    heard: bool
    label: str


class StepView(msgspec.Struct, frozen=True):
    done: bool
    says: str


class CaseView(msgspec.Struct, frozen=True):
    """`code` is empty once it is of no use any more."""

    id: str
    owner: str
    title: str
    code: str
    says: str
    open: bool


class TableView(msgspec.Struct, frozen=True):
    """A table of the server; those that are empty and beside the story are not `shown`."""

    name: str
    title: str
    count: int
    shown: bool


class State(msgspec.Struct, frozen=True):
    """Everything that moves on the page; `digits` are the officer's second step, with how long they are good."""

    day: str
    hour: str
    rate: float
    skipping: bool
    phones: dict[str, PhoneView]
    links: list[LinkView]
    steps: list[StepView]
    cases: list[CaseView]
    tables: list[TableView]
    empty: str
    server: str
    digits: str
    digits_left: str
    desk: str


def state(board: Board, speaker: Speaker, officer: Officer | None = None) -> State:
    """The board as of its last look."""
    now = board.clock.now()
    progress = board.progress()
    tables = _tables(board, speaker)
    hidden = sum(not table.shown for table in tables)
    digits, left = ("", 0) if officer is None else officer.code()
    done = (progress.met, progress.published, progress.warned)
    return State(
        speaker.day(now),
        speaker.hour(now),
        board.clock.rate,
        board.skipping_to_morning,
        {key: _phone(board, key, speaker) for key in board.town.residents},
        _links(board, speaker),
        [StepView(*step) for step in zip(done, speaker.steps(progress, board), strict=True)],
        [_case(case, speaker) for case in reversed(board.casework.cases)],
        tables,
        speaker(f"và {hidden} bảng trống", f"and {hidden} empty tables") if hidden else "",
        _server(board, speaker),
        f"{digits[:3]} {digits[3:]}",
        speaker(f"còn {left} giây", f"{left} s left"),
        _desk(board, speaker),
    )


def _phone(board: Board, key: str, speaker: Speaker) -> PhoneView:
    x, y = board.spot(key)
    status = board.status(key)
    level = speaker.say(LEVELS[status.level])
    place = speaker.say(board.place(key).said)
    return PhoneView(round(x, 2), round(y, 2), status.level, level, f"{key} {NAMES[key]}, {place}. {level}.")


def _links(board: Board, speaker: Speaker) -> list[LinkView]:
    links = []
    for link in board.links():
        share = min(max((link.rssi - _WEAKEST) / (_STRONGEST - _WEAKEST), 0.0), 1.0)
        label = speaker.metres(link.metres)
        if link.minutes >= 1:
            label += speaker(f" · {link.minutes:.0f} phút", f" · {link.minutes:.0f} min")
        width = round(_THINNEST + share * (_THICKEST - _THINNEST))
        links.append(LinkView(link.one, link.other, width, link.near, link.heard, label if link.near else ""))
    return links


def _case(case: Case, speaker: Speaker) -> CaseView:
    usable = case.state is CaseState.ISSUED
    until = speaker.hour(case.expires_at)
    says = speaker(f"dùng đến {until}", f"good until {until}") if usable else speaker.say(STATES[case.state])
    return CaseView(
        case.uuid,
        case.owner,
        f"{NAMES[case.owner]} {speaker.say(KINDS[case.kind])}",
        f"{case.code[:4]} {case.code[4:]}" if usable else "",
        says,
        case.state in {CaseState.ISSUED, CaseState.CLAIMED},
    )


def _tables(board: Board, speaker: Speaker) -> list[TableView]:
    order = list(TABLES)
    tables = sorted(
        board.ledger.tables, key=lambda table: order.index(table.name) if table.name in TABLES else len(order)
    )
    return [
        TableView(
            table.name,
            speaker.table(table.name, board.ledger.title(table.name, speaker.language)),
            table.count,
            bool(table.count) or table.name in order[:_ALWAYS_SHOWN],
        )
        for table in tables
    ]


def _desk(board: Board, speaker: Speaker) -> str:
    if not board.waits_for_the_desk:
        return ""
    return speaker(
        "Đồng hồ chạy 1× khi bạn làm việc ở bàn y tế; nghỉ tay một phút là nhanh trở lại.",
        "The clock runs at 1× while you work at the desk; after a minute's rest it hurries again.",
    )


def _server(board: Board, speaker: Speaker) -> str:
    if not board.server_answers:
        return speaker("Máy chủ không trả lời.", "The server does not answer.")
    due = board.ledger.next_archive()
    if due is not None:
        return speaker(f"Tệp khóa kế tiếp: {speaker.hour(due)}", f"Next archive: {speaker.hour(due)}")
    return speaker("Chưa có khóa nào chờ đóng tệp.", "No key waits for an archive.")
