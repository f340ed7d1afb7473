/* common/store/media.c - see media.h. */
#include "common/store/media.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum {
    Q_FIND,
    Q_ADD,
    Q_SET,
    Q_PUT_OFF,
    Q_WAIT,
    Q_STAYS,
    Q_OTHER,
    Q_FIRST,
    Q_BELIEVE,
    Q_WANTED,
    Q_RETRY,
    Q_WANTED_MS,
    Q_NEXT,
    Q_GONE,
    Q_FORGET,
    Q_FORGET_CARRY,
    Q_BEYOND,
    Q_SUPERSEDE,
    Q_USE,
    Q_UNNAMED,
    Q_UNUSE,
    Q_FINAL,
    Q_USES,
    Q_OWNS,
    Q_ENDED,
    Q_DROP,
    Q_MAY,
    Q_LEFT,
    Q_ALIEN,
    Q_COUNT
};

#define SAYS                                                                   \
    "SELECT salt, size, iif(?2 = '', '', home) AS asked FROM media_use"        \
    " WHERE name = ?1 AND kept = 0 AND home <> '' AND salt IS NOT NULL"

static const char *const queries[Q_COUNT] = {
    [Q_FIND] = "SELECT " MEDIA_ROW " FROM media WHERE name = ?",
    [Q_ADD] = "INSERT INTO media (name, salt, size, type, state, source,"
              " since_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"
              " ON CONFLICT (name) DO UPDATE SET state = excluded.state,"
              " source = excluded.source, tries = 0, again_ms = 0"
              " WHERE media.state = 4",
    [Q_SET] = "UPDATE media SET state = ?, tries = 0, again_ms = 0,"
              " reached = 0"
              " WHERE name = ? AND state <> 4",
    [Q_PUT_OFF] = "UPDATE media SET again_ms = ?, tries = tries + 1"
                  " WHERE name = ?",
    [Q_WAIT] = "UPDATE media SET again_ms = ? WHERE name = ? AND state = 1",
    /* (at a commune, source '', kind ?2 is its own: it may have lost it) */
    [Q_STAYS] = "UPDATE media SET state = 3, tries = 0, again_ms = 0,"
                " reached = 0 WHERE name = ?1 AND state = 1"
                " AND EXISTS (SELECT 1 FROM media_use WHERE name = ?1"
                " AND home <> '')"
                " AND NOT EXISTS (SELECT 1 FROM media_use u WHERE u.name = ?1"
                " AND u.home <> '' AND (u.kept = 0 OR (media.source = ''"
                " AND u.kind = ?2)))",
    [Q_OTHER] = SAYS " AND (iif(?2 = '', '', home), salt, size) > (?2, ?3, ?4)"
                     " ORDER BY asked, salt, size LIMIT 1",
    [Q_FIRST] = SAYS " ORDER BY asked, salt, size LIMIT 1",
    [Q_BELIEVE] = "UPDATE media SET salt = ?, size = ?, source = ?,"
                  " reached = 0 WHERE name = ?",
    [Q_WANTED] =
        "SELECT " MEDIA_ROW " FROM media WHERE state = 1 AND source = ?1"
        " AND (again_ms <= ?2 OR again_ms > ?2 + 86400000)"
        " ORDER BY id LIMIT 1",
    [Q_RETRY] = "UPDATE media SET again_ms = 0"
                " WHERE state = 1 AND source = ? AND again_ms > 0",
    [Q_WANTED_MS] = "SELECT min(again_ms) FROM media"
                    " WHERE state = 1 AND source = ?",
    [Q_NEXT] =
        "SELECT " MEDIA_ROW " FROM media WHERE id > ? ORDER BY id LIMIT 1",
    [Q_GONE] =
        "SELECT " MEDIA_ROW " FROM media WHERE state = 4 ORDER BY id LIMIT 1"
        " OFFSET ?",
    [Q_FORGET] = "DELETE FROM media WHERE name = ?",
    [Q_FORGET_CARRY] = "DELETE FROM media_carry WHERE name = ?",
    [Q_BEYOND] = "SELECT min(id) FROM (SELECT id, sum(size) OVER (ORDER BY id)"
                 " AS upto FROM media WHERE source = ?1 AND state = 1)"
                 " WHERE upto > ?2 - (SELECT total(size) FROM media"
                 " WHERE source = ?1 AND state = 2)",
    [Q_SUPERSEDE] =
        "UPDATE media_use SET number = number + 100 * (1 +"
        " (SELECT count(*) FROM media_use u WHERE u.home = ?1"
        " AND u.record = ?2 AND u.number > ?3 AND u.number % 100 = ?3))"
        " WHERE home = ?1 AND record = ?2 AND number = ?3 AND name <> ?4",
    [Q_USE] = "INSERT INTO media_use (name, home, record, number, kind, goes,"
              " kept, salt, size, urgent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
              " ON CONFLICT (home, record, number) DO UPDATE SET"
              " name = excluded.name, kept = excluded.kept,"
              " goes = excluded.goes, salt = excluded.salt,"
              " size = excluded.size, urgent = excluded.urgent",
    [Q_UNNAMED] = "UPDATE media SET state = 4 WHERE name IN"
                  " (SELECT name FROM media_use WHERE home = ?1"
                  " AND record = ?2) AND NOT EXISTS"
                  " (SELECT 1 FROM media_use u WHERE u.name = media.name"
                  " AND u.home <> '' AND NOT (u.home = ?1 AND u.record = ?2))",
    [Q_UNUSE] = "UPDATE OR REPLACE media_use SET home = ''"
                " WHERE home = ? AND record = ?",
    [Q_FINAL] = "SELECT u.home, u.record FROM media_use u"
                " JOIN word w ON w.text = u.home"
                " JOIN record r ON r.uid = u.record AND r.home = w.id"
                " WHERE u.home <> '' AND r.flags & 2 LIMIT 1",
    [Q_USES] = "SELECT " MEDIA_ROW ", number, kind, goes, kept, home, record"
               " FROM media_use JOIN media ON media.name = media_use.name"
               " WHERE home = ? AND record = ? AND number < 100"
               " ORDER BY number",
    [Q_OWNS] = "SELECT 1 FROM media_use WHERE name = ? AND record = ? LIMIT 1",
    [Q_ENDED] = "SELECT name, record, number FROM media_use WHERE home = ''"
                " ORDER BY record, number LIMIT 1 OFFSET ?",
    [Q_DROP] = "DELETE FROM media_use WHERE home = '' AND record = ?"
               " AND number = ?",
    [Q_MAY] = "SELECT 1 FROM media_use WHERE name = ? AND kept = 0"
              " AND home <> ''"
              " AND (home = ?2 OR goes = ?2) LIMIT 1",
    [Q_LEFT] = "SELECT 1 FROM media_use WHERE name = ? AND home = ?"
               " AND kept = 0 AND (kind <> ? OR ?) LIMIT 1",
    [Q_ALIEN] = "SELECT 1 FROM media_use WHERE name = ? AND home <> ''"
                " AND home <> ? LIMIT 1",
};

