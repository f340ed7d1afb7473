/* tests/unit/test_hub_signers.c - which keys a hub takes for its own. */
#include "tests/unit/test_hub_fixture.h"

#include "hub/signers.h"

/* The fact of a signing key, by `root`, for `hub`, that takes another one
 * (or NULL) out of use. Owned. */
static struct buf fact_instead(const struct sign_key *root, const char *hub,
                               uint64_t number, const struct sign_key *key,
                               const struct sign_key *stolen)
{
    struct signing_key k = {.number = number, .issued_ms = 1};
    struct buf body = {0}, out = {0};
    struct signed_bytes blob;

    if (stolen != NULL)
        sign_key_id(k.revoked[k.revoked_count++], stolen->public_key);
    (void)snprintf(k.hub, sizeof k.hub, "%s", hub);
    memcpy(k.sign_public, key->public_key, sizeof k.sign_public);
    wire_signing_key_encode(&body, &k);
    blob.body = buf_bytes(&body);
    sign_key_id(blob.key_id, root->public_key);
    sign_bytes(blob.signature, root, SIGNING_KEY_SIGN_DOMAIN, blob.body);
    wire_signed_encode(&out, &blob);
    buf_free(&body);
    return out;
}

static struct buf fact_of(const struct sign_key *root, const char *hub,
                          uint64_t number, const struct sign_key *key)
{
    return fact_instead(root, hub, number, key, NULL);
}

static bool verifies(const struct signers *s, const struct sign_key *key)
{
    uint8_t signature[64], id[SIGN_KEY_ID_BYTES];

    sign_bytes(signature, key, CHANGE_SIGN_DOMAIN, bytes_of_text("words"));
    sign_key_id(id, key->public_key);
    return hub_signers_verify(s, id, signature, CHANGE_SIGN_DOMAIN,
                              bytes_of_text("words"));
}

static void every_key_the_root_signed_is_believed(void **state)
{
    struct sign_key root, first, second;
    struct signers *s;
    struct buf fact;

    (void)state;
    sign_key_generate(&root);
    sign_key_generate(&first);
    sign_key_generate(&second);
    s = hub_signers_new("hub1", root.public_key);
    fact = fact_of(&root, "hub1", 1, &first);
    assert_int_equal(hub_signers_believe(s, buf_bytes(&fact), NULL), 0);
    assert_int_equal(hub_signers_believe(s, buf_bytes(&fact), NULL), 0);
    assert_int_equal(hub_signers_count(s), 1);
    assert_true(verifies(s, &first));
    assert_false(verifies(s, &second));
    buf_free(&fact);
    fact = fact_of(&root, "hub1", 2, &second);
    assert_int_equal(hub_signers_believe(s, buf_bytes(&fact), NULL), 0);
    assert_true(verifies(s, &first));
    assert_true(verifies(s, &second));
    assert_int_equal(hub_signers_last(s), 2);
    buf_free(&fact);
    hub_signers_free(&s);
    assert_null(s);
}

static void a_stolen_key_counts_no_more_in_either_order(void **state)
{
    struct sign_key root, stolen, next;
    struct buf facts[2];

    (void)state;
    sign_key_generate(&root);
    sign_key_generate(&stolen);
    sign_key_generate(&next);
    facts[0] = fact_of(&root, "hub1", 1, &stolen);
    facts[1] = fact_instead(&root, "hub1", 2, &next, &stolen);
    for (int first = 0; first < 2; first++) {
        struct signers *s = hub_signers_new("hub1", root.public_key);

        assert_int_equal(hub_signers_believe(s, buf_bytes(&facts[first]), NULL),
                         0);
        assert_int_equal(
            hub_signers_believe(s, buf_bytes(&facts[1 - first]), NULL), 0);
        assert_false(verifies(s, &stolen));
        assert_true(verifies(s, &next));
        hub_signers_free(&s);
    }
    buf_free(&facts[0]);
    buf_free(&facts[1]);
}

static void no_other_key_is_believed(void **state)
{
    struct sign_key root, stranger, key;
    struct error err = {""};
    struct signers *s;
    struct buf fact;

    (void)state;
    sign_key_generate(&root);
    sign_key_generate(&stranger);
    sign_key_generate(&key);
    s = hub_signers_new("hub1", root.public_key);
    fact = fact_of(&stranger, "hub1", 1, &key);
    assert_int_equal(hub_signers_believe(s, buf_bytes(&fact), &err),
                     ERR_REFUSED);
    buf_free(&fact);
    fact = fact_of(&root, "hub2", 1, &key); /* the same root's other hub */
    assert_int_equal(hub_signers_believe(s, buf_bytes(&fact), &err),
                     ERR_REFUSED);
    fact.data[fact.size / 2] ^= 1;
    assert_int_equal(hub_signers_believe(s, buf_bytes(&fact), &err),
                     ERR_REFUSED);
    assert_int_equal(hub_signers_believe(s, bytes_of_text("nonsense"), &err),
                     ERR_REFUSED);
    assert_int_equal(hub_signers_count(s), 0);
    assert_false(verifies(s, &key));
    buf_free(&fact);
    hub_signers_free(&s);
}

static void a_hub_knows_its_first_key_and_refuses_a_foreign_record(void **state)
{
    struct fixture *f = *state;
    struct id record = random_id(f->hub->wall_ms);
    struct sign_key stranger, key;
    struct buf fact;

    assert_int_equal(hub_signers_count(f->hub->signers), 1);
    assert_true(verifies(f->hub->signers, &f->hub->keys.sign));
    sign_key_generate(&stranger);
    sign_key_generate(&key);
    fact = fact_of(&stranger, f->hub->keys.home, 2, &key);
    assert_int_equal(hub_append(f->hub, &f->hub->all, KIND_SIGNING_KEY, &record,
                                1, CHANGE_EXPEDITED, buf_bytes(&fact), &f->err),
                     ERR_REFUSED);
    assert_int_equal(hub_signers_count(f->hub->signers), 1);
    buf_free(&fact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_the_root_signed_is_believed),
        cmocka_unit_test(a_stolen_key_counts_no_more_in_either_order),
        cmocka_unit_test(no_other_key_is_believed),
        cmocka_unit_test_setup_teardown(
            a_hub_knows_its_first_key_and_refuses_a_foreign_record, open_hub,
            close_hub),
    };

    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
