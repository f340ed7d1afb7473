-- Villages are numbered within their home (ledger_words.c): a number is 13 bits
-- of a cell, and all communes together have more villages than that. What
-- counts already keeps the number it had among the words. Never edited once out.
CREATE TABLE village (
    home INTEGER NOT NULL,       -- word
    number INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (home, number),
    UNIQUE (text, home)
) STRICT;
INSERT INTO village (home, number, text)
    SELECT DISTINCT (r.cell >> 30) & 8191, w.id, w.text
    FROM record r JOIN word w ON w.id = (r.cell >> 17) & 8191
    WHERE r.cell IS NOT NULL;
