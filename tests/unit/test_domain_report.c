/* tests/unit/test_domain_report.c - states and their moves, phones in text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/buf.h"
#include "common/domain/report.h"

/* Design 8 once more, word by word, as a person would check it. */
static const struct {
    const char *from, *to;
} design[] = {
    {"moi", "da_tiep_nhan phan_loai dong"},
    {"da_tiep_nhan", "phan_loai dong"},
    {"phan_loai", "xac_minh dang_xu_ly da_chuyen cho_bo_sung dong"},
    {"xac_minh", "dang_xu_ly da_chuyen cho_bo_sung da_xu_ly dong"},
    {"dang_xu_ly", "xac_minh da_chuyen cho_bo_sung da_xu_ly dong"},
    {"cho_bo_sung", "dong"}, /* and where it came from */
    {"da_chuyen", "dang_xu_ly da_xu_ly dong"},
    {"da_xu_ly", "dong dang_xu_ly"},
    {"dong", "dang_xu_ly"},
};
enum { STATE_COUNT = sizeof design / sizeof *design };

static const char *const outcomes[] = {
    "none",    "resolved", "trung_lap", "ngoai_tham_quyen", "khong_du_can_cu",
    "tin_rac", "rut_lai"};
enum { OUTCOME_COUNT = sizeof outcomes / sizeof *outcomes };

static const char *state_name(int state)
{
    return state >= 1 && state <= STATE_COUNT ? design[state - 1].from : "?";
}

static bool is_word_of(const char *words, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = words; (at = strstr(at, word)); at++)
        if ((at == words || at[-1] == ' ') &&
            (at[size] == ' ' || at[size] == '\0'))
            return true;
    return false;
}

static bool may_follow(const struct report_fact *fact, int to)
{
    if (fact->state < 1 || fact->state > STATE_COUNT || to < 1 ||
        to > STATE_COUNT)
        return false;
    if (strcmp(state_name(fact->state), "cho_bo_sung") == 0 &&
        fact->resume == to)
        return true;
    return is_word_of(design[fact->state - 1].to, state_name(to));
}

static bool is_legal(const struct report_fact *fact,
                     const struct report_move *move)
{
    const char *from = state_name(fact->state), *to = state_name(move->to);
    bool reason =
        move->note && strspn(move->note, " \n\t") < strlen(move->note);
    bool ended = strcmp(from, "da_xu_ly") == 0 || strcmp(from, "dong") == 0;
    bool closes = strcmp(to, "dong") == 0;

    if (!may_follow(fact, move->to))
        return false;
    if (move->note && strlen(move->note) > 4000)
        return false;
    if (closes && !ended)
        return reason && move->outcome >= 2 && move->outcome < OUTCOME_COUNT;
    if (move->outcome != 0)
        return false;
    if (strcmp(from, "dong") == 0)
        return reason && move->by_leader;
    return reason || !ended || closes;
}

static void expect_as_designed(const struct report_fact *fact,
                               const struct report_move *move)
{
    struct error err = {0};
    struct report_fact before = *fact;
    int rc = report_move_check(fact, move, &err);

    if (rc != (is_legal(fact, move) ? 0 : ERR_REFUSED))
        fail_msg(
            "%s (from %d) to %d outcome %d note \"%.10s\" leader %d: %d %s",
            state_name(fact->state), fact->resume, move->to, move->outcome,
            move->note ? move->note : "(none)", move->by_leader, rc, err.text);
    assert_memory_equal(fact, &before, sizeof before);
    for (int to = 1; rc != 0 && to <= STATE_COUNT; to++) {
        const char *list = strstr(err.text, "possible from here:");

        assert_non_null(list);
        if (may_follow(fact, to) != (strstr(list, state_name(to)) != NULL))
            fail_msg("from %s: %s", state_name(fact->state), err.text);
    }
}

static char too_long[REPORT_NOTE_LIMIT + 2], just_fits[REPORT_NOTE_LIMIT + 1];

static void expect_all_moves(const struct report_fact *fact)
{
    const char *const notes[] = {NULL,       "",        " \n\t",
                                 "vì trùng", just_fits, too_long};

    for (int to = -1; to <= STATE_COUNT + 1; to++)
        for (int outcome = -1; outcome <= OUTCOME_COUNT; outcome++)
            for (size_t n = 0; n < sizeof notes / sizeof *notes; n++)
                for (int leader = 0; leader < 2; leader++)
                    expect_as_designed(
                        fact, &(struct report_move){to, outcome, notes[n],
                                                    leader != 0});
}

static void every_move_is_judged_as_the_design_says(void **state)
{
    (void)state;
    memset(too_long, 'x', sizeof too_long - 1);
    memset(just_fits, 'x', sizeof just_fits - 1);
    for (int from = -1; from <= STATE_COUNT + 1; from++) {
        struct report_fact fact = {.state = from};

        expect_all_moves(&fact);
        if (from != report_state_parse("cho_bo_sung"))
            continue;
        for (fact.resume = -1; fact.resume <= STATE_COUNT + 1; fact.resume++)
            if (fact.resume != from)
                expect_all_moves(&fact);
    }
}

