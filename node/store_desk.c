/* node/store_desk.c - every statement of the duty desk's tables. */
#include "node/store_desk.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/store/search.h"

enum { PURGE_PAGES = 16 /* of the index in one step: a millisecond or two */ };

enum {
    Q_PUT,
    Q_DROP,
    Q_WORDS,
    Q_PUT_WORDS,
    Q_DROP_WORDS,
    Q_MERGE,
    Q_SEGMENTS,
    Q_FILL,
    Q_SET_FILL,
    Q_EMPTY,
    Q_GET,
    Q_LIST,
    Q_LIST_ALL,
    Q_COUNT_KIND,
    Q_SEARCH,
    Q_SEARCH_COUNT,
    Q_NEAR,
    Q_OVERDUE,
    Q_OVERDUE_SHOWN,
    Q_RINGS,
    Q_DEEDS,
    Q_COUNT
};

#define COLUMNS                                                                \
    "d.record, d.uid, d.category, d.state, d.urgent, d.open, d.place,"         \
    " d.received_ms, d.what, d.due_ms, d.paused, d.rings, d.village"
/* What bind_filter fills in, from ?1 on. */
#define FILTER                                                                 \
    " (?1 = 0 OR d.state = ?1) AND (?2 < 0 OR d.category = ?2)"                \
    " AND (?3 < 0 OR d.urgent = ?3) AND (?4 IS NULL OR d.village = ?4)"        \
    " AND d.category <> ?6"
#define FROM_FOUND                                                             \
    " FROM found CROSS JOIN desk d ON d.record = found.rowid"                  \
    " WHERE found MATCH ?7 AND found.rowid < ?8"                               \
    " AND (?5 < 0 OR d.open = ?5) AND" FILTER

static const char *const queries[Q_COUNT] = {
    [Q_PUT] = "INSERT INTO desk (record, uid, category, state, urgent, open,"
              " place, received_ms, what, due_ms, paused, rings, village)"
              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
              " ON CONFLICT (record) DO UPDATE SET"
              " category = excluded.category, state = excluded.state,"
              " urgent = excluded.urgent, open = excluded.open,"
              " place = excluded.place, received_ms = excluded.received_ms,"
              " what = excluded.what, due_ms = excluded.due_ms,"
              " paused = excluded.paused, rings = excluded.rings,"
              " village = excluded.village",
    [Q_DROP] = "DELETE FROM desk WHERE record = ?",
    [Q_WORDS] = "SELECT text FROM found WHERE rowid = ?",
    [Q_PUT_WORDS] = "INSERT INTO found (rowid, text) VALUES (?, ?)",
    [Q_DROP_WORDS] = "DELETE FROM found WHERE rowid = ?",
    /* negative: into one piece, in which nothing is that was taken out */
    [Q_MERGE] = "INSERT INTO found (found, rank) VALUES ('merge', ?)",
    [Q_SEGMENTS] = "SELECT count(DISTINCT segid) FROM found_idx",
    [Q_FILL] = "SELECT before, done, purge, rules FROM desk_fill",
    [Q_SET_FILL] = "UPDATE desk_fill SET before = ?, done = ?, purge = ?,"
                   " rules = ?",
    [Q_EMPTY] = "SELECT NOT EXISTS (SELECT 1 FROM desk)",
    [Q_GET] = "SELECT " COLUMNS " FROM record r"
              " JOIN desk d ON d.record = r.id WHERE r.uid = ?",
    [Q_LIST] =
        "SELECT " COLUMNS " FROM desk d INDEXED BY desk_place"
        " WHERE d.open = ?5 AND (d.place, d.record) > (?7, ?8) AND" FILTER
        " ORDER BY d.place, d.record",
    [Q_LIST_ALL] = "SELECT " COLUMNS " FROM desk d"
                   " WHERE d.record < ?8 AND" FILTER " ORDER BY d.record DESC",
    [Q_COUNT_KIND] = "SELECT coalesce(sum(n), 0) FROM desk_count d"
                     " WHERE (?5 < 0 OR d.open = ?5) AND" FILTER,
    [Q_SEARCH] = "SELECT " COLUMNS FROM_FOUND " ORDER BY found.rowid DESC",
    [Q_SEARCH_COUNT] = "SELECT count(*) FROM (SELECT 1" FROM_FOUND " LIMIT ?9)",
    [Q_NEAR] = "SELECT " COLUMNS " FROM desk d INDEXED BY desk_near"
               " WHERE d.category = ? AND d.received_ms BETWEEN ? AND ?"
               " ORDER BY d.received_ms DESC",
    [Q_OVERDUE] = "SELECT count(*) FROM desk INDEXED BY desk_due"
                  " WHERE open = 1 AND place < ?",
    [Q_OVERDUE_SHOWN] = "SELECT count(*) FROM desk INDEXED BY desk_due"
                        " WHERE open = 1 AND place < ? AND category <> ?",
    [Q_RINGS] = "SELECT count(*) FROM desk INDEXED BY desk_rings"
                " WHERE rings = 1 AND category <> ?",
    [Q_DEEDS] = "SELECT name, actor, at_ms FROM command"
                " INDEXED BY command_subject"
                " WHERE subject = ? AND subject <> '' ORDER BY rowid",
};

