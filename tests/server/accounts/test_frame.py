import pytest

from bluezone.server.accounts.access import Account, Action, Holding, Role
from bluezone.server.accounts.frame import Entry, Frame, RoomFrame
from tests.server.accounts.test_access import CITY

CASES = RoomFrame(
    entries=[Entry("/console/cases", "folder", "Cases", Action.SEE_CASES)],
    done={"case": "The case is kept."},
    refusals={"case_unknown": "There is no such case."},
    events={"case_opened": "Opened a case"},
)


def account(role):
    return Account("a", "an", "An", CITY, (Holding(role, CITY),))


def test_rooms_stand_between_the_overview_and_the_people_for_whoever_may():
    frame = Frame()
    frame.add(CASES)
    officer = [entry.path for entry in frame.navigation(account(Role.HEALTH_OFFICER))]
    assert officer[:3] == ["/console", "/console/cases", "/console/people"]
    assert "/console/cases" not in [entry.path for entry in frame.navigation(account(Role.OPERATOR))]


def test_a_room_adds_its_sentences():
    frame = Frame()
    frame.add(CASES)
    frame.add(CASES)
    assert frame.done["case"] == "The case is kept."
    assert frame.refusals["case_unknown"] == "There is no such case."
    assert frame.events["case_opened"] == "Opened a case"
    assert "case" not in Frame().done


@pytest.mark.parametrize(
    "other",
    [
        RoomFrame(entries=[Entry("/console/cases", "folder", "Other cases")]),
        RoomFrame(done={"case": "Something else."}),
        RoomFrame(refusals={"access_denied": "Something else."}),
        RoomFrame(events={"signed_in": "Something else"}),
    ],
)
def test_no_word_means_two_things(other):
    frame = Frame()
    frame.add(CASES)
    with pytest.raises(ValueError, match="another room"):
        frame.add(other)
