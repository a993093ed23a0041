import asyncio

import pytest

from bluezone.server.accounts import limits, sessions, tables
from bluezone.server.accounts.errors import (
    PasskeyImpossible,
    SecondStepRefused,
    SignInRefused,
    TooManyTries,
)
from bluezone.server.accounts.sessions import Stage
from bluezone.server.jobs import JobRunner
from tests.server.accounts.support import CLIENT, DEVICE, HOST, PASSWORD, Authenticator, join


async def password(accounts, login="an", typed=PASSWORD, client=CLIENT):
    return await accounts.entry.sign_in(login, typed, client=client, device=DEVICE)


def test_signing_in_takes_both_steps_and_changes_the_secret(play, clock, noted):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        clock.advance(30)
        half = await password(accounts, " AN ")
        assert half.stage is Stage.PASSWORD
        session = await accounts.session(half.token)
        full = await accounts.entry.second_step(session, member.code())
        assert full.token != half.token
        assert await accounts.session(half.token) is None
        assert (await accounts.session(full.token)).stage is Stage.FULL

    play(story)
    assert noted() == ["invited", "invitation_accepted", "totp_set", "signed_in", "signed_in"]


@pytest.mark.parametrize(("login", "typed"), [("an", "wrong"), ("nobody", PASSWORD), ("", ""), ("an", "x" * 5000)])
def test_a_wrong_name_and_a_wrong_password_are_refused_alike(play, login, typed):
    async def story(accounts):
        await join(accounts, "an", "manager", "323")
        with pytest.raises(SignInRefused) as caught:
            await password(accounts, login, typed)
        assert str(caught.value) == "User name and password do not belong together; nothing was opened."

    play(story)


def test_what_is_typed_for_nobodys_name_is_not_noted(play, core, accounts):
    async def story(accounts):
        with pytest.raises(SignInRefused):
            await password(accounts, "my-secret-typed-in-the-wrong-field")

    play(story)
    [entry] = core.database.read_now(lambda connection: accounts.audit.entries(connection, ["/"]))
    assert (entry.event.action, entry.event.subject, entry.event.unit) == ("sign_in_refused", "", "")


@pytest.mark.parametrize("login", ["an", "nobody"])
def test_guessing_one_name_is_paused_for_a_quarter_of_an_hour(play, clock, login):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        for number in range(limits.PASSWORD_TRIES):
            with pytest.raises(SignInRefused):
                await password(accounts, login, "wrong", client=f"198.51.100.{number}")
        with pytest.raises(TooManyTries):
            await password(accounts, login, PASSWORD)
        clock.advance(16 * 60)
        if login == member.login:
            await member.sign_in()

    play(story)


def test_guessing_many_names_from_one_client_is_paused(play):
    async def story(accounts):
        for number in range(limits.CLIENT_TRIES):
            with pytest.raises(SignInRefused):
                await password(accounts, f"name{number}", "wrong")
        with pytest.raises(TooManyTries):
            await password(accounts, "another", "wrong")
        with pytest.raises(SignInRefused):
            await password(accounts, "another", "wrong", client="203.0.113.9")

    play(story)


def test_guesses_at_the_same_moment_do_not_slip_past(play):
    async def story(accounts):
        tries = [password(accounts, "an", "wrong", client=f"198.51.100.{n}") for n in range(limits.PASSWORD_TRIES + 5)]
        told = await asyncio.gather(*tries, return_exceptions=True)
        assert [type(error) for error in told].count(SignInRefused) == limits.PASSWORD_TRIES

    play(story)


def test_an_office_that_signs_in_rightly_is_never_paused(play, clock):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        for _ in range(limits.CLIENT_TRIES + 1):
            await password(accounts, member.login)

    play(story)


def test_a_code_is_good_once(play, clock):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        clock.advance(30)
        code = member.code()
        halves = [await accounts.session((await password(accounts)).token) for _ in range(2)]
        await accounts.entry.second_step(halves[0], code)
        with pytest.raises(SecondStepRefused):
            await accounts.entry.second_step(halves[1], code)

    play(story)


def test_the_same_code_twice_at_once_opens_once(play, clock):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        clock.advance(30)
        halves = [await accounts.session((await password(accounts)).token) for _ in range(3)]
        told = await asyncio.gather(
            *(accounts.entry.second_step(half, member.code()) for half in halves), return_exceptions=True
        )
        assert sum(not isinstance(one, Exception) for one in told) == 1

    play(story)


def test_guessing_codes_is_paused_and_noted(play, clock, noted):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        clock.advance(30)
        half = await accounts.session((await password(accounts)).token)
        for _ in range(limits.CODE_TRIES):
            with pytest.raises(SecondStepRefused):
                await accounts.entry.second_step(half, "000000")
        with pytest.raises(TooManyTries):
            await accounts.entry.second_step(half, member.code())

    play(story)
    assert noted().count("second_step_refused") == limits.CODE_TRIES


def test_a_recovery_code_opens_once(play):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        halves = [await accounts.session((await password(accounts)).token) for _ in range(2)]
        entered = await accounts.entry.second_step(halves[0], member.recovery[0].upper())
        session = await accounts.session(entered.token)
        assert (await accounts.own.look(session)).recovery_codes_left == 9
        with pytest.raises(SecondStepRefused):
            await accounts.entry.second_step(halves[1], member.recovery[0])

    play(story)


