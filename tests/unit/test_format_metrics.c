/* tests/unit/test_format_metrics.c - common/format/metrics.h, and where metrics
 * may be (common/control/listen.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/control/listen.h"
#include "common/format/metrics.h"

static void figures_are_written_as_prometheus_reads_them(void **state)
{
    const struct metrics_label labels[METRICS_LABELS] = {
        {"unit", "quang-tho"}, {"what", "a \"b\"\\\nc"}};
    struct buf out = {0};

    (void)state;
    metrics_gauge(&out, "a_seconds", "How long.", 0.25);
    metrics_about(&out, "b_total", "counter", "How many.");
    metrics_value(&out, "b_total", labels, 1234567890123.0);
    metrics_put(&out, "b_total", "code", "7", 1.0 / 0.0);
    assert_string_equal(
        buf_text(&out),
        "# HELP a_seconds How long.\n"
        "# TYPE a_seconds gauge\n"
        "a_seconds 0.25\n"
        "# HELP b_total How many.\n"
        "# TYPE b_total counter\n"
        "b_total{unit=\"quang-tho\",what=\"a \\\"b\\\"\\\\\\nc\"}"
        " 1234567890123\n"
        "b_total{code=\"7\"} NaN\n");
    buf_free(&out);
}

static void they_are_given_on_loopback_or_nowhere(void **state)
{
    static const char *const good[] = {"127.0.0.1:9471", "127.3.2.1:0",
                                       "[::1]:9471"};
    static const char *const bad[] = {"0.0.0.0:9471",   "192.168.1.2:9471",
                                      "[::]:9471",      "[fe80::1]:9471",
                                      "localhost:9471", "126.0.0.1:1"};
    const char *address = NULL;

    (void)state;
    assert_int_equal(listen_read_metrics(&address, NULL, NULL), 0);
    address = "off";
    assert_int_equal(listen_read_metrics(&address, NULL, NULL), 0);
    assert_null(address);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        address = good[i];
        assert_int_equal(listen_read_metrics(&address, "x", NULL), 0);
        assert_string_equal(address, good[i]);
        assert_int_equal(listen_read_metrics(&address, NULL, NULL),
                         ERR_INVALID); /* nobody would answer */
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        address = bad[i];
        assert_int_equal(listen_read_metrics(&address, "x", NULL), ERR_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_written_as_prometheus_reads_them),
        cmocka_unit_test(they_are_given_on_loopback_or_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
