-- The ledger: see common/store/ledger.h. Never edited once out.

-- Texts that are named by number: homes (unit keys) and villages.
CREATE TABLE word (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE stream (
    id INTEGER PRIMARY KEY,
    home TEXT NOT NULL,
    channel TEXT NOT NULL,
    own INTEGER NOT NULL,
    head INTEGER NOT NULL DEFAULT 0,
    h BLOB NOT NULL,             -- h(head)
    zero BLOB NOT NULL,          -- h(0)
    acked INTEGER NOT NULL DEFAULT 0,
    acked_most INTEGER NOT NULL DEFAULT 0,
    acked_bytes INTEGER NOT NULL DEFAULT 0,
    clock_ms INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    signed_head BLOB,            -- the last one received
    UNIQUE (home, channel)
) STRICT;

CREATE TABLE record (
    id INTEGER PRIMARY KEY,
    uid BLOB NOT NULL CHECK (length(uid) = 16),
    home INTEGER NOT NULL,       -- word
    kind INTEGER NOT NULL,
    version INTEGER NOT NULL,    -- of the state; 0: nothing applied yet
    state INTEGER,               -- change.id
    last INTEGER NOT NULL,       -- change.id: newest arrival, then change.prev
    flags INTEGER NOT NULL DEFAULT 0, -- 1 conflict, 2 final
    cell INTEGER,                -- where it counts; NULL: nowhere
    UNIQUE (uid, home)
) STRICT;
-- Reports (kind 1) are nearly all records: listing the others must not pass by
-- them, and reports pay nothing for it.
CREATE INDEX record_kind ON record (kind) WHERE kind <> 1;

CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    stream INTEGER,              -- NULL: an early arrival outside any stream
    seq INTEGER,
    record INTEGER NOT NULL,
    prev INTEGER,                -- the arrival before it, of the same record
    version INTEGER NOT NULL,
    size INTEGER NOT NULL,       -- on the wire
    urgent INTEGER,              -- 1 to be expedited, 2 settled, NULL neither
    h BLOB,
    digest BLOB NOT NULL,
    header BLOB NOT NULL,
    -- *_salt: 16 bytes of salt (whole), 32 bytes of hash (stub), NULL (absent)
    fact_salt BLOB, fact BLOB,
    body_salt BLOB, body BLOB,
    vault_salt BLOB, vault BLOB,
    signature BLOB               -- 8 bytes of key id, 64 of Ed25519
) STRICT;
CREATE UNIQUE INDEX change_place ON change (stream, seq);
CREATE INDEX change_early ON change (record, version) WHERE stream IS NULL;
CREATE INDEX change_urgent ON change (stream, seq) WHERE urgent = 1;

CREATE TABLE figure (
    cell INTEGER PRIMARY KEY,    -- struct axes, packed
    count INTEGER NOT NULL
) STRICT;

CREATE TABLE quarantine (
    change INTEGER PRIMARY KEY,
    since_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 1,
    reason TEXT NOT NULL
) STRICT;

-- A rebase under way: the peer's copy of our stream, not ours yet.
CREATE TABLE staged (
    seq INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    h BLOB NOT NULL,
    digest BLOB NOT NULL,
    header BLOB NOT NULL,
    fact_salt BLOB, fact BLOB,
    body_salt BLOB, body BLOB,
    vault_salt BLOB, vault BLOB,
    signature BLOB
) STRICT;
