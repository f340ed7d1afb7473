/* common/peer/repair.c - when to look, what to ask for. */
#include "common/peer/repair.h"

#include <stdlib.h>
#include <string.h>

enum {
    ASK_MS = 10000,
    ASK_AGAIN_MS = 600000, /* what nobody had */
    SCRUB_MS = 60000,
    SCRUB_ROWS = 750 /* a million in a day, a few milliseconds a minute */
};

static int scrub(struct repair *r, struct ledger *l, int64_t mono_ms,
                 uint64_t *found)
{
    int rc;

    *found = 0;
    if (mono_ms < r->scrub_ms || r->broken)
        return 0;
    r->scrub_ms = mono_ms + SCRUB_MS;
    rc = ledger_damage_scrub(l, SCRUB_ROWS, found);
    if (rc == ERR_DAMAGED)
        r->broken = r->changed = true;
    return rc == ERR_DAMAGED ? 0 : rc;
}

int repair_look(struct repair *r, struct ledger *l, int64_t mono_ms)
{
    uint64_t taken = 0, scrubbed = 0, now;
    int rc = ledger_damage_take(l, &taken);

    if (rc == ERR_DAMAGED)
        rc = 0;
    if (rc == 0)
        rc = scrub(r, l, mono_ms, &scrubbed);
    now = ledger_damage_count(l);
    if (taken + scrubbed > 0)
        r->ask_ms = mono_ms;
    if (now < r->damaged)
        r->mended += r->damaged - now;
    r->changed |= now != r->damaged;
    r->damaged = now;
    return rc;
}

bool repair_is_due(struct repair *r, struct ledger *l, int64_t mono_ms)
{
    uint64_t count = ledger_damage_count(l);

    return count > 0 && (mono_ms >= r->ask_ms || count <= r->enough);
}

struct gathering {
    struct repair *r;
    const char *home, *other;
};

static int gather(void *who, const struct ledger_damage *d)
{
    struct gathering *g = who;
    struct repair *r = g->r;
    struct early_ref *ref = &r->refs[r->count];

    if (g->home != NULL && strcmp(d->home, g->home) != 0 &&
        strcmp(d->home, g->other) != 0)
        return 0;
    memset(ref, 0, sizeof *ref);
    memcpy(ref->home, d->home, sizeof ref->home);
    ref->record = d->record;
    ref->version = d->version;
    ref->digest = d->digest;
    r->rows[r->count] = d->change;
    return ++r->count == LIMIT_EARLY_LIST;
}

int repair_gather(struct repair *r, struct ledger *l, const char *home,
                  const char *other)
{
    struct gathering g = {r, home, other};

    r->count = 0;
    return ledger_damage_list(l, gather, &g);
}

int repair_asked(struct repair *r, struct ledger *l, int64_t wall_ms)
{
    int rc = 0;

    for (size_t i = 0; i < r->count && rc == 0; i++)
        rc = ledger_damage_asked(l, r->rows[i], wall_ms);
    return rc;
}

/* Nobody was asked yet, or a stream waits for it. */
static int waits(void *who, const struct ledger_damage *d)
{
    *(bool *)who = d->asked_ms == 0 || d->seq != 0;
    return *(bool *)who;
}

void repair_done(struct repair *r, struct ledger *l, int64_t mono_ms)
{
    uint64_t count = ledger_damage_count(l);
    bool any = false;

    (void)ledger_damage_list(l, waits, &any);
    r->ask_ms = mono_ms + (any ? ASK_MS : ASK_AGAIN_MS);
    r->enough = count > LIMIT_EARLY_LIST ? count - LIMIT_EARLY_LIST : 0;
}

struct stuck {
    int64_t wall_ms;
    struct ledger_damage found;
};

static int is_stuck(void *who, const struct ledger_damage *d)
{
    struct stuck *s = who;

    if (d->name.home[0] == '\0' || d->asked_ms == 0 ||
        s->wall_ms - d->asked_ms < REPAIR_PATIENCE_MS)
        return 0;
    s->found = *d;
    return 1;
}

bool repair_stuck(struct ledger *l, int64_t wall_ms, struct stream_name *out,
                  uint64_t *seq)
{
    struct stuck s = {.wall_ms = wall_ms, .found = {.change = 0}};

    if (ledger_damage_count(l) == 0)
        return false;
    (void)ledger_damage_list(l, is_stuck, &s);
    *out = s.found.name;
    *seq = s.found.seq;
    return s.found.change != 0;
}

int repair_note_rows(struct ledger *l, const char *rows, int64_t *damaged,
                     int64_t *mended, struct error *err)
{
    char *end;

    *damaged = *mended = 0;
    for (const char *at = rows; at != NULL && *at != '\0'; at = end + 1) {
        long long row = strtoll(at, &end, 10);
        int rc;

        if (end == at || *end != ' ')
            return error_set(err, ERR_INVALID, "not numbers of changes");
        if ((rc = ledger_damage_note(l, row)) < 0)
            return error_set(err, rc, "the database cannot be read");
        *damaged += rc == 1;
        *mended += rc == 0;
    }
    return 0;
}

size_t repair_rows_text(struct buf *out, const int64_t *rows, size_t count,
                        size_t from)
{
    size_t i = from;

    buf_clear(out);
    for (; i < count && i < from + REPAIR_ROWS; i++)
        buf_printf(out, "%lld ", (long long)rows[i]);
    return i - from;
}

void repair_committed(struct repair *r)
{
    r->kept.damaged = r->damaged;
    r->kept.mended = r->mended;
    r->kept.enough = r->enough;
    r->kept.broken = r->broken;
}

void repair_rolled_back(struct repair *r)
{
    r->damaged = r->kept.damaged;
    r->mended = r->kept.mended;
    r->enough = r->kept.enough;
    r->broken = r->kept.broken;
    r->changed = false;
    r->objects.changed |= r->objects.read;
}

int64_t repair_deadline(const struct repair *r)
{
    int64_t at = r->broken ? INT64_MAX : r->scrub_ms;

    if (r->objects.due_ms < at && !r->broken)
        at = r->objects.due_ms;
    return r->damaged > 0 && r->ask_ms < at ? r->ask_ms : at;
}
