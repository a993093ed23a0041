"""Everything an operator can set, from one TOML file and BLUEZONE_* environment variables; each has a safe default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import msgspec

from bluezone.server.errors import SettingsInvalid
from bluezone.server.link_settings import Dhis2Settings, GoDataSettings
from bluezone.server.sms_settings import SmsSettings

ENVIRONMENT_PREFIX = "BLUEZONE_"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The server's settings.

    A TOML file names them as below, the environment in capitals after `BLUEZONE_` (`BLUEZONE_REGION`); the environment
    wins. Durations are in the unit that the name ends with. Raises SettingsInvalid for an unknown name or a bad value.

    - `data_dir`: the folder for whatever the server keeps on this machine: database, archives, signing keys.
    - `database_url`: an SQLAlchemy URL (`postgresql+psycopg://…`); empty means SQLite in `data_dir`.
    - `archive_store`: an fsspec URL of a folder for key archives (`s3://bucket/exports`); empty means a folder in
      `data_dir`.
    - `region`: the region that archives and the configuration name (ISO 3166-2).
    - `authority`: the health authority that publish calls name (`healthAuthorityID`) and certificates are issued to.
    - `hotline`: the telephone number that phones show to whoever was exposed.
    - `signing_key_path`: the P-256 private key (PEM) of archives and configuration; empty means `data_dir/archive.pem`.
      It is created on first start, readable by the owner alone.
    - `signing_key_id`, `signing_key_version`: how archives name that key; change the version when you change the key.
    - `accepted_keys`: files of further public keys (PEM) that phones are told to accept, named `ID_VERSION.pem`; put
      the next key here before you change to it.
    - `desk_api_key`: the health desk's API key; empty means the one in `data_dir/desk-api-key`, created on first start.
    - `trusted_proxies`: how many reverse proxies stand before the server; as many entries at the end of
      X-Forwarded-For are believed. 0 means the header is ignored.
    - `risk_profile`: a JSON document with the risk configuration that phones are given; empty means the shipped one.
    - `sync_hours`: how often phones are told to look for new archives.
    - `chaff_days`: the mean number of days between a phone's fake uploads.
    - `retention_days`: how long keys, archives and their index rows are kept.
    - `max_keys_per_publish`: the largest number of keys in one publish call.
    - `max_same_start_keys`: the largest number of keys with one rolling start in one publish call.
    - `max_key_age_days`: keys that begin earlier are refused.
    - `clock_skew_seconds`: how far a phone's clock may be ahead of the server's.
    - `publish_body_bytes`: the largest publish body; padding included.
    - `publish_padding_bytes`: publish answers are padded by at least this much and at most twice as much.
    - `max_magnitude_symptom_onset_days`: the largest distance of a key from the onset of symptoms that is kept.
    - `embargo_hours`: a key that is still valid is withheld until this long after its validity ends.
    - `created_truncation_minutes`: arrival times are rounded down to this before they are stored.
    - `export_period_minutes`: an archive covers this long a time of arrival; it divides a day.
    - `export_min_age_hours`: an archive's time of arrival lies at least this far back, so that arrivals mix.
    - `export_min_records`: archives hold at least this many keys, filler included.
    - `export_padding_range`: up to this many filler keys more, at random.
    - `export_max_records`: archives hold at most this many keys.
    - `chaff_max_latency_ms`: fake uploads are answered after as long as real ones take lately, at most after this.
    - `run_jobs`: whether this process builds archives and deletes what is due; at least one process must.
    - `lease_seconds`: after this long without a sign of life another process takes over the jobs.
    - `code_quota_day`: how many codes the desk may issue a day.
    - `follow_f2`: whether contacts of contacts (F2) stand on the daily follow-up list too.
    - `database_connections`: how many PostgreSQL connections, or SQLite readers, a process keeps.
    - `open_rows`: `GET /stored` lists every row, not only counts and rules. For rehearsals with invented people alone.
    - `sms`: the table `[sms]` below, by which text messages are sent; the file alone sets it.
    - `godata`, `dhis2`: the tables `[godata]` and `[dhis2]` below, other systems to which data goes when an operator
      says so; the file alone sets them.
    """

    data_dir: Path = Path("run/server")
    database_url: str = ""
    archive_store: str = ""
    region: str = "VN-66"
    authority: str = "vn.hungyen.cdc"
    hotline: str = "19009095"
    signing_key_path: str = ""
    signing_key_id: str = "bluezone"
    signing_key_version: str = "v1"
    accepted_keys: tuple[Path, ...] = ()
    desk_api_key: str = ""
    trusted_proxies: int = 0
    risk_profile: str = ""
    sync_hours: float = 4.0
    chaff_days: float = 3.0
    retention_days: int = 14
    max_keys_per_publish: int = 30
    max_same_start_keys: int = 3
    max_key_age_days: int = 15
    clock_skew_seconds: int = 60
    publish_body_bytes: int = 65536
    publish_padding_bytes: int = 1024
    max_magnitude_symptom_onset_days: int = 14
    embargo_hours: float = 2.0
    created_truncation_minutes: int = 60
    export_period_minutes: int = 120
    export_min_age_hours: float = 2.0
    export_min_records: int = 1000
    export_padding_range: int = 100
    export_max_records: int = 500_000
    chaff_max_latency_ms: int = 1000
    run_jobs: bool = True
    lease_seconds: float = 120.0
    code_quota_day: int = 2000
    follow_f2: bool = True
    database_connections: int = 4
    open_rows: bool = False
    sms: SmsSettings = SmsSettings()
    godata: GoDataSettings = GoDataSettings()
    dhis2: Dhis2Settings = Dhis2Settings()

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise SettingsInvalid(f"The setting {name} must be positive, not {getattr(self, name)}.")
        if 24 * 60 % self.export_period_minutes:
            raise SettingsInvalid(f"The setting export_period_minutes must divide a day: {self.export_period_minutes}.")
        if self.export_min_records + self.export_padding_range > self.export_max_records:
            raise SettingsInvalid("The setting export_max_records leaves no room for export_min_records and padding.")

    @classmethod
    def load(cls, path: Path | None = None, environment: Mapping[str, str] | None = None) -> Self:
        """The settings of a TOML file (none: defaults), overridden by the environment (none: this process's)."""
        values: dict[str, Any] = {}
        if path is not None:
            try:
                values = tomllib.loads(path.read_text(encoding="utf-8"))
            except OSError as error:
                raise SettingsInvalid(f"The settings file {path} cannot be read: {error.strerror}.") from error
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise SettingsInvalid(f"The settings file {path} is not TOML: {error}.") from error
        known = {field.name for field in msgspec.structs.fields(cls)} - {"sms", "godata", "dhis2"}
        for name, text in (os.environ if environment is None else environment).items():
            if name.startswith(ENVIRONMENT_PREFIX) and (field := name[len(ENVIRONMENT_PREFIX) :].lower()) in known:
                values[field] = text.split(os.pathsep) if field == "accepted_keys" else text
        try:
            return msgspec.convert(values, cls, strict=False, dec_hook=_decode)
        except msgspec.ValidationError as error:
            raise SettingsInvalid(f"A setting cannot be used: {error}.") from error

    @property
    def database(self) -> str:
        """The database's URL with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'server.sqlite'}"

    @property
    def archives(self) -> str:
        """The archive store's URL with the default filled in."""
        return self.archive_store or f"file://{(self.data_dir / 'exports').absolute()}"

    @property
    def signing_key(self) -> Path:
        """The signing key's file with the default filled in."""
        return Path(self.signing_key_path) if self.signing_key_path else self.data_dir / "archive.pem"


_POSITIVE = (
    "sync_hours",
    "chaff_days",
    "retention_days",
    "max_keys_per_publish",
    "max_same_start_keys",
    "max_key_age_days",
    "publish_body_bytes",
    "created_truncation_minutes",
    "export_period_minutes",
    "export_max_records",
    "lease_seconds",
    "code_quota_day",
    "database_connections",
)


def _decode(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError
