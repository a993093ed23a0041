"""Short lists that the help pages show, in English; templates translate them."""

from __future__ import annotations

from bluezone.phone.pages.language import N_

DOES = (
    N_("sends and hears random codes over Bluetooth"),
    N_("keeps them for 14 days on this phone alone"),
    N_("finds out by itself whether you were near a case"),
    N_("tells you what to do, and whom to call"),
    N_("lets you warn others when you fall ill, if you agree"),
    N_("notes places that you scan yourself"),
    N_("says at once when it cannot protect you"),
)
DOES_NOT = (
    N_("know your name, number or contacts"),
    N_("know where you are"),
    N_("send anything of yours that you have not seen and agreed to"),
    N_("tell anybody whom you were near, not even you"),
    N_("count people, or compare you with others"),
    N_("find out whether you are ill"),
    N_("replace masks, distance, or a doctor"),
)
REMAINS = (
    N_("Bluetooth only estimates how near somebody was."),
    N_("It hears only people who carry Bluezone too."),
    N_("Whoever holds your unlocked phone can open it."),
)

MOTHER = (
    N_("Phones nearby greet each other with secret words that mean nothing to anybody."),
    N_("Your phone keeps the words it heard for two weeks, then forgets them."),
    N_("If somebody falls ill, their phone may say which words were theirs."),
    N_("Your phone looks in its own notebook: did I hear those words?"),
    N_("If so, it tells you, and only you, what to do and whom to call."),
    N_("Nobody learns your name, where you were, or whom you met."),
)
"""Six sentences for somebody who has never heard of it."""

RELATIVE_STEPS = ("whose", "explain", "radio", "size", "test", "keep")
"""Setting up somebody else's phone, step by step."""
