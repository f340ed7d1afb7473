-- Signing keys of the hub that its root revoked, whether or not we have met them.
CREATE TABLE revoked_signer (
    key_id BLOB PRIMARY KEY
) STRICT;

-- The hub's CURVE keys and where it listens for each (PROTOCOL 8.7). Number 0
-- is what `join` pinned.
CREATE TABLE hub_key (
    number INTEGER PRIMARY KEY,
    curve BLOB NOT NULL,
    express TEXT NOT NULL,
    bulk TEXT NOT NULL,
    stolen INTEGER NOT NULL,            -- forget those before it at once
    first_ms INTEGER NOT NULL DEFAULT 0, -- when the hub first answered; 0: never
    last_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
