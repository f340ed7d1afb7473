-- Who is logged in, and second factors: see common/store/accounts.h. Users and
-- commands are in the programs' own tables. Never edited once out.

CREATE TABLE session (
    token BLOB PRIMARY KEY,      -- SHA-256 of the token
    user TEXT NOT NULL,
    address TEXT NOT NULL,       -- where it was opened from
    opened_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    code_due INTEGER NOT NULL,   -- 1: worth nothing until a code was shown
    code_ms INTEGER NOT NULL     -- when a code was last shown; 0: never
) STRICT;
CREATE INDEX session_user ON session (user);

CREATE TABLE totp (
    user TEXT PRIMARY KEY,
    secret BLOB,                 -- boxed with DATA/keys/account.key
    pending BLOB,                -- the same, not yet proved by a code
    last_step INTEGER NOT NULL DEFAULT 0 -- of the last code that was taken
) STRICT;

CREATE TABLE recovery_code (
    user TEXT NOT NULL,
    code BLOB NOT NULL,          -- keyed hash of it
    pending INTEGER NOT NULL,
    PRIMARY KEY (user, code)
) STRICT;
