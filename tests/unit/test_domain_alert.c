/* tests/unit/test_domain_alert.c - what an alert must say, and what becomes of
 * it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/domain/alert.h"

static const char *quang_thai = "19870@20040708";
static const char *quang_vinh = "19885@20040708";
static const struct id older = {{1}};

/* An alert with nothing wrong, and a unit that may take it. */
static struct alert good_alert(void)
{
    return (struct alert){
        .id = {{7}},
        .issuer = "477@20040101",
        .epoch = 1,
        .number = 1,
        .issued_ms = 1000,
        .expires_ms = 2000,
        .type = ALERT_ALERT,
        .severity = ALERT_EXTREME,
        .event = "Lũ",
        .headline = "Nước sông Bồ lên nhanh",
        .text = "Di dời ngay.\nMang theo giấy tờ.",
        .instruction = "",
    };
}

static struct alert good_update(void)
{
    struct alert alert = good_alert();

    alert.type = ALERT_UPDATE;
    alert.references = &older;
    alert.reference_count = 1;
    return alert;
}

static struct alert_context good_context(void)
{
    return (struct alert_context){.unit = quang_thai,
                                  .now_ms = 1500,
                                  .key_known = true,
                                  .signature_good = true};
}

/* Faults in the order in which they must be named. */
enum fault {
    NO_KEY,
    NO_SIGNATURE,
    NO_HEADLINE,
    KNOWN,
    NO_REFERENCE,
    NOT_US,
    TOO_LATE,
    REPLACED,
    FAULT_COUNT
};
static const int verdicts[FAULT_COUNT + 1] = {
    ALERT_UNKNOWN_KEY, ALERT_BAD_SIGNATURE, ALERT_MALFORMED,
    ALERT_DUPLICATE,   ALERT_NO_REFERENCE,  ALERT_OUTSIDE,
    ALERT_EXPIRED,     ALERT_SUPERSEDED,    ALERT_ACCEPTED,
};

static int judge_with(unsigned faults)
{
    struct alert alert = good_update();
    struct alert_context context = good_context();

    context.key_known = !(faults & 1U << NO_KEY);
    context.signature_good = !(faults & 1U << NO_SIGNATURE);
    if (faults & 1U << NO_HEADLINE)
        alert.headline = "";
    context.known_already = faults & 1U << KNOWN;
    if (faults & 1U << NO_REFERENCE)
        alert.reference_count = 0;
    if (faults & 1U << NOT_US) {
        alert.audience = &quang_vinh;
        alert.audience_count = 1;
    }
    if (faults & 1U << TOO_LATE)
        context.now_ms = alert.expires_ms;
    context.superseded = faults & 1U << REPLACED;
    return alert_judge(&alert, &context);
}

static void of_several_faults_the_first_in_order_is_the_verdict(void **state)
{
    (void)state;
    for (unsigned faults = 0; faults < 1U << FAULT_COUNT; faults++) {
        size_t first = 0;

        while (first < FAULT_COUNT && !(faults & 1U << first))
            first++;
        assert_int_equal(judge_with(faults), verdicts[first]);
    }
}

static void an_alert_is_for_the_units_it_names_or_for_all(void **state)
{
    const char *both[] = {quang_vinh, quang_thai};
    struct alert alert = good_alert();
    struct alert_context context = good_context();

    (void)state;
    alert.audience = both;
    alert.audience_count = 2;
    assert_int_equal(alert_judge(&alert, &context), ALERT_ACCEPTED);
    alert.audience_count = 1;
    assert_int_equal(alert_judge(&alert, &context), ALERT_OUTSIDE);
    alert.audience_count = 0;
    assert_int_equal(alert_judge(&alert, &context), ALERT_ACCEPTED);
}

