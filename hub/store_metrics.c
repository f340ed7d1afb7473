/* hub/store_metrics.c - see store_metrics.h. */
#include "hub/store_metrics.h"

#include <stdio.h>

#include "common/base/mem.h"

enum {
    Q_PUT_CANARY,
    Q_CANARIES,
    Q_SAY_AUDIT,
    Q_JUDGE_AUDIT,
    Q_UNJUDGED,
    Q_AUDITS,
    Q_ALARMS,
    Q_STORED,
    Q_SHOWN,
    Q_ACKNOWLEDGED,
    Q_LIVE,
    Q_WAITING,
    Q_PUT_WAITING,
    Q_DROP_WAITING,
    Q_CLEAR_WAITING,
    Q_COUNT
};

const char *const metrics_steps[METRICS_STEPS] = {"stored", "shown",
                                                  "acknowledged"};
const int metrics_bounds_s[METRICS_BOUNDS] = {1,   5,    15,   60,    300,
                                              900, 1800, 3600, 14400, 86400};

/* One pass over the receipts; a late row is in all buckets above its own. */
#define DELIVERIES(step)                                                       \
    "SELECT max(" step "_ms - sent_ms, 0) FROM receipt"                        \
    " WHERE sent_ms > 0 AND " step "_ms > 0"

#define AUDIT_ROW                                                              \
    "unit, said_ms, broken, count, first, last, machine, state,"               \
    " before"

static const char *const queries[Q_COUNT] = {
    [Q_PUT_CANARY] =
        "INSERT INTO canary (unit, applied_ms, late_ms, took_ms)"
        " VALUES (?, ?, ?, ?) ON CONFLICT (unit) DO UPDATE SET"
        " applied_ms = excluded.applied_ms, late_ms = excluded.late_ms,"
        " took_ms = excluded.took_ms",
    [Q_CANARIES] = "SELECT unit, applied_ms, late_ms, took_ms FROM canary",
    [Q_SAY_AUDIT] =
        "INSERT INTO audit (unit, said_ms, broken, count, first, last, machine,"
        " state, before) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)"
        " ON CONFLICT (unit) DO UPDATE SET said_ms = excluded.said_ms,"
        " machine = excluded.machine, broken = excluded.broken, count = "
        "excluded.count,"
        " first = excluded.first, last = excluded.last,"
        " before = CASE state WHEN 0 THEN before ELSE state END, state = 0",
    [Q_JUDGE_AUDIT] = "UPDATE audit SET state = ? WHERE unit = ?",
    [Q_UNJUDGED] = "SELECT " AUDIT_ROW " FROM audit WHERE state = 0",
    [Q_AUDITS] = "SELECT " AUDIT_ROW " FROM audit",
    [Q_ALARMS] = "SELECT code, sum(times), sum(cleared_ms IS NULL) FROM alarm"
                 " GROUP BY code",
    [Q_STORED] = DELIVERIES("stored"),
    [Q_SHOWN] = DELIVERIES("shown"),
    [Q_ACKNOWLEDGED] = DELIVERIES("acknowledged"),
    [Q_LIVE] = "SELECT id FROM alert WHERE expires_ms > ?"
               " AND replaced_by IS NULL AND type <> 3",
    [Q_WAITING] = "SELECT since_ms FROM referral_waiting",
    [Q_PUT_WAITING] =
        "INSERT INTO referral_waiting (home, report, since_ms)"
        " VALUES (?, ?, ?) ON CONFLICT (home, report) DO UPDATE SET"
        " since_ms = excluded.since_ms WHERE since_ms <> excluded.since_ms",
    [Q_DROP_WAITING] = "DELETE FROM referral_waiting"
                       " WHERE home = ? AND report = ?",
    [Q_CLEAR_WAITING] = "DELETE FROM referral_waiting",
};

struct metrics_store {
    struct db_set *q;
};

int metrics_store_open(struct metrics_store **out, struct db *db,
                       struct error *err)
{
    struct metrics_store *s = mem_new(sizeof *s);
    int rc = db_prepare(&s->q, db, queries, Q_COUNT, err);

    if (rc != 0)
        mem_free(&s);
    *out = s;
    return rc;
}

void metrics_store_close(struct metrics_store **store) { mem_free(store); }

int metrics_store_put_canary(struct metrics_store *s,
                             const struct canary_row *row)
{
    struct db_stmt *q = db_use(s->q, Q_PUT_CANARY);

    db_bind_text(q, row->unit);
    db_bind_i64(q, row->applied_ms);
    db_bind_i64(q, row->late_ms);
    db_bind_i64(q, row->took_ms);
    return db_run(q);
}

int metrics_store_canaries(struct metrics_store *s,
                           int (*each)(void *who, const struct canary_row *row),
                           void *who)
{
    struct db_stmt *q = db_use(s->q, Q_CANARIES);
    int rc, stop = 0;

    while (stop == 0 && (rc = db_step(q)) == 1) {
        struct canary_row row = {.applied_ms = db_i64(q, 1),
                                 .late_ms = db_i64(q, 2),
                                 .took_ms = db_i64(q, 3)};

        (void)snprintf(row.unit, sizeof row.unit, "%s", db_text(q, 0));
        stop = each(who, &row);
    }
    db_done(q);
    return stop != 0 ? stop : rc;
}

