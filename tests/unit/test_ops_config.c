/* tests/unit/test_ops_config.c - what ops/config ships, read by the parsers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/domain/unit.h"

static void the_demo_roster_names_ten_communes(void **state)
{
    struct buf csv = {0};
    struct roster roster = {0};
    struct error err = {""};

    (void)state;
    assert_int_equal(
        file_read(&csv, LIENXA_SOURCE_DIR "/ops/config/roster-quang-dien.csv",
                  65536, &err),
        0);
    assert_int_equal(roster_parse(&roster, buf_bytes(&csv), &err), 0);
    assert_int_equal(roster.count, 10);
    assert_string_equal(roster_find(&roster, "quang-thai")->key,
                        "19870@20040708");
    assert_string_equal(roster_find(&roster, "19897")->slug, "quang-phu");
    roster_free(&roster);
    buf_free(&csv);
}

static void its_phones_belong_to_nobody(void **state)
{
    struct buf csv = {0};
    struct roster roster = {0};
    struct error err = {""};

    (void)state;
    assert_int_equal(
        file_read(&csv, LIENXA_SOURCE_DIR "/ops/config/roster-quang-dien.csv",
                  65536, &err),
        0);
    assert_int_equal(roster_parse(&roster, buf_bytes(&csv), &err), 0);
    for (size_t i = 0; i < roster.count; i++)
        assert_true(strncmp(roster.units[i].phone, "0234 3000 ", 10) == 0);
    roster_free(&roster);
    buf_free(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_demo_roster_names_ten_communes),
        cmocka_unit_test(its_phones_belong_to_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