static void a_refusal_says_why_and_what_is_possible(void **state)
{
    struct report_fact fact = {.state = REPORT_MOI};
    struct error err;

    (void)state;
    assert_int_equal(
        report_move_check(&fact, &(struct report_move){.to = REPORT_DA_XU_LY},
                          &err),
        ERR_REFUSED);
    assert_string_equal(err.text,
                        "moi to da_xu_ly: no such move; possible from here: "
                        "da_tiep_nhan, phan_loai, dong");
    assert_int_equal(
        report_move_check(
            &fact, &(struct report_move){.to = REPORT_DONG, .note = "x"}, &err),
        ERR_REFUSED);
    assert_non_null(strstr(err.text, "needs an outcome: trung_lap"));
    assert_int_equal(
        report_move_check(&fact,
                          &(struct report_move){.to = REPORT_DONG,
                                                .outcome = OUTCOME_TIN_RAC},
                          &err),
        ERR_REFUSED);
    assert_non_null(strstr(err.text, "closing now needs a reason"));
    fact.state = REPORT_DONG;
    assert_int_equal(
        report_move_check(
            &fact, &(struct report_move){.to = REPORT_DANG_XU_LY, .note = "x"},
            &err),
        ERR_REFUSED);
    assert_non_null(strstr(err.text, "only the leader"));
}

static void move(struct report_fact *fact, struct report_move step, int64_t ms)
{
    struct error err = {0};

    if (report_move_check(fact, &step, &err) != 0)
        fail_msg("%s", err.text);
    report_move_apply(fact, &step, ms);
    assert_int_equal(fact->state, step.to);
    assert_int_equal(fact->entered_ms[step.to], ms);
}

static void a_report_waiting_for_more_returns_to_where_it_was(void **state)
{
    static const int before[] = {REPORT_PHAN_LOAI, REPORT_XAC_MINH,
                                 REPORT_DANG_XU_LY};

    (void)state;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        struct report_fact fact = {.state = before[i]};
        char text[256];

        move(&fact, (struct report_move){.to = REPORT_CHO_BO_SUNG}, 10);
        assert_int_equal(fact.resume, before[i]);
        assert_non_null(strstr(report_moves_text(text, &fact),
                               report_state_text(before[i])));
        move(&fact, (struct report_move){.to = before[i]}, 20);
        assert_int_equal(fact.resume, 0);
        assert_int_equal(fact.entered_ms[REPORT_CHO_BO_SUNG], 10);
    }
}

static void the_outcome_follows_the_way_a_report_ends(void **state)
{
    struct report_fact fact = {.state = REPORT_DANG_XU_LY};

    (void)state;
    move(&fact, (struct report_move){.to = REPORT_DA_XU_LY}, 1);
    assert_int_equal(fact.outcome, OUTCOME_NONE);
    move(&fact, (struct report_move){.to = REPORT_DONG}, 2);
    assert_int_equal(fact.outcome, OUTCOME_RESOLVED);
    move(&fact,
         (struct report_move){
             .to = REPORT_DANG_XU_LY, .note = "new facts", .by_leader = true},
         3);
    assert_int_equal(fact.outcome, OUTCOME_NONE);
    assert_int_equal(fact.entered_ms[REPORT_DONG], 2);
    move(&fact, (struct report_move){.to = REPORT_CHO_BO_SUNG}, 4);
    move(&fact,
         (struct report_move){.to = REPORT_DONG,
                              .outcome = OUTCOME_RUT_LAI,
                              .note = "withdrawn"},
         5);
    assert_int_equal(fact.outcome, OUTCOME_RUT_LAI);
    assert_int_equal(fact.resume, 0);
    assert_int_equal(fact.entered_ms[REPORT_DONG], 5);
}

static void names_of_states_outcomes_and_channels_read_back(void **state)
{
    static const char *const channels[] = {
        "zalo",    "truc_tiep", "dien_thoai", "hom_thu", "web",
        "open311", "hues",      "to_an_ninh", "khac"};

    (void)state;
    assert_int_equal(REPORT_STATE_END, STATE_COUNT + 1);
    for (int i = 1; i <= STATE_COUNT; i++) {
        assert_string_equal(report_state_text(i), state_name(i));
        assert_int_equal(report_state_parse(state_name(i)), i);
    }
    assert_int_equal(OUTCOME_END, OUTCOME_COUNT);
    for (int i = 0; i < OUTCOME_COUNT; i++) {
        assert_string_equal(report_outcome_text(i), outcomes[i]);
        assert_int_equal(report_outcome_parse(outcomes[i]), i);
    }
    assert_int_equal(CHANNEL_END, 10);
    for (int i = 1; i < CHANNEL_END; i++) {
        assert_string_equal(report_channel_text(i), channels[i - 1]);
        assert_int_equal(report_channel_parse(channels[i - 1]), i);
    }
}

