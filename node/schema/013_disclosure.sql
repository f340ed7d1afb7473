-- What a custodian consented to, until the hour of looking is over. Never edited
-- once out.
CREATE TABLE disclosed (
    record BLOB PRIMARY KEY,     -- 16 bytes: of the disclosure
    report BLOB NOT NULL,
    until_ms INTEGER NOT NULL,
    box BLOB NOT NULL            -- a SealBody, crypto_box_seal to the duty key
) STRICT;
