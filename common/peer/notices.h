/* common/peer/notices.h - notices and procedures as both programs keep them:
 * what is acceptable (PROTOCOL 4.7, 4.8), and how they are read back.
 */
#ifndef LIENXA_PEER_NOTICES_H
#define LIENXA_PEER_NOTICES_H

#include "common/store/ledger.h"
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

/* ---- reading: each row is borrowed for the call; what `each` answers, if not
 * 0, ends it. */
struct notices_row {
    const char *home;
    const struct id *id;
    uint64_t version;
    int64_t clock_ms; /* when this version was written */
    const struct notice *notice;
    const struct notice_words *words; /* NULL: they are not here */
};
struct notices_reader {
    struct ledger *ledger;
    struct wire_arena *arena; /* cleared for every row */
    int (*each)(void *who, const struct notices_row *row);
    void *who;
};
/* Every notice as it is, newest first. */
int notices_read(const struct notices_reader *r);
/* Every version that is held of the notices with this id, newest first: of one
 * home, for ids are random. */
int notices_read_versions(const struct notices_reader *r, const struct id *id);

/* The catalogue that `home` wrote, newest first. */
struct procedures_reader {
    struct ledger *ledger;
    struct wire_arena *arena;
    int (*each)(void *who, const struct procedure *procedure);
    void *who;
};
int notices_read_procedures(const struct procedures_reader *r,
                            const char *home);

#endif
