-- An order and what takes it back may come home in either order, after a
-- restore: see hub_store_put_alert. Never edited once out.

CREATE TABLE replaced (
    id BLOB PRIMARY KEY,         -- of the alert, which may not be here yet
    by BLOB NOT NULL,            -- the Update or Cancel that names it
    type INTEGER NOT NULL
) STRICT;

INSERT INTO replaced SELECT id, replaced_by, replaced_type FROM alert
    WHERE replaced_by IS NOT NULL;