struct desk_store {
    struct db *db;
    struct db_set *q;
};

int desk_store_open(struct desk_store **out, struct db *db, struct error *err)
{
    struct desk_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    s->db = db;
    if (rc != 0)
        mem_free(&s);
    else
        *out = s;
    return rc;
}

void desk_store_close(struct desk_store **store)
{
    if (*store != NULL)
        mem_free(store); /* the statements are the database's */
}

/* ---- writing */

int desk_store_put(struct desk_store *s, const struct desk_row *row)
{
    struct db_stmt *q = db_use(s->q, Q_PUT);

    db_bind_i64(q, row->record);
    db_bind_id(q, &row->uid);
    db_bind_i64(q, row->category);
    db_bind_i64(q, row->state);
    db_bind_i64(q, row->urgent);
    db_bind_i64(q, row->open);
    db_bind_i64(q, row->place);
    db_bind_i64(q, row->received_ms);
    db_bind_i64(q, row->what);
    db_bind_i64(q, row->due_ms);
    db_bind_i64(q, row->paused);
    db_bind_i64(q, row->rings);
    db_bind_text(q, row->village);
    return db_run(q);
}

static int run_on(struct desk_store *s, int query, int64_t record)
{
    struct db_stmt *q = db_use(s->q, query);

    db_bind_i64(q, record);
    return db_run(q);
}

int desk_store_drop(struct desk_store *s, int64_t record)
{
    return run_on(s, Q_DROP, record);
}

int desk_store_put_words(struct desk_store *s, int64_t record,
                         const char *words)
{
    struct db_stmt *q = db_use(s->q, Q_WORDS);
    bool there, same;
    int rc;

    db_bind_i64(q, record);
    if ((rc = db_step(q)) < 0)
        return rc;
    there = rc == 1;
    same = there && strcmp(db_text(q, 0), words) == 0;
    db_done(q);
    if (same)
        return 0;
    if (there && (rc = run_on(s, Q_DROP_WORDS, record)) != 0)
        return rc;
    if (words[0] == '\0')
        return 0;
    q = db_use(s->q, Q_PUT_WORDS);
    db_bind_i64(q, record);
    db_bind_text(q, words);
    return db_run(q);
}

bool desk_store_has_words(struct desk_store *s, int64_t record,
                          const char *words)
{
    struct db_stmt *q = db_use(s->q, Q_WORDS);
    const char *kept = "";
    bool same;

    db_bind_i64(q, record);
    if (db_step(q) == 1)
        kept = db_text(q, 0);
    same = strcmp(kept, words) == 0;
    db_done(q);
    return same;
}

/* One number; or an error. */
static int ask(struct db_stmt *q, int64_t *out)
{
    int rc = db_step(q);

    if (rc == 1)
        *out = db_i64(q, 0);
    db_done(q);
    return rc < 0 ? rc : 0;
}

int desk_store_purge(struct desk_store *s)
{
    struct db_stmt *q = db_use(s->q, Q_MERGE);
    int64_t pieces = 0;
    int rc;

    db_bind_i64(q, -PURGE_PAGES);
    if ((rc = db_run(q)) != 0 ||
        (rc = ask(db_use(s->q, Q_SEGMENTS), &pieces)) != 0)
        return rc;
    return pieces > 1;
}

