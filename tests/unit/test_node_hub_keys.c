/* The ways a node knows to its hub, and signing keys that were stolen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/alerts.h"
#include "node/hub_keys.h"
#include "node/uplink_inside.h"
#include "node/uplink_ways.h"
#include "tests/support/node_world.h"

#define DAY_MS INT64_C(86400000)

static int setup(void **state)
{
    struct node_world *w;

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    w = node_world_new();
    (void)snprintf(w->node->keys.express, sizeof w->node->keys.express,
                   "tcp://192.0.2.1:7101");
    (void)snprintf(w->node->keys.bulk, sizeof w->node->keys.bulk,
                   "tcp://192.0.2.1:7102");
    assert_int_equal(node_begin(w->node), 0);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct node_world *w = *state;

    node_rollback(w->node);
    node_world_free(w);
    return 0;
}

static int tell_fact(struct node *node, const struct hub_key *key)
{
    struct change change = {.header.kind = KIND_HUB_KEY};
    struct buf fact = {0};
    struct error err = {""};
    int rc;

    wire_hub_key_encode(&fact, key);
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = buf_bytes(&fact);
    rc = node_hub_keys_apply(node, &change, &err);
    buf_free(&fact);
    return rc;
}

static void tell(struct node *node, uint64_t number, const char *express,
                 bool stolen)
{
    struct hub_key key = {
        .number = number, .bulk = "tcp://*:7112", .stolen = stolen};

    memset(key.curve_public, (int)number, sizeof key.curve_public);
    (void)snprintf(key.express, sizeof key.express, "%s", express);
    assert_int_equal(tell_fact(node, &key), 0);
}

static void what_was_pinned_is_the_only_way_at_first(void **state)
{
    struct node_world *w = *state;
    struct hub_way ways[HUB_WAYS];

    assert_int_equal(node_hub_keys_ways(w->node, ways), 1);
    assert_string_equal(ways[0].express, "tcp://192.0.2.1:7101");
    assert_int_equal(node_hub_keys_pin(w->node), 0);
    assert_int_equal(node_hub_keys_ways(w->node, ways), 1);
    assert_string_equal(ways[0].bulk, "tcp://192.0.2.1:7102");
    assert_memory_equal(ways[0].curve, w->node->keys.hub_curve, 32);
}

static void a_new_key_is_the_first_way_and_the_old_one_the_second(void **state)
{
    struct node_world *w = *state;
    struct hub_way ways[HUB_WAYS];

    assert_int_equal(node_hub_keys_pin(w->node), 0);
    tell(w->node, 2, "tcp://*:7111", false);
    assert_true(w->node->hub_key_came);
    assert_int_equal(node_hub_keys_ways(w->node, ways), 2);
    assert_int_equal(ways[0].number, 2);
    assert_string_equal(ways[0].express, "tcp://192.0.2.1:7111");
    assert_string_equal(ways[0].bulk, "tcp://192.0.2.1:7112");
    assert_int_equal(ways[1].number, 0);
    tell(w->node, 2, "tcp://198.51.100.9:1", false); /* known: stays */
    assert_int_equal(node_hub_keys_ways(w->node, ways), 2);
    assert_string_equal(ways[0].express, "tcp://192.0.2.1:7111");
}

static void the_old_way_is_kept_for_a_month(void **state)
{
    struct node_world *w = *state;
    struct hub_way ways[HUB_WAYS];
    int64_t now = w->node->wall_ms;

    assert_int_equal(node_hub_keys_pin(w->node), 0);
    tell(w->node, 2, "tcp://*:7111", false);
    w->node->wall_ms = now + 100 * DAY_MS; /* not while it never answered */
    assert_int_equal(node_hub_keys_ways(w->node, ways), 2);
    w->node->wall_ms = now;
    assert_int_equal(node_store_way_worked(w->node->hub_keys, 2, now), 0);
    w->node->wall_ms = now + 29 * DAY_MS;
    assert_int_equal(node_hub_keys_ways(w->node, ways), 2);
    w->node->wall_ms = now + 31 * DAY_MS;
    assert_int_equal(node_hub_keys_ways(w->node, ways), 1);
    assert_int_equal(ways[0].number, 2);
}

