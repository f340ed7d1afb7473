/* common/account/watch.h - who waits for something to change.
 *
 * The revision grows with every commit that touched a topic; a watch is
 * answered when it is not at the revision that it knows. Revisions begin at the
 * wall clock's milliseconds, so that those of an earlier process are never
 * taken for ours. Bounded: WATCH_MOST are remembered, more than there can be
 * clients. Times are monotonic.
 */
#ifndef LIENXA_ACCOUNT_WATCH_H
#define LIENXA_ACCOUNT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/store/topic.h"

enum {
    WATCH_MOST = 256,
    WATCH_MS = 25000,    /* the longest wait */
    WATCH_PAUSE_MS = 200 /* between two rounds of answers: a busy link would
                          * wake the pages at every turn */
};

struct watch;

struct watch *watch_new(int64_t wall_ms); /* owned */
void watch_free(struct watch **watch);

/* Somebody waits; `since` is the revision they know. */
void watch_add(struct watch *watch, int client, int64_t since, int64_t now_ms);

/* A transaction was committed that touched these. */
void watch_changed(struct watch *watch, unsigned topics);

struct watch_answer {
    int client;
    int64_t revision;
    unsigned topics; /* changed since the one they knew */
};
/* The next one to be answered now, who is then forgotten; false: nobody. */
bool watch_next(struct watch *watch, int64_t now_ms, struct watch_answer *out);

/* When watch_next must be asked at the latest; INT64_MAX: nobody waits. */
int64_t watch_deadline(const struct watch *watch);

#endif
