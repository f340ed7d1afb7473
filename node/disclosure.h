/* node/disclosure.h - a sealed sender is asked for, consented to, looked at
 * (common/domain/disclosure.h).
 *
 * The private half that opens a seal exists only wrapped by passwords. Who has
 * the password as typed (the command line, the web's slow worker) makes the
 * keys that unwrap it (node_disclosure_keys), and the core opens one seal with
 * them, writes down who looked, and forgets them. What a custodian consented to
 * is sealed anew to the duty key, so that only the one who asked can open it,
 * by their own password, for an hour.
 */
#ifndef LIENXA_NODE_DISCLOSURE_H
#define LIENXA_NODE_DISCLOSURE_H

#include "common/account/call.h"
#include "common/format/json.h"
#include "common/wire/disclosure.h"
#include "node/node.h"

struct disclosure_order {
    struct id id;       /* ask: of the report; open: of the report or of the
                         * disclosure; else of the disclosure */
    const char *by;     /* a user of this node; ask: may be another name */
    const char *reason; /* ask, refuse: as typed */
    const struct json *keys;   /* approve, open: of node_disclosure_keys */
    enum account_guess *guess; /* approve, open: were they? NULL: never mind */
};

/* `out`: the disclosure. Raises the alarm by which a custodian hears of it. */
int node_disclosure_ask(struct node *node, const struct disclosure_order *order,
                        struct id *out, struct error *err);
int node_disclosure_approve(struct node *node,
                            const struct disclosure_order *order,
                            struct error *err);
int node_disclosure_refuse(struct node *node,
                           const struct disclosure_order *order,
                           struct error *err);
/* Sets "name", "phone", "until" (null under the duty rule) and "disclosure". A
 * report sealed to the duty key opens at once; one sealed to the custodian key
 * needs consent. */
int node_disclosure_open(struct node *node,
                         const struct disclosure_order *order, struct json *out,
                         struct error *err);

/* Who holds a key has looked at something else that is sealed with this report
 * (node/original.h): written down as under the duty rule, with the reason. */
int node_disclosure_note(struct node *node,
                         const struct disclosure_order *order, struct id *out,
                         struct error *err);

/* What is over goes: in every turn; cheap. And of an erased report all. */
int node_disclosure_sweep(struct node *node);
int node_disclosure_forget(struct node *node, const struct id *report);

/* Slow, in the asking process (`node` open for reading): the argument "keys" of
 * approve and open for a password as typed: [{"key_id","key"}]. Wipe what is
 * made of it. ERR_MISSING: `user` holds no key here. */
int node_disclosure_keys(struct node *node, const char *user,
                         const char *password, struct json *keys,
                         struct error *err);

/* [{"id","report","category","rule","state","asked_by","asked","reason",
 * "decided_by","decided","refusal","until","openings","opened"}], newest first.
 */
struct json *node_disclosure_list(struct node *node);

/* Is there anything to consent to? */
size_t node_disclosure_waiting(struct node *node);

#endif
