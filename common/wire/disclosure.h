/* common/wire/disclosure.h - the parts of a disclosure as bytes (PROTOCOL 4.9).
 */
#ifndef LIENXA_WIRE_DISCLOSURE_H
#define LIENXA_WIRE_DISCLOSURE_H

#include "common/domain/disclosure.h"
#include "common/wire/record.h"

/* The fact, which leaves: ERR_INVALID, ERR_VERSION as in record.h. */
void wire_disclosure_encode(struct buf *out, const struct disclosure *d);
int wire_disclosure_decode(struct disclosure *out, struct bytes bytes,
                           struct error *err);

/* The vault part, which stays: why it was asked, and why refused ("" when it
 * was not). Texts of a decoded one are borrowed from the arena. */
struct disclosure_vault {
    const char *reason, *refusal;
};
void wire_disclosure_vault_encode(struct buf *out,
                                  const struct disclosure_vault *v);
int wire_disclosure_vault_decode(struct disclosure_vault *out,
                                 struct wire_arena *arena, struct bytes bytes);

#endif
