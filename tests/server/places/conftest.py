"""Places of thành phố Hưng Yên, by functions and by pages."""

import pytest

from bluezone.server.accounts.access import Role
from bluezone.server.places import Places
from tests.server.casework.conftest import accounts, app, casework, me, play, seat
from tests.server.casework.support import officer
from tests.server.support import keys_room

__all__ = ["accounts", "app", "casework", "me", "play", "seat"]


@pytest.fixture
def places(core, casework):
    return Places(casework, keys_room(core).signer)


@pytest.fixture
def head(core, casework):
    """The manager of thành phố Hưng Yên."""
    return officer(core, role=Role.MANAGER, name="Phạm Văn Trưởng", account="b" * 32)
