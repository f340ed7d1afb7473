/* common/peer/audit.h - what the hub has signed of a unit's audit log
 * (PROTOCOL 4.13), and `audit verify` of both programs.
 */
#ifndef LIENXA_PEER_AUDIT_H
#define LIENXA_PEER_AUDIT_H

#include "common/store/audit.h"
#include "common/store/ledger.h"
#include "common/wire/canary.h"

struct id audit_record(const struct hash_function *f, const char *unit);

/* What the hub with this home has signed last for the unit; `fact.audit.count`
 * 0: nothing yet. */
struct audit_seen {
    struct audit_fact fact;
    uint64_t version; /* of the record; 0: none */
    bool is_proved;   /* the record bears the signature of a key of the hub */
};
/* `is_signed` (NULL: not asked): has the hub with this home signed the change,
 * whose digest is given? 0 or an error of the ledger. */
int audit_read_seen(struct ledger *ledger, const struct hash_function *f,
                    const char *hub, const char *unit,
                    bool (*is_signed)(void *who, const struct change *change,
                                      struct bytes digest),
                    void *who, struct audit_seen *out);

/* `audit verify`: recomputes the whole chain and tells each fault on stdout,
 * then how many entries there are. `seen` (NULL: nobody signs this log): what
 * the hub has signed must still be there. 0: all holds. ERR_DAMAGED: `err` says
 * what it means and what to do. */
int audit_verify(struct audit *audit, const struct audit_seen *seen,
                 struct error *err);

#endif