struct media_store {
    struct db *db;
    struct db_set *q;
};

int media_store_open(struct media_store **out, struct db *db, struct error *err)
{
    struct media_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    s->db = db;
    if (rc != 0)
        mem_free(&s);
    *out = s;
    return rc;
}

void media_store_close(struct media_store **store) { mem_free(store); }

/* ---- files */

int media_store_row(struct db_stmt *q, struct media_row *out)
{
    struct bytes salt = db_bytes(q, 2);

    memset(out, 0, sizeof *out);
    if (!db_hash(q, 1, &out->name))
        return ERR_DAMAGED;
    /* a rotten salt must not stop a turn: no file fits it, which is told */
    if (salt.size == sizeof out->salt)
        memcpy(out->salt, salt.data, salt.size);
    out->id = db_i64(q, 0);
    out->size = (uint64_t)db_i64(q, 3);
    out->type = (int)db_i64(q, 4);
    out->state = (int)db_i64(q, 5);
    (void)snprintf(out->source, sizeof out->source, "%s", db_text(q, 6));
    out->tries = db_i64(q, 7);
    out->again_ms = db_i64(q, 8);
    out->since_ms = db_i64(q, 9);
    return 0;
}

/* One row, or ERR_MISSING. */
static int one(struct db_stmt *q, struct media_row *out)
{
    int rc = db_step(q);

    if (rc == 1)
        rc = media_store_row(q, out);
    else if (rc == 0)
        rc = ERR_MISSING;
    db_done(q);
    return rc;
}