static void an_alert_expires_at_its_time_unless_no_time_is_known(void **state)
{
    struct alert alert = good_alert();
    struct alert_context context = good_context();

    (void)state;
    context.now_ms = 1999;
    assert_int_equal(alert_judge(&alert, &context), ALERT_ACCEPTED);
    context.now_ms = 2000;
    assert_int_equal(alert_judge(&alert, &context), ALERT_EXPIRED);
    context.now_ms = INT64_MAX;
    assert_int_equal(alert_judge(&alert, &context), ALERT_EXPIRED);
    context.now_ms = 0;
    assert_int_equal(alert_judge(&alert, &context), ALERT_ACCEPTED);
}

static void expect_refused(const struct alert *alert, const char *reason)
{
    struct alert_context context = good_context();
    struct error err = {0};

    assert_int_equal(alert_check(alert, &err), ERR_INVALID);
    if (!strstr(err.text, reason))
        fail_msg("expected \"%s\", got \"%s\"", reason, err.text);
    assert_int_equal(alert_judge(alert, &context), ALERT_MALFORMED);
}

static void a_good_alert_passes_the_check(void **state)
{
    struct alert alert = good_alert();

    (void)state;
    assert_int_equal(alert_check(&alert, NULL), 0);
    alert = good_update();
    assert_int_equal(alert_check(&alert, NULL), 0);
    alert.type = ALERT_CANCEL;
    alert.event = alert.headline = alert.text = "";
    assert_int_equal(alert_check(&alert, NULL), 0);
    alert = good_alert();
    alert.instruction = "Gọi 113.";
    assert_int_equal(alert_check(&alert, NULL), 0);
}

static void numbers_out_of_range_are_malformed(void **state)
{
    struct alert alert = good_alert();

    (void)state;
    for (int i = -1; i <= 5; i++) {
        alert = good_alert();
        alert.severity = i;
        if (i < ALERT_EXTREME || i > ALERT_MINOR)
            expect_refused(&alert, "unknown severity");
        else
            assert_int_equal(alert_check(&alert, NULL), 0);
    }
    alert = good_alert();
    alert.type = 0;
    expect_refused(&alert, "unknown type 0");
    alert.type = 4;
    expect_refused(&alert, "unknown type 4");
    alert = good_alert();
    alert.expires_ms = alert.issued_ms;
    expect_refused(&alert, "expires before");
    alert = good_alert();
    alert.issued_ms = 0;
    expect_refused(&alert, "expires before");
    alert = good_alert();
    alert.id = (struct id){{0}};
    expect_refused(&alert, "no id");
    alert = good_alert();
    alert.issuer = "";
    expect_refused(&alert, "no issuer");
    alert.issuer = NULL;
    expect_refused(&alert, "no issuer");
}

static char long_text[ALERT_TEXT_LIMIT * 2 + 8];

/* `count` letters of two bytes. */
static const char *letters(size_t count)
{
    for (size_t i = 0; i < count; i++)
        memcpy(long_text + 2 * i, "ã", 3);
    return long_text;
}

static void words_are_bounded_in_characters(void **state)
{
    struct alert alert = good_alert();

    (void)state;
    alert.headline = letters(ALERT_HEADLINE_LIMIT);
    assert_int_equal(alert_check(&alert, NULL), 0);
    alert.headline = letters(ALERT_HEADLINE_LIMIT + 1);
    expect_refused(&alert, "headline");
    alert = good_alert();
    alert.event = letters(ALERT_EVENT_LIMIT);
    assert_int_equal(alert_check(&alert, NULL), 0);
    alert.event = letters(ALERT_EVENT_LIMIT + 1);
    expect_refused(&alert, "event");
    alert = good_alert();
    alert.text = alert.instruction = letters(ALERT_TEXT_LIMIT);
    assert_int_equal(alert_check(&alert, NULL), 0);
    alert.text = "";
    alert.instruction = letters(ALERT_TEXT_LIMIT + 1);
    expect_refused(&alert, "text or instruction");
    alert.text = letters(ALERT_TEXT_LIMIT + 1);
    alert.instruction = "";
    expect_refused(&alert, "text or instruction");
}

