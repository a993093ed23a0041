"""What can go wrong in a phone."""

from __future__ import annotations

from bluezone.errors import BluezoneError
from bluezone.protocol.scan_errors import ScanError


class PhoneError(BluezoneError, RuntimeError):
    """The root of the phone room's errors."""

    code = "phone_error"


class StoreError(PhoneError):
    """The root of what can be wrong with the phone's store."""

    code = "store_error"


class StoreInUse(StoreError):
    """Another process holds this store; two phones on one store would share identifiers."""

    code = "store_in_use"


class StoreLocked(StoreError):
    """The store is encrypted, and its key or the library that reads it is not at hand."""

    code = "store_locked"


class StoreTooNew(StoreError):
    """A newer version of the program wrote this store."""

    code = "store_too_new"


class StoreDamaged(StoreError):
    """The file is not a phone's store, or its pages are damaged."""

    code = "store_damaged"


class StoreFull(StoreError):
    """The disk under the store takes no more; nothing of the transaction was kept."""

    code = "store_full"


class ServerUnreachable(PhoneError):
    """The server did not answer, or stopped answering in the middle; the same call may succeed later."""

    code = "server_unreachable"


class ServerRefused(PhoneError):
    """The server answered no.

    `reason` is the server's own stable code (`code_expired`), `status` the HTTP status; `temporary` says whether the
    same call may succeed later. Without a code (then `reason` is `http_302` or the like) it was not the server that
    spoke, but a proxy or a hotspot's log-in page.
    """

    code = "server_refused"

    def __init__(self, sentence: str, *, reason: str, status: int) -> None:
        super().__init__(sentence)
        self.reason = reason
        self.status = status
        self.temporary = status in {408, 425, 429} or status >= 500 or reason == f"http_{status}"


class AnswerMalformed(PhoneError, ValueError):
    """The server's answer does not have the documented form."""

    code = "answer_malformed"


class AnswerTooLarge(PhoneError, ValueError):
    """The server's answer is larger than a phone takes; nothing of it was used."""

    code = "answer_too_large"


class BodyOverSize(PhoneError, ValueError):
    """A request would be larger than the size to which all such requests are padded, so it would stand out."""

    code = "body_over_size"


class ConfigUntrusted(PhoneError):
    """The server's configuration is not signed by a key that this phone trusts; the one before it stays in force."""

    code = "config_untrusted"


class PublicationUnknown(PhoneError, LookupError):
    """There is no publication with this id; it may have been destroyed on its date."""

    code = "publication_unknown"


class PublicationStateWrong(PhoneError):
    """The publication is not at the step that this call belongs to."""

    code = "publication_state_wrong"


class ConsentOutdated(PhoneError):
    """The content was shown too long ago to stand for what would leave now; it has to be shown again."""

    code = "consent_outdated"


class NothingToPublish(PhoneError):
    """No key of the chosen days was ever on the air, or all of them are published already."""

    code = "nothing_to_publish"


class WithdrawalImpossible(PhoneError):
    """What was published with a confirmed test cannot be taken back by a phone; the health desk can help."""

    code = "withdrawal_impossible"


class CodeUncheckable(PhoneError, ScanError):
    """This phone was never online, so it knows no key by which to check a place's or a gate's code."""

    code = "code_uncheckable"


class VisitUnknown(PhoneError, LookupError):
    """There is no visit with this id; it was deleted or destroyed on its date."""

    code = "visit_unknown"


class VisitTimesWrong(PhoneError):
    """A visit would begin in the future or too long ago, or end before it began."""

    code = "visit_times_wrong"


class GuidanceUntrusted(PhoneError):
    """The province's guidance is not signed by a key that this phone trusts; the one before it stays."""

    code = "guidance_untrusted"


class NothingToTell(PhoneError):
    """Only who was near a case or a contact has something to tell the health office."""

    code = "nothing_to_tell"
