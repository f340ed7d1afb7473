-- The board's counts of sixteen days, added up along one or two axes at a time:
-- what a year, one kind or one state is read from (hub/board_sum.c). Made anew
-- with the rest of the board at the next start. Never edited once out.
CREATE TABLE board_sum (
    place INTEGER PRIMARY KEY,   -- 0 all, 1 by kind (1) home(13) day / 16 (13)
    counts BLOB NOT NULL
) STRICT;
