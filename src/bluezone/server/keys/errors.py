"""What the keys room refuses; codes as in the Google key server's API where it has one."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused, ServerError


class PublishRefused(RequestRefused):
    """The root of refusals of a publish call; nothing of it was kept."""

    code = "publish_refused"


class UnknownHealthAuthorityId(PublishRefused):
    """The call names another health authority than this server's."""

    code = "unknown_health_authority_id"
    status = 401


class NoKeys(PublishRefused):
    """A publish call carries no keys."""

    code = "no_keys"


class TooManyKeys(PublishRefused):
    """A publish call carries more keys than a phone can have."""

    code = "too_many_keys"


class NoValidKey(PublishRefused):
    """Every key of a publish call breaks a rule."""

    code = "no_valid_key"


class KeysRepeated(PublishRefused):
    """A publish call carries one key twice."""

    code = "keys_repeated"


class KeysOverlap(PublishRefused):
    """Keys of a publish call overlap in time without beginning together, or too many begin together."""

    code = "keys_overlap"


class MissingRevisionToken(PublishRefused):
    """Keys of the call are already published and the token that allows to change them is missing."""

    code = "missing_revision_token"


class InvalidRevisionToken(PublishRefused):
    """The revision token is not this server's, too old, or for other keys."""

    code = "invalid_revision_token"


class KeyAlreadyRevised(PublishRefused):
    """A key was changed once already; it cannot be changed again."""

    code = "key_already_revised"


class InvalidReportTypeTransition(PublishRefused):
    """A published key cannot change from its report type to the one of the call."""

    code = "invalid_report_type_transition"


class RangeNotSatisfiable(RequestRefused):
    """The part of an archive that was asked for lies behind its end."""

    code = "range_not_satisfiable"
    status = 416


class ArchivesBusy(ServerError):
    """Another process builds archives at this moment."""

    code = "archives_busy"
    status = 503
