/* common/domain/audit.h - how far a machine's audit log goes, and what the
 * district makes of it (PROTOCOL 4.13).
 *
 * Every entry has a link: a hash over the link before it and over what the
 * entry says. So the last link stands for all of them, and who has signed it
 * can tell later whether what was there then is still there. Pure.
 */
#ifndef LIENXA_DOMAIN_AUDIT_H
#define LIENXA_DOMAIN_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/id.h"

struct audit_head {
    uint64_t count;          /* entries; 0: none yet, the rest means nothing */
    struct hash first, last; /* links; the first tells one log from another */
};

/* Of two states of one log or of two logs, in the order they were said. */
enum audit_step {
    AUDIT_GROWN,   /* it may have; or nothing has happened */
    AUDIT_CHANGED, /* as many entries, and not the same */
    AUDIT_CUT,     /* entries are missing at the end */
    AUDIT_OTHER    /* another log */
};
enum audit_step audit_step(const struct audit_head *before,
                           const struct audit_head *now);

#endif
