"""What can be wrong with bytes that came over the air or the wire."""

from __future__ import annotations

from bluezone.errors import BluezoneError


class ProtocolError(BluezoneError, ValueError):
    """The root of the protocol room's errors."""

    code = "protocol_error"


class KeyMalformed(ProtocolError):
    """A daily key has the wrong length, start or period."""

    code = "key_malformed"


class BeaconMalformed(ProtocolError):
    """An advertisement carries our service but not a beacon of the layout we know."""

    code = "beacon_malformed"


class ArchiveError(ProtocolError):
    """A key archive cannot be used; the leaves say why."""

    code = "archive_error"


class ArchiveUnreadable(ArchiveError):
    """The file is no zip archive, or is truncated or damaged."""

    code = "archive_unreadable"


class ArchiveTooLarge(ArchiveError):
    """The file, an entry, or the number of keys or signatures is over the reader's limits."""

    code = "archive_too_large"


class ArchiveEntryMissing(ArchiveError):
    """The zip archive lacks export.bin or export.sig."""

    code = "archive_entry_missing"


class ArchiveEntryRepeated(ArchiveError):
    """The zip archive holds an entry twice."""

    code = "archive_entry_repeated"


class ArchiveEntryUnknown(ArchiveError):
    """The zip archive holds something besides export.bin and export.sig."""

    code = "archive_entry_unknown"


class ArchiveHeaderWrong(ArchiveError):
    """export.bin does not begin with the 16-byte header of version 1."""

    code = "archive_header_wrong"


class ArchiveContentMalformed(ArchiveError):
    """export.bin or export.sig cannot be decoded."""

    code = "archive_content_malformed"


class ArchiveKeysUnsorted(ArchiveError):
    """The keys are not in ascending order, so their order may tell when each arrived."""

    code = "archive_keys_unsorted"


class ArchiveKeysRepeated(ArchiveError):
    """A key stands twice in one archive."""

    code = "archive_keys_repeated"


class ArchiveBatchUnsupported(ArchiveError):
    """The archive is one of several that belong together; only batch 1 of 1 is supported."""

    code = "archive_batch_unsupported"


class ArchiveSignerUnknown(ArchiveError):
    """None of the archive's signatures is by a key that the reader trusts."""

    code = "archive_signer_unknown"


class ArchiveSignatureInvalid(ArchiveError):
    """A trusted key's signature does not fit the archive's content."""

    code = "archive_signature_invalid"


class ArchiveUnsigned(ArchiveError):
    """An archive was to be written without a signer."""

    code = "archive_unsigned"


class SigningKeyUnfit(ArchiveError):
    """A signing or verification key is not an ECDSA key on the curve P-256."""

    code = "signing_key_unfit"


class KeyHmacMismatch(ProtocolError):
    """The HMAC in a certificate is not that of the keys sent with it."""

    code = "key_hmac_mismatch"


class TokenInvalid(ProtocolError):
    """A verification token is not one of ours, is damaged, or is not valid yet."""

    code = "token_invalid"


class TokenExpired(ProtocolError):
    """A verification token's time is over."""

    code = "token_expired"


class CertificateInvalid(ProtocolError):
    """A verification certificate is not by a trusted issuer, is damaged, or is not valid yet."""

    code = "certificate_invalid"


class CertificateExpired(ProtocolError):
    """A verification certificate's time is over."""

    code = "certificate_expired"


class TraceMalformed(ProtocolError):
    """A trace file of the 2020 app has a line that cannot be read."""

    code = "trace_malformed"
