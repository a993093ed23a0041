"""What the accounts room refuses, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused


class AccountsError(RequestRefused):
    """The root of the accounts room's errors."""

    code = "accounts_error"


class AccessDenied(AccountsError):
    """The account may not do this, or not for this unit; whether the unit exists is not told."""

    code = "access_denied"
    status = 403


class FormForeign(AccountsError):
    """A form or call did not come from the page that it belongs to."""

    code = "form_foreign"
    status = 403


class SignInNeeded(AccountsError):
    """Nobody is signed in, or the session has ended."""

    code = "sign_in_needed"
    status = 401


class SecondStepNeeded(AccountsError):
    """The password was right; the second step is still to be taken."""

    code = "second_step_needed"
    status = 401


class SecondStepLacking(AccountsError):
    """The account has no second step yet and must be given one first."""

    code = "second_step_lacking"
    status = 403


class ProofStale(AccountsError):
    """Changing how one signs in needs the password again after a while."""

    code = "proof_stale"
    status = 403


class SignInRefused(AccountsError):
    """Name and password do not belong together, or the account is closed; which of them is not told."""

    code = "sign_in_refused"
    status = 401


class SecondStepRefused(AccountsError):
    """The six digits, the recovery code or the passkey are not right, or were used already."""

    code = "second_step_refused"
    status = 401


class TooManyTries(AccountsError):
    """Too many wrong tries for this account or from this client within a quarter of an hour."""

    code = "too_many_tries"
    status = 429


class PasswordWeak(AccountsError, ValueError):
    """A new password is too short, too long or too easy to guess."""

    code = "password_weak"


class InvitationInvalid(AccountsError):
    """An invitation does not exist, was used, has expired or was withdrawn."""

    code = "invitation_invalid"
    status = 404


class PersonMalformed(AccountsError, ValueError):
    """A person's name or user name is missing or not of the form that it must have."""

    code = "person_malformed"


class LoginTaken(AccountsError):
    """Another account or invitation has this user name."""

    code = "login_taken"
    status = 409


class PersonUnknown(AccountsError):
    """There is no such account, invitation, session or passkey in what one may see."""

    code = "person_unknown"
    status = 404


class LastSecondStep(AccountsError):
    """The only second step of an account cannot be removed."""

    code = "last_second_step"
    status = 409


class PasskeyImpossible(AccountsError):
    """Passkeys need an address with a name, not a number, and https or this very machine."""

    code = "passkey_impossible"


class ConnectionInsecure(AccountsError):
    """These pages are served over https alone, except on the machine itself."""

    code = "connection_insecure"
