/* common/peer/handover.h - referrals as both programs keep them: the ids that
 * follow from what they are about, what is acceptable, and what the ledger
 * holds of one (PROTOCOL 10).
 */
#ifndef LIENXA_PEER_HANDOVER_H
#define LIENXA_PEER_HANDOVER_H

#include "common/store/ledger.h"
#include "common/wire/referral.h"

/* So that the Change around it, with its header, fact and signature, is a body
 * again when the hub carries it. */
enum { HANDOVER_BODY_LIMIT = LIMIT_BODY - 4096 };

/* In the place of a unit's key: what is carried is for all of them. */
#define HANDOVER_EVERYBODY "*"

/* ---- ids: one offer record and one continuation for each report, one working
 * copy at the receiver, one carried record for each change and unit */
struct id handover_offer_id(const struct hash_function *f, const char *home,
                            const struct id *report);
struct id handover_continuation_id(const struct hash_function *f,
                                   const char *home, const struct id *report);
struct id handover_copy_id(const struct hash_function *f, const char *home,
                           const struct id *report);
struct id handover_carried_id(const struct hash_function *f, const char *to,
                              const struct hash *digest);
/* What is carried twice must be one change, so its salts follow from it; what
 * is in it has salts of its own that nobody can guess. */
void handover_carried_salt(const struct hash_function *f, int part,
                           const char *to, const struct hash *digest,
                           uint8_t out[16]);

/* ---- judging: 0, or why it is quarantined */

/* A change of kind 2, whoever wrote it. `hub`: the hub's home, which offers
 * nothing. */
int handover_judge(const struct hash_function *f, struct wire_arena *arena,
                   const struct change *change, const char *hub,
                   struct error *err);
/* Is `inner` what `fact` says, and may it be carried? The signature is the
 * caller's to check. */
int handover_judge_carried(const struct hash_function *f,
                           const struct carried_fact *fact,
                           const struct change *inner, struct error *err);

/* ---- looking */

struct handover {
    bool offered; /* the offer's record is held and applied */
    struct id offer_record;
    struct referral_fact offer; /* its state */
    uint64_t offer_version;
    bool erased; /* by the sender's tombstone */
    bool has_words;
    struct buf words; /* a ReportBody */

    bool continued; /* by the one the offer names */
    struct id continuation;
    uint64_t continuation_version;
    bool continuation_erased;
    struct referral_fact answer; /* its state */
    struct buf note;             /* a Note, or empty */

    enum referral_stage stage;
};

/* What is held of the referral of (home, report). 0 also when there is none.
 * The caller frees `out`, whatever was answered. */
int handover_look(struct ledger *ledger, const struct hash_function *f,
                  const char *home, const struct id *report,
                  struct handover *out);
void handover_free(struct handover *h);

/* ---- what a turn brought, to be acted on before its transaction ends */

struct handover_due {
    struct handover_key {
        char home[LIMIT_HOME];
        struct id record;
    } * keys;
    size_t count, room;
};
void handover_due_add(struct handover_due *due, const char *home,
                      const struct id *record);
/* Each once, where it stood first. */
void handover_due_once(struct handover_due *due);
void handover_due_clear(struct handover_due *due);
void handover_due_free(struct handover_due *due);

#endif
