/* The data of a hub and a node of version 1.0 (tests/golden/1.0/hub and node)
 * opens with the present programs, is brought up to date, and verifies. */
#include "hub/reading.h"
#include "node/reading.h"
#include "tests/unit/test_golden_fixture.h"

extern const size_t hub_schema_count, node_schema_count;

static void make(const char *program, char folder[64])
{
    char from[256];

    (void)snprintf(from, sizeof from, GOLDEN "1.0/%s", program);
    golden_make(program, from,
                strcmp(program, "hub") == 0 ? "hub.sql" : "node.sql", folder);
    assert_int_equal(golden_number(folder, program, "PRAGMA user_version"), 2);
}

static void a_hub_of_1_0_opens_and_verifies(void **state)
{
    struct error err = {""};
    struct hub *hub = NULL;
    char folder[64];

    (void)state;
    make("hub", folder);
    if (hub_open(&hub, folder, HUB_COMMAND, &err) != 0)
        fail_msg("%s", err.text);
    hub_close(&hub);
    assert_int_equal(golden_number(folder, "hub", "PRAGMA user_version"),
                     hub_schema_count);
    if (hub_open(&hub, folder, HUB_READ, &err) != 0)
        fail_msg("%s", err.text);
    if (hub_reading_verify(hub, &err) != 0)
        fail_msg("%s", err.text);
    hub_close(&hub);
    assert_int_equal(golden_number(folder, "hub", "SELECT count(*) FROM alert"),
                     1);
    golden_remove(folder);
}

static void a_node_of_1_0_opens_and_verifies(void **state)
{
    struct error err = {""};
    struct node *node = NULL;
    char folder[64];

    (void)state;
    make("node", folder);
    if (node_open(&node, folder, NODE_COMMAND, &err) != 0)
        fail_msg("%s", err.text);
    node_close(&node);
    assert_int_equal(golden_number(folder, "node", "PRAGMA user_version"),
                     node_schema_count);
    if (node_open(&node, folder, NODE_READ, &err) != 0)
        fail_msg("%s", err.text);
    if (node_reading_verify(node, &err) != 0)
        fail_msg("%s", err.text);
    node_close(&node);
    assert_int_equal(
        golden_number(folder, "node", "SELECT count(*) FROM intake"), 4);
    assert_int_equal(
        golden_number(folder, "node", "SELECT count(*) FROM alert"), 1);
    golden_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_of_1_0_opens_and_verifies),
        cmocka_unit_test(a_node_of_1_0_opens_and_verifies),
    };

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("golden/data", tests, NULL, NULL);
}
