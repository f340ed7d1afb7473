-- The chain through the audit log (common/store/audit.h). Entries of before
-- have neither until the next one is written. Never edited once out.
ALTER TABLE command ADD COLUMN number INTEGER; -- from 1, without a gap
ALTER TABLE command ADD COLUMN link BLOB;
-- with the link, so that no command reads the entry before it
CREATE INDEX command_number ON command (number, link)
    WHERE number IS NOT NULL;
CREATE INDEX command_loose ON command (at_ms) WHERE number IS NULL;

-- What each commune's machine last said of its own (PROTOCOL 4.13).
CREATE TABLE audit (
    unit TEXT PRIMARY KEY,
    said_ms INTEGER NOT NULL,
    machine INTEGER NOT NULL, -- number of its certificate
    broken INTEGER NOT NULL,  -- by its own looking
    count INTEGER NOT NULL,
    first BLOB NOT NULL,
    last BLOB NOT NULL,
    state INTEGER NOT NULL,   -- hub/store_metrics.h
    before INTEGER NOT NULL   -- the state of what it said last
) STRICT;
