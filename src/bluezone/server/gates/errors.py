"""What the gates room refuses, and what to do then."""

from __future__ import annotations

from bluezone.server.errors import RequestRefused


class GatesError(RequestRefused):
    """The root of the room's errors."""

    code = "gates_error"


class GateLabelInvalid(GatesError, ValueError):
    """A gate's name that does not fit into its certificate."""

    code = "gate_label_invalid"


class GateLinkInvalid(GatesError):
    """A link for a gate's device that was opened before, is too old or was never given."""

    code = "gate_link_invalid"
    status = 410


class GateKeyInvalid(GatesError, ValueError):
    """What a device offers as its public key is no point on P-256."""

    code = "gate_key_invalid"


class GateUntrusted(GatesError):
    """Counts that no gate in use signed: another key, a gate withdrawn, or none at all."""

    code = "gate_untrusted"
    status = 403


class GateCountsMalformed(GatesError, ValueError):
    """A batch of counts that is none, or that no gate can have counted."""

    code = "gate_counts_malformed"
