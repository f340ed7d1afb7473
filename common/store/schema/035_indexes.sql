-- Two indexes of changes. Never edited once out.

-- Whole vault parts (002), without a function in the condition: one made SQLite
-- keep a journal of every statement that adds many changes. A part has bytes
-- exactly when it is whole (001).
DROP INDEX change_sealed;
CREATE INDEX change_sealed ON change (stream, seq) WHERE vault IS NOT NULL;

-- What the peer had early: each conversation begins with a look at those it has
-- not acknowledged since.
CREATE INDEX change_settled ON change (stream, seq) WHERE urgent = 2;