static bool any(struct db_stmt *q)
{
    int rc = db_step(q);

    db_done(q);
    return rc == 1;
}

int media_store_find(struct media_store *s, const struct hash *name,
                     struct media_row *out)
{
    struct db_stmt *q = db_use(s->q, Q_FIND);

    db_bind_hash(q, name);
    return one(q, out);
}

int media_store_add(struct media_store *s, const struct media_row *row)
{
    struct db_stmt *q = db_use(s->q, Q_ADD);

    db_bind_hash(q, &row->name);
    db_bind_blob(q, row->salt, sizeof row->salt);
    db_bind_i64(q, (int64_t)row->size);
    db_bind_i64(q, row->type);
    db_bind_i64(q, row->state);
    db_bind_text(q, row->source);
    db_bind_i64(q, row->since_ms);
    return db_run(q);
}

int media_store_set(struct media_store *s, const struct hash *name, int state)
{
    struct db_stmt *q = db_use(s->q, Q_SET);

    db_bind_i64(q, state);
    db_bind_hash(q, name);
    return db_run(q);
}

int media_store_put_off(struct media_store *s, const struct hash *name,
                        int64_t again_ms)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_OFF);

    db_bind_i64(q, again_ms);
    db_bind_hash(q, name);
    return db_run(q);
}

int media_store_wait(struct media_store *s, const struct hash *name,
                     int64_t again_ms)
{
    struct db_stmt *q = db_use(s->q, Q_WAIT);

    db_bind_i64(q, again_ms);
    db_bind_hash(q, name);
    return db_run(q);
}

int media_store_stays(struct media_store *s, const struct hash *name,
                      uint32_t report_kind)
{
    struct db_stmt *q = db_use(s->q, Q_STAYS);

    db_bind_hash(q, name);
    db_bind_i64(q, report_kind);
    return db_run(q);
}

int media_store_believe(struct media_store *s, const struct media_row *row)
{
    struct db_stmt *q = db_use(s->q, Q_BELIEVE);

    db_bind_blob(q, row->salt, sizeof row->salt);
    db_bind_i64(q, (int64_t)row->size);
    db_bind_text(q, row->source);
    db_bind_hash(q, &row->name);
    return db_run(q);
}

/* 1 and what it says; 0: there is none. */
static int said(struct db_stmt *q, struct media_row *out)
{
    int rc = db_step(q);

    if (rc == 1 && db_bytes(q, 0).size == sizeof out->salt) {
        memcpy(out->salt, db_bytes(q, 0).data, sizeof out->salt);
        out->size = (uint64_t)db_i64(q, 1);
        (void)snprintf(out->source, sizeof out->source, "%s", db_text(q, 2));
    } else if (rc == 1) {
        rc = 0;
    }
    db_done(q);
    return rc;
}

int media_store_other(struct media_store *s, const struct media_row *row,
                      bool *again)
{
    struct media_row next = *row;
    struct db_stmt *q = db_use(s->q, Q_OTHER);
    int rc;

    db_bind_hash(q, &row->name);
    db_bind_text(q, row->source);
    db_bind_blob(q, row->salt, sizeof row->salt);
    db_bind_i64(q, (int64_t)row->size);
    rc = said(q, &next);
    *again = rc == 0;
    if (rc == 0) {
        q = db_use(s->q, Q_FIRST);
        db_bind_hash(q, &row->name);
        db_bind_text(q, row->source);
        rc = said(q, &next);
    }
    return rc == 1 ? media_store_believe(s, &next) : rc;
}

