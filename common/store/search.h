/* common/store/search.h - how words are looked for in an FTS5 table.
 *
 * Every connection knows the tokenizer `vi`: unicode61 without diacritics, đ as
 * d, and beside each word with accents its exact form, which a search for it
 * finds alone (common/domain/fold.h). A table of words is made with
 *
 *     CREATE VIRTUAL TABLE .. USING fts5 (text, tokenize = 'vi', detail = none)
 */
#ifndef LIENXA_STORE_SEARCH_H
#define LIENXA_STORE_SEARCH_H

#include "common/store/db.h"

enum { SEARCH_WORDS_MOST = 16 /* of one search; the others are left out */ };

/* What to MATCH for the words of `text` (NFC): `loose` finds all of them
 * however they are accented, `exact` those of them that have accents, with
 * these; it stays empty when none has. Returns how many words there are, or an
 * error. */
int search_expressions(struct db *db, const char *text, struct buf *loose,
                       struct buf *exact);

#endif
