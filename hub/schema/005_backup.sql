-- What a restored hub has still to hear: one row for each unit that had a
-- machine in the copy, or has shown one since, or was named in --revoked. Empty
-- at a hub that was never restored.
CREATE TABLE restored (
    unit TEXT PRIMARY KEY,
    shut_out INTEGER NOT NULL DEFAULT 0, -- 1: named in --revoked
    heard_ms INTEGER NOT NULL DEFAULT 0  -- all it held is here; 0: not yet
) STRICT;
