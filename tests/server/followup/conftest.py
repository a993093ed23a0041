"""Follow-up over an outbreak in thành phố Hưng Yên, by its functions and by its pages."""

import pytest

from bluezone.server.followup import FollowUp
from tests.server.casework.conftest import accounts, app, casework, me, play, seat

__all__ = ["accounts", "app", "casework", "me", "play", "seat"]


@pytest.fixture
def follow_up(casework):
    return FollowUp(casework)
