/* hub/api_reads.h - what the district's pages read, beside HTTP: one function a
 * path, each over a mode=ro connection and in one read transaction of it.
 *
 * hub/api_reads.c has the table, status and the plain lists; api_board.c the
 * board and the statistics; api_reports.c reports; api_alerts.c alerts;
 * api_catalogue.c what hardly changes. hub/api.h joins them to the web. Who may
 * read which path at all is in hub/policy.h; here a role only decides what of
 * an answer it sees.
 */
#ifndef LIENXA_HUB_API_READS_H
#define LIENXA_HUB_API_READS_H

#include "common/format/json.h"
#include "hub/hub.h"

struct hub_query {
    /* The parameter of that name; NULL or "": not there. */
    const char *(*get)(void *who, const char *name);
    void *who;
    const char *role; /* of who asks */
    const char *rest; /* what follows the path that ends in '/' */
    bool core_up;
    int64_t now_ms;
    struct buf *rows; /* hub_api_answer's: "rows" as text, of a read that has
                         too many for values */
};

struct hub_api_read {
    const char *path; /* ending in '/': and one part more */
    /* Fills the object `out`; 0, ERR_MISSING, ERR_INVALID, .. */
    int (*read)(struct hub *hub, const struct hub_query *q, struct json *out,
                struct error *err);
};
/* Ended by a NULL path. */
extern const struct hub_api_read hub_api_reads[];

/* Appends the answer of the route for `path` (as it stands in the table), an
 * object with "now".
 * ERR_MISSING: no such path or thing; ERR_INVALID: a parameter; `err` says it
 * in words. */
int hub_api_answer(struct hub *hub, const char *path, const struct hub_query *q,
                   struct buf *out, struct error *err);

/* ---- for the functions of the table */

int hub_api_board(struct hub *hub, const struct hub_query *q, struct json *out,
                  struct error *err);
int hub_api_stats(struct hub *hub, const struct hub_query *q, struct json *out,
                  struct error *err);
/* view=open|closed|all (open), state, category, unit, village, urgent=1, limit.
 * order=due|newest: open ones (and of an open state) come, urgent ones first,
 * by what falls due first, unless newest is asked for; all others newest first.
 * {"order","total","next","rows"}: after=`next` goes on; total is null where
 * nobody counted. */
int hub_api_reports(struct hub *hub, const struct hub_query *q,
                    struct json *out, struct error *err);
int hub_api_report(struct hub *hub, const struct hub_query *q, struct json *out,
                   struct error *err);
int hub_api_alerts(struct hub *hub, const struct hub_query *q, struct json *out,
                   struct error *err);
int hub_api_alert(struct hub *hub, const struct hub_query *q, struct json *out,
                  struct error *err);
int hub_api_catalogue(struct hub *hub, const struct hub_query *q,
                      struct json *out, struct error *err);

/* NULL when it is not there or empty. */
const char *hub_api_get(const struct hub_query *q, const char *name);
/* `*out` stays as it is when the parameter is not there. */
int hub_api_day(const struct hub_query *q, const char *name, int32_t *out,
                struct error *err);
int hub_api_number(const struct hub_query *q, const char *name, int64_t most,
                   int64_t *out, struct error *err);
int hub_api_unit(struct hub *hub, const struct hub_query *q,
                 const struct unit **out, struct error *err);
/* The index in categories[], or -1. */
int hub_api_category(const struct hub_query *q, int *out, struct error *err);
/* The members of `from`, which is taken; NULL is ERR_MISSING. */
int hub_api_merge(struct json *out, struct json *from);
/* "rows"; taken. 0. */
int hub_api_rows(struct json *out, struct json *rows);
/* The text, or null for "". */
void hub_api_word(struct json *out, const char *key, const char *text);
/* RFC 3339, or null for 0. */
void hub_api_time(struct json *out, const char *key, int64_t wall_ms);
/* "holds": {"units","of","oldest"}: how many communes have delivered anything,
 * and how old the oldest is. */
struct json *hub_api_holds(struct hub *hub, const struct unit *only);
/* The clock of the last change delivered by the unit; 0: none. */
int64_t hub_api_as_of(struct hub *hub, const struct unit *unit);
/* Does the core say that the machine of this unit is in conversation? */
bool hub_api_is_online(struct hub *hub, const char *key);
/* The same, while there is a core that could say so. */
bool hub_api_online(struct hub *hub, const struct hub_query *q,
                    const struct unit *unit);
/* Counts of 1 to 4 are hidden from this role (reference P9). */
bool hub_api_hides_small(const struct hub_query *q);

#endif