int desk_store_fill(struct desk_store *s, struct desk_fill *out)
{
    struct db_stmt *q = db_use(s->q, Q_FILL);
    int rc = db_step(q);

    *out = (struct desk_fill){INT64_MAX, 0, false, false};
    if (rc == 1) {
        out->before = db_i64(q, 0);
        out->done = db_i64(q, 1) != 0;
        out->purge = db_i64(q, 2) != 0;
        out->rules = db_i64(q, 3);
    }
    db_done(q);
    return rc == 1 ? 0 : rc == 0 ? ERR_MISSING : rc;
}

int desk_store_set_fill(struct desk_store *s, const struct desk_fill *fill)
{
    struct db_stmt *q = db_use(s->q, Q_SET_FILL);

    db_bind_i64(q, fill->before);
    db_bind_i64(q, fill->done);
    db_bind_i64(q, fill->purge);
    db_bind_i64(q, fill->rules);
    return db_run(q);
}

int desk_store_is_empty(struct desk_store *s)
{
    int64_t empty = 0;
    int rc = ask(db_use(s->q, Q_EMPTY), &empty);

    return rc != 0 ? rc : empty != 0;
}

/* ---- reading */

static void read_row(struct db_stmt *q, struct desk_row *out)
{
    memset(out, 0, sizeof *out);
    out->record = db_i64(q, 0);
    (void)db_id(q, 1, &out->uid);
    out->category = (int)db_i64(q, 2);
    out->state = (int)db_i64(q, 3);
    out->urgent = db_i64(q, 4) != 0;
    out->open = db_i64(q, 5) != 0;
    out->place = db_i64(q, 6);
    out->received_ms = db_i64(q, 7);
    out->what = (int)db_i64(q, 8);
    out->due_ms = db_i64(q, 9);
    out->paused = db_i64(q, 10) != 0;
    out->rings = db_i64(q, 11) != 0;
    out->village = db_text(q, 12);
}

int desk_store_get(struct desk_store *s, const struct id *uid,
                   struct desk_row *out, char village[128])
{
    struct db_stmt *q = db_use(s->q, Q_GET);
    int rc;

    db_bind_id(q, uid);
    if ((rc = db_step(q)) == 1) {
        read_row(q, out);
        strncpy(village, out->village, 127);
        village[127] = '\0';
        out->village = village;
    }
    db_done(q);
    return rc == 1 ? 0 : rc == 0 ? ERR_MISSING : rc;
}

static void bind_filter(struct db_stmt *q, const struct desk_filter *f)
{
    db_bind_i64(q, f->state);
    db_bind_i64(q, f->category);
    db_bind_i64(q, f->urgent);
    db_bind_text(q, f->village);
    db_bind_i64(q, f->view == DESK_ALL ? -1 : f->view == DESK_OPEN);
    db_bind_i64(q, f->hidden);
}

