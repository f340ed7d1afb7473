/* node/notice.h - what this commune tells its residents: written, approved by
 * the leader, published, corrected, taken back; and what the district and the
 * other communes tell theirs.
 *
 * A draft is only here. Published it is a change (PROTOCOL 4.7), signed; a
 * shared one is carried by the hub to every other commune. Everything that
 * residents see has been approved by a leader.
 */
#ifndef LIENXA_NODE_NOTICE_H
#define LIENXA_NODE_NOTICE_H

#include "common/format/json.h"
#include "node/node.h"

/* The commands: `args` as in common/format/notice.h, and
 *   notice.write    perhaps "notice": the draft to be changed. It is to be
 *                   approved again
 *   notice.approve  "notice"; a leader
 *   notice.return   "notice", "reason": back to its writer, who is shown the
 *                   remark and who made it; a leader. What was approved is so
 *                   no more
 *   notice.publish  "notice", a draft that was approved; or without it the
 *                   words themselves, by a leader: all three at once
 *   notice.correct  "notice", what changes, "reason"; a leader
 *   notice.expire   "notice", "reason": no longer shown, at once; a leader
 *   notice.drop     "notice": a draft, thrown away
 * `out` gets "id" and "state". ERR_MISSING, ERR_INVALID, ERR_REFUSED. */
struct notice_call {
    const struct json *args;
    const char *actor;
    const char *leader; /* in whose name, or NULL: nobody who may approve */
    struct json *out;
};
int node_notice_write(struct node *node, const struct notice_call *call,
                      struct error *err);
int node_notice_approve(struct node *node, const struct notice_call *call,
                        struct error *err);
int node_notice_return(struct node *node, const struct notice_call *call,
                       struct error *err);
int node_notice_publish(struct node *node, const struct notice_call *call,
                        struct error *err);
int node_notice_correct(struct node *node, const struct notice_call *call,
                        struct error *err);
int node_notice_expire(struct node *node, const struct notice_call *call,
                       struct error *err);
int node_notice_drop(struct node *node, const struct notice_call *call,
                     struct error *err);

/* ---- reading */

/* [{"id","unit","name","own","version","at", and format_notice}], newest first,
 * at most 500: drafts ("state" draft, approved, or returned with "returned_by"
 * and its "reason"), our own, the district's, and
 * what other communes share. `all`: those that hold no more as well. */
struct json *node_notices(struct node *node, bool all);
/* One of them, with "history": every version that is here, newest first, none
 * of a draft. Owned; NULL: there is none. */
struct json *node_notice(struct node *node, const struct id *id);
/* [format_procedure]: the district's catalogue, by code; `all`: those that hold
 * no more, or not yet, as well. */
struct json *node_procedures(struct node *node, bool all);

#endif
