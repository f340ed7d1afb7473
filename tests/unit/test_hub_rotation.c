/* The hub changes its keys: every step may be the last before a crash. */
#include "tests/unit/test_hub_fixture.h"

#include "common/base/file.h"
#include "common/crypto/keyfile.h"
#include "hub/enrolment.h"
#include "hub/rotation.h"
#include "hub/signing.h"
#include "hub/store_keys.h"

struct place {
    char folder[64];
    char shares[2][SHARE_TEXT_BYTES];
    struct net_context *context;
    struct hub *hub;
    struct error err;
};

static void start(struct place *p)
{
    struct net_server_config config = {.context = p->context,
                                       .address = {"tcp://127.0.0.1:0",
                                                   "tcp://127.0.0.1:0",
                                                   "tcp://127.0.0.1:0"},
                                       .admit = hub_enrolment_admit};
    static const char *const names[] = {"express", "bulk", "enrol"};

    if (hub_open(&p->hub, p->folder, HUB_SERVE, &p->err) != 0)
        fail_msg("%s", p->err.text);
    config.key = p->hub->keys.curve;
    config.who = p->hub;
    if (net_server_open(&p->hub->server, &config, &p->err) != 0)
        fail_msg("%s", p->err.text);
    hub_rotation_listen(p->hub);
    assert_int_equal(hub_begin(p->hub), 0);
    for (int i = 0; i < NET_LANES; i++)
        assert_int_equal(
            hub_store_set(p->hub->store, names[i],
                          net_server_address(p->hub->server, (enum net_lane)i)),
            0);
    assert_int_equal(hub_commit(p->hub, &p->err), 0);
}

/* What is not committed is gone. */
static void crash(struct place *p)
{
    net_server_close(&p->hub->server);
    hub_close(&p->hub);
}

static void restart(struct place *p)
{
    crash(p);
    start(p);
}