static int each_row(struct db_stmt *q,
                    int (*each)(void *who, const struct desk_row *row),
                    void *who)
{
    struct desk_row row;
    int rc;

    while ((rc = db_step(q)) == 1) {
        read_row(q, &row);
        if ((rc = each(who, &row)) != 0)
            break;
    }
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int desk_store_list(struct desk_store *s, const struct desk_filter *filter,
                    const struct desk_cursor *after,
                    int (*each)(void *who, const struct desk_row *row),
                    void *who)
{
    bool all = filter->view == DESK_ALL, first = after->record == 0;
    struct db_stmt *q = db_use(s->q, all ? Q_LIST_ALL : Q_LIST);

    bind_filter(q, filter);
    db_bind_i64(q, first ? INT64_MIN : after->place);
    db_bind_i64(q, first && all ? INT64_MAX : after->record);
    return each_row(q, each, who);
}

int desk_store_count(struct desk_store *s, const struct desk_filter *filter,
                     int64_t *out)
{
    struct db_stmt *q = db_use(s->q, Q_COUNT_KIND);

    bind_filter(q, filter);
    return ask(q, out);
}

/* ---- words */

struct asked {
    struct buf exact, loose; /* loose: and not exact */
};

static int prepare(struct desk_store *s, const char *words, struct asked *out)
{
    struct buf loose = {0};
    int count = search_expressions(s->db, words, &loose, &out->exact);

    if (count > 0 && out->exact.size > 0)
        buf_printf(&out->loose, "(%s) NOT (%s)", buf_text(&loose),
                   buf_text(&out->exact));
    else
        buf_add_bytes(&out->loose, buf_bytes(&loose));
    if (count > 0 && out->exact.size > 0) {
        /* those words, and the ones that have no accents */
        struct buf both = {0};

        buf_printf(&both, "(%s) AND (%s)", buf_text(&loose),
                   buf_text(&out->exact));
        buf_free(&out->exact);
        out->exact = both;
    }
    buf_free(&loose);
    return count > 0 ? 0 : count == 0 ? ERR_INVALID : count;
}

static void asked_free(struct asked *asked)
{
    buf_free(&asked->exact);
    buf_free(&asked->loose);
}

static int search_one(struct desk_store *s, const struct desk_filter *filter,
                      const char *expression, const struct desk_cursor *from,
                      int (*each)(void *who, const struct desk_row *row,
                                  bool loose),
                      void *who)
{
    struct db_stmt *q = db_use(s->q, Q_SEARCH);
    struct desk_row row;
    int rc;

    bind_filter(q, filter);
    db_bind_text(q, expression);
    db_bind_i64(q, from->record == 0 ? INT64_MAX : from->record);
    while ((rc = db_step(q)) == 1) {
        read_row(q, &row);
        if ((rc = each(who, &row, from->loose)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

int desk_store_search(struct desk_store *s, const struct desk_filter *filter,
                      const char *words, const struct desk_cursor *after,
                      int (*each)(void *who, const struct desk_row *row,
                                  bool loose),
                      void *who)
{
    struct desk_cursor at = *after;
    struct asked asked = {{0}, {0}};
    int rc = prepare(s, words, &asked);

    if (rc == 0 && !at.loose) {
        if (asked.exact.size > 0)
            rc = search_one(s, filter, buf_text(&asked.exact), &at, each, who);
        /* without accents there is nothing but loose ones */
        at =
            (struct desk_cursor){0, asked.exact.size > 0 ? 0 : at.record, true};
    }
    if (rc == 0)
        rc = search_one(s, filter, buf_text(&asked.loose), &at, each, who);
    asked_free(&asked);
    return rc > 0 ? 0 : rc;
}

int desk_store_search_count(struct desk_store *s,
                            const struct desk_filter *filter, const char *words,
                            int64_t most, int64_t *out)
{
    struct buf loose = {0}, exact = {0};
    int rc = search_expressions(s->db, words, &loose, &exact);
    struct db_stmt *q;

    if (rc > 0) {
        q = db_use(s->q, Q_SEARCH_COUNT);
        bind_filter(q, filter);
        db_bind_text(q, buf_text(&loose));
        db_bind_i64(q, INT64_MAX);
        db_bind_i64(q, most);
        rc = ask(q, out);
    } else if (rc == 0) {
        rc = ERR_INVALID;
    }
    buf_free(&loose);
    buf_free(&exact);
    return rc;
}

int desk_store_near(struct desk_store *s, int category, int64_t from_ms,
                    int64_t to_ms,
                    int (*each)(void *who, const struct desk_row *row),
                    void *who)
{
    struct db_stmt *q = db_use(s->q, Q_NEAR);

    db_bind_i64(q, category);
    db_bind_i64(q, from_ms);
    db_bind_i64(q, to_ms);
    return each_row(q, each, who);
}

int desk_store_deeds(struct desk_store *s, const char *report,
                     int (*each)(void *who, const char *command,
                                 const char *actor, int64_t at_ms),
                     void *who)
{
    struct db_stmt *q = db_use(s->q, Q_DEEDS);
    int rc;

    db_bind_text(q, report);
    while ((rc = db_step(q)) == 1)
        if ((rc = each(who, db_text(q, 0), db_text(q, 1), db_i64(q, 2))) != 0)
            break;
    db_done(q);
    return rc > 0 ? 0 : rc;
}

int desk_store_counts(struct desk_store *s, int64_t now_ms, int hidden,
                      struct desk_counts *out)
{
    const struct desk_filter open = {
        .view = DESK_OPEN, .category = -1, .urgent = -1, .hidden = hidden};
    struct db_stmt *q;
    int rc = desk_store_count(s, &open, &out->open);

    if (rc != 0)
        return rc;
    q = db_use(s->q, hidden < 0 ? Q_OVERDUE : Q_OVERDUE_SHOWN);
    db_bind_i64(q, now_ms);
    if (hidden >= 0)
        db_bind_i64(q, hidden);
    if ((rc = ask(q, &out->overdue)) != 0)
        return rc;
    q = db_use(s->q, Q_RINGS);
    db_bind_i64(q, hidden);
    return ask(q, &out->rings);
}
