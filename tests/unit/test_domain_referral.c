/* tests/unit/test_domain_referral.c - the table of who owns a report that was
 * passed on, and who may do what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/referral.h"

static const struct row {
    struct referral held;
    enum referral_stage stage;
    enum referral_side owner;
    bool sender_acts, receiver_acts;
    const char *answers; /* that are possible */
} table[] = {
    {{0, 0, 0}, REFERRAL_STAGE_NONE, REFERRAL_SENDER, true, false, ""},
    {{1, 0, 0},
     REFERRAL_STAGE_WAITING,
     REFERRAL_SENDER,
     false,
     false,
     "accepted refused"},
    {{1, 1, REFERRAL_ACCEPTED},
     REFERRAL_STAGE_ACCEPTED,
     REFERRAL_RECEIVER,
     false,
     true,
     "returned done"},
    {{1, 1, REFERRAL_REFUSED},
     REFERRAL_STAGE_REFUSED,
     REFERRAL_SENDER,
     true,
     false,
     ""},
    {{1, 1, REFERRAL_RETURNED},
     REFERRAL_STAGE_RETURNED,
     REFERRAL_SENDER,
     true,
     false,
     ""},
    {{1, 1, REFERRAL_DONE},
     REFERRAL_STAGE_DONE,
     REFERRAL_SENDER,
     true,
     false,
     ""},
    /* an answer to an earlier offer, or to one not heard of yet, is none */
    {{2, 1, REFERRAL_ACCEPTED},
     REFERRAL_STAGE_WAITING,
     REFERRAL_SENDER,
     false,
     false,
     "accepted refused"},
    {{2, 1, REFERRAL_RETURNED},
     REFERRAL_STAGE_WAITING,
     REFERRAL_SENDER,
     false,
     false,
     "accepted refused"},
    {{1, 2, REFERRAL_ACCEPTED},
     REFERRAL_STAGE_WAITING,
     REFERRAL_SENDER,
     false,
     false,
     "accepted refused"},
    {{2, 2, REFERRAL_ACCEPTED},
     REFERRAL_STAGE_ACCEPTED,
     REFERRAL_RECEIVER,
     false,
     true,
     "returned done"},
    /* an answer without an offer: the sender was put back, it comes again */
    {{0, 1, REFERRAL_ACCEPTED},
     REFERRAL_STAGE_NONE,
     REFERRAL_SENDER,
     true,
     false,
     ""},
};
enum { ROWS = sizeof table / sizeof *table };

static void the_stage_and_the_owner_follow_from_both_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        assert_int_equal(referral_stage(&table[i].held), table[i].stage);
        assert_int_equal(referral_owner(table[i].stage), table[i].owner);
    }
}

static void never_both_may_act(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        enum referral_stage stage = table[i].stage;

        assert_int_equal(referral_may_act(stage, REFERRAL_SENDER),
                         table[i].sender_acts);
        assert_int_equal(referral_may_act(stage, REFERRAL_RECEIVER),
                         table[i].receiver_acts);
        assert_false(table[i].sender_acts && table[i].receiver_acts);
        assert_int_equal(referral_is_frozen(stage), !table[i].sender_acts);
    }
}

static void only_these_answers_are_possible(void **state)
{
    struct error err;

    (void)state;
    for (size_t i = 0; i < ROWS; i++)
        for (int a = 1; a < REFERRAL_ANSWER_END; a++) {
            const char *word = referral_stage_text(referral_stage_after(a));
            bool possible = strstr(table[i].answers, word) != NULL;

            assert_int_equal(referral_check_answer(table[i].stage, a, &err),
                             possible ? 0 : ERR_REFUSED);
        }
}

static void expect_offer(enum referral_stage stage, int from, bool possible)
{
    struct report_fact fact = {.state = from};
    struct error err;

    assert_int_equal(referral_check_offer(stage, &fact, &err),
                     possible ? 0 : ERR_REFUSED);
}

static void an_offer_needs_a_sorted_report_that_is_at_home(void **state)
{
    (void)state;
    expect_offer(REFERRAL_STAGE_NONE, REPORT_MOI, false);
    expect_offer(REFERRAL_STAGE_NONE, REPORT_PHAN_LOAI, true);
    expect_offer(REFERRAL_STAGE_NONE, REPORT_XAC_MINH, true);
    expect_offer(REFERRAL_STAGE_NONE, REPORT_DANG_XU_LY, true);
    expect_offer(REFERRAL_STAGE_NONE, REPORT_DA_XU_LY, false);
    expect_offer(REFERRAL_STAGE_NONE, REPORT_DONG, false);
    expect_offer(REFERRAL_STAGE_NONE, REPORT_DA_CHUYEN, false);
    expect_offer(REFERRAL_STAGE_WAITING, REPORT_DA_CHUYEN, false);
    expect_offer(REFERRAL_STAGE_ACCEPTED, REPORT_DA_CHUYEN, false);
    expect_offer(REFERRAL_STAGE_REFUSED, REPORT_DA_CHUYEN, true);
    expect_offer(REFERRAL_STAGE_RETURNED, REPORT_DA_CHUYEN, true);
    expect_offer(REFERRAL_STAGE_DONE, REPORT_DA_CHUYEN, false);
    expect_offer(REFERRAL_STAGE_DONE, REPORT_DANG_XU_LY, true);
    expect_offer(REFERRAL_STAGE_WAITING, REPORT_DANG_XU_LY, false);
}

static void what_came_back_undone_is_not_dealt_with(void **state)
{
    struct report_fact fact = {.state = REPORT_DA_CHUYEN};
    struct error err;

    (void)state;
    assert_int_equal(referral_check_move(REFERRAL_STAGE_RETURNED, &fact,
                                         REPORT_DA_XU_LY, &err),
                     ERR_REFUSED);
    assert_non_null(strstr(err.text, "returned"));
    assert_int_equal(referral_check_move(REFERRAL_STAGE_REFUSED, &fact,
                                         REPORT_DA_XU_LY, &err),
                     ERR_REFUSED);
    assert_int_equal(referral_check_move(REFERRAL_STAGE_RETURNED, &fact,
                                         REPORT_DANG_XU_LY, &err),
                     0);
    assert_int_equal(
        referral_check_move(REFERRAL_STAGE_DONE, &fact, REPORT_DA_XU_LY, &err),
        0);
    fact.state = REPORT_XAC_MINH; /* worked on since: it may be */
    assert_int_equal(referral_check_move(REFERRAL_STAGE_RETURNED, &fact,
                                         REPORT_DA_XU_LY, &err),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_stage_and_the_owner_follow_from_both_records),
        cmocka_unit_test(never_both_may_act),
        cmocka_unit_test(only_these_answers_are_possible),
        cmocka_unit_test(an_offer_needs_a_sorted_report_that_is_at_home),
        cmocka_unit_test(what_came_back_undone_is_not_dealt_with),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
