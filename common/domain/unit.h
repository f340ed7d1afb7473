/* common/domain/unit.h - units and the dated roster that names them.
 *
 * A unit is a commune or the district. Its key is code + valid_from, never the
 * code alone: codes are reused after mergers (design 3). On the wire and in the
 * database the key is the text CODE@YYYYMMDD, e.g. "19870@20040708"; people say
 * the slug ("quang-thai") or the code, which the roster must know uniquely.
 */
#ifndef LIENXA_DOMAIN_UNIT_H
#define LIENXA_DOMAIN_UNIT_H

#include "common/base/buf.h"
#include "common/base/error.h"

enum {
    UNIT_KEY_BYTES = 24, /* with NUL; at most 11 characters of code */
    UNIT_SLUG_BYTES = 48,
    UNIT_NAME_BYTES = 128,
    UNIT_PHONE_BYTES = 32,
    UNIT_LIMIT = 20000 /* units in one roster */
};

struct unit {
    char key[UNIT_KEY_BYTES];
    char code[12];
    char valid_from[12]; /* YYYY-MM-DD */
    char slug[UNIT_SLUG_BYTES];
    char name[UNIT_NAME_BYTES];
    char phone[UNIT_PHONE_BYTES]; /* as written, may be empty */
};

struct roster {
    struct unit *units; /* owned, in file order */
    size_t count;
    uint32_t *slots; /* by key: index + 1; NULL: not indexed */
    size_t slot_count;
};

/* Is `key` of the form above? */
bool unit_key_valid(const char *key);

/* Reads CSV with the header line code,valid_from,slug,name,phone (BOM, CRLF and
 * quoted fields accepted). Refuses the whole file at the first fault, with the
 * line number: bad code (1 to 11 digits), bad date, bad slug (a-z, 0-9, '-', at
 * least one letter), no unit at all, blank name, invalid UTF-8, a repeated key
 * or slug. ERR_INVALID, ERR_FULL. */
int roster_parse(struct roster *out, struct bytes csv, struct error *err);
void roster_free(struct roster *roster);
/* For finding keys among thousands; after it keys and count stay as they are.
 * roster_parse has done it. */
void roster_index(struct roster *roster);

/* Of a key, for tables of who is found by it. */
uint32_t unit_hash(const char *key);

/* By key, slug or code. A code borne by more than one unit is ambiguous: NULL,
 * as for an unknown word. Borrowed. */
const struct unit *roster_find(const struct roster *roster, const char *word);

#endif
