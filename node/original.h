/* node/original.h - the sealed original of a picture is opened: by a custodian,
 * with a reason, and that is in the books of both ends (PROTOCOL 4.9, 4.11).
 *
 * An original is sealed to a key of the commune whose private half exists only
 * wrapped by passwords (node/disclosure.h). The one that was opened last stays
 * open for the session that opened it, for a little while; its key is told to
 * nobody, and leaves the memory in the turn in which the time is over or the
 * session ended, whether somebody asks again or not.
 */
#ifndef LIENXA_NODE_ORIGINAL_H
#define LIENXA_NODE_ORIGINAL_H

#include "common/account/call.h"
#include "common/media/file.h"
#include "node/disclosure.h"

enum { ORIGINAL_OPEN_MS = 5 * 60 * 1000 };

struct original_order {
    struct disclosure_order ask; /* id: of the report; reason; keys, guess */
    const char *number;          /* of the file in the report */
    const struct hash *session;  /* of a page, borrowed; or NULL */
};

/* Looks and opens, writes nothing: ERR_MISSING, no such file or it has no
 * original here; ERR_REFUSED: not a custodian's keys. Owned. */
int node_original_unseal(struct node *node, const struct original_order *order,
                         struct media_file **out, struct error *err);

/* The command original.open: as above, and writes down who looked and why. Sets
 * "open", by which it is read, "type", "name", "size", "disclosure". */
int node_original_open(struct node *node, const struct original_order *order,
                       struct json *out, struct error *err);
/* The command original.read: "open", and "from" and "count" as in file.read. By
 * who opened it, in the session in which it was: who logs out at the office's
 * computer has closed it. ERR_MISSING: it is closed again. */
int node_original_read(struct node *node, const struct account_call *asked,
                       const struct json *args, struct json *out,
                       struct error *err);

/* Closes what is open for too long, or of a session that is over; after every
 * turn, whatever became of it. */
void node_original_work(struct node *node);
/* When it is due at the latest; INT64_MAX: nothing is open. */
int64_t node_original_deadline(const struct node *node);

/* Closes what is open; NULL is fine. */
struct node_original;
void node_original_free(struct node_original **original);

#endif
