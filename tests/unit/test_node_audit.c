/* tests/unit/test_node_audit.c - what a machine says of its audit log, and what
 * it takes from the hub about it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/crypto/digest.h"
#include "node/audit.h"
#include "node/read.h"
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

static void add_report(struct node_world *w)
{
    struct json *out = node_world_do(w, "report.add",
                                     "{\"category\":\"khac\",\"text\":\"x\"}");

    json_free(&out);
}

static void it_says_how_far_its_log_goes(void **state)
{
    struct node_world *w = *state;
    struct canary_fact none = says(w), one;

    add_report(w);
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

    add_report(w);
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

/* As the process of the pages asks; a NULL: from the newest on. */
static const char *from_here(void *who, const char *name)
{
    return strcmp(name, "before") == 0 ? who : NULL;
}

static struct json *page(struct node_world *w, char *before)
{
    struct node_query q = {.get = from_here,
                           .who = before,
                           .role = "auditor",
                           .accounts = w->node->accounts,
                           .core_up = true,
                           .now_ms = 1795600000000};
    struct buf out = {0};
    struct json *answer;

    assert_int_equal(node_read(w->node, "/api/audit", &q, &out, &w->err), 0);
    answer = json_parse(buf_bytes(&out), &w->err);
    assert_non_null(answer);
    buf_free(&out);
    return answer;
}

static void who_did_what_is_listed_page_by_page(void **state)
{
    struct node_world *w = *state;
    struct json *answer;
    const struct json *row, *is_signed;
    char before[24], move[128];
    int64_t next = 0, entries = -1;

    for (int i = 0; i < 100; i++)
        add_report(w);
    answer = node_world_do(w, "report.add",
                           "{\"category\":\"khac\",\"text\":\"x\"}");
    (void)snprintf(move, sizeof move,
                   "{\"report\":\"%s\",\"state\":\"phan_loai\"}",
                   json_get_text(answer, "id"));
    json_free(&answer);
    answer = node_world_do(w, "report.move", move);
    json_free(&answer);
    answer = page(w, NULL);
    row = json_at(json_get(answer, "rows"), 0);
    assert_int_equal(json_count(json_get(answer, "rows")), 100);
    assert_string_equal(json_get_text(row, "command"), "report.move");
    assert_string_equal(json_get_text(row, "by"), "lan");
    assert_true(json_get_i64(answer, "next", &next));
    is_signed = json_get(answer, "signed");
    assert_true(json_get_flag(is_signed, "holds"));
    assert_true(json_get_i64(is_signed, "entries", &entries));
    assert_int_equal(entries, 0); /* there is no district here */
    json_free(&answer);
    (void)snprintf(before, sizeof before, "%lld", (long long)next);
    answer = page(w, before);
    assert_int_equal(json_count(json_get(answer, "rows")), 2);
    for (size_t i = 0; i < 2; i++)
        assert_string_equal(
            json_get_text(json_at(json_get(answer, "rows"), i), "command"),
            "report.add");
    json_free(&answer);
}

/* What is old and lies on a bad page costs an alarm, and no turn. */
static void one_that_cannot_be_read_fails_no_turn(void **state)
{
    struct node_world *w = *state;

    add_report(w);
    sql(w, "ALTER TABLE command RENAME TO gone");
    assert_true(says(w).broken);
    assert_true(alarmed(w));
    sql(w, "ALTER TABLE gone RENAME TO command");
    assert_false(says(w).broken);
    assert_false(alarmed(w));
}

#define world_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(it_says_how_far_its_log_goes),
        world_test(one_that_was_touched_is_called_broken_until_it_is_not),
        world_test(one_that_cannot_be_read_fails_no_turn),
        world_test(who_did_what_is_listed_page_by_page),
        world_test(only_a_record_of_its_own_log_is_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
