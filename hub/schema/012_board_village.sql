-- Which villages reports have named, ever. Never edited once out.
CREATE TABLE board_village (
    place INTEGER PRIMARY KEY,   -- home(13) village(13)
    count INTEGER NOT NULL
) STRICT;
