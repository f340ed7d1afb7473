-- Telephone numbers that this commune keeps beside those of the directory.
-- Never edited once out.
CREATE TABLE own_number (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,          -- whose it is
    phone TEXT NOT NULL,
    note TEXT NOT NULL           -- when to call, for what; may be empty
) STRICT;
