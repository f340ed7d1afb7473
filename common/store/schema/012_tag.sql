-- What the host keeps with a record's state, beside where it counts
-- (struct axes, tag and waits_ms). Never edited once out.
ALTER TABLE record ADD COLUMN tag INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN waits_ms INTEGER; -- NULL: for nobody
-- Few wait, and who asks for them must not pass by the others.
CREATE INDEX record_waits ON record (waits_ms) WHERE waits_ms IS NOT NULL;
