/* common/store/ledger_refusal.c - what either side holds of the other and
 * cannot use; and records with two contents under one version. For people: no
 * data waits for any of it.
 */
#include <string.h>

#include "common/store/ledger_inside.h"

uint64_t ledger_quarantine_change(const struct ledger *l)
{
    return l->quarantine_change;
}

/* ---- ours */

static void copy_reason(char out[LIMIT_TEXT], const char *reason)
{
    size_t length = strnlen(reason, LIMIT_TEXT - 1);

    while (length > 0 && ((uint8_t)reason[length] & 0xc0) == 0x80)
        length--; /* not in the middle of a character */
    memcpy(out, reason, length);
    out[length] = '\0';
}

static void note_one(struct db_stmt *q, const struct change_header *header,
                     struct ledger_refusals *memory, struct msg_refusals *out)
{
    struct refusal *item = &memory->items[out->count];

    out->total++;
    if (out->count == LIMIT_REFUSALS)
        return;
    memset(item, 0, sizeof *item);
    memcpy(item->ref.home, header->home, sizeof item->ref.home);
    item->ref.record = header->record;
    item->ref.version = header->version;
    (void)db_hash(q, 2, &item->ref.digest);
    item->kind = header->kind;
    item->since_ms = db_i64(q, 0);
    copy_reason(memory->reasons[out->count], db_text(q, 1));
    item->reason = memory->reasons[out->count];
    out->count++;
}

int ledger_refusals_ours(struct ledger *l, const char *home,
                         struct ledger_refusals *memory,
                         struct msg_refusals *out)
{
    struct db_stmt *q = use(l, Q_QUARANTINE_NEWEST);
    struct change_header header;
    int rc;

    memset(out, 0, sizeof *out);
    out->items = memory->items;
    db_bind_i64(q, LEDGER_REFUSALS_SEEN);
    while ((rc = db_step(q)) == 1)
        if (l->host.header(&header, db_bytes(q, 3)) == 0 &&
            strcmp(header.home, home) == 0)
            note_one(q, &header, memory, out);
    db_done(q);
    return rc;
}

/* ---- theirs */

static int put_one(struct ledger *l, const char *peer, size_t place,
                   const struct refusal *item)
{
    struct db_stmt *q = use(l, Q_REFUSAL_ADD);

    db_bind_text(q, peer);
    db_bind_i64(q, (int64_t)place);
    db_bind_id(q, &item->ref.record);
    db_bind_i64(q, item->kind);
    db_bind_i64(q, (int64_t)item->ref.version);
    db_bind_hash(q, &item->ref.digest);
    db_bind_i64(q, item->since_ms);
    db_bind_text(q, item->reason);
    return db_run(q);
}

int ledger_refusals_put(struct ledger *l, const char *peer,
                        const struct msg_refusals *list)
{
    struct db_stmt *q = use(l, Q_REFUSAL_DROP);
    int rc;

    db_bind_text(q, peer);
    rc = db_run(q);
    for (size_t i = 0; rc == 0 && i < list->count; i++)
        rc = put_one(l, peer, i, &list->items[i]);
    return rc;
}

int ledger_refusals_theirs(struct ledger *l, const char *peer_or_null,
                           int (*each)(void *who, const char *peer,
                                       const struct refusal *refusal),
                           void *who)
{
    struct db_stmt *q = use(l, Q_REFUSALS);
    struct refusal item;
    int rc;

    db_bind_text(q, peer_or_null);
    while ((rc = db_step(q)) == 1) {
        memset(&item, 0, sizeof item);
        if (!db_id(q, 1, &item.ref.record) || !db_hash(q, 4, &item.ref.digest))
            continue;
        item.kind = (uint32_t)db_i64(q, 2);
        item.ref.version = (uint64_t)db_i64(q, 3);
        item.since_ms = db_i64(q, 5);
        item.reason = db_text(q, 6);
        if ((rc = each(who, db_text(q, 0), &item)) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

/* ---- conflicts */

/* The next record in conflict behind row `*after`: 1 and its row, or 0. */
static int next_conflict(struct ledger *l, uint32_t home, int64_t *after)
{
    struct db_stmt *q = use(l, Q_CONFLICTS);
    int rc;

    db_bind_i64(q, *after);
    bind_or_null(q, home, home != 0);
    if ((rc = db_step(q)) == 1)
        *after = db_i64(q, 0);
    db_done(q);
    return rc;
}

static int contents(struct ledger *l, int64_t record,
                    int (*each)(void *who, const struct record_row *row,
                                const struct entry *entry),
                    void *who)
{
    struct db_stmt *q = use(l, Q_CONTENTS);
    struct record_row row;
    struct entry entry;
    int rc;

    db_bind_i64(q, record);
    while ((rc = db_step(q)) == 1)
        if (ledger_record_row(l, q, &row) == 0 && /* else damaged */
            ledger_entry_of(l, q, RECORD_COLUMNS, &entry) == 0 &&
            (rc = each(who, &row, &entry)) != 0)
            break;
    db_done(q);
    return rc;
}

int ledger_conflicts(struct ledger *l, const char *home_or_null,
                     int (*each)(void *who, const struct record_row *row,
                                 const struct entry *entry),
                     void *who)
{
    uint32_t home = 0;
    int64_t row = 0;
    int rc = 0;

    if (home_or_null != NULL &&
        ((rc = ledger_word_id(l, home_or_null, WORD_FIND, &home)) != 0 ||
         home == 0))
        return rc;
    while (rc == 0 && (rc = next_conflict(l, home, &row)) == 1)
        rc = contents(l, row, each, who);
    return rc > 0 ? 0 : rc;
}
