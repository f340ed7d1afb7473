#include "common/domain/referral.h"

#include <assert.h>
#include <stddef.h>

static const char *const stage_texts[REFERRAL_STAGE_END] = {
    [REFERRAL_STAGE_NONE] = "none",
    [REFERRAL_STAGE_WAITING] = "waiting",
    [REFERRAL_STAGE_ACCEPTED] = "accepted",
    [REFERRAL_STAGE_REFUSED] = "refused",
    [REFERRAL_STAGE_RETURNED] = "returned",
    [REFERRAL_STAGE_DONE] = "done",
};

enum referral_stage referral_stage_after(int answer)
{
    assert(answer > 0 && answer < REFERRAL_ANSWER_END);
    return (enum referral_stage)(REFERRAL_STAGE_WAITING + answer);
}

enum referral_stage referral_stage(const struct referral *r)
{
    if (r->offer == 0)
        return REFERRAL_STAGE_NONE;
    return r->answered == r->offer ? referral_stage_after(r->answer)
                                   : REFERRAL_STAGE_WAITING;
}

const char *referral_stage_text(enum referral_stage stage)
{
    return stage_texts[stage];
}

enum referral_side referral_owner(enum referral_stage stage)
{
    return stage == REFERRAL_STAGE_ACCEPTED ? REFERRAL_RECEIVER
                                            : REFERRAL_SENDER;
}

bool referral_may_act(enum referral_stage stage, enum referral_side side)
{
    return stage != REFERRAL_STAGE_WAITING && referral_owner(stage) == side;
}

bool referral_is_frozen(enum referral_stage stage)
{
    return !referral_may_act(stage, REFERRAL_SENDER);
}

int referral_check_answer(enum referral_stage stage, int answer,
                          struct error *err)
{
    bool opens = answer == REFERRAL_ACCEPTED || answer == REFERRAL_REFUSED;

    if (stage == REFERRAL_STAGE_WAITING && !opens)
        return error_set(err, ERR_REFUSED,
                         "nobody has accepted this yet: accept or refuse it");
    if (stage == REFERRAL_STAGE_ACCEPTED && opens)
        return error_set(err, ERR_REFUSED,
                         "this was accepted already: return it, or say that "
                         "it is done");
    if (stage != REFERRAL_STAGE_WAITING && stage != REFERRAL_STAGE_ACCEPTED)
        return error_set(err, ERR_REFUSED,
                         "this was answered already (%s): the sender has to "
                         "offer it again",
                         referral_stage_text(stage));
    return 0;
}

/* It stays in da_chuyen when it is offered to the next one. */
static bool is_back(enum referral_stage stage, const struct report_fact *fact)
{
    return fact->state == REPORT_DA_CHUYEN &&
           (stage == REFERRAL_STAGE_REFUSED ||
            stage == REFERRAL_STAGE_RETURNED);
}

int referral_check_offer(enum referral_stage stage,
                         const struct report_fact *fact, struct error *err)
{
    const struct report_move move = {.to = REPORT_DA_CHUYEN};

    if (referral_is_frozen(stage))
        return error_set(err, ERR_REFUSED, "it is passed on already");
    return is_back(stage, fact) ? 0 : report_move_check(fact, &move, err);
}

int referral_check_move(enum referral_stage stage,
                        const struct report_fact *fact, int to,
                        struct error *err)
{
    if (is_back(stage, fact) && to == REPORT_DA_XU_LY)
        return error_set(err, ERR_REFUSED,
                         "it came back %s, so nobody has dealt with it: "
                         "possible from here: dang_xu_ly, dong",
                         referral_stage_text(stage));
    return 0;
}
