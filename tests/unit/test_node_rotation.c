/* tests/unit/test_node_rotation.c - new keys beside the old ones: whatever step
 * a crash strikes at, one whole identity is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/rotation.h"

struct place {
    char folder[64];
    struct node_keys old, next;
    struct error err;
};

static const char *at(const struct place *p, const char *name)
{
    static char path[256];

    (void)snprintf(path, sizeof path, "%s/%s", p->folder, name);
    return path;
}

static struct certificate certificate_of(const struct node_keys *keys,
                                         uint64_t number)
{
    struct certificate c = {.number = number};

    (void)snprintf(c.unit, sizeof c.unit, "19894@20040708");
    (void)snprintf(c.hub, sizeof c.hub, "hub03a107bf@20261123");
    memcpy(c.curve_public, keys->curve.public_key, 32);
    memcpy(c.sign_public, keys->sign.public_key, 32);
    return c;
}

static int set_up(void **state)
{
    struct place *p = mem_new(sizeof *p);

    crypto_open();
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/lienxa-keys.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    node_keys_make(&p->old);
    (void)snprintf(p->old.unit, sizeof p->old.unit, "19894@20040708");
    (void)snprintf(p->old.hub, sizeof p->old.hub, "hub03a107bf@20261123");
    p->old.certificate = certificate_of(&p->old, 1);
    assert_int_equal(node_keys_save(&p->old, p->folder, &p->err), 0);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    char command[128];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", p->folder);
    assert_int_equal(system(command), 0);
    mem_free(&p);
    return 0;
}

static bool same_identity(const struct node_keys *a, const struct node_keys *b)
{
    return memcmp(&a->curve, &b->curve, sizeof a->curve) == 0 &&
           memcmp(a->sign.public_key, b->sign.public_key, 32) == 0 &&
           memcmp(a->sign_id, b->sign_id, sizeof a->sign_id) == 0 &&
           memcmp(a->rest, b->rest, sizeof a->rest) == 0 &&
           a->certificate.number == b->certificate.number;
}

static void expect_identity(struct place *p, const struct node_keys *keys)
{
    struct node_keys loaded;

    assert_int_equal(node_keys_load(&loaded, p->folder, &p->err), 0);
    assert_true(same_identity(&loaded, keys));
    assert_memory_equal(loaded.certificate.curve_public,
                        loaded.curve.public_key, 32);
}

static void ask(struct place *p)
{
    assert_int_equal(node_rotation_keys(&p->next, p->folder, &p->old, &p->err),
                     0);
}

static void the_same_keys_are_asked_for_again(void **state)
{
    struct place *p = *state;
    struct node_keys again;

    assert_false(node_rotation_is_pending(p->folder));
    ask(p);
    assert_true(node_rotation_is_pending(p->folder));
    expect_identity(p, &p->old);
    assert_int_equal(node_rotation_keys(&again, p->folder, &p->old, &p->err),
                     0);
    assert_memory_equal(&again.curve, &p->next.curve, sizeof again.curve);
    assert_memory_not_equal(&again.curve, &p->old.curve, sizeof again.curve);
    assert_memory_equal(again.rest, p->old.rest, sizeof again.rest);
}

static void the_question_bears_both_signatures(void **state)
{
    struct place *p = *state;
    struct rotate_body body;
    struct buf memory = {0};
    struct msg_rotate m;

    ask(p);
    node_rotation_question(&m, &memory, &p->old, &p->next);
    assert_int_equal(wire_rotate_decode(&body, m.body), 0);
    assert_int_equal(body.number, 1);
    assert_memory_equal(body.curve_public, p->next.curve.public_key, 32);
    assert_true(sign_verify(m.old_signature, p->old.sign.public_key,
                            ROTATE_SIGN_DOMAIN, m.body));
    assert_true(sign_verify(m.new_signature, p->next.sign.public_key,
                            ROTATE_SIGN_DOMAIN, m.body));
    buf_free(&memory);
}

static void a_switch_leaves_the_new_identity_and_nothing_else(void **state)
{
    struct place *p = *state;

    ask(p);
    p->next.certificate = certificate_of(&p->next, 2);
    assert_int_equal(node_rotation_switch(p->folder, &p->next,
                                          bytes_of_text("blob"), &p->err),
                     0);
    expect_identity(p, &p->next);
    assert_false(file_exists(at(p, "rotating")));
    assert_true(file_exists(at(p, "keys/certificate")));
}

/* `join` in a folder that has joined: keys that nobody asked for in `rotating`,
 * and another hub address. Every step before a crash is as above. */