int media_store_wanted(struct media_store *s, const char *source,
                       int64_t wall_ms, struct media_row *out)
{
    struct db_stmt *q = db_use(s->q, Q_WANTED);

    db_bind_text(q, source);
    db_bind_i64(q, wall_ms);
    return one(q, out);
}

int media_store_retry(struct media_store *s, const char *source)
{
    struct db_stmt *q = db_use(s->q, Q_RETRY);

    db_bind_text(q, source);
    return db_run(q);
}

int64_t media_store_wanted_ms(struct media_store *s, const char *source)
{
    struct db_stmt *q = db_use(s->q, Q_WANTED_MS);
    int64_t at = INT64_MAX;

    db_bind_text(q, source);
    if (db_step(q) == 1 && !db_is_null(q, 0))
        at = db_i64(q, 0);
    db_done(q);
    return at;
}

int media_store_next(struct media_store *s, int64_t id, struct media_row *out)
{
    struct db_stmt *q = db_use(s->q, Q_NEXT);

    db_bind_i64(q, id);
    return one(q, out);
}

int media_store_gone(struct media_store *s, unsigned skip,
                     struct media_row *out)
{
    struct db_stmt *q = db_use(s->q, Q_GONE);

    db_bind_i64(q, skip);
    return one(q, out);
}

int media_store_forget(struct media_store *s, const struct hash *name)
{
    static const int steps[] = {Q_FORGET, Q_FORGET_CARRY};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof *steps; i++) {
        struct db_stmt *q = db_use(s->q, steps[i]);

        db_bind_hash(q, name);
        rc = db_run(q);
    }
    return rc;
}

int64_t media_store_beyond(struct media_store *s, const char *source,
                           uint64_t share)
{
    struct db_stmt *q = db_use(s->q, Q_BEYOND);
    int64_t id = INT64_MAX;

    db_bind_text(q, source);
    db_bind_i64(q, (int64_t)share);
    if (db_step(q) == 1 && !db_is_null(q, 0))
        id = db_i64(q, 0);
    db_done(q);
    return id;
}

/* ---- who names them */

/* What had the number before stays the record's: with a number above 100. */
static int supersede(struct media_store *s, const struct media_use *use)
{
    struct db_stmt *q = db_use(s->q, Q_SUPERSEDE);

    db_bind_text(q, use->home);
    db_bind_id(q, &use->record);
    db_bind_i64(q, use->number);
    db_bind_hash(q, &use->name);
    return db_run(q);
}

int media_store_use(struct media_store *s, const struct media_use *use)
{
    int rc = supersede(s, use);
    struct db_stmt *q;

    if (rc != 0)
        return rc;
    q = db_use(s->q, Q_USE);
    db_bind_hash(q, &use->name);
    db_bind_text(q, use->home);
    db_bind_id(q, &use->record);
    db_bind_i64(q, use->number);
    db_bind_i64(q, use->kind);
    db_bind_text(q, use->goes);
    db_bind_i64(q, use->kept);
    db_bind_blob(q, use->salt, sizeof use->salt);
    db_bind_i64(q, (int64_t)use->size);
    db_bind_i64(q, use->urgent);
    return db_run(q);
}

int media_store_unuse(struct media_store *s, const char *home,
                      const struct id *record)
{
    static const int steps[] = {Q_UNNAMED, Q_UNUSE};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof *steps; i++) {
        struct db_stmt *q = db_use(s->q, steps[i]);

        db_bind_text(q, home);
        db_bind_id(q, record);
        rc = db_run(q);
    }
    return rc;
}

