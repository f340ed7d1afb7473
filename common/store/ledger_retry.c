/* common/store/ledger_retry.c - everything in quarantine, tried again. */
#include "common/store/ledger.h"

enum { RETRY_AT_ONCE = 256 };

struct ids {
    int64_t after; /* already tried */
    int64_t ids[RETRY_AT_ONCE];
    size_t count;
};

static int note(void *who, const struct quarantined *q)
{
    struct ids *ids = who;

    if (q->id <= ids->after)
        return 0;
    ids->ids[ids->count++] = q->id;
    return ids->count == RETRY_AT_ONCE;
}

int ledger_quarantine_retry_all(struct ledger *l, uint64_t *settled)
{
    struct ids ids = {.after = 0};
    int rc;

    *settled = 0;
    do {
        ids.count = 0;
        if ((rc = ledger_quarantine_list(l, note, &ids)) != 0)
            return rc;
        for (size_t i = 0; i < ids.count; i++) {
            rc = ledger_quarantine_retry(l, ids.ids[i], NULL);
            if (db_code_is_world(rc))
                return rc;
            *settled += rc == 0;
            ids.after = ids.ids[i];
        }
    } while (ids.count > 0);
    return 0;
}
