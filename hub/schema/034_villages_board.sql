-- Where the numbers of villages had run out, reports of further ones counted
-- under none: all are counted anew at the next start. Never edited once out.
DELETE FROM board_state WHERE (SELECT max(id) FROM word) >= 6000;
