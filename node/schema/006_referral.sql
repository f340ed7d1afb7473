-- Who erased a report, when and why. Stays in the commune; never the words.
CREATE TABLE erasure (
    record BLOB PRIMARY KEY,     -- 16 bytes
    at_ms INTEGER NOT NULL,
    by TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
