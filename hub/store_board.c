/* hub/store_board.c - every statement about the board. */
#include "hub/store_board.h"

#include "common/base/mem.h"
#include "common/store/ledger.h"

enum {
    Q_STATE,
    Q_SET_STATE,
    Q_CLEAR_DAY,
    Q_CLEAR_OPEN,
    Q_CLEAR_VILLAGE,
    Q_CLEAR_SUM,
    Q_DAY,
    Q_PUT_DAY,
    Q_DROP_DAY,
    Q_SUM,
    Q_PUT_SUM,
    Q_DROP_SUM,
    Q_ADD_OPEN,
    Q_ADD_VILLAGE,
    Q_DROP_VILLAGE,
    Q_VILLAGES,
    Q_FIRST_DUE,
    Q_DUE,
    Q_OPENS,
    Q_DAYS,
    Q_SUMS,
    Q_FIRST_SUM,
    Q_BY_DUE,
    Q_COUNT
};

/* As the index says it: urgent ones from 0 on, the others from DUE_OTHERS. */
#define DUE "((~cell & 1) << 34) | (tag >> 3)"
#define DUE_OTHERS (INT64_C(1) << 34)

static const char *const queries[Q_COUNT] = {
    [Q_STATE] = "SELECT settled, rules FROM board_state",
    [Q_SET_STATE] =
        "INSERT INTO board_state (one, settled, rules) VALUES (1, ?, ?)"
        " ON CONFLICT (one) DO UPDATE SET settled = excluded.settled,"
        " rules = excluded.rules",
    [Q_CLEAR_DAY] = "DELETE FROM board_day",
    [Q_CLEAR_OPEN] = "DELETE FROM board_open",
    [Q_CLEAR_VILLAGE] = "DELETE FROM board_village",
    [Q_CLEAR_SUM] = "DELETE FROM board_sum",
    [Q_DAY] = "SELECT counts FROM board_day WHERE place = ?",
    [Q_PUT_DAY] = "INSERT INTO board_day (place, counts) VALUES (?, ?)"
                  " ON CONFLICT (place) DO UPDATE SET counts = excluded.counts",
    [Q_DROP_DAY] = "DELETE FROM board_day WHERE place = ?",
    [Q_SUM] = "SELECT counts FROM board_sum WHERE place = ?",
    [Q_PUT_SUM] = "INSERT INTO board_sum (place, counts) VALUES (?, ?)"
                  " ON CONFLICT (place) DO UPDATE SET counts = excluded.counts",
    [Q_DROP_SUM] = "DELETE FROM board_sum WHERE place = ?",
    [Q_ADD_OPEN] =
        "INSERT INTO board_open (place, open, urgent, waiting, overdue)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (place) DO UPDATE SET"
        " open = open + excluded.open, urgent = urgent + excluded.urgent,"
        " waiting = waiting + excluded.waiting,"
        " overdue = overdue + excluded.overdue",
    [Q_ADD_VILLAGE] = "INSERT INTO board_village (place, count) VALUES (?, ?)"
                      " ON CONFLICT (place) DO UPDATE SET"
                      " count = count + excluded.count",
    [Q_DROP_VILLAGE] = "DELETE FROM board_village WHERE place = ?"
                       " AND count = 0",
    [Q_VILLAGES] = "SELECT place, count FROM board_village ORDER BY place",
    [Q_FIRST_DUE] = "SELECT " DUE " FROM record INDEXED BY record_due"
                    " WHERE tag > 7 AND " DUE " > ? AND " DUE " < ?"
                    " ORDER BY " DUE " LIMIT 1",
    [Q_DUE] = "SELECT home, cell FROM record INDEXED BY record_due"
              " WHERE tag > 7 AND " DUE " > ? AND " DUE " <= ?"
              " ORDER BY " DUE,
    [Q_OPENS] = "SELECT place, open, urgent, waiting, overdue FROM board_open"
                " ORDER BY place",
    [Q_DAYS] = "SELECT place, counts FROM board_day WHERE place >= ?"
               " AND place < ? ORDER BY place",
    [Q_SUMS] = "SELECT place, counts FROM board_sum WHERE place >= ?"
               " AND place < ? ORDER BY place",
    [Q_FIRST_SUM] = "SELECT place FROM board_sum WHERE place >= ?"
                    " ORDER BY place LIMIT 1",
    [Q_BY_DUE] = "SELECT " DUE ", id, uid, home, cell FROM record"
                 " INDEXED BY record_due WHERE tag > 7 AND " DUE " >= ?"
                 " ORDER BY " DUE ", id",
};

