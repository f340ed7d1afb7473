/* tests/unit/test_node_audit.c - what a machine says of its audit log, and what
 * it takes from the hub about it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "common/crypto/digest.h"
#include "node/audit.h"
#include "tests/support/node_world.h"

static const struct hash_function hash_function = {crypto_sha256};

static int set_up(void **state)
{
    *state = node_world_new();
    return 0;
}

static int tear_down(void **state)
{
    node_world_free(*state);
    return 0;
}

static struct canary_fact says(struct node_world *w)
{
    struct canary_fact out = {.took_ms = 0};

    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(node_audit_say(w->node, &out), 0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    return out;
}

static int see_alarm(void *who, int64_t id, int code, const char *text,
                     int64_t since_ms)
{
    (void)id;
    (void)text;
    (void)since_ms;
    *(bool *)who = *(bool *)who || code == ALARM_AUDIT;
    return 0;
}

static bool alarmed(struct node_world *w)
{
    bool is = false;

    assert_int_equal(node_store_alarms(w->node->store, see_alarm, &is), 0);
    return is;
}

static void sql(struct node_world *w, const char *text)
{
    assert_int_equal(db_exec(node_store_db(w->node->store), text), 0);
}

static void it_says_how_far_its_log_goes(void **state)
{
    struct node_world *w = *state;
    struct canary_fact none = says(w), one;
    struct json *out = node_world_do(
        w, "report.add", "{\"category\":\"ngap_lut\",\"text\":\"a\"}");

    json_free(&out);
    one = says(w);
    assert_int_equal(none.audit.count, 0);
    assert_false(none.broken);
    assert_int_equal(one.audit.count, 1);
    assert_false(one.broken);
    assert_false(alarmed(w));
}

static void one_that_was_touched_is_called_broken_until_it_is_not(void **state)
{
    struct node_world *w = *state;
    struct json *out = node_world_do(
        w, "report.add", "{\"category\":\"ngap_lut\",\"text\":\"a\"}");

    json_free(&out);
    sql(w, "UPDATE command SET actor = 'X' || actor");
    assert_true(says(w).broken);
    assert_true(alarmed(w));
    sql(w, "UPDATE command SET actor = substr(actor, 2)");
    assert_false(says(w).broken);
    assert_false(alarmed(w));
}

static int judge(struct node_world *w, const char *unit, const char *record_of)
{
    struct audit_fact fact = {.audit.count = 1, .at_ms = 1};
    struct change change = {.header.kind = KIND_AUDIT};
    struct buf bytes = {0};
    int rc;

    (void)snprintf(fact.unit, sizeof fact.unit, "%s", unit);
    wire_audit_encode(&bytes, &fact);
    change.header.record = audit_record(&hash_function, record_of);
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = buf_bytes(&bytes);
    rc = node_audit_judge(w->node, &change, &w->err);
    buf_free(&bytes);
    return rc;
}

static void only_a_record_of_its_own_log_is_taken(void **state)
{
    struct node_world *w = *state;

    assert_int_equal(judge(w, NODE_WORLD_UNIT, NODE_WORLD_UNIT), 0);
    assert_int_equal(judge(w, NODE_WORLD_UNIT, "19897@20040708"), ERR_REFUSED);
    assert_int_equal(judge(w, "19897@20040708", NODE_WORLD_UNIT), ERR_REFUSED);
}

#define world_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(it_says_how_far_its_log_goes),
        world_test(one_that_was_touched_is_called_broken_until_it_is_not),
        world_test(only_a_record_of_its_own_log_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
