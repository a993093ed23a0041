"""What a person carries: agent, store, sync, publishing with consent, and what it all says about them."""

from bluezone.phone.client import ServerClient
from bluezone.phone.consent import Consent, ConsentDay, Content, Publication, PublicationState, Receipt
from bluezone.phone.errors import (
    AnswerMalformed,
    AnswerTooLarge,
    BodyOverSize,
    ConfigUntrusted,
    ConsentOutdated,
    NothingToPublish,
    PhoneError,
    PublicationStateWrong,
    PublicationUnknown,
    ServerRefused,
    ServerUnreachable,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreInUse,
    StoreTooNew,
    WithdrawalImpossible,
)
from bluezone.phone.faults import Fault, FaultName
from bluezone.phone.phone import Phone
from bluezone.phone.retention import StoredTable
from bluezone.phone.settings import DutySettings, PhoneSettings
from bluezone.phone.status import Exposure, PhoneStatus, StatusLevel
from bluezone.phone.sync import BadArchive, SyncReport

__all__ = [
    "AnswerMalformed",
    "AnswerTooLarge",
    "BadArchive",
    "BodyOverSize",
    "ConfigUntrusted",
    "Consent",
    "ConsentDay",
    "ConsentOutdated",
    "Content",
    "DutySettings",
    "Exposure",
    "Fault",
    "FaultName",
    "NothingToPublish",
    "Phone",
    "PhoneError",
    "PhoneSettings",
    "PhoneStatus",
    "Publication",
    "PublicationState",
    "PublicationStateWrong",
    "PublicationUnknown",
    "Receipt",
    "ServerClient",
    "ServerRefused",
    "ServerUnreachable",
    "StatusLevel",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreInUse",
    "StoreTooNew",
    "StoredTable",
    "SyncReport",
    "WithdrawalImpossible",
]
