"""The web application: one room a duty, over one database."""

from __future__ import annotations

from bluezone.server.accounts import Accounts, Invited, Role
from bluezone.server.app import create_app, create_core, create_runner
from bluezone.server.audit import Audit
from bluezone.server.core import Core
from bluezone.server.database import Database
from bluezone.server.dues import Purged, TableDues, purge, read_dues
from bluezone.server.exchange.dhis2 import Week
from bluezone.server.exchange.dhis2_api import Imported
from bluezone.server.exchange.godata_sync import Pushed
from bluezone.server.exchange.integrations import Integrations
from bluezone.server.link_settings import Dhis2Settings, GoDataSettings
from bluezone.server.logs import configure_logs
from bluezone.server.messages import GatewayError, SmsMessage, masked, open_provider, outgoing, read_number
from bluezone.server.rehearsal import Officer, Resident, create_rehearsal
from bluezone.server.settings import Settings
from bluezone.server.sms_settings import SmsSettings
from bluezone.server.stored import StoredTable, list_stored
from bluezone.server.units import (
    find_unit,
    load_units,
    read_units,
    search_units,
    shipped_units,
    units_above,
    units_below,
)

__all__ = [
    "Accounts",
    "Audit",
    "Core",
    "Database",
    "Dhis2Settings",
    "GatewayError",
    "GoDataSettings",
    "Imported",
    "Integrations",
    "Invited",
    "Officer",
    "Purged",
    "Pushed",
    "Resident",
    "Role",
    "Settings",
    "SmsMessage",
    "SmsSettings",
    "StoredTable",
    "TableDues",
    "Week",
    "configure_logs",
    "create_app",
    "create_core",
    "create_rehearsal",
    "create_runner",
    "find_unit",
    "list_stored",
    "load_units",
    "masked",
    "open_provider",
    "outgoing",
    "purge",
    "read_dues",
    "read_number",
    "read_units",
    "search_units",
    "shipped_units",
    "units_above",
    "units_below",
]
