/* common/wire/notice.h - the parts of notices and procedures as bytes (PROTOCOL
 * 4.7, 4.8). Facts as in record.h: ERR_INVALID, ERR_VERSION.
 */
#ifndef LIENXA_WIRE_NOTICE_H
#define LIENXA_WIRE_NOTICE_H

#include "common/domain/notice.h"
#include "common/domain/procedure.h"
#include "common/wire/record.h"

void wire_notice_encode(struct buf *out, const struct notice *notice);
int wire_notice_decode(struct notice *out, struct bytes bytes,
                       struct error *err);

/* Decoded words borrow from the arena. */
void wire_notice_words_encode(struct buf *out,
                              const struct notice_words *words);
int wire_notice_words_decode(struct notice_words *out, struct wire_arena *arena,
                             struct bytes bytes, struct error *err);

/* Code and days. The code is copied into the arena. */
void wire_procedure_encode(struct buf *out, const struct procedure *p);
int wire_procedure_decode(struct procedure *out, struct wire_arena *arena,
                          struct bytes bytes, struct error *err);
/* Everything else, into `out` as wire_procedure_decode left it. */
void wire_procedure_words_encode(struct buf *out, const struct procedure *p);
int wire_procedure_words_decode(struct procedure *out, struct wire_arena *arena,
                                struct bytes bytes, struct error *err);

#endif
