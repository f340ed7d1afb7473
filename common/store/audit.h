/* common/store/audit.h - the chain through the audit log (PROTOCOL 4.13).
 *
 * Entries are numbered from 1 without a gap, and each has a link:
 *
 *   link(n) = H("lienxa audit 1\n" || link(n-1) || id || at_ms as 8 bytes ||
 *               for name, actor, role, address, subject: its length as 4 bytes,
 *               its bytes)
 *
 * with zeros for link(0). What a command replied is not in it: it is kept only
 * to be given again. Entries of a version that knew no chain are taken into it
 * with the first entry that is written after them.
 *
 * Who may write to the file can write all links anew: only the district's
 * signature over one of them (node/audit.h) says that they are the old ones.
 */
#ifndef LIENXA_STORE_AUDIT_H
#define LIENXA_STORE_AUDIT_H

#include "common/domain/audit.h"
#include "common/store/db.h"
#include "common/sync/change.h"

struct audit;
struct accounts_command;

/* Its statements live as long as `db`; `f` is borrowed. Owned. */
int audit_open(struct audit **out, struct db *db, const struct hash_function *f,
               struct error *err);
void audit_close(struct audit **audit);

/* Number and link that `command` gets as the next entry. Writer, in a
 * transaction in which the entry is written next. 0, or the disk's failure. */
int audit_next(struct audit *a, const struct accounts_command *command,
               uint64_t *number, struct hash *link);

/* How far it goes, by what stands there: nothing is recomputed. 0 also when
 * there is no entry with a link (count 0), or the disk's failure. */
int audit_read_head(struct audit *a, struct audit_head *out);

/* Recomputes the links of all entries behind the first `from` (0: of all).
 * Tells each fault in words, at most AUDIT_FAULTS_TOLD of them. */
enum { AUDIT_FAULTS_TOLD = 20 };
struct audit_found {
    uint64_t entries; /* looked at */
    uint64_t faults;
    uint64_t unlinked; /* of an earlier version: in no chain yet */
};
int audit_check(struct audit *a, uint64_t from,
                void (*fault)(void *who, const char *text), void *who,
                struct audit_found *out);

/* Are the entries up to `then` still those of which it was the head? 0: they
 * are, when audit_check finds no fault. ERR_DAMAGED: no, and `err` says what is
 * missing or changed. Or the disk's failure. */
int audit_holds(struct audit *a, const struct audit_head *then,
                struct error *err);

#endif
