/* node/referral.h - a report is passed on, and what was passed on to us.
 *
 * The offer is our record, the continuation that of the one it is offered to;
 * whose the report is follows from both (common/domain/referral.h). Accepting
 * makes a working copy: a report of ours that continues theirs and moves
 * through its states as any other, but is not counted again.
 */
#ifndef LIENXA_NODE_REFERRAL_H
#define LIENXA_NODE_REFERRAL_H

#include "node/held.h"
#include "node/node.h"

/* ---- what the ledger asks (struct ledger_host) */
int node_referral_judge(struct node *node, const struct change *change,
                        struct error *err);
/* Carried changes and directory entries: of the hub. */
int node_referral_judge_hub(struct node *node, const struct change *change,
                            struct error *err);
void node_referral_apply(struct node *node, const struct change *change);

/* Everything is due that is held: at a start. */
int node_referral_look_over(struct node *node);
/* Takes carried changes out of their wrapping and erases what a sender erased
 * (node->due). */
int node_referral_settle(struct node *node, struct error *err);

/* ---- the sender */
struct refer_order {
    struct id id;   /* of the report */
    const char *to; /* as typed; NULL: the district */
    const char *by;
    bool with_files; /* also what cannot be cleaned: as it is */
};
int node_referral_offer(struct node *node, const struct refer_order *order,
                        struct id *offer, struct error *err);
/* May this report be moved to `to`? Frozen ones say where they are. */
int node_referral_may_move(struct node *node, const struct held_report *held,
                           int to, struct error *err);
/* The report is being erased: so is what was passed on of it. */
int node_referral_erase(struct node *node, const struct id *report,
                        struct error *err);

/* ---- the receiver */
struct answer_order {
    struct id id; /* of the offer, or of the report */
    int answer;   /* enum referral_answer */
    const char *by;
    const char *text; /* a reason, as typed; NULL */
};
/* `copy`: the working copy, when it was accepted. */
int node_referral_answer(struct node *node, const struct answer_order *order,
                         struct id *copy, struct error *err);

/* The offer with this id, ours or one to us, or the only one of a report with
 * it. ERR_MISSING, ERR_CONFLICT. */
int node_referral_find(struct node *node, const struct id *id, bool incoming,
                       struct referral_fact *out, struct error *err);

/* dd/mm/yyyy HH:MM, for people. */
const char *node_referral_time(char out[24], int64_t wall_ms);

#endif
