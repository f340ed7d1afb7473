/* common/wire/canary.h - the fact of a canary as bytes, with what the machine
 * says of its audit log, and what the hub signs of that (PROTOCOL 4.12, 4.13).
 */
#ifndef LIENXA_WIRE_CANARY_H
#define LIENXA_WIRE_CANARY_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/domain/audit.h"
#include "common/sync/limits.h"

struct canary_fact {
    int64_t took_ms;         /* the one before, to its ack; 0: not known */
    struct audit_head audit; /* count 0: nothing is said of it */
    bool broken;             /* by the machine's own looking */
    uint64_t machine;        /* number of its certificate */
};
void wire_canary_encode(struct buf *out, const struct canary_fact *fact);
/* ERR_INVALID; ERR_VERSION: it says more than is known here. */
int wire_canary_decode(struct canary_fact *out, struct bytes bytes,
                       struct error *err);

struct audit_fact { /* as the hub has seen it, for one unit */
    char unit[LIMIT_HOME];
    struct audit_head audit;
    int64_t at_ms;
    uint64_t machine; /* number of its certificate */
};
void wire_audit_encode(struct buf *out, const struct audit_fact *fact);
int wire_audit_decode(struct audit_fact *out, struct bytes bytes,
                      struct error *err);

#endif
