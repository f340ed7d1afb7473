-- The district's board (hub/board.h): figures that cost the same to read with
-- ten thousand reports as with ten million. Made of the ledger's steps, in the
-- transaction that applies them. Never edited once out.

-- Reports by sixteen days of receipt, unit and village.
CREATE TABLE board_day (
    place INTEGER PRIMARY KEY,   -- day / 16 (13) home(13) village(13)
    counts BLOB NOT NULL         -- by day, category, hour band: hub/board.c
) STRICT;

-- Open reports.
CREATE TABLE board_open (
    place INTEGER PRIMARY KEY,   -- home(13) category(8)
    open INTEGER NOT NULL DEFAULT 0,
    urgent INTEGER NOT NULL DEFAULT 0,
    waiting INTEGER NOT NULL DEFAULT 0, -- urgent, nobody acknowledged it
    overdue INTEGER NOT NULL DEFAULT 0  -- due at board_state.settled or before
) STRICT;

-- Open reports by the minute when their next clock runs out, later than
-- board_state.settled.
CREATE TABLE board_due (
    place INTEGER PRIMARY KEY,   -- minute(32) home(13) category(8)
    count INTEGER NOT NULL
) STRICT;

CREATE TABLE board_state (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    settled INTEGER NOT NULL,    -- minute since 1970 up to which due is overdue
    rules INTEGER NOT NULL       -- by which clock rules it was counted
) STRICT;
