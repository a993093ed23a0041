"""What a person carries: agent, store, sync, publishing with consent, and what it all says about them."""

from bluezone.phone.client import ServerClient
from bluezone.phone.consent import Consent, ConsentDay, Content, Publication, PublicationState, Receipt
from bluezone.phone.diary import DiaryDay
from bluezone.phone.errors import (
    AnswerMalformed,
    AnswerTooLarge,
    BodyOverSize,
    CodeUncheckable,
    ConfigUntrusted,
    ConsentOutdated,
    GuidanceUntrusted,
    NothingToPublish,
    NothingToTell,
    PhoneError,
    PublicationStateWrong,
    PublicationUnknown,
    ServerRefused,
    ServerUnreachable,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreInUse,
    StoreLocked,
    StoreTooNew,
    VisitTimesWrong,
    VisitUnknown,
    WithdrawalImpossible,
)
from bluezone.phone.faults import Fault, FaultName
from bluezone.phone.gatepass import GatePass, PastPass
from bluezone.phone.guidance import Bulletin, Guidance
from bluezone.phone.notices import Notice
from bluezone.phone.phone import Phone
from bluezone.phone.preferences import Preferences
from bluezone.phone.protection import PlainReason, ProtectedFile, Protection, StoreKeys, SystemKeyring
from bluezone.phone.radar import Radar, RadarDot
from bluezone.phone.repairs import RadioTrouble, Repair, RepairAction
from bluezone.phone.retention import StoredItem, StoredTable
from bluezone.phone.settings import DutySettings, PhoneSettings
from bluezone.phone.status import Exposure, PhoneStatus, StatusLevel
from bluezone.phone.sync import BadArchive, SyncReport
from bluezone.phone.tell import Telling, TellReceipt
from bluezone.phone.visits import Visit

__all__ = [
    "AnswerMalformed",
    "AnswerTooLarge",
    "BadArchive",
    "BodyOverSize",
    "Bulletin",
    "CodeUncheckable",
    "ConfigUntrusted",
    "Consent",
    "ConsentDay",
    "ConsentOutdated",
    "Content",
    "DiaryDay",
    "DutySettings",
    "Exposure",
    "Fault",
    "FaultName",
    "GatePass",
    "Guidance",
    "GuidanceUntrusted",
    "NothingToPublish",
    "NothingToTell",
    "Notice",
    "PastPass",
    "Phone",
    "PhoneError",
    "PhoneSettings",
    "PhoneStatus",
    "PlainReason",
    "Preferences",
    "ProtectedFile",
    "Protection",
    "Publication",
    "PublicationState",
    "PublicationStateWrong",
    "PublicationUnknown",
    "Radar",
    "RadarDot",
    "RadioTrouble",
    "Receipt",
    "Repair",
    "RepairAction",
    "ServerClient",
    "ServerRefused",
    "ServerUnreachable",
    "StatusLevel",
    "StoreDamaged",
    "StoreError",
    "StoreFull",
    "StoreInUse",
    "StoreKeys",
    "StoreLocked",
    "StoreTooNew",
    "StoredItem",
    "StoredTable",
    "SyncReport",
    "SystemKeyring",
    "TellReceipt",
    "Telling",
    "Visit",
    "VisitTimesWrong",
    "VisitUnknown",
    "WithdrawalImpossible",
]
