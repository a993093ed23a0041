"""Gates over Hưng Yên's units, by their functions and by their pages."""

import pytest

from bluezone.server.audit import Audit
from bluezone.server.gates import Gates
from tests.server.casework.conftest import accounts, app, seat
from tests.server.casework.support import plant_province
from tests.server.gates.support import PROVINCE

__all__ = ["accounts", "app", "seat"]


@pytest.fixture
def gates(core):
    plant_province(core)
    return Gates(core, Audit(core), PROVINCE)