def test_a_session_ends_when_idle_and_when_the_shift_is_over(play, clock):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        clock.advance(sessions.IDLE_SECONDS - 1)
        assert await accounts.session(member.token)
        clock.advance(sessions.IDLE_SECONDS - 1)
        assert await accounts.session(member.token)
        clock.advance(sessions.IDLE_SECONDS)
        assert await accounts.session(member.token) is None
        await member.sign_in()
        for _ in range(tables.LONGEST_SECONDS // 1200 - 1):
            clock.advance(1200)
            assert await accounts.session(member.token)
        clock.advance(1200)
        assert await accounts.session(member.token) is None

    play(story)


def test_half_a_sign_in_ends_after_ten_minutes(play, clock):
    async def story(accounts):
        await join(accounts, "an", "manager", "323")
        half = await password(accounts)
        clock.advance(600)
        assert await accounts.session(half.token) is None

    play(story)


def test_signing_out_ends_the_session_on_the_server(play, noted):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        await accounts.entry.sign_out(await member.session())
        assert await accounts.session(member.token) is None

    play(story)
    assert noted()[-1] == "signed_out"


def test_what_is_over_is_destroyed(play, core, clock, accounts):
    async def story(accounts):
        await join(accounts, "an", "manager", "323")
        await password(accounts)
        await accounts.entry.passkey_options(HOST)
        with pytest.raises(SignInRefused):
            await password(accounts, "nobody")
        clock.advance(tables.LONGEST_SECONDS)
        [job] = accounts.jobs()
        assert await JobRunner(core, [job]).run_due(job)

    play(story)
    from bluezone.server import list_stored

    counts = {table.name: table.count for table in core.database.read_now(list_stored)}
    assert [counts[f"account_{name}"] for name in ("sessions", "challenges", "tries", "invitations")] == [0] * 4
    assert counts["accounts"] == 1


def test_nothing_that_opens_anything_is_stored(play, core):
    kept = []

    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        kept.extend((member.token, member.recovery[0], member.totp.hex(), PASSWORD))

    play(story)
    from bluezone.server import list_stored

    text = str(core.database.read_now(list_stored))
    assert [secret for secret in kept if secret in text or secret.encode().hex() in text] == []


def test_a_passkey_opens_by_itself(play, noted):
    key = Authenticator()

    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        options = await accounts.own.passkey_options(await member.session(), HOST)
        await accounts.own.add_passkey(await member.session(), HOST, key.create(options), "khóa USB")
        entered = await accounts.entry.passkey_sign_in(
            HOST, key.get(await accounts.entry.passkey_options(HOST)), device=DEVICE
        )
        session = await accounts.session(entered.token)
        assert (session.account.login, session.stage) == ("an", Stage.FULL)
        assert [passkey.name for passkey in (await accounts.own.look(session)).passkeys] == ["khóa USB"]

    play(story)
    assert noted()[-2:] == ["passkey_added", "signed_in"]


@pytest.mark.parametrize(
    "other",
    [
        Authenticator("https://localhost.example"),
        Authenticator(verified=False),
        Authenticator(seed=b"somebody else's key"),
    ],
    ids=["another origin", "user not verified", "unknown key"],
)
def test_a_passkey_that_does_not_fit_opens_nothing(play, other, noted):
    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        options = await accounts.own.passkey_options(await member.session(), HOST)
        await accounts.own.add_passkey(await member.session(), HOST, Authenticator().create(options), "khóa")
        with pytest.raises(SecondStepRefused):
            await accounts.entry.passkey_sign_in(
                HOST, other.get(await accounts.entry.passkey_options(HOST)), device=DEVICE
            )

    play(story)
    assert noted()[-1] == "passkey_refused"


def test_an_answer_of_a_passkey_is_good_once_and_for_five_minutes(play, clock):
    key = Authenticator()

    async def story(accounts):
        member = await join(accounts, "an", "manager", "323")
        options = await accounts.own.passkey_options(await member.session(), HOST)
        await accounts.own.add_passkey(await member.session(), HOST, key.create(options), "khóa")
        answer = key.get(await accounts.entry.passkey_options(HOST))
        await accounts.entry.passkey_sign_in(HOST, answer, device=DEVICE)
        late = key.get(await accounts.entry.passkey_options(HOST))
        clock.advance(301)
        for again in (answer, late):
            with pytest.raises(SecondStepRefused):
                await accounts.entry.passkey_sign_in(HOST, again, device=DEVICE)

    play(story)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"response": {"clientDataJSON": "e30"}, "rawId": "eA"}', "null"])
def test_what_is_no_passkey_is_refused(play, text):
    async def story(accounts):
        with pytest.raises(SecondStepRefused):
            await accounts.entry.passkey_sign_in(HOST, text, device=DEVICE)

    play(story)


@pytest.mark.parametrize("host", ["127.0.0.1:8787", "[::1]:8787", "192.0.2.1"])
def test_passkeys_need_a_name(play, host):
    async def story(accounts):
        with pytest.raises(PasskeyImpossible):
            await accounts.entry.passkey_options(host)

    play(story)