static int setup(void **state)
{
    struct place *p = mem_new(sizeof *p);

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/lienxa-hub.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    if (hub_set_up(p->folder, "Quảng Điền",
                   LIENXA_SOURCE_DIR "/ops/config/roster-quang-dien.csv",
                   p->shares[0], p->shares[1], &p->err) != 0)
        fail_msg("%s", p->err.text);
    p->context = net_context_new();
    start(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct place *p = *state;
    char path[128];

    crash(p);
    net_context_free(&p->context);
    (void)snprintf(path, sizeof path, "%s/keys/curve.next", p->folder);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/keys/sign.next", p->folder);
    (void)unlink(path);
    remove_hub_folder(p->folder);
    mem_free(&p);
    return 0;
}

static bool has_file(const struct place *p, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/keys/%s", p->folder, name);
    return file_exists(path);
}

static int64_t status(struct place *p, const char *field)
{
    struct json *out = json_object_new();
    int64_t value = 0;

    hub_rotation_status(p->hub, out);
    if (!json_get_i64(out, field, &value))
        value = json_get_flag(out, field);
    json_free(&out);
    return value;
}

static void enrol(struct place *p, const char *unit)
{
    struct node_key key = {.number = 1, .state = NODE_ENROLLED};

    (void)snprintf(key.unit, sizeof key.unit, "%s", unit);
    random_bytes(key.curve_public, sizeof key.curve_public);
    hub_registry_put(p->hub->registry, &key);
    assert_int_equal(hub_store_put_node(p->hub->store, &key), 0);
}

static void begin(struct place *p)
{
    const struct rotation_order order = {.again = true};

    assert_int_equal(hub_begin(p->hub), 0);
    if (hub_rotation_begin(p->hub, &order, &p->err) != 0)
        fail_msg("%s", p->err.text);
}

static void commit(struct place *p)
{
    assert_int_equal(hub_commit(p->hub, &p->err), 0);
    hub_rotation_settle(p->hub);
    hub_signing_settle(p->hub);
}

/* One turn in which only time passes. */
static void work(struct place *p)
{
    assert_int_equal(hub_begin(p->hub), 0);
    p->hub->mono_ms += 120000;
    assert_int_equal(hub_rotation_work(p->hub), 0);
    commit(p);
}

static const char *second(struct place *p)
{
    return net_server_second_address(p->hub->server, NET_EXPRESS);
}

static void a_rotation_that_was_not_committed_never_was(void **state)
{
    struct place *p = *state;

    begin(p);
    assert_string_not_equal(second(p), "");
    hub_rollback(p->hub);
    assert_string_equal(second(p), "");
    assert_int_equal(status(p, "under_way"), 0);
    begin(p);
    restart(p);
    assert_string_equal(second(p), "");
    assert_int_equal(status(p, "number"), 1);
    begin(p); /* and can be had again */
    commit(p);
    assert_int_equal(status(p, "number"), 2);
}

static void one_that_was_committed_goes_on_after_every_start(void **state)
{
    struct place *p = *state;
    uint8_t key[32];
    char address[NET_ADDRESS_BYTES];

    begin(p);
    enrol(p, QUANG_THO);
    commit(p);
    memcpy(key, hub_rotation_curve(p->hub), 32);
    (void)snprintf(address, sizeof address, "%s", second(p));
    assert_memory_not_equal(key, p->hub->keys.curve.public_key, 32);
    restart(p);
    assert_memory_equal(hub_rotation_curve(p->hub), key, 32);
    assert_string_equal(second(p), address);
    assert_int_equal(status(p, "under_way"), 1);
    assert_int_equal(status(p, "enrolled"), 1);
    assert_int_equal(status(p, "seen"), 0);
    work(p); /* somebody is waited for */
    assert_int_equal(status(p, "under_way"), 1);
}

static void when_all_were_seen_the_old_key_ends(void **state)
{
    struct place *p = *state;
    uint8_t key[32];
    char address[NET_ADDRESS_BYTES];

    begin(p);
    enrol(p, QUANG_THO);
    enrol(p, QUANG_PHU);
    commit(p);
    memcpy(key, hub_rotation_curve(p->hub), 32);
    (void)snprintf(address, sizeof address, "%s", second(p));
    assert_int_equal(hub_begin(p->hub), 0);
    assert_int_equal(hub_rotation_seen(p->hub, QUANG_THO, true), 0);
    assert_int_equal(hub_rotation_seen(p->hub, QUANG_PHU, false), 0);
    commit(p);
    work(p);
    assert_int_equal(status(p, "seen"), 1);
    assert_true(hub_rotation_waits_for(p->hub, QUANG_PHU));
    assert_int_equal(hub_begin(p->hub), 0);
    assert_int_equal(hub_rotation_finish(p->hub, false, &p->err), ERR_REFUSED);
    assert_non_null(strstr(p->err.text, "quang-phu"));
    assert_int_equal(hub_rotation_seen(p->hub, QUANG_PHU, true), 0);
    assert_int_equal(hub_rotation_seen(p->hub, QUANG_PHU, false), 0);
    commit(p);
    work(p);
    assert_int_equal(status(p, "under_way"), 0);
    assert_int_equal(status(p, "number"), 2);
    assert_memory_equal(p->hub->keys.curve.public_key, key, 32);
    assert_string_equal(net_server_address(p->hub->server, NET_EXPRESS),
                        address);
    assert_false(has_file(p, "curve.next"));
    restart(p);
    assert_memory_equal(p->hub->keys.curve.public_key, key, 32);
    assert_string_equal(second(p), "");
}

static void a_token_with_the_old_key_is_waited_for(void **state)
{
    struct place *p = *state;
    struct buf token = {0};

    assert_int_equal(hub_begin(p->hub), 0);
    assert_int_equal(
        hub_enrolment_invite(p->hub, "quang-tho", NULL, 60000, &token, &p->err),
        0);
    commit(p);
    usleep(2000);
    begin(p);
    commit(p);
    work(p);
    assert_int_equal(status(p, "tokens"), 1);
    assert_int_equal(status(p, "under_way"), 1);
    assert_int_equal(hub_begin(p->hub), 0);
    assert_int_equal(hub_rotation_finish(p->hub, false, &p->err), 0);
    commit(p);
    assert_int_equal(status(p, "under_way"), 0);
    buf_free(&token);
}

/* The mark is on the disk; file and addresses follow at the next start. */
static void a_crash_after_the_decision_ends_well(void **state)
{
    struct place *p = *state;
    uint8_t key[32];
    char address[NET_ADDRESS_BYTES];

    begin(p);
    commit(p);
    memcpy(key, hub_rotation_curve(p->hub), 32);
    (void)snprintf(address, sizeof address, "%s", second(p));
    assert_int_equal(hub_begin(p->hub), 0);
    assert_int_equal(hub_rotation_finish(p->hub, true, &p->err), 0);
    assert_int_equal(hub_commit(p->hub, &p->err), 0);
    crash(p);
    assert_true(has_file(p, "curve.next"));
    if (hub_open(&p->hub, p->folder, HUB_COMMAND, &p->err) != 0)
        fail_msg("%s", p->err.text);
    assert_memory_equal(p->hub->keys.curve.public_key, key, 32);
    assert_string_equal(hub_store_setting(p->hub->store, "express"), address);
    assert_false(has_file(p, "curve.next"));
    hub_close(&p->hub);
    start(p);
    assert_int_equal(status(p, "number"), 2);
}

static void without_the_file_of_the_new_key_another_is_made(void **state)
{
    struct place *p = *state;
    char path[128];

    begin(p);
    commit(p);
    (void)snprintf(path, sizeof path, "%s/keys/curve.next", p->folder);
    assert_int_equal(unlink(path), 0);
    restart(p);
    assert_int_equal(status(p, "under_way"), 0);
    begin(p);
    commit(p);
    assert_int_equal(status(p, "number"), 3); /* 2 is known to nodes */
}

/* A turn that fails asks the database again, which still speaks of it. */
static void a_failed_turn_brings_no_key_back_that_is_gone(void **state)
{
    struct place *p = *state;
    uint8_t key[32];
    char path[128];

    memcpy(key, p->hub->keys.curve.public_key, 32);
    begin(p);
    commit(p);
    (void)snprintf(path, sizeof path, "%s/keys/curve.next", p->folder);
    assert_int_equal(unlink(path), 0);
    restart(p);
    assert_int_equal(hub_begin(p->hub), 0);
    hub_rollback(p->hub);
    assert_memory_equal(hub_rotation_curve(p->hub), key, 32);
    assert_null(hub_rotation_next(p->hub));
    work(p);
    assert_memory_equal(p->hub->keys.curve.public_key, key, 32);
    restart(p);
    assert_memory_equal(p->hub->keys.curve.public_key, key, 32);
}

static void another_so_soon_must_be_meant(void **state)
{
    struct place *p = *state;
    const struct rotation_order order = {.again = false};

    begin(p);
    commit(p);
    assert_int_equal(hub_begin(p->hub), 0);
    assert_int_equal(hub_rotation_begin(p->hub, &order, &p->err), ERR_EXISTS);
    commit(p);
    work(p);
    assert_int_equal(hub_begin(p->hub), 0);
    assert_int_equal(hub_rotation_begin(p->hub, &order, &p->err), ERR_REFUSED);
    assert_non_null(strstr(p->err.text, "--again"));
    hub_rollback(p->hub);
    begin(p);
    commit(p);
    assert_int_equal(status(p, "number"), 3);
}

static void the_ports_of_a_past_key_are_not_taken(void **state)
{
    struct place *p = *state;
    char old[NET_ADDRESS_BYTES], out[NET_ADDRESS_BYTES];

    (void)snprintf(old, sizeof old, "%s",
                   net_server_address(p->hub->server, NET_BULK));
    assert_ptr_equal(hub_rotation_wish(p->hub, NET_BULK, old, out), old);
    begin(p);
    commit(p);
    work(p);
    assert_string_equal(hub_rotation_wish(p->hub, NET_BULK, old, out),
                        net_server_address(p->hub->server, NET_BULK));
    assert_string_equal(
        hub_rotation_wish(p->hub, NET_BULK, "tcp://127.0.0.1:9", out),
        "tcp://127.0.0.1:9");
}

static int find_moved(void *who, const struct alarm_row *row)
{
    *(bool *)who |= strstr(row->text, "ports of its former key") != NULL;
    return 0;
}

static bool is_told_of_ports(struct place *p)
{
    bool found = false;

    assert_int_equal(hub_store_alarms(p->hub->store, NULL, find_moved, &found),
                     0);
    return found;
}

static void
a_start_at_the_right_ports_ends_the_alarm_of_wrong_ones(void **state)
{
    struct place *p = *state;
    char old[NET_ADDRESS_BYTES], out[NET_ADDRESS_BYTES];

    (void)snprintf(old, sizeof old, "%s",
                   net_server_address(p->hub->server, NET_BULK));
    begin(p);
    commit(p);
    work(p);
    restart(p);
    (void)hub_rotation_wish(p->hub, NET_BULK, old, out);
    work(p);
    work(p);
    assert_true(is_told_of_ports(p));
    restart(p);
    (void)hub_rotation_wish(p->hub, NET_BULK, "tcp://127.0.0.1:9", out);
    work(p);
    assert_false(is_told_of_ports(p));
}

/* ---- the signing key */

static int sign_next(struct place *p, bool revoke)
{
    const struct signing_order order = {{p->shares[0], p->shares[1]}, revoke};
    uint8_t seed[SIGN_SEED_BYTES];
    struct buf blob = {0};
    int rc;

    if (hub_signing_make(p->hub, &order, seed, &blob, &p->err) != 0)
        fail_msg("%s", p->err.text);
    assert_int_equal(hub_begin(p->hub), 0);
    rc = hub_signing_begin(p->hub, seed, buf_bytes(&blob), &p->err);
    buf_free(&blob);
    return rc;
}

static bool signs_well(struct place *p)
{
    struct signed_bytes s;

    hub_keys_sign(&p->hub->keys, &s, BEACON_SIGN_DOMAIN, bytes_of_text("x"));
    return hub_signers_verify(p->hub->signers, s.key_id, s.signature,
                              BEACON_SIGN_DOMAIN, s.body);
}

static void the_hub_signs_with_the_next_key_once_it_is_recorded(void **state)
{
    struct place *p = *state;
    uint8_t first[8];

    memcpy(first, p->hub->keys.sign_id, 8);
    assert_int_equal(sign_next(p, false), 0);
    assert_memory_equal(p->hub->keys.sign_id, first, 8);
    commit(p);
    assert_memory_not_equal(p->hub->keys.sign_id, first, 8);
    assert_true(signs_well(p));
    assert_false(has_file(p, "sign.next"));
    assert_int_equal(hub_signers_count(p->hub->signers), 2);
    restart(p);
    assert_memory_not_equal(p->hub->keys.sign_id, first, 8);
    assert_true(signs_well(p));
    assert_true(hub_signers_know(p->hub->signers, first));
}

static void a_crash_before_the_record_leaves_the_old_signing_key(void **state)
{
    struct place *p = *state;
    uint8_t first[8];

    memcpy(first, p->hub->keys.sign_id, 8);
    assert_int_equal(sign_next(p, false), 0);
    restart(p);
    assert_memory_equal(p->hub->keys.sign_id, first, 8);
    assert_false(has_file(p, "sign.next"));
    assert_int_equal(sign_next(p, false), 0);
    commit(p);
    assert_memory_not_equal(p->hub->keys.sign_id, first, 8);
}

static void a_crash_after_the_record_goes_on_with_the_new_one(void **state)
{
    struct place *p = *state;
    uint8_t first[8];

    memcpy(first, p->hub->keys.sign_id, 8);
    assert_int_equal(sign_next(p, false), 0);
    assert_int_equal(hub_commit(p->hub, &p->err), 0);
    restart(p);
    assert_memory_not_equal(p->hub->keys.sign_id, first, 8);
    assert_true(signs_well(p));
    assert_false(has_file(p, "sign.next"));
}

static void a_revoked_key_signs_nothing_any_more(void **state)
{
    struct place *p = *state;
    struct signed_bytes old;

    hub_keys_sign(&p->hub->keys, &old, BEACON_SIGN_DOMAIN, bytes_of_text("x"));
    assert_int_equal(sign_next(p, true), 0);
    commit(p);
    assert_true(signs_well(p));
    assert_false(hub_signers_verify(p->hub->signers, old.key_id, old.signature,
                                    BEACON_SIGN_DOMAIN, old.body));
}

/* The disk did not take it: the hub signs as before, and it may be done again.
 */
static void a_signing_key_that_was_not_committed_never_was(void **state)
{
    struct place *p = *state;
    const struct signing_order order = {{p->shares[0], p->shares[1]}, true};
    uint8_t seed[2][SIGN_SEED_BYTES];
    struct buf blob[2] = {{0}};

    for (int i = 0; i < 2; i++) /* as a process of its own, from the file */
        assert_int_equal(
            hub_signing_make(p->hub, &order, seed[i], &blob[i], &p->err), 0);
    assert_int_equal(hub_begin(p->hub), 0);
    assert_int_equal(
        hub_signing_begin(p->hub, seed[0], buf_bytes(&blob[0]), &p->err), 0);
    hub_rollback(p->hub);
    assert_true(signs_well(p));
    assert_int_equal(hub_signers_count(p->hub->signers), 1);
    assert_int_equal(hub_begin(p->hub), 0);
    if (hub_signing_begin(p->hub, seed[1], buf_bytes(&blob[1]), &p->err) != 0)
        fail_msg("%s", p->err.text);
    commit(p);
    assert_true(signs_well(p));
    assert_int_equal(hub_signers_count(p->hub->signers), 2);
    for (int i = 0; i < 2; i++)
        buf_free(&blob[i]);
}

static void another_root_is_refused(void **state)
{
    struct place *p = *state;
    uint8_t seed[SIGN_SEED_BYTES], foreign[32] = {7};
    struct signing_order order = {{p->shares[0], p->shares[1]}, false};
    struct buf blob = {0};

    share_split(p->shares[0], p->shares[1], "root", foreign);
    assert_int_equal(hub_signing_make(p->hub, &order, seed, &blob, &p->err),
                     ERR_REFUSED);
    assert_non_null(strstr(p->err.text, "another hub"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_rotation_that_was_not_committed_never_was),
        TEST(one_that_was_committed_goes_on_after_every_start),
        TEST(when_all_were_seen_the_old_key_ends),
        TEST(a_token_with_the_old_key_is_waited_for),
        TEST(a_crash_after_the_decision_ends_well),
        TEST(without_the_file_of_the_new_key_another_is_made),
        TEST(a_failed_turn_brings_no_key_back_that_is_gone),
        TEST(another_so_soon_must_be_meant),
        TEST(the_ports_of_a_past_key_are_not_taken),
        TEST(a_start_at_the_right_ports_ends_the_alarm_of_wrong_ones),
        TEST(the_hub_signs_with_the_next_key_once_it_is_recorded),
        TEST(a_crash_before_the_record_leaves_the_old_signing_key),
        TEST(a_crash_after_the_record_goes_on_with_the_new_one),
        TEST(a_revoked_key_signs_nothing_any_more),
        TEST(a_signing_key_that_was_not_committed_never_was),
        TEST(another_root_is_refused),
    };

    return cmocka_run_group_tests_name("hub/rotation", tests, NULL, NULL);
}
