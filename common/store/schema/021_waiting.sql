-- Who waits, without a look at each record: the board reads up to two hundred of
-- them with every answer. Never edited once out.
CREATE INDEX record_waiting
    ON record (waits_ms, id, uid, home, cell, tag) WHERE waits_ms IS NOT NULL;
DROP INDEX record_waits;
