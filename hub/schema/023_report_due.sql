-- Open reports in the order of the district's desk: urgent ones first, then by
-- the minute when their next clock runs out (hub_board_tag). Holds all that is
-- filtered by: other rows are not looked at. Never edited once out.
CREATE INDEX record_due ON record
    (((~cell & 1) << 34) | (tag >> 3), id, uid, home, cell) WHERE tag > 7;
