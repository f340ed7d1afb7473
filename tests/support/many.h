/* tests/support/many.h - very many reports of a year of communes, made and
 * delivered to a hub as their machines would, through its ledger. */
#ifndef LIENXA_TESTS_MANY_H
#define LIENXA_TESTS_MANY_H

#include "common/sync/stream.h"
#include "hub/hub.h"

enum { MANY_BATCH = 500 };

struct many_commune {
    struct stream_name up;
    struct stream_position at;
    uint64_t seed;
    int64_t span_ms; /* from its first report to the last: a year, unless set */
    size_t made;
};

/* What is made stays until the next is: it is moved on. */
struct many_made {
    struct change changes[MANY_BATCH];
    struct report_fact facts[MANY_BATCH];
    struct buf bytes[MANY_BATCH][3]; /* header, fact, body */
    size_t sizes[MANY_BATCH];
};

struct many_spent {
    int64_t us, cpu_us;
};

/* Ends the process with the reason. */
void many_must(int rc, const struct error *err);
int64_t many_cpu_us(void); /* of this process */

/* A report that is there. */
struct many_old {
    struct id id;
    uint64_t version;
    int64_t received_ms;
    struct axes axes; /* its village is below */
    char village[REPORT_VILLAGE_LIMIT + 1];
};
struct many_old many_old_of(const struct record_row *row);

uint64_t many_noise(uint64_t *seed);

/* A commune as the hub knows it; `number` gives it its own reports. */
struct many_commune many_begin(const struct hub *hub, size_t number);
/* The next `count` reports of a commune that will have `of`: old ones closed, a
 * twentieth of the last month's not acknowledged. */
void many_make(struct many_made *m, struct many_commune *c, size_t count,
               size_t of, int64_t now_ms);
/* Reports of now, which nobody has closed yet. */
void many_make_now(struct many_made *m, struct many_commune *c, size_t count,
                   int64_t now_ms);
/* What is there already, to be moved on. */
void many_make_old(struct many_made *m, const struct many_commune *c,
                   size_t count, const struct many_old *old);
/* Those go on: acknowledged, or closed. */
void many_move(struct many_made *m, const struct many_commune *c, size_t count);
/* `count` of what was made, from `first` on, in one transaction; only applying
 * is added to `spent`. */
void many_deliver(struct hub *hub, struct many_commune *c,
                  const struct many_made *m, size_t first, size_t count,
                  struct many_spent *spent);

#endif