static void numbers_and_words_out_of_range_are_unknown(void **state)
{
    (void)state;
    assert_null(report_state_text(0));
    assert_null(report_state_text(-1));
    assert_null(report_state_text(REPORT_STATE_END));
    assert_null(report_outcome_text(-1));
    assert_null(report_outcome_text(OUTCOME_END));
    assert_null(report_channel_text(0));
    assert_null(report_channel_text(CHANNEL_END));
    assert_int_equal(report_state_parse(""), 0);
    assert_int_equal(report_state_parse("MOI"), 0);
    assert_int_equal(report_outcome_parse("x"), 0);
    assert_int_equal(report_channel_parse("fax"), 0);
}

static void urgent_is_what_was_said_or_what_the_category_says(void **state)
{
    (void)state;
    assert_true(report_is_urgent(false, category_find("chay_no")));
    assert_true(report_is_urgent(true, category_find("on_ao")));
    assert_false(report_is_urgent(false, category_find("on_ao")));
    assert_false(report_is_urgent(false, category_find("cat_trai_phep")));
}

static void phone_numbers_are_found_however_they_are_written(void **state)
{
    static const char *const texts[] = {
        "0905123456",
        "0905 123 456",
        "0905.123.456",
        "0905-123-456",
        "090 512 34 56",
        "+84905123456",
        "+84 905 123 456",
        "+84 (0)905 123456",
        "84905123456",
        "0084905123456",
        "(0234) 3123456",
        "0234.3123.456",
        "024 38 123 456",
        "01234567890",
        "0905\xc2\xa0"
        "123\xc2\xa0"
        "456",
        "sđt0905123456.",
        "gọi 0905123456!",
        "12 người, 0387654321",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t first = 999;

        if (report_find_phones(texts[i], &first) != 1)
            fail_msg("not found: %s", texts[i]);
        assert_true(first < strlen(texts[i]));
    }
}

static void other_numbers_are_not_taken_for_phones(void **state)
{
    static const char *const texts[] = {
        "",
        "không có số",
        "1234567890",
        "090512345",
        "09051234567",
        "08123456789",
        "0412345678",
        "046090001234",       /* e-ID */
        "05.02.2024 10 giờ",  /* date and hour */
        "1.250.000.000 đồng", /* money */
        "0000000000",
        "0905 12\n34 56",
        "0905....123456",
        "+84",
        "+84 12",
        "123 0",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t first = 999;

        if (report_find_phones(texts[i], &first) != 0)
            fail_msg("found in: %s", texts[i]);
        assert_int_equal(first, 999);
    }
}

static void phones_are_counted_and_the_first_is_shown(void **state)
{
    size_t first = 0;

    (void)state;
    assert_int_equal(
        report_find_phones("Bà A 0905123456 0387654321, +84 912 345 678.",
                           &first),
        3);
    assert_int_equal(first, strlen("Bà A "));
    assert_int_equal(report_find_phones("0905123456", NULL), 1);
}

static void what_is_possible_can_be_done_as_it_says(void **state)
{
    struct report_possible moves[REPORT_STATE_END];

    (void)state;
    for (int from = 1; from < REPORT_STATE_END; from++) {
        struct report_fact fact = {.state = from, .resume = REPORT_XAC_MINH};
        size_t count = report_moves_possible(moves, &fact);

        assert_true(count > 0);
        for (size_t i = 0; i < count; i++) {
            struct report_move move = {
                moves[i].to,
                moves[i].needs_outcome ? OUTCOME_TIN_RAC : OUTCOME_NONE,
                moves[i].needs_note ? "vì sao" : NULL, moves[i].by_leader};
            struct report_move less = move;

            assert_int_equal(report_move_check(&fact, &move, NULL), 0);
            less.note = NULL;
            assert_int_equal(report_move_check(&fact, &less, NULL) != 0,
                             moves[i].needs_note);
            less = move;
            less.by_leader = false;
            assert_int_equal(report_move_check(&fact, &less, NULL) != 0,
                             moves[i].by_leader);
            less = move;
            less.outcome = OUTCOME_NONE;
            assert_int_equal(report_move_check(&fact, &less, NULL) != 0,
                             moves[i].needs_outcome);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_possible_can_be_done_as_it_says),
        cmocka_unit_test(every_move_is_judged_as_the_design_says),
        cmocka_unit_test(a_refusal_says_why_and_what_is_possible),
        cmocka_unit_test(a_report_waiting_for_more_returns_to_where_it_was),
        cmocka_unit_test(the_outcome_follows_the_way_a_report_ends),
        cmocka_unit_test(names_of_states_outcomes_and_channels_read_back),
        cmocka_unit_test(numbers_and_words_out_of_range_are_unknown),
        cmocka_unit_test(urgent_is_what_was_said_or_what_the_category_says),
        cmocka_unit_test(phone_numbers_are_found_however_they_are_written),
        cmocka_unit_test(other_numbers_are_not_taken_for_phones),
        cmocka_unit_test(phones_are_counted_and_the_first_is_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
