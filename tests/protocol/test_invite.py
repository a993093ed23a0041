import pytest
from hypothesis import given
from hypothesis import strategies as st

from bluezone.protocol.invite import (
    CODE_ALPHABET,
    Channel,
    CodeLink,
    Invitation,
    read_code_link,
    read_invitation,
    read_typed_code,
    write_code_link,
    write_invitation,
)
from bluezone.protocol.scan_errors import CodeLinkMalformed, InvitationMalformed, ScanError
from bluezone.randomness import SeededRandomness
from bluezone.server.desk import grouped, read_code
from bluezone.server.desk.codes import draw_long, draw_short

HOST = "bluezone.hungyen.gov.vn"
LONG = "7KQ29FXM00A1B2C3"
CODES = st.text(CODE_ALPHABET, min_size=16, max_size=16)
INVITATIONS = st.builds(
    Invitation, st.one_of(st.just(""), st.from_regex(r"[0-9]{2,5}|[A-Z]{1,6}-[0-9]{2}", fullmatch=True)),
    st.sampled_from(Channel),
)  # fmt: skip


@given(code=CODES)
def test_a_code_comes_back_from_its_link(code):
    link = write_code_link(grouped(code), host=HOST)
    assert link == f"https://{HOST}/c#{code}"
    assert read_code_link(link) == CodeLink(code, HOST)


def test_people_may_spell_codes_as_they_may_at_the_desk():
    randomness = SeededRandomness("codes")
    for code in (draw_short(randomness).text, draw_long(randomness).text):
        for typed in (code, code.lower(), grouped(code), grouped(code, "-"), f" {code}\n"):
            assert read_typed_code(typed) == read_code(typed).text


def test_no_letter_is_taken_for_a_digit_wrongly():
    assert read_typed_code("o123 4567") == "01234567"
    assert read_typed_code("1234567") is None
    assert read_typed_code("1" * 65) is None


@pytest.mark.parametrize("code", ["12345678", "", "7KQ29FXM00A1B2C", "7KQ29FXM00A1B2CU"])
def test_links_carry_whole_long_codes_alone(code):
    with pytest.raises(CodeLinkMalformed):
        write_code_link(code, host=HOST)
    with pytest.raises(CodeLinkMalformed):
        read_code_link(f"https://{HOST}/c#{code}")


def test_a_code_does_not_show_itself():
    assert LONG not in repr(read_code_link(f"https://{HOST}/c#{LONG}"))


@given(invitation=INVITATIONS)
def test_an_invitation_comes_back_from_its_link(invitation):
    assert read_invitation(write_invitation(invitation, host=HOST)) == invitation


def test_who_was_invited_passes_on_the_unit_and_nothing_else():
    came_by = Invitation("11983", Channel.GATE)
    assert write_invitation(came_by.shared(), host=HOST) == f"https://{HOST}/u#11983.friend"
    assert write_invitation(Invitation("", Channel.FRIEND), host=HOST) == f"https://{HOST}/u#.friend"


def test_no_link_can_mark_a_person_by_its_channel():
    assert read_invitation(f"https://{HOST}/u#11983.nguyen-van-a-0912345678") == Invitation("11983", Channel.OTHER)


@pytest.mark.parametrize("fragment", ["11983", "11983.", "hung yen.gate", "0123456789ABC.gate", "ưng.gate"])
def test_invitations_of_another_form_are_refused(fragment):
    with pytest.raises(InvitationMalformed):
        read_invitation(f"https://{HOST}/u#{fragment}")


@given(text=st.text())
def test_any_text_is_read_or_refused_with_a_named_error(text):
    for read in (read_code_link, read_invitation):
        try:
            read(text)
        except ScanError:
            continue
