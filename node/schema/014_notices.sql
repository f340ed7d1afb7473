-- Notices that are being written: node/notice.h. Once published they are changes
-- like any other, and gone from here. Never edited once out.

CREATE TABLE notice_draft (
    record BLOB PRIMARY KEY,     -- 16 bytes; it keeps its id when published
    fact BLOB NOT NULL,          -- as they would be published
    body BLOB NOT NULL,
    approved INTEGER NOT NULL    -- by the leader that the body names
) STRICT;
