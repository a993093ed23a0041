"""Places of thành phố Hưng Yên, by functions and by pages."""

import pytest

from bluezone.protocol import ArchiveSigner
from bluezone.server.accounts.access import Role
from bluezone.server.places import Places
from tests.server.casework.conftest import accounts, app, casework, me, play, seat
from tests.server.casework.support import officer

__all__ = ["accounts", "app", "casework", "me", "play", "seat"]


@pytest.fixture
def places(core, casework):
    """With the key of the very server, so that an application beside it is the same one."""
    key = core.secrets.p256(core.settings.signing_key)
    return Places(casework, ArchiveSigner(key, core.settings.signing_key_id, core.settings.signing_key_version))


@pytest.fixture
def head(core, casework):
    """The manager of thành phố Hưng Yên."""
    return officer(core, role=Role.MANAGER, name="Phạm Văn Trưởng", account="b" * 32)
