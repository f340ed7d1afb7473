/* hub/referral.h - the district between the communes, and as the one a report
 * is passed on to.
 *
 * Whatever is offered to a commune, or answered to one, reaches it through its
 * channel as a carried change: the exact bytes with their home's signature
 * (PROTOCOL 10.3). Carrying follows from what the hub holds and is the same
 * change however often it is done, so a restored hub just does it again.
 */
#ifndef LIENXA_HUB_REFERRAL_H
#define LIENXA_HUB_REFERRAL_H

#include "hub/hub.h"

/* ---- what its ledger asks (struct ledger_host) */
int hub_referral_judge(struct hub *hub, const struct change *change,
                       struct error *err);
/* Carried changes and directory entries: the hub's own. */
int hub_referral_judge_own(struct hub *hub, const struct change *change,
                           struct error *err);
int hub_referral_apply(struct hub *hub, const struct change *change);
/* `change` of ours was handed back by a node: when it carries a change that its
 * home and we have both lost, that is an early arrival again and goes home. It
 * was proved before we carried it, and our signature covers it. `*found` is set
 * when there was one. */
int hub_referral_adopted(struct hub *hub, const struct change *change,
                         bool *found, struct error *err);
/* The channel that a referral or a carried change of the hub's belongs to. */
int hub_referral_channel(const struct hub *hub, const struct change *change,
                         struct stream_name *out);

/* Everything is due that is held; at a start, and after a restore. */
int hub_referral_look_over(struct hub *hub);
/* Carries on, and erases, what this transaction brought (hub->due). */
int hub_referral_settle(struct hub *hub, struct error *err);

/* ---- the district answers */
struct hub_answer {
    struct id id; /* of the offer, or of the report */
    int answer;   /* enum referral_answer */
    const char *by;
    const char *text; /* a reason, as typed; NULL */
};
/* ERR_MISSING, ERR_INVALID, ERR_REFUSED. */
int hub_referral_answer(struct hub *hub, const struct hub_answer *order,
                        struct error *err);

/* The offers whose own id this is, or their report's: it looks at those, once
 * at each unit of the roster, and at no others, until `each` answers not 0. All
 * is borrowed for the call. 0, or what the database said. */
int hub_referral_offers(struct hub *hub, const struct id *id,
                        int (*each)(void *who, const struct record_row *row,
                                    const struct entry *entry,
                                    const struct referral_fact *fact),
                        void *who);

/* The offer with this id, or the only one of a report with it. ERR_MISSING,
 * ERR_CONFLICT: two communes have reports with this id. */
int hub_referral_find(struct hub *hub, const struct id *id,
                      struct referral_fact *out, struct error *err);

#endif
