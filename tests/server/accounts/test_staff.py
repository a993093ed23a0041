import asyncio

import pytest

from bluezone.server.accounts.access import Role
from bluezone.server.accounts.errors import (
    AccessDenied,
    InvitationInvalid,
    LoginTaken,
    PasswordWeak,
    PersonMalformed,
    PersonUnknown,
    SecondStepRefused,
    SignInRefused,
)
from bluezone.server.accounts.sessions import Stage
from bluezone.server.accounts.tables import CLOSED_SECONDS, INVITATION_SECONDS
from bluezone.server.jobs import JobRunner
from tests.server.accounts.support import CLIENT, DEVICE, PASSWORD, accept, join, unit_of


async def actor(member):
    return (await member.session()).account


async def invite(accounts, member, login="binh", role="recorder", unit="11950", name="Trần Bình"):
    return await accounts.staff.invite(await actor(member), login=login, name=name, role=Role(role), unit=unit)


def test_an_invited_person_opens_an_account_with_its_role(play, noted):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        invited = await invite(accounts, head, login=" Binh ")
        told = await accounts.staff.invitation(invited.token)
        assert (told.login, told.name, told.role, told.unit.code) == ("binh", "Trần Bình", Role.RECORDER, "11950")
        entered = await accounts.staff.accept(invited.token, PASSWORD, device=DEVICE)
        assert entered.stage is Stage.ENROL
        account = (await accounts.session(entered.token)).account
        assert [(held.role, held.unit.code) for held in account.holdings] == [(Role.RECORDER, "11950")]

    play(story)
    assert noted()[-2:] == ["invited", "invitation_accepted"]


