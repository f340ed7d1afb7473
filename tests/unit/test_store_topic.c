/* tests/unit/test_store_topic.c - what open pages are told has changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "common/store/topic.h"
#include "common/sync/change.h"
#include "hub/topics.h"
#include "node/topics.h"

static void every_topic_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned a = 1; a <= TOPIC_ALL; a <<= 1) {
        assert_string_not_equal(topic_name(a), "");
        for (unsigned b = 1; b < a; b <<= 1)
            assert_string_not_equal(topic_name(a), topic_name(b));
    }
    assert_string_equal(topic_name(TOPIC_REPORTS), "reports");
    assert_string_equal(topic_name(TOPIC_LINK), "link");
    assert_string_equal(topic_name(TOPIC_DISCLOSURES), "disclosures");
}

static void what_is_not_one_topic_has_none(void **state)
{
    (void)state;
    assert_string_equal(topic_name(0), "");
    assert_string_equal(topic_name(TOPIC_REPORTS | TOPIC_ALERTS), "");
    assert_string_equal(topic_name(TOPIC_ALL + 1), "");
}

/* A closing changes what lists of reports say of their period; a referral what
 * a report says of where it is. */
static void a_change_tells_the_pages_that_show_it(void **state)
{
    static const struct {
        uint32_t kind;
        unsigned topics;
    } told[] = {{KIND_REPORT, TOPIC_REPORTS},
                {KIND_CLOSING, TOPIC_REPORTS},
                {KIND_ALERT, TOPIC_ALERTS},
                {KIND_RECEIPT, TOPIC_ALERTS},
                {KIND_REFERRAL, TOPIC_REFERRALS | TOPIC_REPORTS},
                {KIND_CARRIED, TOPIC_REFERRALS | TOPIC_REPORTS},
                {KIND_NOTICE, TOPIC_NOTICES},
                {KIND_PROCEDURE, TOPIC_NOTICES},
                {KIND_DIRECTORY, TOPIC_NODES | TOPIC_LINK},
                {KIND_NODE_KEY, TOPIC_NODES | TOPIC_LINK},
                {KIND_HUB_KEY, TOPIC_NODES | TOPIC_LINK},
                {KIND_SETTINGS, TOPIC_NODES | TOPIC_LINK},
                {KIND_DISCLOSURE, TOPIC_DISCLOSURES},
                {KIND_CANARY, 0},
                {0, 0},
                {UINT32_MAX, 0}};

    (void)state;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        assert_int_equal(topics_of_kind(told[i].kind), told[i].topics);
}

static void expect_known(const struct db_topic *tables)
{
    for (; tables->table != NULL; tables++) {
        assert_int_not_equal(tables->bit, 0);
        assert_int_equal(tables->bit & ~(unsigned)TOPIC_ALL, 0);
    }
}

static void the_tables_of_both_programs_tell_of_topics_with_names(void **state)
{
    (void)state;
    expect_known(hub_topics_of_tables);
    expect_known(node_topics_of_tables);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_topic_has_a_name_of_its_own),
        cmocka_unit_test(what_is_not_one_topic_has_none),
        cmocka_unit_test(a_change_tells_the_pages_that_show_it),
        cmocka_unit_test(the_tables_of_both_programs_tell_of_topics_with_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
