from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.sheets import SheetEncodingUnknown
from bluezone.sheets.letters import decode_disguised, decode_old, from_tcvn3, from_vni

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "vietnamese_encodings.json").read_text("utf-8"))
TCVN3 = {
    letter: bytes.fromhex(code)
    for code, letter in VECTORS["tcvn3"].items()
    if letter.islower() or unicodedata.normalize("NFD", letter)[1:] in {"\u0302", "\u0306", "\u031b", ""}
}
"""The third set has capitals without a tone alone."""
VNI = {letter: bytes.fromhex(code) for code, letter in VECTORS["vni"].items()}
TONES = "\u0301\u0300\u0309\u0303\u0323"
LINE = "Nguyễn Thị Phượng; xã Liên Phương; đường Điện Biên; tiếp xúc gần ngày 3/8; ho, sốt nhẹ"


def in_1258(text: str) -> bytes:
    """windows-1258 as its programs write it: the letter with its mark, then its tone."""
    written = b""
    for letter in text:
        parts = unicodedata.normalize("NFD", letter)
        tone = "".join(part for part in parts if part in TONES)
        plain = unicodedata.normalize("NFC", "".join(part for part in parts if part not in TONES))
        written += (plain + tone).encode("cp1258")
    return written


def written(text: str, table: dict[str, bytes]) -> bytes:
    return b"".join(table.get(letter) or letter.encode("ascii") for letter in text)


def test_tables_are_those_of_independent_converters() -> None:
    assert {letter: from_tcvn3(code.decode("latin-1")) for letter, code in TCVN3.items()} == {x: x for x in TCVN3}
    assert {letter: from_vni(code.decode("latin-1")) for letter, code in VNI.items()} == {x: x for x in VNI}
    assert len(TCVN3) == 74
    assert len(VNI) == 134


@pytest.mark.parametrize(
    ("encoding", "data"),
    [("TCVN3", written(LINE, TCVN3)), ("VNI", written(LINE, VNI)), ("windows-1258", in_1258(LINE))],
)
def test_encodings_are_told_apart(encoding: str, data: bytes) -> None:
    assert decode_old(data) == (LINE, encoding)


def test_letters_are_told_by_the_first_of_them_however_late() -> None:
    assert decode_old(b"a,b\n" * 60_000 + written(LINE, VNI))[1] == "VNI"


SYLLABLES = """
    nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý thị văn hữu đức công minh hùng dũng phượng
    hường thủy thúy quỳnh nguyệt yến ngọc khánh xã phường thị trấn huyện tỉnh hưng yên mỹ hào khoái châu ân thi kim
    động phù cừ tiên lữ văn giang lâm bệnh viện trường học chợ tiếp xúc gần khởi phát cách ly
"""


@given(
    st.lists(st.sampled_from(SYLLABLES.split()), min_size=8, max_size=60).map(" ".join),
    st.sampled_from(["TCVN3", "VNI", "windows-1258"]),
)
def test_words_of_names_and_places_come_back_or_are_refused(text: str, encoding: str) -> None:
    table = {"TCVN3": TCVN3, "VNI": VNI}
    data = written(text, table[encoding]) if encoding in table else in_1258(text)
    if data.isascii():
        return
    try:
        assert decode_old(data) == (text, encoding)
    except SheetEncodingUnknown:
        assert sum(not word.isascii() for word in text.split()) < 20


@pytest.mark.parametrize("data", [b"\xff\xfe\xfd\xfc", "Müller, Straße, Köln".encode("latin-1"), b"caf\xe9"])
def test_letters_that_spell_nothing_vietnamese_are_refused(data: bytes) -> None:
    with pytest.raises(SheetEncodingUnknown):
        decode_old(data)


def test_old_letters_inside_unicode_are_found_out() -> None:
    assert decode_disguised(written(LINE, TCVN3).decode("latin-1")) == (LINE, "TCVN3")
    assert decode_disguised(written(LINE, VNI).decode("latin-1")) == (LINE, "VNI")


@pytest.mark.parametrize("text", [LINE, "Müller, Straße, Köln", "Hà Nam, bà Lan, xã Tân An", "plain", ""])
def test_texts_in_unicode_are_left_alone(text: str) -> None:
    assert decode_disguised(text) == (text, None)
