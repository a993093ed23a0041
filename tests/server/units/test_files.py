import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.server.units.errors import UnitsFileInvalid
from bluezone.server.units.files import fold, read_units
from bluezone.server.units.service import shipped_units

HEAD = "code,type,name,parent_code\n"


def faults_of(text):
    with pytest.raises(UnitsFileInvalid) as caught:
        read_units(text if isinstance(text, bytes) else text.encode())
    return caught.value.faults


def test_hung_yen_ships_with_ten_districts_and_161_communes():
    rows = read_units(shipped_units())
    [province] = [row for row in rows if not row.parent]
    districts = {row.code for row in rows if row.parent == province.code}
    communes = [row for row in rows if row.parent in districts]
    assert (province.name, len(districts), len(communes), len(rows)) == ("Hưng Yên", 10, 161, 172)


@pytest.mark.parametrize("delimiter", ",;\t")
def test_what_spreadsheets_write_is_read(delimiter):
    text = "name,code,note,parent_code,type\r\n Hưng  Yên ,33,,,tỉnh\r\n\r\n,,,,\r\n".replace(",", delimiter)
    [row] = read_units(b"\xef\xbb\xbf" + unicodedata.normalize("NFD", text).encode())
    assert (row.line, row.code, row.type, row.name, row.parent) == (2, "33", "tỉnh", "Hưng Yên", "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: the column code is missing"),
        ("code,type,name\n1,a,b\n", "line 1: the column parent_code is missing"),
        (HEAD, "there is no unit in it"),
        (HEAD + "33,tỉnh,Hưng Yên,\n33,tỉnh,Hà Nam,\n", "line 3: the code 33 stands in line 2 already"),
        (HEAD + "33,tỉnh,Hưng, Yên,\n", "line 2: there are 5 cells, not 4"),
        (HEAD + "3 3,tỉnh,Hưng Yên,\n", "line 2: the code “3 3” is not"),
        (HEAD + "a,tỉnh,Hưng Yên,\n", "line 2: the code “a” is not"),
        (HEAD + "33,tỉnh,,\n", "line 2: the name is empty"),
        (HEAD + "33,,Hưng Yên,\n", "line 2: the type is empty"),
        (HEAD + "33,tỉnh,Hưng\u202eYên,\n", "line 2: the name is empty, longer than 200 characters or not plain"),
        (HEAD + '33,tỉnh,"Hưng Yên,\n', "line 2: this is no CSV"),
        (HEAD.encode() + "33,tỉnh,Hưng Yên,\n".encode("cp1258", "ignore"), "line 2: this is not UTF-8"),
        (b"x" * (8 * 1024 * 1024 + 1), "the file is larger"),
    ],
)
def test_a_fault_is_told_with_its_line(text, fault):
    assert faults_of(text)[0].startswith(fault)


def test_every_fault_of_a_file_is_told_at_once():
    faults = faults_of(HEAD + "a,tỉnh,Hưng Yên,\n34,,Hà Nam,\n35,tỉnh,,\n")
    assert [fault.split(":")[0] for fault in faults] == ["line 2", "line 3", "line 4"]


@given(st.binary(max_size=200))
def test_no_bytes_bring_the_reader_to_fall(data):
    for start in (b"", HEAD.encode()):
        with contextlib.suppress(UnitsFileInvalid):
            assert read_units(start + data)


@pytest.mark.parametrize(("text", "folded"), [("Nguyễn Đình", "nguyen dinh"), (" THỊ  TRẤN ", "thi tran"), ("ô", "o")])
def test_folding_forgets_marks_and_case(text, folded):
    assert fold(text) == fold(unicodedata.normalize("NFD", text)) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)
