/* node/intake.h - what is said at the desk, on the phone, in a form or a file
 * becomes a report; and a report moves on through its states.
 *
 * Everything is checked and put in NFC before anything is stored. A sender's
 * name and phone are sealed here and are nowhere else from then on (design 6).
 */
#ifndef LIENXA_NODE_INTAKE_H
#define LIENXA_NODE_INTAKE_H

#include "common/format/json.h"
#include "node/held.h"
#include "node/node.h"

enum intake_result { INTAKE_ACCEPTED, INTAKE_REPEATED, INTAKE_REFUSED };
const char *node_intake_result_text(enum intake_result result); /* "accepted" */

struct intake_answer {
    enum intake_result result;
    bool has_id; /* made here, or given and well-formed */
    struct id id;
    struct error reason; /* REPEATED, REFUSED: why */
};

/* One report from the fields of an import line (design 11). `channel` is that
 * of a report which names none. 0 with the answer, or an error of the world,
 * after which the transaction must be rolled back. */
int node_intake_take(struct node *node, const struct json *fields, int channel,
                     struct intake_answer *out);

/* The longest import line, and what one `report.import` command may hold. */
enum {
    INTAKE_LINE_LIMIT = 64 * 1024,
    INTAKE_CHUNK_LINES = 200,
    INTAKE_CHUNK_BYTES = 512 * 1024
};

struct intake_move {
    struct id id;
    struct report_move move; /* note: as typed, or NULL */
    const char *by;          /* who decided */
    int64_t at_ms;           /* when; 0: now */
    bool overtaken; /* the next move follows at once: never expedited */
};

/* The next version of a report: state moved, note (if any) added to the body,
 * vault kept. ERR_MISSING, ERR_REFUSED (what is possible), ERR_INVALID. */
int node_intake_move(struct node *node, const struct intake_move *order,
                     struct error *err);

/* Writes what has been checked; a note is clean. `held` is then as of the new
 * version. */
int node_intake_write_move(struct node *node, const struct intake_move *order,
                           struct held_report *held, struct error *err);

/* In NFC, without control characters but newline and tab; CR LF becomes LF.
 * `what` names it in err. Appended to `out`. */
int node_intake_clean(struct buf *out, const char *what, const char *text,
                      size_t limit, struct error *err);

#endif
