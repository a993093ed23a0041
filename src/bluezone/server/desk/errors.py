"""What the health desk's room refuses, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused


class DeskError(RequestRefused):
    """The root of the desk room's errors."""

    code = "desk_error"


class ApiKeyInvalid(DeskError):
    """A call for the health desk alone came without its API key."""

    code = "api_key_invalid"
    status = 401


class QuotaExceeded(DeskError):
    """The desk has issued as many codes today as its setting allows."""

    code = "quota_exceeded"
    status = 429


class TestTypeUnknown(DeskError, ValueError):
    """A test type is none of those that the protocol names."""

    __test__ = False  # not a test case, whatever its name
    code = "test_type_unknown"


class DateMissing(DeskError, ValueError):
    """A test was reported with neither the day of the test nor that of the first symptoms."""

    code = "date_missing"


class DateMalformed(DeskError, ValueError):
    """A day is not written as YYYY-MM-DD or does not exist."""

    code = "date_malformed"


class DateInFuture(DeskError, ValueError):
    """A symptom or test day lies after today."""

    code = "date_in_future"


class DateTooOld(DeskError, ValueError):
    """A symptom or test day lies so far back that no phone would match its keys."""

    code = "date_too_old"


class CaseUnknown(DeskError):
    """No code was issued under this identifier, or its row is destroyed."""

    code = "case_unknown"
    status = 404


class CasePublished(DeskError):
    """The keys of this case are published, so that there is nothing left to issue a code for."""

    code = "case_published"
    status = 409


class CodeInvalid(DeskError, ValueError):
    """A code has neither the form of a short nor of a long one."""

    code = "code_invalid"


class CodeUnknown(DeskError):
    """A code has the right form but was never issued: mistyped or guessed."""

    code = "code_unknown"


class CodeUsed(DeskError):
    """A code was traded for a token before."""

    code = "code_used"


class CodeExpired(DeskError):
    """A code's time is over, or the desk withdrew it."""

    code = "code_expired"


class TooManyWrongCodes(DeskError):
    """One client sent so many wrong codes that its short codes are refused for a while."""

    code = "too_many_wrong_codes"
    status = 429


class ShortCodesPaused(DeskError):
    """Everybody's short codes are refused for a while, since one more try could be a guess too many."""

    code = "short_codes_paused"
    status = 429


class UnsupportedTestType(DeskError):
    """A code is good, but for a test type that the phone says it does not understand."""

    code = "unsupported_test_type"
    status = 412


class NonceInvalid(DeskError, ValueError):
    """The nonce beside a code is not the base64 of 32 to 256 bytes."""

    code = "nonce_invalid"


class HmacInvalid(DeskError, ValueError):
    """The HMAC over the keys is not the base64 of 32 bytes."""

    code = "hmac_invalid"


class TokenUsed(DeskError):
    """A token was traded for a certificate over other keys before."""

    code = "token_used"


class TokenRevoked(DeskError):
    """A token is genuine, but the desk withdrew its code."""

    code = "token_revoked"


class CodesExhausted(DeskError):
    """No unused code was found in several draws."""

    code = "codes_exhausted"
    status = 503
