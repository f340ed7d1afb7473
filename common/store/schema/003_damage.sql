-- Damage: see "damage" in common/store/ledger.h. Never edited once out.

-- Changes whose bytes are no longer those that their home wrote.
CREATE TABLE damaged (
    change INTEGER PRIMARY KEY,  -- change.id
    digest BLOB NOT NULL,        -- what is asked for
    since_ms INTEGER NOT NULL,
    asked_ms INTEGER NOT NULL DEFAULT 0 -- first asked for on a live line
) STRICT;

-- How far the changes have been looked through in the background.
CREATE TABLE scrubbed (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    change INTEGER NOT NULL
) STRICT;