static void
a_stolen_key_is_forgotten_when_the_new_one_has_answered(void **state)
{
    struct node_world *w = *state;
    struct hub_way ways[HUB_WAYS];

    assert_int_equal(node_hub_keys_pin(w->node), 0);
    tell(w->node, 2, "tcp://*:7111", true);
    assert_int_equal(node_hub_keys_ways(w->node, ways), 2);
    assert_int_equal(
        node_store_way_worked(w->node->hub_keys, 2, w->node->wall_ms), 0);
    assert_int_equal(node_hub_keys_ways(w->node, ways), 1);
    assert_int_equal(ways[0].number, 2);
}

/* A hub put back from before the second key gives itself a third. */
static void the_way_that_last_worked_is_the_one_to_fall_back_to(void **state)
{
    struct node_world *w = *state;
    struct hub_way ways[HUB_WAYS];
    int64_t now = w->node->wall_ms;

    assert_int_equal(node_hub_keys_pin(w->node), 0);
    tell(w->node, 2, "tcp://*:7111", false);
    assert_int_equal(node_store_way_worked(w->node->hub_keys, 2, now), 0);
    assert_int_equal(node_store_way_worked(w->node->hub_keys, 0, now + 1), 0);
    tell(w->node, 3, "tcp://*:7121", false);
    assert_int_equal(node_hub_keys_ways(w->node, ways), 2);
    assert_int_equal(ways[0].number, 3);
    assert_int_equal(ways[1].number, 0);
}

static void a_new_token_knows_better(void **state)
{
    struct node_world *w = *state;
    struct hub_way ways[HUB_WAYS];

    assert_int_equal(node_hub_keys_pin(w->node), 0);
    tell(w->node, 2, "tcp://*:7111", false);
    memset(w->node->keys.hub_curve, 9, sizeof w->node->keys.hub_curve);
    assert_int_equal(node_hub_keys_pin(w->node), 0);
    assert_int_equal(node_hub_keys_ways(w->node, ways), 1);
    assert_int_equal(ways[0].curve[0], 9);
}

static void nonsense_is_no_address(void **state)
{
    static const char *const bad[] = {"",
                                      "tcp://",
                                      "tcp://*",
                                      "tcp://:1",
                                      "ipc://here:1",
                                      "tcp://a b:1",
                                      "tcp://host:99x",
                                      "tcp://host:123456"};
    struct node_world *w = *state;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct hub_key key = {.number = 2, .bulk = "tcp://*:1"};

        (void)snprintf(key.express, sizeof key.express, "%s", bad[i]);
        assert_int_equal(tell_fact(w->node, &key), ERR_INVALID);
    }
    assert_int_equal(
        tell_fact(w->node, &(struct hub_key){.number = 1,
                                             .express = "tcp://*:1",
                                             .bulk = "tcp://*:2"}),
        ERR_INVALID);
}

static void a_revoked_signing_key_is_trusted_neither_now_nor_later(void **state)
{
    const uint8_t known[8] = {1}, later[8] = {2}, good[8] = {3},
                  public[32] = {4};
    struct node_world *w = *state;
    struct node *node = w->node;
    struct signing_key key = {.number = 3, .revoked_count = 2};
    uint8_t out[32];

    memcpy(key.revoked[0], known, 8);
    memcpy(key.revoked[1], later, 8);
    assert_int_equal(node_store_put_trust(node->store, known, 1, public), 0);
    assert_int_equal(node_store_trust(node->store, known, out), 0);
    assert_int_equal(node_store_put_trust(node->store, good, 3, public), 0);
    assert_int_equal(node_hub_keys_revoke(node, &key), 0);
    assert_int_equal(node_store_trust(node->store, known, out), ERR_MISSING);
    assert_int_equal(node_store_trust_ever(node->hub_keys, known, out), 0);
    assert_int_equal(node_store_trust(node->store, good, out), 0);

    key.revoked_count = 0;
    assert_int_equal(node_store_put_trust(node->store, later, 2, public), 0);
    assert_int_equal(node_hub_keys_revoke(node, &key), 0);
    assert_int_equal(node_store_trust(node->store, later, out), ERR_MISSING);
    assert_int_equal(node_store_put_trust(node->store, known, 1, public), 0);
    assert_int_equal(node_store_trust(node->store, known, out), ERR_MISSING);
}

