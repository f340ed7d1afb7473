/* hub/store_machines.h - what the hub keeps of each machine beside its key
 * directory entry, as verbs.
 *
 * In hub.db, on its connection. Texts handed out are borrowed until the next
 * call.
 */
#ifndef LIENXA_HUB_STORE_MACHINES_H
#define LIENXA_HUB_STORE_MACHINES_H

#include "common/store/db.h"
#include "common/sync/limits.h"

struct machine_store;

int machine_store_open(struct machine_store **out, struct db *db,
                       struct error *err);
void machine_store_close(struct machine_store **store);

struct machine_row {
    char unit[LIMIT_HOME];
    uint64_t number;
    const char *address;
    int64_t last_seen_ms;
    int64_t waiting;    /* changes it still has; -1: it has not said */
    int64_t drained_ms; /* 0: not yet */
};
int machine_store_put(struct machine_store *s, const struct machine_row *row);
/* ERR_MISSING: it was never heard as a machine that is retiring. */
int machine_store_get(struct machine_store *s, const char *unit,
                      uint64_t number, struct machine_row *out);

struct rotation_row {
    char unit[LIMIT_HOME];
    uint64_t number; /* of the certificate that was replaced */
    uint8_t curve[32];
    struct bytes certificate;
    int64_t at_ms;
};
int machine_store_put_rotation(struct machine_store *s,
                               const struct rotation_row *row);
int machine_store_rotation(struct machine_store *s, const char *unit,
                           uint64_t number,
                           struct rotation_row *out); /* ERR_MISSING */

/* The unit's machine is to make new keys; done, or no longer. */
int machine_store_order(struct machine_store *s, const char *unit,
                        int64_t now_ms);
int machine_store_order_done(struct machine_store *s, const char *unit);
bool machine_store_is_ordered(struct machine_store *s, const char *unit);

#endif
