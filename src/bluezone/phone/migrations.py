"""The store's schema, one script a version; a script that was shipped is never changed, only followed by another.

Times are Unix seconds by the phone's own clock; `destroy_at` is the moment from which a row is destroyed.
"""

from __future__ import annotations

_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;

CREATE TABLE own_keys (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL CHECK (length(key) = 16),
    rolling_start INTEGER NOT NULL,
    last_used INTEGER,
    closed INTEGER NOT NULL DEFAULT 0,
    publication TEXT,
    destroy_at REAL NOT NULL
);
CREATE INDEX own_keys_start ON own_keys (rolling_start);

CREATE TABLE clock_epochs (
    id INTEGER PRIMARY KEY,
    started_at REAL NOT NULL,
    error REAL
);

CREATE TABLE scans (
    id INTEGER PRIMARY KEY,
    epoch INTEGER NOT NULL REFERENCES clock_epochs (id),
    started_at REAL NOT NULL,
    seconds REAL NOT NULL,
    since_last REAL NOT NULL CHECK (since_last >= 0),
    destroy_at REAL NOT NULL
);
CREATE INDEX scans_started ON scans (started_at);
CREATE INDEX scans_epoch ON scans (epoch);

CREATE TABLE sightings (
    scan INTEGER NOT NULL REFERENCES scans (id) ON DELETE CASCADE,
    identifier BLOB NOT NULL,
    metadata BLOB NOT NULL,
    service INTEGER NOT NULL,
    readings BLOB NOT NULL,
    PRIMARY KEY (scan, identifier, metadata, service)
) WITHOUT ROWID;

CREATE TABLE config (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    body BLOB NOT NULL,
    signature TEXT NOT NULL,
    fetched_at REAL NOT NULL
);
CREATE TABLE pinned_keys (
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    pem TEXT NOT NULL,
    PRIMARY KEY (id, version)
) WITHOUT ROWID;

CREATE TABLE archives (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'bad')),
    etag TEXT NOT NULL DEFAULT '',
    attempts INTEGER NOT NULL DEFAULT 0,
    fault TEXT NOT NULL DEFAULT '',
    destroy_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE archive_parts (
    name TEXT NOT NULL REFERENCES archives (name) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (name, position)
);

CREATE TABLE exposures (
    key BLOB PRIMARY KEY,
    rolling_start INTEGER NOT NULL,
    rolling_period INTEGER NOT NULL,
    report_type INTEGER NOT NULL,
    days_since_onset INTEGER,
    heard BLOB NOT NULL,
    destroy_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE revoked_keys (key BLOB PRIMARY KEY, destroy_at REAL NOT NULL) WITHOUT ROWID;

CREATE TABLE publications (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    test_type TEXT NOT NULL,
    symptom_date TEXT,
    test_date TEXT,
    token TEXT NOT NULL,
    hmac_key BLOB NOT NULL,
    content BLOB NOT NULL DEFAULT '',
    shown_at REAL,
    certificate TEXT NOT NULL DEFAULT '',
    certified_at REAL,
    body BLOB NOT NULL DEFAULT '',
    fault TEXT NOT NULL DEFAULT '',
    started_at REAL NOT NULL,
    destroy_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE receipts (
    publication TEXT PRIMARY KEY,
    sent_at REAL NOT NULL,
    server TEXT NOT NULL,
    test_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    content BLOB NOT NULL,
    revision_token TEXT NOT NULL,
    withdrawn_at REAL,
    destroy_at REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE faults (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    detail TEXT NOT NULL,
    since REAL NOT NULL,
    until REAL,
    destroy_at REAL NOT NULL
);
"""

_2 = """
ALTER TABLE publications ADD COLUMN code TEXT;
ALTER TABLE publications ADD COLUMN nonce BLOB;
"""

_3 = """
ALTER TABLE scans ADD COLUMN nearest_rssi REAL;

CREATE TABLE visits (
    id TEXT PRIMARY KEY,
    place BLOB NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL,
    destroy_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE gate_passes (
    id INTEGER PRIMARY KEY,
    gate TEXT NOT NULL,
    shown_at REAL NOT NULL,
    destroy_at REAL NOT NULL
);
CREATE TABLE preferences (id INTEGER PRIMARY KEY CHECK (id = 1), body BLOB NOT NULL);

CREATE TABLE guidance (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    body BLOB NOT NULL,
    etag TEXT NOT NULL
);
CREATE TABLE notices (
    id TEXT PRIMARY KEY,
    first_seen REAL NOT NULL,
    read_at REAL,
    destroy_at REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE tellings (
    id INTEGER PRIMARY KEY,
    told_at REAL NOT NULL,
    server TEXT NOT NULL,
    content BLOB NOT NULL,
    destroyed_on TEXT NOT NULL,
    destroy_at REAL NOT NULL
);
"""

_4 = """
CREATE TABLE place_warnings (
    visit TEXT NOT NULL REFERENCES visits (id) ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    over INTEGER NOT NULL,
    told_at REAL NOT NULL,
    PRIMARY KEY (visit, hour)
) WITHOUT ROWID;
CREATE TABLE notice_files (name TEXT PRIMARY KEY, destroy_at REAL NOT NULL) WITHOUT ROWID;
"""

MIGRATIONS: tuple[str, ...] = (_1, _2, _3, _4)
