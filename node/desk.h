/* node/desk.h - what the duty desk reads, kept beside the changes of our
 * reports: their place in the queue, and their words for the search.
 *
 * Every turn that changes reports brings their rows up to date in its own
 * transaction, from what the ledger holds then, so a row says the same whatever
 * way it came about (a move, a rebase, a restore, quarantine). What was there
 * before these tables is looked at in the background, a few milliseconds a
 * turn. Words that were erased leave the index in bounded steps as well; until
 * then the node has not forgotten them, and its log is not cut (node->erased).
 */
#ifndef LIENXA_NODE_DESK_H
#define LIENXA_NODE_DESK_H

#include "common/domain/clock_rules.h"
#include "node/store_desk.h"

struct node;
struct record_row;
struct entry;

struct desk {
    struct desk_store *store;
    struct id *due; /* reports of this turn */
    size_t count, room;
    struct desk_fill fill;
    bool changed;    /* `fill` is not written yet */
    int64_t next_ms; /* monotonic: not before, for what is done by and by */
};

int node_desk_open(struct node *node, struct error *err);
void node_desk_close(struct node *node);

/* This report of ours changed: its row is brought up to date with the turn. */
void node_desk_touch(struct node *node, const struct id *report);
/* Everything may have changed: all is looked at again, in the background. */
void node_desk_again(struct node *node);
/* The turn was rolled back. */
void node_desk_forget(struct node *node);

/* Before a commit: what was touched, and a step of what is left to do. */
int node_desk_settle(struct node *node);
/* When the next step is due, monotonic; INT64_MAX: nothing is left. */
int64_t node_desk_deadline(const struct node *node);

/* Are all reports in the tables? Until then the search reads them one by one.
 */
bool node_desk_is_whole(struct node *node);

/* Is every row what it would be if it were made now? For struct verify_host;
 * `node` is the who, a reader. Nothing is said while they are made anew. */
struct ledger_fault;
int node_desk_verify(void *node,
                     void (*fault)(void *who, const struct ledger_fault *fault),
                     void *fault_who, uint64_t *faults);

/* The steps of a report from all its versions, oldest first; owned, and `out`
 * borrows it. `fact` is its state. */
struct clock_step *node_desk_steps(struct node *node, const struct id *report,
                                   const struct report_fact *fact,
                                   uint64_t version, struct clock_case *out);

/* What is looked for in a report: its words, its place, its notes. */
struct report_body;
void node_desk_words(struct buf *out, const struct report_body *body);

/* A place behind everything that is due: paused, and nothing to be done. */
enum desk_far { DESK_PAUSED = 1, DESK_NOTHING = 2 };
#define DESK_FAR_MS INT64_C(253402300800000) /* the year 10000 */

#endif
