/* node/read.h - what the pages of the duty desk read: one function a path, each
 * over a mode=ro connection and in one read transaction of it.
 *
 * read.c has the table, the status and the plain lists; read_reports.c the
 * queue and the search; read_report.c one report; read_sent.c what left this
 * commune. Who may read which path at all is in node/policy.h; here a role only
 * decides what of an answer it sees. Nothing here knows HTTP.
 */
#ifndef LIENXA_NODE_READ_H
#define LIENXA_NODE_READ_H

#include "common/format/json.h"
#include "common/store/accounts.h"
#include "node/node.h"

struct node_query {
    /* The parameter of that name; NULL or "": not there. */
    const char *(*get)(void *who, const char *name);
    void *who;
    const char *role;          /* of who asks */
    const char *rest;          /* what follows the path that ends in '/' */
    struct accounts *accounts; /* for /api/audit and /api/users */
    bool core_up;              /* the core answers */
    int64_t now_ms;
};

struct node_read_route {
    const char *path; /* ending in '/': and one part more */
    /* Makes the object `*out`, owned. 0, ERR_MISSING, ERR_INVALID, .. in words.
     */
    int (*read)(struct node *node, const struct node_query *q,
                struct json **out, struct error *err);
};
/* Ended by a NULL path. */
extern const struct node_read_route node_read_routes[];

/* Appends the answer of the route for `path` (as it stands in the table), an
 * object with "now". ERR_MISSING: no such path or thing; ERR_INVALID: a
 * parameter; `err` says it. */
int node_read(struct node *node, const char *path, const struct node_query *q,
              struct buf *out, struct error *err);

/* ---- the functions of the table */

int node_read_status(struct node *node, const struct node_query *q,
                     struct json **out, struct error *err);
int node_read_reports(struct node *node, const struct node_query *q,
                      struct json **out, struct error *err);
int node_read_report(struct node *node, const struct node_query *q,
                     struct json **out, struct error *err);
int node_read_sent(struct node *node, const struct node_query *q,
                   struct json **out, struct error *err);

/* ---- for them */

/* NULL when it is not there or empty. */
const char *node_read_get(const struct node_query *q, const char *name);
/* `*out` stays as it is when the parameter is not there. */
int node_read_number(const struct node_query *q, const char *name, int64_t most,
                     int64_t *out, struct error *err);
/* RFC 3339, or null for 0. */
void node_read_time(struct json *out, const char *key, int64_t wall_ms);
void node_read_id(struct json *out, const char *key, const struct id *id);
/* The category that is not shown to this role, as an index in categories[], or
 * -1: who could be the officer a report is about does not see it. */
int node_read_hidden(const struct node_query *q);
/* What every list says of a report, into `out`; `characters` of its words at
 * most. */
enum { READ_TEXT_CHARACTERS = 240 };
void node_read_facts(struct node *node, const struct record_row *row,
                     const struct report_fact *fact, struct json *out);
void node_read_words(struct json *out, const char *text, size_t characters);
/* {"what","at","overdue","paused"}, or null. */
void node_read_due(struct json *out, const struct clock_due *due,
                   int64_t now_ms);

#endif
