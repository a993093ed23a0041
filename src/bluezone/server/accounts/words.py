"""What the console calls roles, security events and refusals."""

from __future__ import annotations

from collections.abc import Mapping

from bluezone.server.accounts.access import Role
from bluezone.server.language import N_

ROLES: Mapping[Role, str] = {
    Role.OPERATOR: N_("Operator"),
    Role.DEPARTMENT: N_("Department in charge"),
    Role.HEALTH_OFFICER: N_("Health officer"),
    Role.MANAGER: N_("Head of office"),
    Role.RECORDER: N_("Recorder at a gate"),
    Role.VIEWER: N_("Viewer"),
}

DUTIES: Mapping[Role, str] = {
    Role.OPERATOR: N_("Runs the system, opens no health records; gives every role."),
    Role.DEPARTMENT: N_("Plans and watches by figures without names; gives every role but the operator's."),
    Role.HEALTH_OFFICER: N_("Follows cases and contacts, issues codes."),
    Role.MANAGER: N_("Leads a unit by figures without names; names its recorders and viewers."),
    Role.RECORDER: N_("Records who enters and leaves, helps people install."),
    Role.VIEWER: N_("Reads figures without names, changes nothing."),
}

EVENTS: Mapping[str, str] = {
    "signed_in": N_("Signed in"),
    "signed_in_without_second_step": N_("Gave the password; second step still to be set up"),
    "signed_out": N_("Signed out"),
    "sign_in_refused": N_("Wrong user name or password"),
    "sign_in_paused": N_("Sign-in paused after too many wrong passwords"),
    "second_step_refused": N_("Wrong second step"),
    "passkey_refused": N_("Passkey refused"),
    "proof_refused": N_("Wrong password before a change"),
    "password_changed": N_("Changed the password"),
    "totp_set": N_("Set up six-digit codes"),
    "totp_removed": N_("Removed six-digit codes"),
    "passkey_added": N_("Added a passkey"),
    "passkey_removed": N_("Removed a passkey"),
    "recovery_codes_made": N_("Made new recovery codes"),
    "session_ended": N_("Ended a session"),
    "other_sessions_ended": N_("Ended all other sessions"),
    "invited": N_("Invited somebody"),
    "invitation_withdrawn": N_("Withdrew an invitation"),
    "invitation_accepted": N_("Accepted an invitation"),
    "renewal_issued": N_("Issued a link to start anew"),
    "role_granted": N_("Gave a role"),
    "role_removed": N_("Took a role away"),
    "account_closed": N_("Closed an account"),
    "account_reopened": N_("Opened an account again"),
    "access_denied": N_("Tried what the account does not reach"),
    "entries_destroyed": N_("Destroyed entries that were due"),
}

REFUSALS: Mapping[str, str] = {
    "access_denied": N_("Your account does not reach this. Ask the head of your unit if you need it."),
    "form_foreign": N_("This form has grown old. Nothing was done; load the page again and send it once more."),
    "sign_in_refused": N_("User name and password do not belong together. Nothing was opened; try again."),
    "second_step_refused": N_("This did not fit or was used already. Wait for the next code and type that one."),
    "too_many_tries": N_("Too many wrong tries. Wait 15 minutes, or sign in with a passkey."),
    "password_weak": N_("Choose 12 to 128 characters that are hard to guess: four words that do not belong together."),
    "passwords_differ": N_("The two passwords differ. Type the new one twice alike."),
    "invitation_invalid": N_("This link was used, withdrawn or has expired. Ask whoever sent it for a new one."),
    "person_malformed": N_("A user name has 2 to 64 small letters, digits, dots or dashes; a name at least 2 letters."),
    "login_taken": N_("Somebody has this user name already. Choose another one."),
    "person_unknown": N_("This is not among what your account reaches, or it is gone already."),
    "last_second_step": N_("This is your only second step. Set up another one before you remove it."),
    "passkey_impossible": N_("Passkeys need an address with a name. Open these pages under localhost or their name."),
    "connection_insecure": N_("These pages open over https alone, so that nobody on the way reads a password."),
    "database_unavailable": N_("The database does not answer. Nothing was changed; try again in a minute."),
    "storage_full": N_("The disk is full. Nothing was changed; tell the operator."),
    "not_found": N_("There is nothing at this address."),
    "request_too_large": N_("This is larger than the page takes. Nothing was done."),
    "request_malformed": N_("This is not what the page sends. Load it again; nothing was done."),
}
"""By error code; what has no sentence here failed inside."""

FAILED = N_("Something failed on the server. Nothing was changed; try again, and tell the operator if it stays so.")

DONE: Mapping[str, str] = {
    "password": N_("Your password is changed. Other sessions have ended."),
    "totp": N_("Six-digit codes are set up."),
    "totp-removed": N_("Six-digit codes are removed."),
    "passkey": N_("The passkey is added."),
    "passkey-removed": N_("The passkey is removed."),
    "session": N_("The session has ended."),
    "sessions": N_("All other sessions have ended."),
    "granted": N_("The role is given and works at once."),
    "removed": N_("The role is taken away and ended at once."),
    "closed": N_("The account is closed; its sessions have ended."),
    "reopened": N_("The account is open again."),
    "withdrawn": N_("The invitation is withdrawn; its link opens nothing."),
    "signed-out": N_("You are signed out."),
}
"""What was done, by the word that a way on carries."""