/* What the node says to a signing key of the hub that `root` signed. */
static int hear_signing_key(struct node *node, const struct sign_key *root,
                            const struct sign_key *sign)
{
    struct signing_key key = {.number = 2, .issued_ms = 1};
    struct buf body = {0}, fact = {0};
    struct signed_bytes blob;
    struct change change = {.header = {.kind = KIND_SIGNING_KEY}};
    struct error err = {""};
    int rc;

    (void)snprintf(key.hub, sizeof key.hub, "%s", node->keys.hub);
    memcpy(key.sign_public, sign->public_key, sizeof key.sign_public);
    wire_signing_key_encode(&body, &key);
    blob.body = buf_bytes(&body);
    sign_key_id(blob.key_id, root->public_key);
    sign_bytes(blob.signature, root, SIGNING_KEY_SIGN_DOMAIN, blob.body);
    wire_signed_encode(&fact, &blob);
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = buf_bytes(&fact);
    rc = node_alerts_apply_signing_key(node, &change, &err);
    buf_free(&body);
    buf_free(&fact);
    return rc;
}

static void only_the_root_brings_a_new_signing_key(void **state)
{
    struct node_world *w = *state;
    struct sign_key root, stranger, sign;
    uint8_t id[8], out[32];

    sign_key_generate(&root);
    sign_key_generate(&stranger);
    sign_key_generate(&sign);
    sign_key_id(id, sign.public_key);
    memcpy(w->node->keys.root_public, root.public_key, 32);
    assert_int_equal(hear_signing_key(w->node, &stranger, &sign), ERR_REFUSED);
    assert_int_equal(node_store_trust(w->node->store, id, out), ERR_MISSING);
    assert_int_equal(hear_signing_key(w->node, &root, &sign), 0);
    assert_int_equal(node_store_trust(w->node->store, id, out), 0);
    assert_memory_equal(out, sign.public_key, sizeof out);
}

/* The new key answered in a turn that the disk refused: that is noted in the
 * next one, or whoever stole the former key would be dialled for ever. */
static void the_new_key_answers_again_after_a_failed_turn(void **state)
{
    struct node_world *w = *state;
    struct uplink *u = mem_new(sizeof *u);
    struct hub_way ways[HUB_WAYS];

    assert_int_equal(node_hub_keys_pin(w->node), 0);
    tell(w->node, 2, "tcp://*:7111", true);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(node_begin(w->node), 0);
        assert_int_equal(node_hub_keys_ways(w->node, ways), 2);
        u->node = w->node;
        u->way_count = 2;
        memcpy(u->ways, ways, sizeof ways);
        node_uplink_ways_welcomed(u);
        if (turn > 0)
            break;
        node_rollback(w->node);
        node_uplink_failed(u);
    }
    assert_int_equal(node_hub_keys_ways(w->node, ways), 1);
    assert_int_equal(ways[0].number, 2);
    mem_free(&u);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_pinned_is_the_only_way_at_first),
        TEST(a_new_key_is_the_first_way_and_the_old_one_the_second),
        TEST(the_old_way_is_kept_for_a_month),
        TEST(a_stolen_key_is_forgotten_when_the_new_one_has_answered),
        TEST(the_new_key_answers_again_after_a_failed_turn),
        TEST(the_way_that_last_worked_is_the_one_to_fall_back_to),
        TEST(a_new_token_knows_better),
        TEST(nonsense_is_no_address),
        TEST(a_revoked_signing_key_is_trusted_neither_now_nor_later),
        TEST(only_the_root_brings_a_new_signing_key),
    };

    return cmocka_run_group_tests_name("node/hub_keys", tests, NULL, NULL);
}
