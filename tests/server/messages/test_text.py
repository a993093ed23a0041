"""Parts of a text message, Vietnamese without marks, numbers as people write them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.messages.errors import NumberNotMobile
from bluezone.server.messages.numbers import masked, read_number, written
from bluezone.server.messages.text import outgoing, parts, without_marks

VIETNAMESE = st.text(
    alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ ĐÂ"
)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 10, 2),
        ("a" * 152 + "€" + "a" * 151, 2),  # the euro does not fit the first part's last septet
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ạ" * 70, 1),
        ("ạ" * 71, 2),
        ("ạ" * 134, 2),
        ("ạ" * 135, 3),
        ("🙂" * 35, 1),
        ("🙂" * 36, 2),
        ("🙂" * 66, 2),  # 33 a part: a pair is not cut in two
        ("🙂" * 67, 3),
    ],
)
def test_parts_are_counted_as_networks_count_them(text: str, count: int) -> None:
    assert parts(text) == count


@given(st.text(max_size=400), st.text(max_size=50))
def test_a_longer_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert parts(text) <= parts(text + more)


@given(VIETNAMESE)
def test_vietnamese_without_marks_is_of_plain_letters_and_as_long(text: str) -> None:
    for form in ("NFC", "NFD"):
        plain = without_marks(unicodedata.normalize(form, text))
        assert plain.isascii()
        assert len(plain) == len(text)
        assert parts(plain) <= parts(text)


def test_a_text_keeps_its_case_and_its_link() -> None:
    text = "Mã của Đặng Thị Ngọc: https://bluezone.example/v?c=Ab_9~x… “gấp”"
    assert without_marks(text) == 'Ma cua Dang Thi Ngoc: https://bluezone.example/v?c=Ab_9~x... "gap"'
    assert outgoing(unicodedata.normalize("NFD", text), marks=True) == text


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678", "0912 345 678", "0912.345.678", "0912-345-678", "+84912345678", "+84 912 345 678", "84912345678",
        "0084912345678", "(+84) 912 345 678", "+84 (0)912 345 678", "\u00a00912\u00a0345\u00a0678 ",
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str) -> None:
    assert read_number(typed) == "84912345678"


@pytest.mark.parametrize(
    "typed",
    ["", "113", "02213862345", "0121 345 6789", "091234567", "09123456789", "+1 202 555 0100", "0912345678; 0912345679",
     "0912345678\n0913", "٠٩١٢٣٤٥٦٧٨", "abc"],
)  # fmt: skip
def test_other_numbers_are_refused(typed: str) -> None:
    with pytest.raises(NumberNotMobile):
        read_number(typed)


@given(st.from_regex(r"84[35789][0-9]{8}", fullmatch=True), st.sampled_from(["84", "+84", "0"]))
def test_a_written_number_is_read_again(number: str, form: str) -> None:
    assert read_number(written(number, form)) == number
    assert number[:-3] not in masked(number)


@given(st.text(max_size=20))
def test_reading_any_text_gives_a_number_or_refuses(text: str) -> None:
    try:
        number = read_number(text)
    except NumberNotMobile:
        return
    assert len(number) == 11
    assert number.isascii()
