/* common/peer/wanted.c - see wanted.h. */
#include "common/peer/wanted.h"

#include <stdlib.h>
#include <string.h>

enum {
    LOOK_AT = 200, /* objects at once */
    LOOK_MS = 60000,
    ASK_MS = 20000,
    NOBODY_MS = 3000,    /* somebody may come on the line */
    ASK_MOST_MS = 600000 /* of what nobody sends */
};

void wanted_read(struct wanted_objects *w, const char *text)
{
    char *end;

    for (const char *at = text; *at != '\0'; at = end + 1) {
        long long row = strtoll(at, &end, 10);

        if (end == at || *end != ' ')
            return;
        wanted_add(w, row);
    }
}

void wanted_text(const struct wanted_objects *w, struct buf *out)
{
    for (size_t i = 0; i < w->count; i++)
        buf_printf(out, "%lld ", (long long)w->rows[i]);
}

void wanted_add(struct wanted_objects *w, int64_t row)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->rows[i] == row)
            return;
    if (w->count == WANTED_MOST)
        return;
    w->rows[w->count++] = row;
    w->changed = true;
    w->pause_ms = ASK_MS;
}

/* ---- looking */

struct looking {
    struct wanted_objects *w;
    size_t count;
};

static int look_at(void *who, const struct vault_item *item)
{
    struct looking *look = who;

    look->w->after = item->change;
    if (!item->good)
        wanted_add(look->w, item->change);
    return ++look->count == LOOK_AT;
}

int wanted_scrub(struct wanted_objects *w, struct ledger *l)
{
    struct looking look = {.w = w};
    int rc = ledger_vault_all(l, w->after, look_at, &look);

    if (rc == 0 && look.count < LOOK_AT)
        w->after = 0;
    return rc;
}

void wanted_asked(struct wanted_objects *w, bool anybody, int64_t mono_ms)
{
    if (w->count == 0 || !anybody) {
        w->due_ms = mono_ms + (w->count == 0 ? LOOK_MS : NOBODY_MS);
        return;
    }
    w->due_ms = mono_ms + w->pause_ms;
    w->pause_ms = w->pause_ms < ASK_MOST_MS / 2 ? 2 * w->pause_ms : ASK_MOST_MS;
}

/* ---- what is noted */

struct one {
    bool good;
    struct early_ref ref;
};

static int see_one(void *who, const struct vault_item *item)
{
    struct one *one = who;

    one->good = item->good;
    memset(&one->ref, 0, sizeof one->ref);
    memcpy(one->ref.home, item->header.home, sizeof one->ref.home);
    one->ref.record = item->header.record;
    one->ref.version = item->header.version;
    one->ref.digest = item->digest;
    return 1;
}

int wanted_settle(struct wanted_objects *w, struct ledger *l)
{
    size_t kept = 0;
    int rc = 0;

    for (size_t i = 0; i < w->count; i++) {
        struct one one = {.good = false};

        if (rc == 0)
            rc = ledger_vault_at(l, w->rows[i], see_one, &one);
        if (rc == ERR_MISSING || (rc == 0 && one.good)) {
            w->mended++;
            w->changed = true;
            rc = 0;
        } else {
            w->rows[kept++] = w->rows[i];
        }
    }
    w->count = kept;
    return rc;
}

int wanted_gather(struct wanted_objects *w, struct ledger *l, const char *home,
                  struct early_ref refs[LIMIT_VAULT_OBJECTS], size_t *count)
{
    int rc = 0;

    *count = 0;
    for (size_t i = 0; i < w->count && *count < LIMIT_VAULT_OBJECTS && rc == 0;
         i++) {
        struct one one = {.good = true};

        rc = ledger_vault_at(l, w->rows[i], see_one, &one);
        if (rc == 0 && !one.good && strcmp(one.ref.home, home) == 0)
            refs[(*count)++] = one.ref;
        if (rc == ERR_MISSING)
            rc = 0;
    }
    return rc;
}