struct board_store {
    struct db_set *q;
    struct buf lent; /* the counts lent last */
};

int board_store_open(struct board_store **out, struct db *db, struct error *err)
{
    struct board_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    if (rc != 0) {
        board_store_close(&s);
        return rc;
    }
    *out = s;
    return 0;
}

void board_store_close(struct board_store **store)
{
    if (*store == NULL)
        return;
    buf_free(&(*store)->lent);
    mem_free(store);
}

int board_store_state(struct board_store *s, struct board_state *out)
{
    struct db_stmt *q = db_use(s->q, Q_STATE);
    int rc = db_step(q);

    if (rc == 1)
        *out = (struct board_state){db_i64(q, 0), db_i64(q, 1)};
    db_done(q);
    return rc == 1 ? 0 : rc == 0 ? ERR_MISSING : rc;
}

int board_store_set_state(struct board_store *s,
                          const struct board_state *state)
{
    struct db_stmt *q = db_use(s->q, Q_SET_STATE);

    db_bind_i64(q, state->settled);
    db_bind_i64(q, state->rules);
    return db_run(q);
}

int board_store_clear(struct board_store *s)
{
    int rc = 0;

    for (int query = Q_CLEAR_DAY; query <= Q_CLEAR_SUM && rc == 0; query++)
        rc = db_run(db_use(s->q, query));
    return rc;
}

/* ---- counting */

static int get_counts(struct board_store *s, int query, int64_t place,
                      struct bytes *out)
{
    struct db_stmt *q = db_use(s->q, query);
    int rc;

    buf_clear(&s->lent);
    db_bind_i64(q, place);
    if ((rc = db_step(q)) == 1) {
        buf_add_bytes(&s->lent, db_bytes(q, 0));
        rc = 0;
    }
    db_done(q);
    *out = buf_bytes(&s->lent);
    return rc;
}

/* `drop` follows `put`. */
static int put_counts(struct board_store *s, int put, int drop, int64_t place,
                      struct bytes counts)
{
    struct db_stmt *q = db_use(s->q, counts.size == 0 ? drop : put);

    db_bind_i64(q, place);
    if (counts.size > 0)
        db_bind_bytes(q, counts);
    return db_run(q);
}

int board_store_day(struct board_store *s, int64_t place, struct bytes *out)
{
    return get_counts(s, Q_DAY, place, out);
}

int board_store_put_day(struct board_store *s, int64_t place,
                        struct bytes counts)
{
    return put_counts(s, Q_PUT_DAY, Q_DROP_DAY, place, counts);
}

int board_store_sum(struct board_store *s, int64_t place, struct bytes *out)
{
    return get_counts(s, Q_SUM, place, out);
}

int board_store_put_sum(struct board_store *s, int64_t place,
                        struct bytes counts)
{
    return put_counts(s, Q_PUT_SUM, Q_DROP_SUM, place, counts);
}

int board_store_add_open(struct board_store *s, int64_t place,
                         const struct board_open *more)
{
    struct db_stmt *q = db_use(s->q, Q_ADD_OPEN);

    db_bind_i64(q, place);
    db_bind_i64(q, more->open);
    db_bind_i64(q, more->urgent);
    db_bind_i64(q, more->waiting);
    db_bind_i64(q, more->overdue);
    return db_run(q);
}

/* `drop` follows `add`: a row of nothing goes. */
static int add_count(struct board_store *s, int add, int drop, int64_t place,
                     int64_t more)
{
    struct db_stmt *q = db_use(s->q, add);
    int rc;

    db_bind_i64(q, place);
    db_bind_i64(q, more);
    if ((rc = db_run(q)) != 0 || more > 0)
        return rc;
    q = db_use(s->q, drop);
    db_bind_i64(q, place);
    return db_run(q);
}

int board_store_add_village(struct board_store *s, int64_t place, int64_t more)
{
    return add_count(s, Q_ADD_VILLAGE, Q_DROP_VILLAGE, place, more);
}

/* ---- what falls due: urgent ones, then the others */

