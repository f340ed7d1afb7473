-- The chain through the audit log (common/store/audit.h). Entries of before
-- have neither until the next one is written. Never edited once out.
ALTER TABLE command ADD COLUMN number INTEGER; -- from 1, without a gap
ALTER TABLE command ADD COLUMN link BLOB;
-- with the link, so that no command reads the entry before it
CREATE INDEX command_number ON command (number, link)
    WHERE number IS NOT NULL;
CREATE INDEX command_loose ON command (at_ms) WHERE number IS NULL;
