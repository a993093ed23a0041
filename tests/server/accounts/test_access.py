from datetime import date

import pytest

from bluezone.server.accounts.access import (
    HEALTH_RECORDS,
    MAY,
    Account,
    Action,
    Holding,
    Role,
    grantable,
    manages,
    require,
    require_grant,
    roots,
)
from bluezone.server.accounts.errors import AccessDenied
from bluezone.server.units.service import Unit


def unit(*codes):
    return Unit(codes[-1], "xã", codes[-1], codes[-2] if len(codes) > 1 else None, f"/{'/'.join(codes)}/", date.min)


PROVINCE, CITY, WARD, DISTRICT = unit("33"), unit("33", "323"), unit("33", "323", "11950"), unit("33", "330")


def account(*held, name="a", home=CITY):
    return Account(name, "an", "An", home, tuple(Holding(Role(role), at) for role, at in held))


def test_what_each_role_may_is_written_down_here_too():
    """So that nobody widens a role without noticing."""
    heading = {"people.see", "people.manage", "audit.read", "figures.see", "gates.manage", "gates.work"}
    heading |= {"places.see", "places.manage"}
    records = {"cases.see", "cases.work", "codes.issue", "cases.export"}
    assert {role.value: set(actions) for role, actions in MAY.items()} == {
        "operator": heading,
        "department": heading,
        "health_officer": records | {"people.see", "figures.see", "places.see"},
        "manager": heading,
        "recorder": {"gates.work", "places.see"},
        "viewer": {"figures.see"},
    }


@pytest.mark.parametrize("at", [CITY, WARD])
def test_a_role_holds_at_its_unit_and_below(at):
    require(account(("manager", CITY)), Action.MANAGE_PEOPLE, at)


@pytest.mark.parametrize("at", [PROVINCE, DISTRICT, None])
def test_a_role_holds_nowhere_else_and_the_refusals_are_alike(at):
    with pytest.raises(AccessDenied) as caught:
        require(account(("manager", CITY)), Action.MANAGE_PEOPLE, at)
    assert str(caught.value) == "Your account does not reach this; ask the head of your unit if you need it."


def test_powers_of_different_units_do_not_mix():
    """Managing one unit and seeing another does not make one manage the other."""
    both = account(("manager", CITY), ("health_officer", DISTRICT))
    require(both, Action.SEE_PEOPLE, DISTRICT)
    with pytest.raises(AccessDenied):
        require(both, Action.MANAGE_PEOPLE, DISTRICT)
    with pytest.raises(AccessDenied):
        require_grant(both, Role.VIEWER, DISTRICT)


def test_roots_name_each_reach_once():
    many = account(("manager", WARD), ("manager", CITY), ("health_officer", DISTRICT), ("viewer", PROVINCE))
    assert set(roots(many, Action.SEE_PEOPLE)) == {"/33/323/", "/33/330/"}
    assert roots(many, Action.MANAGE_PEOPLE) == ("/33/323/",)
    assert roots(account(("viewer", PROVINCE)), Action.SEE_PEOPLE) == ()


def test_whoever_may_name_officers_or_read_the_log_opens_no_health_records():
    for actions in MAY.values():
        assert not (actions & HEALTH_RECORDS and actions & {Action.MANAGE_PEOPLE, Action.READ_AUDIT})


@pytest.mark.parametrize("role", list(Role))
def test_nobody_gives_more_than_they_hold_but_for_health_records(role):
    given = grantable(account((role.value, CITY)), WARD)
    for one in given:
        assert MAY[one] - HEALTH_RECORDS <= MAY[role]
    assert Role.OPERATOR not in given or role is Role.OPERATOR
    assert not grantable(account((role.value, CITY)), DISTRICT)
    assert not grantable(account((role.value, CITY)), None)


def test_one_manages_whom_one_could_have_made():
    head = account(("manager", CITY))
    assert manages(head, account(("recorder", WARD), name="b", home=WARD))
    assert not manages(head, head)
    assert not manages(head, account(("manager", WARD), name="b", home=WARD))
    assert not manages(head, account(("recorder", WARD), ("viewer", DISTRICT), name="b", home=WARD))
    assert not manages(head, account(("recorder", WARD), name="b", home=DISTRICT))
