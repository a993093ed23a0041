from datetime import date

import pytest

from bluezone.server.units.errors import UnitsFileInvalid
from bluezone.server.units.service import (
    Loaded,
    earlier_entries,
    find_unit,
    load_units,
    read_units,
    search_units,
    shipped_units,
    units_above,
    units_below,
)

HEAD = "code,type,name,parent_code\n"
MONDAY = date(2020, 8, 3)
TUESDAY = date(2020, 8, 4)
TREE = """33,tỉnh,Hưng Yên,
323,thành phố,Hưng Yên,33
11950,phường,Lam Sơn,323
34,tỉnh,Thái Bình,
330,huyện,Kim Động,33
"""


@pytest.fixture
def load(core):
    def load(text, day=MONDAY):
        rows = read_units((HEAD + text).encode())
        return core.database.write_now(lambda connection: load_units(connection, rows, day))

    return load


@pytest.fixture
def ask(core):
    return lambda fn, *args, **kwargs: core.database.read_now(lambda connection: fn(connection, *args, **kwargs))


def test_loading_the_same_file_again_changes_nothing(load, ask):
    shipped = shipped_units().decode().removeprefix(HEAD)
    assert [load(shipped), load(shipped, TUESDAY)] == [Loaded(172, 0, 0), Loaded(0, 0, 172)]
    assert ask(find_unit, "33").valid_from == MONDAY
    assert ask(earlier_entries, "33") == []


def test_children_may_stand_before_their_parents(load, ask):
    load("".join(reversed(TREE.splitlines(keepends=True))))
    assert ask(find_unit, "11950").path == "/33/323/11950/"
    assert [unit.code for unit in ask(units_above, ask(find_unit, "11950"))] == ["33", "323"]
    assert [unit.code for unit in ask(units_below, None)] == ["33", "34"]


def test_a_file_may_add_below_units_of_an_earlier_one(load, ask):
    load(TREE)
    assert load("BN-1,cơ quan,Văn phòng UBND,323\n") == Loaded(1, 0, 0)
    assert ask(find_unit, "BN-1").path == "/33/323/BN-1/"
    assert ask(find_unit, "330") is not None


def test_a_renamed_unit_keeps_its_earlier_name_as_history(load, ask):
    load(TREE)
    assert load("11950,phường,Lam Sơn Mới,323\n", TUESDAY) == Loaded(0, 1, 0)
    unit = ask(find_unit, "11950")
    assert (unit.name, unit.valid_from) == ("Lam Sơn Mới", TUESDAY)
    [old] = ask(earlier_entries, "11950")
    assert (old.name, old.valid_from, old.valid_to) == ("Lam Sơn", MONDAY, TUESDAY)
    assert [one.code for one in ask(search_units, "lam son moi")] == ["11950"]


def test_a_correction_on_the_same_day_leaves_no_history(load, ask):
    load(TREE)
    load("11950,phường,Lam Sơn Mới,323\n")
    assert (ask(find_unit, "11950").name, ask(earlier_entries, "11950")) == ("Lam Sơn Mới", [])


def test_what_lies_below_moves_with_its_parent(load, ask):
    load(TREE)
    load("323,thành phố,Hưng Yên,34\n", TUESDAY)
    assert ask(find_unit, "11950").path == "/34/323/11950/"
    assert ask(earlier_entries, "323")[0].parent == "33"
    assert ask(earlier_entries, "11950") == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1,xã,A,99\n", "line 2: there is no unit 99, the parent of 1"),
        ("1,xã,A,1\n", "line 2: the unit 1 lies below itself"),
        ("1,xã,A,2\n2,xã,B,1\n", "line 2: the unit 1 lies below itself"),
        ("33,tỉnh,Hưng Yên,11950\n", "line 2: the unit 33 lies below itself"),
    ],
)
def test_a_tree_that_cannot_be_is_refused_whole(load, ask, text, fault):
    load(TREE)
    with pytest.raises(UnitsFileInvalid) as caught:
        load("5,tỉnh,Mới,\n" + text)
    assert caught.value.faults[0] == fault.replace("line 2", "line 3")
    assert ask(find_unit, "5") is None


def test_search_needs_no_marks_and_stays_below_its_roots(load, ask):
    load(TREE)
    assert [unit.code for unit in ask(search_units, "hung yen")] == ["33", "323"]
    assert [unit.code for unit in ask(search_units, "YÊN thanh", ["/33/"])] == ["323"]
    assert [unit.code for unit in ask(search_units, "11950")] == ["11950"]
    assert [unit.code for unit in ask(search_units, "hung yen", ["/33/323/"])] == ["323"]
    assert ask(search_units, "%") == []
    assert ask(search_units, "", []) == []


def test_one_code_that_begins_another_is_another_unit(load, ask):
    """33 is no part of 330, nor is /33/ one of /33/330/."""
    load(TREE)
    assert not ask(find_unit, "330").contains(ask(find_unit, "323"))
    assert ask(find_unit, "33").contains(ask(find_unit, "330"))
