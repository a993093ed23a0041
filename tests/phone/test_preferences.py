from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bluezone.clock import FixedClock
from bluezone.phone import Phone, Preferences
from bluezone.protocol.invite import Channel, Invitation
from bluezone.randomness import SeededRandomness


def phone_of(clock: FixedClock, storage: Path | str = ":memory:") -> Phone:
    return Phone(storage, object(), clock, SeededRandomness("preferences"), None)  # type: ignore[arg-type]


def test_phone_begins_without_choices(clock: FixedClock) -> None:
    phone = phone_of(clock)
    assert phone.preferences() == Preferences()
    assert phone.invitation() is None


def test_choices_outlast_a_restart(clock: FixedClock, path: Path) -> None:
    chosen = Preferences("en", "dark", "largest", True, "Bà Tư", Invitation("11983", Channel.SCHOOL))
    phone = phone_of(clock, path)
    phone.set_preferences(chosen)
    phone._store.close()
    again = phone_of(clock, path)
    assert again.preferences() == chosen
    assert again.invitation() == Invitation("11983", Channel.SCHOOL)
    again._store.close()


def test_what_is_no_choice_is_refused_and_changes_nothing(clock: FixedClock) -> None:
    phone = phone_of(clock)
    phone.set_preferences(Preferences(theme="dark"))
    for wrong in ({"theme": "pink"}, {"language": "fr"}, {"helping": "x" * 61}):
        with pytest.raises(msgspec.ValidationError):
            phone.set_preferences(replace(phone.preferences(), **wrong))
    assert phone.preferences() == Preferences(theme="dark")


def test_revision_grows_with_every_change_and_rests_without(clock: FixedClock) -> None:
    phone = phone_of(clock)
    before = phone.revision
    phone.status(), phone.radar(), phone.diary(), phone.notices(), phone.stored()
    assert phone.revision == before
    phone.set_preferences(Preferences(language="en"))
    assert phone.revision > before
