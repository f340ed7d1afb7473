-- The words of our reports, by record.id: common/store/search.h. Made from the
-- changes, and made anew whenever that is simpler. Never edited once out.
--
-- It keeps the words it was given (in found_content), or it could not take them
-- out again once they are erased.
CREATE VIRTUAL TABLE found USING fts5 (
    text, tokenize = 'vi', detail = none, columnsize = 0
);
