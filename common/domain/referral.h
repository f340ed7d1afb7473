/* common/domain/referral.h - a report is passed on: whose it is, and who may do
 * what about it.
 *
 * Two records with one writer each say everything: the sender's *offer*, and
 * the receiver's *continuation*, whose versions are its answers (PROTOCOL 10).
 * What follows from them is the same function at the sender, at the receiver
 * and at the hub between them, so that a report has one owner at any time.
 * Pure.
 */
#ifndef LIENXA_DOMAIN_REFERRAL_H
#define LIENXA_DOMAIN_REFERRAL_H

#include "common/domain/report.h"

enum referral_role { /* values are on the wire */
                     REFERRAL_OFFER = 1,
                     REFERRAL_CONTINUATION,
                     REFERRAL_ROLE_END
};

enum referral_answer { /* values are on the wire */
                       REFERRAL_ACCEPTED = 1,
                       REFERRAL_REFUSED,
                       REFERRAL_RETURNED,
                       REFERRAL_DONE,
                       REFERRAL_ANSWER_END
};

/* What one place holds of it: the state of the offer's record, and that of the
 * continuation of the one it is offered to. What is quarantined has no say. */
struct referral {
    uint64_t offer;    /* number of the latest offer; 0: never offered */
    uint64_t answered; /* the offer that the continuation names; 0: none */
    int answer;        /* enum referral_answer */
};

enum referral_stage {
    REFERRAL_STAGE_NONE,    /* never passed on */
    REFERRAL_STAGE_WAITING, /* offered; an answer to an earlier offer is none */
    REFERRAL_STAGE_ACCEPTED,
    REFERRAL_STAGE_REFUSED,
    REFERRAL_STAGE_RETURNED,
    REFERRAL_STAGE_DONE,
    REFERRAL_STAGE_END
};
enum referral_stage referral_stage(const struct referral *r);
/* "waiting", "accepted" ..; an answer's word is that of the stage it makes. */
const char *referral_stage_text(enum referral_stage stage);
enum referral_stage referral_stage_after(int answer);

enum referral_side { REFERRAL_SENDER, REFERRAL_RECEIVER };
enum referral_side referral_owner(enum referral_stage stage);
/* May this side decide about the report now? Never both; neither while the
 * offer waits: only an answer is possible then. */
bool referral_may_act(enum referral_stage stage, enum referral_side side);
/* The sender's record may not move. */
bool referral_is_frozen(enum referral_stage stage);

/* 0, or ERR_REFUSED with what is possible instead. */
int referral_check_answer(enum referral_stage stage, int answer,
                          struct error *err);
/* May a report in this state be offered (anew)? */
int referral_check_offer(enum referral_stage stage,
                         const struct report_fact *fact, struct error *err);
/* A move of the sender's record beyond what report_move_check says, when it is
 * not frozen. */
int referral_check_move(enum referral_stage stage,
                        const struct report_fact *fact, int to,
                        struct error *err);

#endif