static int64_t first_due_of(struct board_store *s, int64_t others,
                            int64_t after)
{
    struct db_stmt *q = db_use(s->q, Q_FIRST_DUE);
    int64_t due;

    db_bind_i64(q, others + after);
    db_bind_i64(q, others + BOARD_NEVER);
    due = db_step(q) == 1 ? db_i64(q, 0) - others : 0;
    db_done(q);
    return due;
}

int64_t board_store_first_due(struct board_store *s, int64_t after)
{
    int64_t urgent = first_due_of(s, 0, after);
    int64_t other = first_due_of(s, DUE_OTHERS, after);

    return urgent != 0 && (other == 0 || urgent < other) ? urgent : other;
}

static int each_due_of(struct board_store *s, int64_t others, int64_t after,
                       int64_t until,
                       int (*each)(void *who, uint32_t home, uint32_t category),
                       void *who)
{
    struct db_stmt *q = db_use(s->q, Q_DUE);
    int rc;

    db_bind_i64(q, others + after);
    db_bind_i64(q, others + until);
    while ((rc = db_step(q)) == 1) {
        struct axes axes;

        axes_unpack(&axes, db_i64(q, 1));
        if ((rc = each(who, (uint32_t)db_i64(q, 0), axes.category)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

int board_store_due(struct board_store *s, int64_t after, int64_t until,
                    int (*each)(void *who, uint32_t home, uint32_t category),
                    void *who)
{
    int rc = each_due_of(s, 0, after, until, each, who);

    return rc != 0 ? rc : each_due_of(s, DUE_OTHERS, after, until, each, who);
}

/* ---- reading */

int board_store_opens(struct board_store *s,
                      int (*each)(void *who, int64_t place,
                                  const struct board_open *open),
                      void *who)
{
    struct db_stmt *q = db_use(s->q, Q_OPENS);
    int rc;

    while ((rc = db_step(q)) == 1) {
        struct board_open open = {db_i64(q, 1), db_i64(q, 2), db_i64(q, 3),
                                  db_i64(q, 4)};

        if ((rc = each(who, db_i64(q, 0), &open)) != 0)
            break;
    }
    db_done(q);
    return rc;
}

static int
each_counts(struct board_store *s, int query, int64_t from, int64_t end,
            int (*each)(void *who, int64_t place, struct bytes counts),
            void *who)
{
    struct db_stmt *q = db_use(s->q, query);
    int rc;

    db_bind_i64(q, from);
    db_bind_i64(q, end);
    while ((rc = db_step(q)) == 1)
        if ((rc = each(who, db_i64(q, 0), db_bytes(q, 1))) != 0)
            break;
    db_done(q);
    return rc;
}

int board_store_days(struct board_store *s, int64_t from, int64_t end,
                     int (*each)(void *who, int64_t place, struct bytes counts),
                     void *who)
{
    return each_counts(s, Q_DAYS, from, end, each, who);
}

int board_store_sums(struct board_store *s, int64_t from, int64_t end,
                     int (*each)(void *who, int64_t place, struct bytes counts),
                     void *who)
{
    return each_counts(s, Q_SUMS, from, end, each, who);
}

int64_t board_store_first_sum(struct board_store *s, int64_t from)
{
    struct db_stmt *q = db_use(s->q, Q_FIRST_SUM);
    int64_t place;

    db_bind_i64(q, from);
    place = db_step(q) == 1 ? db_i64(q, 0) : INT64_MAX;
    db_done(q);
    return place;
}

int board_store_villages(struct board_store *s,
                         int (*each)(void *who, int64_t place, int64_t count),
                         void *who)
{
    struct db_stmt *q = db_use(s->q, Q_VILLAGES);
    int rc;

    while ((rc = db_step(q)) == 1)
        if ((rc = each(who, db_i64(q, 0), db_i64(q, 1))) != 0)
            break;
    db_done(q);
    return rc;
}

int board_store_by_due(struct board_store *s, int64_t due,
                       int (*each)(void *who, const struct board_report *r),
                       void *who)
{
    struct db_stmt *q = db_use(s->q, Q_BY_DUE);
    int rc;

    db_bind_i64(q, due);
    while ((rc = db_step(q)) == 1) {
        struct board_report r = {.due = db_i64(q, 0),
                                 .row = db_i64(q, 1),
                                 .home = (uint32_t)db_i64(q, 3),
                                 .cell = db_i64(q, 4)};

        if (!db_id(q, 2, &r.id))
            continue; /* verify says so */
        if ((rc = each(who, &r)) != 0)
            break;
    }
    db_done(q);
    return rc;
}
