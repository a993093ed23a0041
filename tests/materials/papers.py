"""Papers with invented people, and texts that a typesetter could misread."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bluezone.materials import CodeSlip, FollowUpRow, FollowUpSheet, HandoverNote

ISSUED = datetime(2020, 8, 4, 2, 50, tzinfo=UTC).timestamp()  # 9:50 in Vietnam
NASTY = (
    "Công Tằng Tôn Nữ Thị Ngọc Ễnh Ữ Ậ",
    r"""#import "x": *; #[a] *b* _c_ $d$ \e @f <g> `h` ~i // k /* l */ = m - n + o "p" 'q' {{r}} {s} %t""",
    "H'Hen Niê Kđăm",
    "Nguyen" * 12,
    "漢字 😀 \u202e \u0301",
)
"""Stacked marks, markup, an apostrophe, a word without end, what no font draws."""
MARKUP = st.text(alphabet="#[]*_$\\{}<>@`~/=-+\"'()%&;:!?. aẬữ\u0301\u200b\n", min_size=1, max_size=40)

SLIP = CodeSlip(
    code="48217390",
    valid_until=ISSUED + 900,
    link="https://hungyen.example/c#7K3MQ0XV9TDA2WHB",
    link_valid_until=ISSUED + 86400,
    unit="Trung tâm Y tế huyện Văn Lâm",
    hotline="1900 9095",
    case_number="VL-0412",
    issued_at=ISSUED,
)
ROW = FollowUpRow(
    name="Trần Thị Hằng Nga",
    birth_year=1988,
    address="Thôn Ngọc Loan, xã Tân Quang",
    phone="0907898318",
    level="f1",
    day=4,
    last_exposure=date(2020, 8, 20),
)
NOTE = HandoverNote(
    authority="Sở Y tế tỉnh Hưng Yên",
    agency="Trung tâm Y tế huyện Văn Lâm",
    number="412/TTYT-KSBT",
    place="Văn Lâm",
    day=date(2020, 2, 4),
    recipient="Trạm Y tế xã Tân Quang",
    name="Trần Thị Hằng Nga",
    birth_year=1988,
    address="Thôn Ngọc Loan, xã Tân Quang",
    phone="0907898318",
    reference="VL-F1-0412",
    level="f1",
    last_exposure=date(2020, 1, 31),
    follow_until=date(2020, 2, 14),
    days_done=4,
    call_back="1900 9095",
    destroy_on=date(2020, 3, 14),
    office=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
    signer="Đỗ Thị Ngữ",
    made_at=ISSUED,
    copies=("UBND xã Tân Quang (để phối hợp)",),
)


def sheet(*rows: FollowUpRow, **changed: Any) -> FollowUpSheet:
    plain = FollowUpSheet(
        number="VL-2408-03",
        unit="Trạm Y tế xã Tân Quang",
        day=date(2020, 8, 24),
        officer="Nguyễn Thị Ngữ",
        rows=rows,
        hotline="1900 9095",
        printed_by="nguyen.ngu",
        printed_at=ISSUED,
        destroy_on=date(2020, 9, 21),
    )
    return replace(plain, **changed)


def many_rows(count: int) -> list[FollowUpRow]:
    """Like a commune's list: every name, address and level in turn."""
    return [
        replace(
            ROW,
            name=f"{NASTY[at % len(NASTY)][:60]} {at}",
            address=NASTY[(at + 1) % len(NASTY)],
            level="f1" if at % 3 else "f2",
            last_exposure=date(2020, 8, 23) - timedelta(at % 14),
        )
        for at in range(count)
    ]