int media_store_unuse_final(struct media_store *s, uint64_t *count)
{
    char home[24];
    struct id record;
    int rc;

    for (*count = 0;; (*count)++) {
        struct db_stmt *q = db_use(s->q, Q_FINAL);

        rc = db_step(q);
        (void)snprintf(home, sizeof home, "%s", rc == 1 ? db_text(q, 0) : "");
        if (rc == 1 && !db_id(q, 1, &record))
            rc = 0; /* rotten: verify tells */
        db_done(q);
        if (rc != 1 || (rc = media_store_unuse(s, home, &record)) != 0)
            return rc;
    }
}

static int use_of(struct db_stmt *q, const struct media_row *row,
                  struct media_use *out)
{
    memset(out, 0, sizeof *out);
    out->name = row->name;
    out->number = (int)db_i64(q, MEDIA_ROW_COLUMNS);
    out->kind = (uint32_t)db_i64(q, MEDIA_ROW_COLUMNS + 1);
    (void)snprintf(out->goes, sizeof out->goes, "%s",
                   db_text(q, MEDIA_ROW_COLUMNS + 2));
    out->kept = db_i64(q, MEDIA_ROW_COLUMNS + 3) != 0;
    (void)snprintf(out->home, sizeof out->home, "%s",
                   db_text(q, MEDIA_ROW_COLUMNS + 4));
    return db_id(q, MEDIA_ROW_COLUMNS + 5, &out->record) ? 0 : ERR_DAMAGED;
}

int media_store_uses(struct media_store *s, const char *home,
                     const struct id *record,
                     int (*each)(void *who, const struct media_use *use,
                                 const struct media_row *row),
                     void *who)
{
    struct db_stmt *q = db_use(s->q, Q_USES);
    struct media_row row;
    struct media_use use;
    int rc;

    db_bind_text(q, home);
    db_bind_id(q, record);
    while ((rc = db_step(q)) == 1)
        if ((rc = media_store_row(q, &row)) != 0 ||
            (rc = use_of(q, &row, &use)) != 0 ||
            (rc = each(who, &use, &row)) != 0)
            break;
    db_done(q);
    return rc > 0 ? 0 : rc;
}

bool media_store_owns(struct media_store *s, const struct hash *name,
                      const struct id *record)
{
    struct db_stmt *q = db_use(s->q, Q_OWNS);
    int rc;

    db_bind_hash(q, name);
    db_bind_id(q, record);
    rc = db_step(q);
    db_done(q);
    return rc != 0; /* what cannot be read is no reason to say no */
}

int media_store_ended(struct media_store *s, unsigned skip,
                      struct media_use *out)
{
    struct db_stmt *q = db_use(s->q, Q_ENDED);
    int rc;

    db_bind_i64(q, skip);
    rc = db_step(q);
    memset(out, 0, sizeof *out);
    if (rc == 1) {
        out->number = (int)db_i64(q, 2);
        rc = db_hash(q, 0, &out->name) && db_id(q, 1, &out->record)
                 ? 0
                 : ERR_DAMAGED;
    } else if (rc == 0) {
        rc = ERR_MISSING;
    }
    db_done(q);
    return rc;
}

int media_store_drop(struct media_store *s, const struct media_use *use)
{
    struct db_stmt *q = db_use(s->q, Q_DROP);

    db_bind_id(q, &use->record);
    db_bind_i64(q, use->number);
    return db_run(q);
}

bool media_store_may(struct media_store *s, const struct hash *name,
                     const char *unit)
{
    struct db_stmt *q = db_use(s->q, Q_MAY);

    db_bind_hash(q, name);
    db_bind_text(q, unit);
    return any(q);
}

bool media_store_alien(struct media_store *s, const struct hash *name,
                       const char *unit)
{
    struct db_stmt *q = db_use(s->q, Q_ALIEN);

    db_bind_hash(q, name);
    db_bind_text(q, unit);
    return any(q);
}

bool media_store_left(struct media_store *s, const struct hash *name,
                      const char *home, uint32_t report_kind, bool reports)
{
    struct db_stmt *q = db_use(s->q, Q_LEFT);

    db_bind_hash(q, name);
    db_bind_text(q, home);
    db_bind_i64(q, report_kind);
    db_bind_i64(q, reports);
    return any(q);
}
