/* tests/unit/test_hub_registry.c - who may speak, by key and by unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/crypto/random.h"
#include "common/crypto/sign.h"
#include "hub/registry.h"

#define THO "19894@20040708"
#define PHU "19897@20040708"

static int set_up(void **state)
{
    crypto_open();
    *state = hub_registry_new();
    return 0;
}

static int tear_down(void **state)
{
    struct registry *r = *state;

    hub_registry_free(&r);
    assert_null(r);
    hub_registry_free(&r); /* NULL is fine */
    return 0;
}

static struct node_key machine(const char *unit, uint64_t number)
{
    struct node_key key = {.number = number, .state = NODE_ENROLLED};

    (void)snprintf(key.unit, sizeof key.unit, "%s", unit);
    random_bytes(key.curve_public, sizeof key.curve_public);
    random_bytes(key.sign_public, sizeof key.sign_public);
    return key;
}

static int state_of(const struct registry *r, const struct node_key *key)
{
    const struct node_key *found = hub_registry_find(r, key->curve_public);

    assert_non_null(found);
    assert_string_equal(found->unit, key->unit);
    assert_int_equal(found->number, key->number);
    return found->state;
}

static void an_empty_registry_knows_nobody(void **state)
{
    const struct registry *r = *state;
    struct node_key key = machine(THO, 1);

    assert_int_equal(hub_registry_count(r), 0);
    assert_null(hub_registry_find(r, key.curve_public));
    assert_null(hub_registry_unit(r, THO));
    assert_null(hub_registry_signer(r, THO, key.sign_public));
    assert_null(hub_registry_at(r, 0));
}

static void a_key_is_known_by_all_of_its_bytes(void **state)
{
    struct registry *r = *state;
    struct node_key key = machine(THO, 1);

    hub_registry_put(r, &key);
    assert_int_equal(state_of(r, &key), NODE_ENROLLED);
    for (size_t i = 0; i < sizeof key.curve_public; i++) {
        struct node_key almost = key;

        almost.curve_public[i] ^= 1;
        assert_null(hub_registry_find(r, almost.curve_public));
    }
}

static void the_same_number_again_is_the_same_machine(void **state)
{
    struct registry *r = *state;
    struct node_key key = machine(THO, 1);

    hub_registry_put(r, &key);
    key.state = NODE_REVOKED;
    hub_registry_put(r, &key);
    assert_int_equal(hub_registry_count(r), 1);
    assert_int_equal(state_of(r, &key), NODE_REVOKED);
}

static void a_newer_certificate_retires_the_older_ones(void **state)
{
    struct registry *r = *state;
    struct node_key old = machine(THO, 1), new = machine(THO, 2);
    struct node_key other = machine(PHU, 1);

    hub_registry_put(r, &old);
    hub_registry_put(r, &other);
    hub_registry_put(r, &new);
    assert_int_equal(state_of(r, &old), NODE_RETIRING);
    assert_int_equal(state_of(r, &new), NODE_ENROLLED);
    assert_int_equal(state_of(r, &other), NODE_ENROLLED);
    assert_int_equal(hub_registry_unit(r, THO)->number, 2);
}

static void the_order_of_arrival_does_not_matter(void **state)
{
    struct registry *r = *state;
    struct node_key old = machine(THO, 1), new = machine(THO, 2);

    hub_registry_put(r, &new);
    hub_registry_put(r, &old);
    assert_int_equal(state_of(r, &old), NODE_RETIRING);
    assert_int_equal(state_of(r, &new), NODE_ENROLLED);
}

static void revoked_stays_revoked(void **state)
{
    struct registry *r = *state;
    struct node_key stolen = machine(THO, 1), new = machine(THO, 2);

    stolen.state = NODE_REVOKED;
    hub_registry_put(r, &stolen);
    hub_registry_put(r, &new);
    assert_int_equal(state_of(r, &stolen), NODE_REVOKED);
    assert_int_equal(state_of(r, &new), NODE_ENROLLED);
}

static void
a_revoked_newest_machine_does_not_call_the_old_one_back(void **state)
{
    struct registry *r = *state;
    struct node_key old = machine(THO, 1), new = machine(THO, 2);

    hub_registry_put(r, &old);
    hub_registry_put(r, &new);
    new.state = NODE_REVOKED;
    hub_registry_put(r, &new);
    assert_int_equal(state_of(r, &old), NODE_RETIRING);
    assert_int_equal(hub_registry_unit(r, THO)->state, NODE_REVOKED);
}

static void a_signer_is_looked_for_within_its_unit(void **state)
{
    struct registry *r = *state;
    struct node_key tho = machine(THO, 1), phu = machine(PHU, 1);
    uint8_t id[SIGN_KEY_ID_BYTES];

    hub_registry_put(r, &tho);
    hub_registry_put(r, &phu);
    sign_key_id(id, tho.sign_public);
    assert_memory_equal(hub_registry_signer(r, THO, id)->sign_public,
                        tho.sign_public, 32);
    assert_null(hub_registry_signer(r, PHU, id));
    id[7] ^= 1;
    assert_null(hub_registry_signer(r, THO, id));
}

static void what_a_revoked_machine_signed_before_stands(void **state)
{
    struct registry *r = *state;
    struct node_key stolen = machine(THO, 1);
    uint8_t id[SIGN_KEY_ID_BYTES];

    stolen.state = NODE_REVOKED;
    hub_registry_put(r, &stolen);
    sign_key_id(id, stolen.sign_public);
    assert_non_null(hub_registry_signer(r, THO, id));
}

/* Keys whose first bytes are alike land in one place of the table. */
static void thousands_of_machines_are_each_found(void **state)
{
    enum { MANY = 3321 };
    static struct node_key keys[MANY];
    struct registry *r = *state;

    for (size_t i = 0; i < MANY; i++) {
        char unit[24];

        (void)snprintf(unit, sizeof unit, "%zu@20250701", i + 1);
        keys[i] = machine(unit, 1);
        if (i % 3 == 0)
            memset(keys[i].curve_public, 0xff, 4);
        hub_registry_put(r, &keys[i]);
    }
    assert_int_equal(hub_registry_count(r), MANY);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(state_of(r, &keys[i]), NODE_ENROLLED);
        assert_string_equal(hub_registry_at(r, i)->unit, keys[i].unit);
    }
    assert_null(hub_registry_at(r, MANY));
}

#define registry_test(name)                                                    \
    cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        registry_test(an_empty_registry_knows_nobody),
        registry_test(a_key_is_known_by_all_of_its_bytes),
        registry_test(the_same_number_again_is_the_same_machine),
        registry_test(a_newer_certificate_retires_the_older_ones),
        registry_test(the_order_of_arrival_does_not_matter),
        registry_test(revoked_stays_revoked),
        registry_test(a_revoked_newest_machine_does_not_call_the_old_one_back),
        registry_test(a_signer_is_looked_for_within_its_unit),
        registry_test(what_a_revoked_machine_signed_before_stands),
        registry_test(thousands_of_machines_are_each_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
