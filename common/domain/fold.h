/* common/domain/fold.h - words as they are compared: without their accents, or
 * with them but wherever the tone was put (design 9).
 *
 * A search without accents finds with accents, and d stands for đ too. What is
 * exact is exact up to capitals and the place of the tone: hòa is hoà.
 */
#ifndef LIENXA_DOMAIN_FOLD_H
#define LIENXA_DOMAIN_FOLD_H

#include <stdbool.h>

#include "common/base/buf.h"

enum fold_how {
    FOLD_PLAIN, /* "trộm" -> "trom" */
    FOLD_EXACT, /* "trộm" -> "trôm5": the tones of a word behind its letters */
    FOLD_ACCENTED /* the same, without the words that have no accents */
};

/* The words of `text` (NFC, valid UTF-8), each with a space before and after
 * it: " mat trom ". Appended to `out`. */
void fold_words(struct buf *out, const char *text, enum fold_how how);

/* One word, without spaces. */
void fold_word(struct buf *out, struct bytes word, enum fold_how how);

/* Is there a letter in it that has another one without accents? */
bool fold_has_accents(struct bytes word);

#endif
