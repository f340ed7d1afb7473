/* common/store/ledger_entry.c - rows to entries and back, and what of a change
 * may be stored at all. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/store/ledger_inside.h"

/* *_salt: 16 bytes of salt (whole), 32 of hash (stub), NULL (absent). */
static bool row_part(struct db_stmt *q, int column, struct part *out)
{
    struct bytes salt = db_bytes(q, column);

    memset(out, 0, sizeof *out);
    if (db_is_null(q, column))
        return true;
    if (salt.size == sizeof out->salt) {
        out->form = PART_WHOLE;
        memcpy(out->salt, salt.data, sizeof out->salt);
        out->bytes = db_bytes(q, column + 1);
        return true;
    }
    out->form = PART_STUB;
    return db_hash(q, column, &out->hash);
}

bool ledger_parts_of(struct db_stmt *q, int column, struct change *out)
{
    bool good = true;

    for (int i = 0; i < PART_COUNT; i++)
        if (!row_part(q, column + 2 * i, &out->part[i])) {
            out->part[i].form = PART_ABSENT;
            good = false;
        }
    return good;
}

static bool row_signature(struct db_stmt *q, int column, struct change *out)
{
    struct bytes both = db_bytes(q, column);

    out->is_signed = !db_is_null(q, column);
    if (!out->is_signed)
        return true;
    if (both.size != CHANGE_KEY_ID_BYTES + CHANGE_SIGNATURE_BYTES)
        return false;
    memcpy(out->key_id, both.data, CHANGE_KEY_ID_BYTES);
    memcpy(out->signature, both.data + CHANGE_KEY_ID_BYTES,
           CHANGE_SIGNATURE_BYTES);
    return true;
}

int ledger_entry_raw(struct ledger *l, struct db_stmt *q, int column,
                     struct entry *out)
{
    struct change *change = &out->change;
    bool good;

    memset(out, 0, sizeof *out);
    out->id = db_i64(q, column);
    out->seq = (uint64_t)db_i64(q, column + 1);
    change->header_bytes = db_bytes(q, column + 4);
    good = ledger_parts_of(q, column + 5, change);
    good = row_signature(q, column + 11, change) && good;
    good = (out->seq == 0 || db_hash(q, column + 2, &out->h)) && good;
    good = db_hash(q, column + 3, &out->digest) && good;
    return good && l->host.header(&change->header, change->header_bytes) == 0
               ? 0
               : ERR_DAMAGED;
}

static void suspect(struct ledger *l, int64_t row)
{
    struct suspects *s = &l->suspects;

    s->seen++;
    for (size_t i = 0; i < s->count; i++)
        if (s->rows[i] == row)
            return;
    if (s->count < SUSPECTS_MOST)
        s->rows[s->count++] = row;
}

int ledger_entry_of(struct ledger *l, struct db_stmt *q, int column,
                    struct entry *out)
{
    int rc = ledger_entry_raw(l, q, column, out);
    struct hash digest;

    if (rc == 0) {
        digest = change_digest(l->hash, &out->change);
        if (hash_equal(&digest, &out->digest))
            return 0;
    }
    if (out->id != 0)
        suspect(l, out->id);
    return ERR_DAMAGED;
}

int ledger_each(struct ledger *l, struct db_stmt *q, bool whole,
                int (*each)(void *who, const struct entry *entry), void *who)
{
    struct entry entry;
    int rc;

    while ((rc = db_step(q)) == 1) {
        if ((rc = ledger_entry_of(l, q, 0, &entry)) == 0)
            rc = each(who, &entry);
        else if (!whole)
            rc = 0;
        if (rc != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

static void bind_part(struct db_stmt *q, const struct part *part)
{
    switch (part->form) {
    case PART_ABSENT:
        db_bind_null(q);
        db_bind_null(q);
        return;
    case PART_WHOLE:
        db_bind_blob(q, part->salt, sizeof part->salt);
        db_bind_bytes(q, part->bytes);
        return;
    case PART_STUB:
        db_bind_hash(q, &part->hash);
        db_bind_null(q);
        return;
    }
}

void ledger_bind_parts(struct db_stmt *q, const struct change *change)
{
    for (int i = 0; i < PART_COUNT; i++)
        bind_part(q, &change->part[i]);
}

void ledger_bind_change(struct db_stmt *q, const struct hash *digest,
                        const struct change *change)
{
    static_assert(offsetof(struct change, signature) ==
                      offsetof(struct change, key_id) + CHANGE_KEY_ID_BYTES,
                  "key id and signature are bound as one");

    db_bind_hash(q, digest);
    db_bind_bytes(q, change->header_bytes);
    ledger_bind_parts(q, change);
    if (change->is_signed)
        db_bind_blob(q,
                     (const uint8_t *)change + offsetof(struct change, key_id),
                     CHANGE_KEY_ID_BYTES + CHANGE_SIGNATURE_BYTES);
    else
        db_bind_null(q);
}

bool ledger_stub_parts(struct ledger *l, struct change *change)
{
    bool done = false;

    for (int i = PART_BODY; i <= PART_VAULT; i++) {
        struct part *part = &change->part[i];

        if (part->form != PART_WHOLE)
            continue;
        part->hash = part_hash(l->hash, part);
        part->form = PART_STUB;
        part->bytes = (struct bytes){0};
        memset(part->salt, 0, sizeof part->salt);
        done = true;
    }
    return done;
}

static void copy_bytes(struct bytes *at, struct buf *memory)
{
    struct bytes old = *at;

    at->data = memory->data + memory->size;
    buf_add_bytes(memory, old);
}

void ledger_entry_copy(struct entry *out, const struct entry *entry,
                       struct buf *memory)
{
    const struct change *from = &entry->change;
    size_t need = from->header_bytes.size;

    for (int i = 0; i < PART_COUNT; i++)
        need += from->part[i].bytes.size;
    *out = *entry;
    buf_clear(memory);
    buf_reserve(memory, need + 1); /* does not move while it is filled */
    copy_bytes(&out->change.header_bytes, memory);
    for (int i = 0; i < PART_COUNT; i++)
        copy_bytes(&out->change.part[i].bytes, memory);
}

int ledger_check_change(const struct change *change, const char *home,
                        struct error *err)
{
    const struct change_header *h = &change->header;

    if (strcmp(h->home, home) != 0)
        return error_set(err, ERR_INVALID, "a change of %.*s in the name of %s",
                         LIMIT_HOME - 1, h->home, home);
    if (h->version == 0 || h->version > INT64_MAX)
        return error_set(err, ERR_INVALID, "a change with version %llu",
                         (unsigned long long)h->version);
    if (change->header_bytes.size == 0)
        return error_set(err, ERR_INVALID, "a change without header");
    return 0;
}