static void what_join_pins_is_switched_to_in_the_same_way(void **state)
{
    struct place *p = *state;

    struct node_keys fresh;

    node_keys_make(&fresh);
    p->next = p->old;
    p->next.curve = fresh.curve;
    p->next.sign = fresh.sign;
    memcpy(p->next.sign_id, fresh.sign_id, sizeof p->next.sign_id);
    (void)snprintf(p->next.express, sizeof p->next.express, "tcp://h:1");
    p->next.certificate = certificate_of(&p->next, 2);
    assert_int_equal(node_rotation_switch(p->folder, &p->next,
                                          bytes_of_text("blob"), &p->err),
                     0);
    expect_identity(p, &p->next);
    assert_false(file_exists(at(p, "rotating")));
}

static void a_no_leaves_the_old_identity(void **state)
{
    struct place *p = *state;

    ask(p);
    node_rotation_forget(p->folder);
    assert_false(node_rotation_is_pending(p->folder));
    assert_false(file_exists(at(p, "rotating")));
    expect_identity(p, &p->old);
}

static void write_ready(struct place *p)
{
    char folder[128];

    (void)snprintf(folder, sizeof folder, "%s/rotating", p->folder);
    p->next.certificate = certificate_of(&p->next, 2);
    assert_int_equal(file_write(at(p, "rotating/keys/certificate"),
                                bytes_of_text("blob"), 0600, &p->err),
                     0);
    assert_int_equal(node_keys_save(&p->next, folder, &p->err), 0);
    assert_int_equal(file_write(at(p, "rotating/ready"), bytes_of_text("1\n"),
                                0600, &p->err),
                     0);
}

/* Before `ready` the old keys hold, even with the certificate written. */
static void a_crash_before_the_mark_keeps_the_old_identity(void **state)
{
    struct place *p = *state;

    ask(p);
    write_ready(p);
    assert_int_equal(unlink(at(p, "rotating/ready")), 0);
    expect_identity(p, &p->old);
    assert_true(node_rotation_is_pending(p->folder));
    assert_int_equal(node_rotation_settle(p->folder, &p->err), 0);
    expect_identity(p, &p->old);
}

/* After it the new ones do, however many files had been moved. */
static void a_crash_while_moving_keeps_the_new_identity(void **state)
{
    static const char *const moved[] = {"curve.key", "sign.key", "rest.key",
                                        "certificate", "pinned"};
    struct place *p = *state;
    char from[64], to[64];

    ask(p);
    write_ready(p);
    for (size_t i = 0; i < sizeof moved / sizeof *moved; i++) {
        struct buf content = {0};

        expect_identity(p, &p->next);
        (void)snprintf(from, sizeof from, "rotating/keys/%s", moved[i]);
        (void)snprintf(to, sizeof to, "keys/%s", moved[i]);
        assert_int_equal(file_read(&content, at(p, from), 8192, &p->err), 0);
        assert_int_equal(
            file_write(at(p, to), buf_bytes(&content), 0600, &p->err), 0);
        buf_free(&content);
    }
    expect_identity(p, &p->next);
    assert_int_equal(node_rotation_settle(p->folder, &p->err), 0);
    expect_identity(p, &p->next);
    assert_false(file_exists(at(p, "rotating")));
}

/* The mark is gone, some of what it stood for is not. */
static void a_crash_while_tidying_up_is_tidied_up(void **state)
{
    struct place *p = *state;

    ask(p);
    write_ready(p);
    assert_int_equal(node_rotation_settle(p->folder, &p->err), 0);
    assert_int_equal(file_make_folder(at(p, "rotating"), &p->err), 0);
    assert_int_equal(file_make_folder(at(p, "rotating/keys"), &p->err), 0);
    assert_int_equal(file_write(at(p, "rotating/keys/curve.key"),
                                bytes_of_text("old"), 0600, &p->err),
                     0);
    assert_false(node_rotation_is_pending(p->folder));
    expect_identity(p, &p->next);
    p->old = p->next;
    ask(p); /* new keys once more */
    assert_true(node_rotation_is_pending(p->folder));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_same_keys_are_asked_for_again),
        TEST(the_question_bears_both_signatures),
        TEST(a_switch_leaves_the_new_identity_and_nothing_else),
        TEST(what_join_pins_is_switched_to_in_the_same_way),
        TEST(a_no_leaves_the_old_identity),
        TEST(a_crash_before_the_mark_keeps_the_old_identity),
        TEST(a_crash_while_moving_keeps_the_new_identity),
        TEST(a_crash_while_tidying_up_is_tidied_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