int metrics_store_say_audit(struct metrics_store *s,
                            const struct audit_row *row)
{
    struct db_stmt *q = db_use(s->q, Q_SAY_AUDIT);

    db_bind_text(q, row->unit);
    db_bind_i64(q, row->said_ms);
    db_bind_i64(q, row->broken);
    db_bind_i64(q, (int64_t)row->audit.count);
    db_bind_hash(q, &row->audit.first);
    db_bind_hash(q, &row->audit.last);
    db_bind_i64(q, (int64_t)row->machine);
    return db_run(q);
}

int metrics_store_judge_audit(struct metrics_store *s, const char *unit,
                              int state)
{
    struct db_stmt *q = db_use(s->q, Q_JUDGE_AUDIT);

    db_bind_i64(q, state);
    db_bind_text(q, unit);
    return db_run(q);
}

static int each_audit(struct db_stmt *q,
                      int (*each)(void *who, const struct audit_row *row),
                      void *who)
{
    int rc, stop = 0;

    while (stop == 0 && (rc = db_step(q)) == 1) {
        struct audit_row row = {.said_ms = db_i64(q, 1),
                                .broken = db_i64(q, 2) != 0,
                                .audit.count = (uint64_t)db_i64(q, 3),
                                .machine = (uint64_t)db_i64(q, 6),
                                .state = (int)db_i64(q, 7),
                                .before = (int)db_i64(q, 8)};

        (void)snprintf(row.unit, sizeof row.unit, "%s", db_text(q, 0));
        (void)db_hash(q, 4, &row.audit.first);
        (void)db_hash(q, 5, &row.audit.last);
        stop = each(who, &row);
    }
    db_done(q);
    return stop != 0 ? stop : rc;
}

int metrics_store_unjudged_audits(struct metrics_store *s,
                                  int (*each)(void *who,
                                              const struct audit_row *row),
                                  void *who)
{
    return each_audit(db_use(s->q, Q_UNJUDGED), each, who);
}

int metrics_store_audits(struct metrics_store *s,
                         int (*each)(void *who, const struct audit_row *row),
                         void *who)
{
    return each_audit(db_use(s->q, Q_AUDITS), each, who);
}

int metrics_store_alarms(struct metrics_store *s,
                         int (*each)(void *who, int code, int64_t times,
                                     int64_t open),
                         void *who)
{
    struct db_stmt *q = db_use(s->q, Q_ALARMS);
    int rc, stop = 0;

    while (stop == 0 && (rc = db_step(q)) == 1)
        stop = each(who, (int)db_i64(q, 0), db_i64(q, 1), db_i64(q, 2));
    db_done(q);
    return stop != 0 ? stop : rc;
}

void metrics_spread_add(struct metrics_spread *spread, int64_t took_ms)
{
    for (size_t i = 0; i < METRICS_BOUNDS; i++)
        spread->at_most[i] += took_ms <= metrics_bounds_s[i] * INT64_C(1000);
    spread->count++;
    spread->sum_ms += took_ms;
}

int metrics_store_deliveries(struct metrics_store *s, int step,
                             struct metrics_spread *out)
{
    struct db_stmt *q = db_use(s->q, Q_STORED + step);
    int rc;

    *out = (struct metrics_spread){.count = 0};
    while ((rc = db_step(q)) == 1)
        metrics_spread_add(out, db_i64(q, 0));
    db_done(q);
    return rc;
}

int metrics_store_live_alerts(struct metrics_store *s, int64_t now_ms,
                              int (*each)(void *who, const struct id *id),
                              void *who)
{
    struct db_stmt *q = db_use(s->q, Q_LIVE);
    int rc, stop = 0;

    db_bind_i64(q, now_ms);
    while (stop == 0 && (rc = db_step(q)) == 1) {
        struct id id;

        if (db_id(q, 0, &id))
            stop = each(who, &id);
    }
    db_done(q);
    return stop != 0 ? stop : rc;
}

int metrics_store_waiting(struct metrics_store *s,
                          void (*each)(void *who, int64_t since_ms), void *who)
{
    struct db_stmt *q = db_use(s->q, Q_WAITING);
    int rc;

    while ((rc = db_step(q)) == 1)
        each(who, db_i64(q, 0));
    db_done(q);
    return rc;
}

int metrics_store_set_waiting(struct metrics_store *s, const char *home,
                              const struct id *report, bool waits,
                              int64_t since_ms)
{
    struct db_stmt *q = db_use(s->q, waits ? Q_PUT_WAITING : Q_DROP_WAITING);

    db_bind_text(q, home);
    db_bind_id(q, report);
    if (waits)
        db_bind_i64(q, since_ms);
    return db_run(q);
}

int metrics_store_clear_waiting(struct metrics_store *s)
{
    return db_run(db_use(s->q, Q_CLEAR_WAITING));
}
