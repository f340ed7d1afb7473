-- The newest CURVE key of the hub that a unit's machine has come by
-- (PROTOCOL 8.7): the old one is closed when everybody has the new one.
CREATE TABLE key_seen (
    unit TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
