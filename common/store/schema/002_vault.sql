-- The vault: see common/store/ledger_vault.h. Never edited once out.

-- At a hub: body and vault of a change, locked by its home, to be given back to
-- a machine that lost them. At a node: what was given back and waits for the
-- recovery shares.
CREATE TABLE vault_object (
    change INTEGER PRIMARY KEY,  -- change.id
    hash BLOB NOT NULL,          -- SHA-256 of bytes
    bytes BLOB NOT NULL
) STRICT;

-- The hub holds the objects of this stream to here.
ALTER TABLE stream ADD COLUMN vaulted INTEGER NOT NULL DEFAULT 0;

-- Whole vault parts are only at their home: elsewhere this index is empty.
CREATE INDEX change_sealed ON change (stream, seq)
    WHERE length(vault_salt) = 16;
