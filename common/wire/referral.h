/* common/wire/referral.h - the parts of referrals, of what is carried between
 * communes, and of the directory of units, as bytes (PROTOCOL 4, 10).
 */
#ifndef LIENXA_WIRE_REFERRAL_H
#define LIENXA_WIRE_REFERRAL_H

#include "common/domain/referral.h"
#include "common/wire/record.h"

struct referral_fact {
    int role; /* enum referral_role */
    char report_home[LIMIT_HOME];
    struct id report;
    uint64_t offer; /* this one's number, or which one is answered */
    int64_t at_ms;
    /* OFFER */
    char to[LIMIT_HOME];
    uint64_t report_version;
    struct report_fact what; /* of that version */
    /* CONTINUATION */
    int answer; /* enum referral_answer */
};
void wire_referral_encode(struct buf *out, const struct referral_fact *fact);
/* Facts as in record.h: ERR_INVALID, ERR_VERSION. */
int wire_referral_decode(struct referral_fact *out, struct bytes bytes,
                         struct error *err);

/* The body of a continuation: who answered, and why. */
void wire_note_encode(struct buf *out, const struct report_note *note);
int wire_note_decode(struct report_note *out, struct wire_arena *arena,
                     struct bytes bytes, struct error *err);

struct carried_fact { /* which change is in the body, and for whom */
    char to[LIMIT_HOME];
    char home[LIMIT_HOME];
    struct id record;
    uint64_t version;
    struct hash digest;
};
void wire_carried_encode(struct buf *out, const struct carried_fact *fact);
int wire_carried_decode(struct carried_fact *out, struct bytes bytes,
                        struct error *err);

/* A change alone, exact bytes in and out: the body of what is carried. */
void wire_change_encode(struct buf *out, const struct change *change);
int wire_change_decode(struct change *out, struct wire_arena *arena,
                       struct bytes bytes, struct error *err);

/* How people name a unit. Texts as in domain/unit.h. */
struct unit_fact {
    char unit[UNIT_KEY_BYTES];
    char slug[UNIT_SLUG_BYTES];
    char name[UNIT_NAME_BYTES];
    char phone[UNIT_PHONE_BYTES];
};
void wire_unit_encode(struct buf *out, const struct unit_fact *fact);
int wire_unit_decode(struct unit_fact *out, struct bytes bytes,
                     struct error *err);

#endif
