-- What the duty desk reads: node/desk.h. Made from the changes of our reports,
-- and made anew whenever that is simpler. Never edited once out.

CREATE TABLE desk (
    record INTEGER PRIMARY KEY,  -- record.id
    uid BLOB NOT NULL,           -- record.uid
    category INTEGER NOT NULL,   -- index in categories[]
    state INTEGER NOT NULL,      -- enum report_state
    urgent INTEGER NOT NULL,
    village TEXT NOT NULL,
    open INTEGER NOT NULL,
    place INTEGER NOT NULL,      -- open: what breaches first; else newest end
    received_ms INTEGER NOT NULL,
    what INTEGER NOT NULL,       -- enum due_what of what is due next, or -1
    due_ms INTEGER NOT NULL,
    paused INTEGER NOT NULL,
    rings INTEGER NOT NULL       -- urgent, and nobody has acknowledged it
) STRICT;
-- Holds all that is filtered by: other rows are not looked at.
CREATE INDEX desk_place
    ON desk (open, place, record, state, category, urgent, village);
CREATE INDEX desk_due ON desk (place) WHERE open = 1;
CREATE INDEX desk_near ON desk (category, received_ms);
CREATE INDEX desk_rings ON desk (record) WHERE rings = 1;

-- How many rows there are of each kind: counting them one by one would take
-- longer than showing a page of them.
CREATE TABLE desk_count (
    open INTEGER NOT NULL,
    state INTEGER NOT NULL,
    category INTEGER NOT NULL,
    urgent INTEGER NOT NULL,
    village TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (open, state, category, urgent, village)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER desk_added AFTER INSERT ON desk BEGIN
    INSERT INTO desk_count VALUES
        (new.open, new.state, new.category, new.urgent, new.village, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER desk_dropped AFTER DELETE ON desk BEGIN
    UPDATE desk_count SET n = n - 1
        WHERE open = old.open AND state = old.state
        AND category = old.category AND urgent = old.urgent
        AND village = old.village;
END;
CREATE TRIGGER desk_changed AFTER UPDATE ON desk
WHEN (old.open, old.state, old.category, old.urgent, old.village) IS NOT
    (new.open, new.state, new.category, new.urgent, new.village) BEGIN
    UPDATE desk_count SET n = n - 1
        WHERE open = old.open AND state = old.state
        AND category = old.category AND urgent = old.urgent
        AND village = old.village;
    INSERT INTO desk_count VALUES
        (new.open, new.state, new.category, new.urgent, new.village, 1)
        ON CONFLICT DO UPDATE SET n = n + 1;
END;

-- How far the reports that were there before this table have been looked at, in
-- the background: records from `before` on are done.
CREATE TABLE desk_fill (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    before INTEGER NOT NULL,
    done INTEGER NOT NULL,
    rules INTEGER NOT NULL DEFAULT 0, -- by which clocks: clock_rules_number
    purge INTEGER NOT NULL DEFAULT 0 -- words were taken out that still lie in
                                     -- the index
) STRICT;
INSERT INTO desk_fill (one, before, done)
    SELECT 1, 9223372036854775807,
           NOT EXISTS (SELECT 1 FROM record WHERE kind = 1);

-- Who did what to one report.
CREATE INDEX command_subject ON command (subject) WHERE subject <> '';
