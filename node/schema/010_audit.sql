-- What the audit log tells of a command from a web page. Never edited once out.
ALTER TABLE command ADD COLUMN role TEXT NOT NULL DEFAULT '';    -- '': command line
ALTER TABLE command ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE command ADD COLUMN subject TEXT NOT NULL DEFAULT ''; -- an id, or a name
