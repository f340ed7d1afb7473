-- The last canary of each commune (PROTOCOL 4.12). Never edited once out.

CREATE TABLE canary (
    unit TEXT PRIMARY KEY,
    applied_ms INTEGER NOT NULL, -- when it came, by the hub's clock
    late_ms INTEGER NOT NULL,    -- from the machine's disk to ours
    took_ms INTEGER NOT NULL     -- the one before, to its ack; 0: not known
) STRICT;
