/* node/intake_past.h - what happened to a report before it was imported: the
 * member `moved` of an import line (design 11), so that a commune that has kept
 * its book elsewhere brings its past along, each step at its own time.
 *
 *   "moved": [{"state": "da_tiep_nhan", "at": "2026-11-23T20:15:01+07:00"},
 *             {"state": "dong", "at": .., "outcome": "trung_lap",
 *              "note": "Trùng tin trước", "by": "Trực ban"}]
 *
 * Every step is a legal move (design 8) and becomes a version of its own, as if
 * it had been made here. All of them are checked before anything is written.
 */
#ifndef LIENXA_NODE_INTAKE_PAST_H
#define LIENXA_NODE_INTAKE_PAST_H

#include "common/format/json.h"
#include "node/node.h"

enum { PAST_LIMIT = 32, PAST_NOTES_LIMIT = 16 * 1024 /* bytes, together */ };

struct past_step {
    struct report_move move; /* its note lies in `note` */
    int64_t at_ms;
    struct buf note, by; /* clean; empty: not given */
    const char *who;     /* by as a text */
};
struct past {
    size_t count;
    struct past_step steps[PAST_LIMIT];
};

/* From the JSON of `moved`; NULL and null: none. The caller frees `out`,
 * whatever was answered. */
int node_past_read(struct past *out, const struct json *list, int64_t now_ms,
                   struct error *err);
void node_past_free(struct past *past);

/* Is every step possible, one after the other, from a report that is as `start`
 * says? ERR_REFUSED names the step. */
int node_past_check(const struct past *past, const struct report_fact *start,
                    struct error *err);

/* Everything that was given, for the comparison of a repeated line; nothing for
 * an empty past. */
void node_past_add(struct buf *out, const struct past *past);

/* Versions 2 and on of a report that was stored in this transaction. Only the
 * last one goes ahead of its place when the report is urgent: the others were
 * urgent once. */
int node_past_write(struct node *node, const struct id *id,
                    const struct past *past, struct error *err);

#endif
