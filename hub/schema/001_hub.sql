-- The hub's own tables beside the ledger. Never edited once out.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The roster, as given to `init`.
CREATE TABLE unit (
    position INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    phone TEXT NOT NULL
) STRICT;

-- The key directory: the state of the NODE_KEY records (PROTOCOL 8.4).
CREATE TABLE node (
    unit TEXT NOT NULL,
    number INTEGER NOT NULL,
    state INTEGER NOT NULL,      -- enum node_key_state
    curve BLOB NOT NULL,
    sign BLOB NOT NULL,
    since_ms INTEGER NOT NULL,
    PRIMARY KEY (unit, number)
) STRICT;

-- What a unit's node last said of itself.
CREATE TABLE contact (
    unit TEXT PRIMARY KEY,
    last_seen_ms INTEGER NOT NULL,
    address TEXT NOT NULL,
    software TEXT NOT NULL,
    clock_offset_ms INTEGER NOT NULL,
    head INTEGER NOT NULL,       -- of its stream
    backlog INTEGER NOT NULL,
    backlog_bytes INTEGER NOT NULL,
    oldest_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE invite (
    secret_hash BLOB PRIMARY KEY, -- SHA-256 of the secret; the token has it
    unit TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    curve BLOB,                  -- the key that used it; NULL: not used yet
    certificate BLOB             -- what it was given, to be given again
) STRICT;

CREATE TABLE alert (
    id BLOB PRIMARY KEY,
    issued_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    type INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    event TEXT NOT NULL,
    headline TEXT NOT NULL,
    text TEXT NOT NULL,
    audience TEXT NOT NULL,      -- unit keys, one a line; empty: every unit
    replaced_by BLOB,            -- the Update or Cancel that names it
    replaced_type INTEGER
) STRICT;

CREATE TABLE receipt (
    alert BLOB NOT NULL,
    unit TEXT NOT NULL,
    verdict INTEGER NOT NULL DEFAULT 0,
    sent_ms INTEGER NOT NULL DEFAULT 0,
    stored_ms INTEGER NOT NULL DEFAULT 0,
    shown_ms INTEGER NOT NULL DEFAULT 0,
    acknowledged_ms INTEGER NOT NULL DEFAULT 0,
    by TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (alert, unit)
) STRICT;

CREATE TABLE alarm (
    id INTEGER PRIMARY KEY,
    unit TEXT NOT NULL,          -- '' : the hub itself
    code INTEGER NOT NULL,       -- enum sync_alarm, or 100 and up: the hub's
    text TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    cleared_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX alarm_open ON alarm (unit, code) WHERE cleared_ms IS NULL;

CREATE TABLE user (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT NOT NULL,      -- argon2id, the library's text form
    created_ms INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Every command that changed something: the audit log, and the reply to be
-- repeated when its id comes again.
CREATE TABLE command (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL,
    actor TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    reply BLOB NOT NULL
) STRICT;
