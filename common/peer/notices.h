/* common/peer/notices.h - notices and procedures as both programs keep them:
 * what is acceptable (PROTOCOL 4.7, 4.8).
 */
#ifndef LIENXA_PEER_NOTICES_H
#define LIENXA_PEER_NOTICES_H

#include "common/wire/notice.h"

/* 0, or why the change is quarantined. Which home may write the kind is the
 * caller's to know. */
int notices_judge(struct wire_arena *arena, const struct change *change,
                  struct error *err);
int notices_judge_procedure(struct wire_arena *arena,
                            const struct change *change, struct error *err);

/* The record of a procedure: one for a code and its first day, which `from`
 * says as people write it. */
struct id notices_procedure_id(const struct hash_function *f, const char *code,
                               const char *from);

#endif
