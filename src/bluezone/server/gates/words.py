"""What the gates' pages say of what was done, refused or noted."""

from __future__ import annotations

from collections.abc import Mapping

from bluezone.server.language import N_

KINDS: Mapping[str, str] = {
    "running": N_("Is running"),
    "helped": N_("Helped to install"),
    "without": N_("No smartphone"),
    "preferred_not": N_("Preferred not to"),
}

DONE = {
    "gate-registered": N_("The gate is registered. Give its device the link next."),
    "gate-withdrawn": N_("The gate is withdrawn. Its device stops within a week at the latest, at once when online."),
}

REFUSALS = {
    "gate_label_invalid": N_("A gate's name has 1 to 40 characters. Nothing was registered; shorten it."),
}

EVENTS = {
    "gate_registered": N_("Registered a gate"),
    "gate_link_given": N_("Made a link for a gate's device"),
    "gate_withdrawn": N_("Withdrew a gate"),
}
