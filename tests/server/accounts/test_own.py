import pytest

from bluezone.server.accounts import limits
from bluezone.server.accounts.errors import (
    LastSecondStep,
    PasswordWeak,
    PersonUnknown,
    ProofStale,
    SecondStepRefused,
    SignInRefused,
    TooManyTries,
)
from bluezone.server.accounts.sessions import PROOF_SECONDS, Stage
from tests.server.accounts.support import CLIENT, DEVICE, HOST, PASSWORD, Authenticator, join

NEW = "bốn từ chẳng liên quan gì"


def test_a_new_password_ends_other_sessions_and_changes_this_ones_secret(play, noted):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        other, _ = member.token, await member.sign_in()
        entered = await accounts.own.change_password(await member.session(), PASSWORD, NEW)
        assert await accounts.session(other) is await accounts.session(member.token) is None
        assert (await accounts.session(entered.token)).stage is Stage.FULL
        with pytest.raises(SignInRefused):
            await accounts.entry.sign_in("an", PASSWORD, client=CLIENT, device=DEVICE)
        await accounts.entry.sign_in("an", NEW, client=CLIENT, device=DEVICE)

    play(story)
    assert "password_changed" in noted()


def test_a_password_changes_with_the_right_old_one_and_a_good_new_one(play):
    async def story(accounts):
        session = await (await join(accounts, "an", "manager", "323")).session()
        with pytest.raises(PasswordWeak):
            await accounts.own.change_password(session, PASSWORD, "123456789012")
        for _ in range(limits.PASSWORD_TRIES):
            with pytest.raises(SignInRefused):
                await accounts.own.change_password(session, "wrong", NEW)
        with pytest.raises(TooManyTries):
            await accounts.own.change_password(session, PASSWORD, NEW)

    play(story)


def test_how_one_signs_in_changes_only_after_a_fresh_proof(play, clock):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        clock.advance(PROOF_SECONDS)
        session = await member.session()
        for change in (
            accounts.own.begin_totp(session),
            accounts.own.confirm_totp(session, "000000"),
            accounts.own.remove_totp(session),
            accounts.own.passkey_options(session, HOST),
            accounts.own.add_passkey(session, HOST, "{}", ""),
            accounts.own.remove_passkey(session, "x"),
            accounts.own.renew_recovery_codes(session),
        ):
            with pytest.raises(ProofStale):
                await change
        with pytest.raises(SignInRefused):
            await accounts.own.prove(session, "wrong")
        await accounts.own.prove(session, PASSWORD)
        assert len(await accounts.own.renew_recovery_codes(await member.session())) == 10

    play(story)


def test_an_app_counts_once_its_code_was_typed(play):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        old = member.totp
        session = await member.session()
        new = await accounts.own.begin_totp(session)
        assert await accounts.own.begin_totp(await member.session()) == new != old
        with pytest.raises(SecondStepRefused):
            await accounts.own.confirm_totp(await member.session(), "000000")
        await member.sign_in()

    play(story)


def test_a_second_app_replaces_the_first_and_keeps_the_recovery_codes(play):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        member.totp = await accounts.own.begin_totp(await member.session())
        enrolled = await accounts.own.confirm_totp(await member.session(), member.code())
        assert enrolled.recovery_codes == []
        assert await accounts.session(member.token) is None
        await member.sign_in()

    play(story)


def test_the_last_second_step_stays(play, noted):
    key = Authenticator()

    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        with pytest.raises(LastSecondStep):
            await accounts.own.remove_totp(await member.session())
        options = await accounts.own.passkey_options(await member.session(), HOST)
        enrolled = await accounts.own.add_passkey(await member.session(), HOST, key.create(options), "")
        member.token = enrolled.entered.token
        await accounts.own.remove_totp(await member.session())
        [passkey] = (await accounts.own.look(await member.session())).passkeys
        assert passkey.name == DEVICE
        with pytest.raises(LastSecondStep):
            await accounts.own.remove_passkey(await member.session(), passkey.id)

    play(story)
    assert noted()[-1] == "totp_removed"


def test_a_passkey_is_added_once_and_for_whom_it_was_asked(play):
    key = Authenticator()

    async def story(accounts):
        an, binh = [await join(accounts, login, "manager", "323") for login in ("an", "binh")]
        options = await accounts.own.passkey_options(await an.session(), HOST)
        answer = key.create(options)
        with pytest.raises(SecondStepRefused):
            await accounts.own.add_passkey(await binh.session(), HOST, answer, "")
        an.token = (await accounts.own.add_passkey(await an.session(), HOST, answer, "")).entered.token
        for member in (an, binh):
            again = key.create(await accounts.own.passkey_options(await member.session(), HOST))
            with pytest.raises(SecondStepRefused):
                await accounts.own.add_passkey(await member.session(), HOST, again, "")

    play(story)


def test_new_recovery_codes_replace_the_old_ones(play):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        codes = await accounts.own.renew_recovery_codes(await member.session())
        half = await accounts.session(
            (await accounts.entry.sign_in("an", PASSWORD, client=CLIENT, device=DEVICE)).token
        )
        with pytest.raises(SecondStepRefused):
            await accounts.entry.second_step(half, member.recovery[0])
        await accounts.entry.second_step(half, codes[0])

    play(story)


def test_one_ends_ones_own_sessions_and_nobody_elses(play):
    async def story(accounts):
        an, binh = [await join(accounts, login, "manager", "323") for login in ("an", "binh")]
        lost = an.token
        here = await an.sign_in()
        theirs = (await accounts.own.look(await binh.session())).sessions[0].id
        with pytest.raises(PersonUnknown):
            await accounts.own.end_session(here, theirs)
        [other] = [one for one in (await accounts.own.look(here)).sessions if not one.here]
        await accounts.own.end_session(here, other.id)
        assert await accounts.session(lost) is None
        await an.sign_in()
        await accounts.own.end_other_sessions(await an.session())
        assert [one.here for one in (await accounts.own.look(await an.session())).sessions] == [True]
        assert await accounts.session(binh.token)

    play(story)
