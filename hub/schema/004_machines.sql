-- What is known of each machine beside the key directory. Never edited once
-- out.

CREATE TABLE machine (
    unit TEXT NOT NULL,
    number INTEGER NOT NULL,     -- of its certificate
    address TEXT NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    waiting INTEGER NOT NULL,    -- changes it still has to hand over; -1 unknown
    drained_ms INTEGER NOT NULL, -- 0: not yet
    PRIMARY KEY (unit, number)
) STRICT;

-- What a machine was given for the keys it asked for, to be given again.
CREATE TABLE rotation (
    unit TEXT NOT NULL,
    number INTEGER NOT NULL,     -- of the certificate that was replaced
    curve BLOB NOT NULL,         -- the new key
    certificate BLOB NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (unit, number)
) STRICT;

-- Units whose machine is to make new keys at its next hello.
CREATE TABLE rotation_order (
    unit TEXT PRIMARY KEY,
    since_ms INTEGER NOT NULL
) STRICT;
