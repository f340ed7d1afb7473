/* common/domain/text.h - Vietnamese text on its way in (design 9).
 *
 * Macs and some phones send letters in pieces (NFD); what is stored and
 * compared is NFC. Only the letters of Vietnamese are put together here;
 * everything else stays as it was written.
 */
#ifndef LIENXA_DOMAIN_TEXT_H
#define LIENXA_DOMAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/buf.h"
#include "common/base/error.h"

/* Appends `in` in NFC. Marks may stand in any order that Unicode calls equal
 * (dot below and horn before or after the others). ERR_INVALID: not UTF-8, or a
 * NUL; then `out` is as before. */
int text_nfc(struct buf *out, struct bytes in);

/* No control characters (C0, DEL, C1) but newline and tab. */
bool text_is_clean(struct bytes text);

/* A line for people: not blank, valid UTF-8, no control character at all. */
bool text_is_line(struct bytes text);

/* Nothing but spaces, tabs and newlines. */
bool text_is_blank(struct bytes text);

/* Characters (code points) of valid UTF-8. */
size_t text_length(struct bytes text);

#endif
