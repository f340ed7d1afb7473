-- Attachments: see common/store/media.h. Never edited once out.

CREATE TABLE media (
    id INTEGER PRIMARY KEY,
    name BLOB NOT NULL UNIQUE,       -- PROTOCOL 4.11
    salt BLOB NOT NULL,
    size INTEGER NOT NULL,
    type INTEGER NOT NULL,
    state INTEGER NOT NULL,          -- enum media_state
    source TEXT NOT NULL,            -- the unit to ask; '' at a node: the hub
    tries INTEGER NOT NULL DEFAULT 0,
    again_ms INTEGER NOT NULL DEFAULT 0,   -- wall clock: not asked for before
    since_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX media_wanted ON media (source, id) WHERE state = 1;
CREATE INDEX media_gone ON media (id) WHERE state = 4;

-- Which records name it, in the order of their bodies.
CREATE TABLE media_use (
    name BLOB NOT NULL,
    home TEXT NOT NULL,
    record BLOB NOT NULL,
    number INTEGER NOT NULL,         -- from 1
    kind INTEGER NOT NULL,           -- of the record
    goes TEXT NOT NULL,              -- a unit that it was passed on to, or ''
    kept INTEGER NOT NULL,
    PRIMARY KEY (home, record, number)
) STRICT;

CREATE INDEX media_use_name ON media_use (name);
