-- When an open report falls due stands in its record, and record_due has them
-- in that order (023_report_due.sql): a table of the same minutes was one more
-- page to be written with nearly every change. What had fallen due by
-- board_state.settled is counted in board_open, as before. Never edited once
-- out.
DROP TABLE board_due;