static void words_are_there_and_clean(void **state)
{
    static const char *const titles[] = {NULL,   "",      " ",
                                         "a\nb", "a\x1b", "\xff"};
    static const char *const texts[] = {NULL, "a\x1b", "a\r\n", "\xff"};

    (void)state;
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        struct alert alert = good_alert();

        alert.event = titles[i];
        expect_refused(&alert, "event");
        alert = good_alert();
        alert.headline = titles[i];
        expect_refused(&alert, "headline");
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct alert alert = good_alert();

        alert.text = texts[i];
        expect_refused(&alert, "text or instruction");
        alert = good_alert();
        alert.instruction = texts[i];
        expect_refused(&alert, "text or instruction");
    }
}

static void the_audience_is_a_bounded_list_of_units(void **state)
{
    const char *many[ALERT_AUDIENCE_LIMIT + 1];
    struct alert alert = good_alert();

    (void)state;
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        many[i] = quang_thai;
    alert.audience = many;
    alert.audience_count = ALERT_AUDIENCE_LIMIT;
    assert_int_equal(alert_check(&alert, NULL), 0);
    alert.audience_count++;
    expect_refused(&alert, "units in the audience");
    alert.audience_count = 2;
    many[1] = "quang-thai";
    expect_refused(&alert, "no unit");
}

static void references_are_a_bounded_list_of_other_alerts(void **state)
{
    struct id many[ALERT_REFERENCES_LIMIT + 1];
    struct alert alert = good_update();
    struct error err = {0};

    (void)state;
    memset(many, 9, sizeof many);
    alert.references = many;
    alert.reference_count = ALERT_REFERENCES_LIMIT;
    assert_int_equal(alert_check(&alert, NULL), 0);
    alert.reference_count++;
    expect_refused(&alert, "references");
    alert.reference_count = 2;
    many[1] = alert.id;
    expect_refused(&alert, "the alert itself");
    many[1] = (struct id){{0}};
    expect_refused(&alert, "empty");
    alert = good_update();
    alert.type = ALERT_ALERT;
    expect_refused(&alert, "replaces nothing");
    for (int type = ALERT_UPDATE; type <= ALERT_CANCEL; type++) {
        alert = good_update();
        alert.type = type;
        alert.reference_count = 0;
        assert_int_equal(alert_check(&alert, &err), ERR_INVALID);
        assert_non_null(strstr(err.text, "must name what it replaces"));
    }
}

static void severities_and_verdicts_have_words(void **state)
{
    static const char *const words[] = {"extreme", "severe", "moderate",
                                        "minor"};

    (void)state;
    for (int i = 0; i < 4; i++) {
        assert_string_equal(alert_severity_text(i + 1), words[i]);
        assert_int_equal(alert_severity_parse(words[i]), i + 1);
    }
    assert_string_equal(alert_severity_text(0), "unknown");
    assert_string_equal(alert_severity_text(5), "unknown");
    assert_int_equal(alert_severity_parse("Extreme"), 0);
    assert_int_equal(alert_severity_parse(""), 0);
    assert_string_equal(alert_verdict_text(ALERT_BAD_SIGNATURE),
                        "bad signature");
    for (int a = 0; a <= FAULT_COUNT; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(alert_verdict_text(verdicts[a]),
                                    alert_verdict_text(verdicts[b]));
    assert_string_equal(alert_verdict_text(0), "unknown verdict");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_several_faults_the_first_in_order_is_the_verdict),
        cmocka_unit_test(an_alert_is_for_the_units_it_names_or_for_all),
        cmocka_unit_test(an_alert_expires_at_its_time_unless_no_time_is_known),
        cmocka_unit_test(a_good_alert_passes_the_check),
        cmocka_unit_test(numbers_out_of_range_are_malformed),
        cmocka_unit_test(words_are_bounded_in_characters),
        cmocka_unit_test(words_are_there_and_clean),
        cmocka_unit_test(the_audience_is_a_bounded_list_of_units),
        cmocka_unit_test(references_are_a_bounded_list_of_other_alerts),
        cmocka_unit_test(severities_and_verdicts_have_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