def test_a_link_opens_one_account_and_only_while_it_lasts(play, clock):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        invited = await invite(accounts, head)
        told = await asyncio.gather(
            *(accounts.staff.accept(invited.token, PASSWORD, device=DEVICE) for _ in range(3)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in told) == ["Entered", "InvitationInvalid", "InvitationInvalid"]
        late = await invite(accounts, head, login="chi")
        clock.advance(INVITATION_SECONDS)
        for token in (invited.token, late.token, "", "x" * 500):
            with pytest.raises(InvitationInvalid):
                await accounts.staff.accept(token, PASSWORD, device=DEVICE)

    play(story)


def test_a_weak_password_leaves_the_link_good(play):
    async def story(accounts):
        invited = await invite(accounts, await join(accounts, "an", "manager", "323"))
        with pytest.raises(PasswordWeak):
            await accounts.staff.accept(invited.token, "tranbinh1990", device=DEVICE)
        await accounts.staff.accept(invited.token, PASSWORD, device=DEVICE)

    play(story)


@pytest.mark.parametrize(
    ("login", "name"), [("", "Bình"), ("b", "Bình"), ("bình", "Bình"), ("b c", "Bình"), ("binh", ""), ("binh", "\0\0")]
)
def test_names_have_a_form(play, login, name):
    async def story(accounts):
        with pytest.raises(PersonMalformed):
            await invite(accounts, await join(accounts, "an", "manager", "323"), login=login, name=name)

    play(story)


@pytest.mark.parametrize("login", ["an", "binh"])
def test_a_user_name_is_given_once(play, login):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        await invite(accounts, head)
        with pytest.raises(LoginTaken):
            await invite(accounts, head, login=login)

    play(story)


@pytest.mark.parametrize(
    ("role", "unit"),
    [("manager", "11950"), ("operator", "323"), ("recorder", "33"), ("recorder", "330"), ("recorder", "999")],
)
def test_nobody_invites_beyond_their_reach(play, role, unit):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        with pytest.raises(AccessDenied):
            await invite(accounts, head, role=role, unit=unit)
        assert (await accounts.staff.people(await actor(head))).invitations == []

    play(story)


def test_a_withdrawn_invitation_opens_nothing(play):
    async def story(accounts):
        head, neighbour = [await join(accounts, *who) for who in (("an", "manager", "323"), ("cu", "manager", "330"))]
        invited = await invite(accounts, head)
        with pytest.raises(PersonUnknown):
            await accounts.staff.withdraw(await actor(neighbour), invited.invitation.id)
        await accounts.staff.withdraw(await actor(head), invited.invitation.id)
        with pytest.raises(InvitationInvalid):
            await accounts.staff.accept(invited.token, PASSWORD, device=DEVICE)

    play(story)


def test_one_sees_the_people_of_ones_units_and_only_their_roles_there(play):
    async def story(accounts):
        top = await join(accounts, "dau", "operator", "33", name="Đỗ Đầu")
        head = await join(accounts, "an", "manager", "323")
        guard = await join(accounts, "binh", "recorder", "11950", name="Trần Bình")
        await join(accounts, "cu", "manager", "330", name="Lê Cư")
        operator, binh = await actor(top), await actor(guard)
        await accounts.staff.grant(operator, binh.id, Role.RECORDER, "330")
        seen = await accounts.staff.people(await actor(head))
        assert [person.account.login for person in seen.persons] == ["an", "binh"]
        assert [held.unit.code for held in seen.persons[1].holdings] == ["11950"]
        assert not seen.persons[1].manageable
        assert len((await accounts.staff.people(operator)).persons) == 4
        with pytest.raises(AccessDenied):
            await accounts.staff.people(binh)
        with pytest.raises(PersonUnknown):
            await accounts.staff.person(await actor(head), operator.id)

    play(story)


def test_a_role_works_at_once_and_ends_at_once(play, noted):
    async def story(accounts):
        head = await join(accounts, "an", "department", "33")
        guard = await join(accounts, "binh", "viewer", "11950")
        binh = await actor(guard)
        await accounts.staff.grant(await actor(head), binh.id, Role.MANAGER, "323")
        await accounts.staff.grant(await actor(head), binh.id, Role.MANAGER, "323")
        await accounts.staff.people(await actor(guard))
        await accounts.staff.take_away(await actor(head), binh.id, Role.MANAGER, "323")
        with pytest.raises(AccessDenied):
            await accounts.staff.people(await actor(guard))

    play(story)
    assert noted()[-2:] == ["role_granted", "role_removed"]


def test_nobody_changes_their_own_roles(play):
    async def story(accounts):
        top = await join(accounts, "an", "operator", "33")
        me = await actor(top)
        for change in (accounts.staff.grant, accounts.staff.take_away):
            with pytest.raises(AccessDenied):
                await change(me, me.id, Role.OPERATOR, "33")
        for change in (accounts.staff.close, accounts.staff.renew):
            with pytest.raises(AccessDenied):
                await change(me, me.id)

    play(story)


def test_a_closed_account_ends_at_once_and_can_be_opened_again(play, noted):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        guard = await join(accounts, "binh", "recorder", "11950")
        binh = await actor(guard)
        await accounts.staff.close(await actor(head), binh.id)
        assert await accounts.session(guard.token) is None
        with pytest.raises(SignInRefused):
            await accounts.entry.sign_in("binh", PASSWORD, client=CLIENT, device=DEVICE)
        await accounts.staff.reopen(await actor(head), binh.id)
        await guard.sign_in()

    play(story)
    assert [action for action in noted() if action.startswith("account_")] == ["account_closed", "account_reopened"]


def test_a_manager_does_not_close_whom_they_could_not_make(play):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        other = await join(accounts, "binh", "manager", "11950")
        for change in (accounts.staff.close, accounts.staff.renew):
            with pytest.raises(AccessDenied):
                await change(await actor(head), (await actor(other)).id)

    play(story)


def test_a_renewal_leaves_nothing_of_the_old_way_in(play, noted):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        guard = await join(accounts, "binh", "recorder", "11950")
        old_recovery = guard.recovery[0]
        first = await accounts.staff.renew(await actor(head), (await actor(guard)).id)
        second = await accounts.staff.renew(await actor(head), (await actor(guard)).id)
        with pytest.raises(InvitationInvalid):
            await accounts.staff.invitation(first.token)
        assert (await guard.session()).stage is Stage.FULL
        renewed = await accept(accounts, "binh", second.token, "mật khẩu hoàn toàn khác hẳn")
        assert await accounts.session(guard.token) is None
        assert [held.role for held in (await actor(renewed)).holdings] == [Role.RECORDER]
        entered = await accounts.entry.sign_in("binh", "mật khẩu hoàn toàn khác hẳn", client=CLIENT, device=DEVICE)
        with pytest.raises(SecondStepRefused):
            await accounts.entry.second_step(await accounts.session(entered.token), old_recovery)

    play(story)
    assert noted().count("renewal_issued") == 2


def test_a_closed_account_is_destroyed_after_two_years(play, core, clock):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        guard = await join(accounts, "binh", "recorder", "11950")
        binh = await actor(guard)
        await accounts.staff.close(await actor(head), binh.id)
        clock.advance(CLOSED_SECONDS + 600)
        [job] = accounts.jobs()
        await JobRunner(core, [job]).run_due(job)
        await head.sign_in()
        assert [person.account.login for person in (await accounts.staff.people(await actor(head))).persons] == ["an"]

    play(story)


def test_the_command_line_renews_whoever_is_locked_out(play, accounts):
    async def story(accounts):
        await join(accounts, "an", "operator", "33")
        invited = await accounts.ground.write(lambda connection: accounts.staff.renew_now(connection, "AN"))
        await accept(accounts, "an", invited.token)
        with pytest.raises(PersonUnknown):
            await accounts.ground.write(lambda connection: accounts.staff.renew_now(connection, "nobody"))

    play(story)


def test_an_account_belongs_to_the_unit_that_invited_it(play, core):
    async def story(accounts):
        head = await join(accounts, "an", "manager", "323")
        guard = await accept(accounts, "binh", (await invite(accounts, head)).token)
        assert (await actor(guard)).unit == unit_of(core, "11950")

    play(story)
