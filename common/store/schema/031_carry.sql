-- Files that go by hand: see common/store/media_carry.h. Never edited once out.

-- Pieces that came by hand, from the first one on without a gap (as far as is
-- known: a power cut may have taken some back).
ALTER TABLE media ADD COLUMN reached INTEGER NOT NULL DEFAULT 0;

-- What this body says of the file: two may differ, and one of them is right.
-- NULL: of before.
ALTER TABLE media_use ADD COLUMN salt BLOB;
ALTER TABLE media_use ADD COLUMN size INTEGER;
ALTER TABLE media_use ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;

CREATE TABLE media_carry (
    name BLOB NOT NULL,
    unit TEXT NOT NULL,              -- who is to have it; '' at a node: the hub
    told_ms INTEGER NOT NULL,        -- by its clock, when it said so; 0: never
    lacks INTEGER NOT NULL,          -- the first piece it lacks; -1: none
    round INTEGER NOT NULL,          -- the bundle in which it last was whole
    next INTEGER NOT NULL,           -- where the next bundle goes on, or 0
    PRIMARY KEY (unit, name)
) STRICT;

CREATE INDEX media_carry_name ON media_carry (name);
