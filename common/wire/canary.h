/* common/wire/canary.h - the fact of a canary as bytes (PROTOCOL 4.12).
 */
#ifndef LIENXA_WIRE_CANARY_H
#define LIENXA_WIRE_CANARY_H

#include "common/base/buf.h"
#include "common/base/error.h"

/* `took_ms`: what the one before took to its acknowledgement; 0 unknown. */
void wire_canary_encode(struct buf *out, int64_t took_ms);
/* ERR_INVALID, ERR_VERSION as in record.h. */
int wire_canary_decode(int64_t *took_ms, struct bytes bytes, struct error *err);

#endif
