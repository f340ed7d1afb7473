-- What the other side holds of ours and cannot use, as it last said. Whole
-- lists only: a new one takes the place of the old.
CREATE TABLE refusal (
    peer TEXT NOT NULL,          -- unit key, or the hub's home
    place INTEGER NOT NULL,      -- in the list, newest first
    record BLOB NOT NULL,
    kind INTEGER NOT NULL,
    version INTEGER NOT NULL,
    digest BLOB NOT NULL,
    since_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (peer, place)
) STRICT;
