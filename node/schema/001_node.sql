-- The node's own tables beside the ledger. Never edited once out.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- Hub signing keys we trust: each signed by the root that `join` pinned.
CREATE TABLE trust (
    key_id BLOB PRIMARY KEY,     -- 8 bytes
    number INTEGER NOT NULL,
    public BLOB NOT NULL,        -- Ed25519
    revoked INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What `report import` compares a repeated id with. Covers what may be known of
-- a report without its sender: never name or phone, which a hash could not hide.
CREATE TABLE intake (
    record BLOB PRIMARY KEY,     -- 16 bytes
    fingerprint BLOB NOT NULL    -- 32 bytes
) STRICT;

CREATE TABLE alert (
    id BLOB PRIMARY KEY,
    verdict INTEGER NOT NULL,    -- enum alert_verdict
    issued_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL,
    type INTEGER NOT NULL,
    severity INTEGER NOT NULL,
    event TEXT NOT NULL,
    headline TEXT NOT NULL,
    text TEXT NOT NULL,
    for_us INTEGER NOT NULL,     -- in the audience
    replaced_by BLOB,
    replaced_type INTEGER,
    stored_ms INTEGER NOT NULL,
    shown_ms INTEGER NOT NULL DEFAULT 0,
    acknowledged_ms INTEGER NOT NULL DEFAULT 0,
    by TEXT NOT NULL DEFAULT '',
    receipt_due INTEGER NOT NULL DEFAULT 0 -- 1: our receipt must be written
) STRICT;
CREATE INDEX alert_due ON alert (id) WHERE receipt_due = 1;
-- Alerts named by an Update or Cancel that came before them.
CREATE TABLE replaced (
    id BLOB PRIMARY KEY,
    by BLOB NOT NULL,
    type INTEGER NOT NULL
) STRICT;

CREATE TABLE alarm (
    id INTEGER PRIMARY KEY,
    code INTEGER NOT NULL,       -- enum sync_alarm, or 100 and up: the node's
    text TEXT NOT NULL,
    since_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    times INTEGER NOT NULL DEFAULT 1,
    cleared_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX alarm_open ON alarm (code) WHERE cleared_ms IS NULL;

-- The commune's sealing keys: public halves, and the private ones only sealed
-- to the recovery key (design 6).
CREATE TABLE sealing_key (
    key_id BLOB PRIMARY KEY,     -- first 8 bytes of SHA-256 of the public key
    custodian INTEGER NOT NULL,  -- 0: the duty key
    public BLOB NOT NULL,
    recovery_box BLOB NOT NULL,  -- crypto_box_seal to the recovery key
    since_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE user (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password TEXT NOT NULL,      -- argon2id, the library's text form
    created_ms INTEGER NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Private halves wrapped by the password of one who may use them.
CREATE TABLE wrapped_key (
    user TEXT NOT NULL,
    key_id BLOB NOT NULL,
    salt BLOB NOT NULL,
    box BLOB NOT NULL,
    PRIMARY KEY (user, key_id)
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
