/* hub/store_metrics.h - what only the metrics ask (hub/api_metrics.c), as
 * verbs.
 */
#ifndef LIENXA_HUB_STORE_METRICS_H
#define LIENXA_HUB_STORE_METRICS_H

#include "common/base/id.h"
#include "common/domain/audit.h"
#include "common/store/db.h"
#include "common/sync/limits.h"

struct metrics_store;

/* Its statements; they live as long as `db`. Owned. */
int metrics_store_open(struct metrics_store **out, struct db *db,
                       struct error *err);
void metrics_store_close(struct metrics_store **store);

struct canary_row {
    char unit[LIMIT_HOME];
    int64_t applied_ms, late_ms, took_ms;
};
int metrics_store_put_canary(struct metrics_store *s,
                             const struct canary_row *row);
int metrics_store_canaries(struct metrics_store *s,
                           int (*each)(void *who, const struct canary_row *row),
                           void *who);

/* What the machines last said of their audit logs (hub/audit.h). */
enum audit_row_state { /* stored */
                       AUDIT_ROW_UNJUDGED = 0,
                       AUDIT_ROW_SIGNED = 1,
                       AUDIT_ROW_DOUBTED = 2
};
struct audit_row {
    char unit[LIMIT_HOME];
    int64_t said_ms;
    uint64_t machine; /* number of its certificate */
    struct audit_head audit;
    bool broken;
    int state, before; /* enum audit_row_state: now, and of what it said last */
};
/* Takes the place of what it said last, and is to be judged. */
int metrics_store_say_audit(struct metrics_store *s,
                            const struct audit_row *row);
int metrics_store_judge_audit(struct metrics_store *s, const char *unit,
                              int state);
/* `each` may judge the row, and no other. */
int metrics_store_unjudged_audits(struct metrics_store *s,
                                  int (*each)(void *who,
                                              const struct audit_row *row),
                                  void *who);
int metrics_store_audits(struct metrics_store *s,
                         int (*each)(void *who, const struct audit_row *row),
                         void *who);

/* By code: how often raised ever, and how many are open. */
int metrics_store_alarms(struct metrics_store *s,
                         int (*each)(void *who, int code, int64_t times,
                                     int64_t open),
                         void *who);

/* How many took at most each of `bounds_s`, how many there are, their sum. */
enum { METRICS_STEPS = 3, METRICS_BOUNDS = 10 };
struct metrics_spread {
    int64_t at_most[METRICS_BOUNDS], count, sum_ms;
};
extern const int metrics_bounds_s[METRICS_BOUNDS];
void metrics_spread_add(struct metrics_spread *spread, int64_t took_ms);

/* Of one step (stored, shown, acknowledged) of all deliveries of alerts. */
extern const char *const metrics_steps[METRICS_STEPS];
int metrics_store_deliveries(struct metrics_store *s, int step,
                             struct metrics_spread *out);

/* Alerts that hold now and were taken back by none. */
int metrics_store_live_alerts(struct metrics_store *s, int64_t now_ms,
                              int (*each)(void *who, const struct id *id),
                              void *who);

/* Referrals that nobody has answered, by (home, report): since when. */
int metrics_store_waiting(struct metrics_store *s,
                          void (*each)(void *who, int64_t since_ms), void *who);
int metrics_store_set_waiting(struct metrics_store *s, const char *home,
                              const struct id *report, bool waits,
                              int64_t since_ms);
int metrics_store_clear_waiting(struct metrics_store *s);

#endif
