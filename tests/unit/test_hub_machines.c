/* tests/unit/test_hub_machines.c - retiring and new keys at a real hub
 * (PROTOCOL 8.6, 8.8).
 */
#include "tests/unit/test_hub_fixture.h"

#include "hub/enrolment.h"
#include "hub/machines.h"

struct machine {
    struct sign_key sign;
    struct node_key key;
};

static struct machine enrol(struct fixture *f, uint64_t number)
{
    struct machine m = {.key = {.number = number, .state = NODE_ENROLLED}};

    sign_key_generate(&m.sign);
    (void)snprintf(m.key.unit, sizeof m.key.unit, "%s", QUANG_THO);
    random_bytes(m.key.curve_public, sizeof m.key.curve_public);
    memcpy(m.key.sign_public, m.sign.public_key, 32);
    assert_int_equal(hub_enrolment_publish(f->hub, &m.key, &f->err), 0);
    return m;
}

static int state_of(struct fixture *f, uint64_t number)
{
    return hub_registry_number(f->hub->registry, QUANG_THO, number)->state;
}

/* What a machine with `old`'s keys says to be given `next`'s. */
static void question(struct msg_rotate *out, struct buf *body,
                     const struct machine *old, const struct machine *next)
{
    struct rotate_body r = {.number = old->key.number};

    memcpy(r.unit, old->key.unit, sizeof r.unit);
    memcpy(r.curve_public, next->key.curve_public, 32);
    memcpy(r.sign_public, next->sign.public_key, 32);
    buf_clear(body);
    wire_rotate_encode(body, &r);
    out->body = buf_bytes(body);
    sign_bytes(out->old_signature, &old->sign, ROTATE_SIGN_DOMAIN, out->body);
    sign_bytes(out->new_signature, &next->sign, ROTATE_SIGN_DOMAIN, out->body);
}

static struct machine fresh(void)
{
    struct machine m = {.key = {.number = 0}};

    sign_key_generate(&m.sign);
    random_bytes(m.key.curve_public, sizeof m.key.curve_public);
    return m;
}

static bool certified(struct fixture *f, const struct machine *old,
                      const struct machine *next, struct buf *certificate)
{
    char text[LIMIT_TEXT];
    struct msg_rotate m;
    struct buf body = {0};
    const struct node_key *key =
        hub_registry_number(f->hub->registry, QUANG_THO, old->key.number);

    buf_clear(certificate);
    question(&m, &body, old, next);
    assert_int_equal(
        hub_machines_certify(f->hub, key, &m, "192.0.2.7", certificate, text),
        0);
    buf_free(&body);
    assert_int_equal(certificate->size == 0, text[0] != '\0');
    return certificate->size > 0;
}

static void order(struct fixture *f)
{
    const struct node_key *key;

    assert_int_equal(
        hub_machines_order_rotation(f->hub, "quang-tho", &key, &f->err), 0);
}

static void a_machine_is_retired_before_the_next_one_is_invited(void **state)
{
    struct fixture *f = *state;
    uint64_t number;

    enrol(f, 1);
    assert_int_equal(
        hub_machines_retire(f->hub, "quang-tho", 0, &number, &f->err), 0);
    assert_int_equal(number, 1);
    assert_int_equal(state_of(f, 1), NODE_RETIRING);
    enrol(f, 2);
    assert_int_equal(state_of(f, 1), NODE_RETIRING);
    assert_int_equal(state_of(f, 2), NODE_ENROLLED);
}

/* Whoever means the old one must not hit the new one. */
static void the_new_machine_is_not_retired_by_mistake(void **state)
{
    struct fixture *f = *state;
    uint64_t number;

    enrol(f, 1);
    enrol(f, 2);
    assert_int_equal(
        hub_machines_retire(f->hub, "quang-tho", 0, &number, &f->err),
        ERR_REFUSED);
    assert_non_null(strstr(f->err.text, "--certificate 2"));
    assert_int_equal(state_of(f, 2), NODE_ENROLLED);
    assert_int_equal(
        hub_machines_drained(
            f->hub, hub_registry_number(f->hub->registry, QUANG_THO, 1), 0),
        0);
    assert_int_equal(
        hub_machines_retire(f->hub, "quang-tho", 0, &number, &f->err), 0);
    assert_int_equal(number, 2);
}

static void new_keys_are_given_when_they_are_ordered(void **state)
{
    struct fixture *f = *state;
    struct machine old = enrol(f, 1), next = fresh();
    struct buf certificate = {0};

    assert_false(certified(f, &old, &next, &certificate));
    order(f);
    assert_true(certified(f, &old, &next, &certificate));
    assert_int_equal(state_of(f, 1), NODE_RETIRING);
    assert_int_equal(state_of(f, 2), NODE_ENROLLED);
    assert_false(hub_machines_rotation_is_due(
        f->hub, hub_registry_unit(f->hub->registry, QUANG_THO)));
    buf_free(&certificate);
}

static void the_same_question_gets_the_same_certificate(void **state)
{
    struct fixture *f = *state;
    struct machine old = enrol(f, 1), next = fresh();
    struct buf first = {0}, again = {0};

    order(f);
    assert_true(certified(f, &old, &next, &first));
    assert_true(certified(f, &old, &next, &again));
    assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
    assert_int_equal(hub_registry_count(f->hub->registry), 2);
    buf_free(&first);
    buf_free(&again);
}

static void a_copy_gets_no_keys_and_is_named(void **state)
{
    struct fixture *f = *state;
    struct machine old = enrol(f, 1), next = fresh(), copy = fresh();
    struct buf certificate = {0};

    order(f);
    assert_true(certified(f, &old, &next, &certificate));
    order(f);
    assert_false(certified(f, &old, &copy, &certificate));
    assert_null(hub_registry_find(f->hub->registry, copy.key.curve_public));
    buf_free(&certificate);
}

static void a_foreign_signature_gets_no_keys(void **state)
{
    struct fixture *f = *state;
    struct machine old = enrol(f, 1), next = fresh(), thief = old;
    struct buf certificate = {0};

    sign_key_generate(&thief.sign);
    order(f);
    assert_false(certified(f, &thief, &next, &certificate));
    thief = next;
    sign_key_generate(&thief.sign);
    memcpy(thief.sign.public_key, next.sign.public_key, 32);
    assert_false(certified(f, &old, &thief, &certificate));
    buf_free(&certificate);
}

static void nothing_is_ordered_of_a_unit_without_a_machine(void **state)
{
    struct fixture *f = *state;
    const struct node_key *key;
    uint64_t number;

    assert_int_equal(
        hub_machines_order_rotation(f->hub, "quang-tho", &key, &f->err),
        ERR_REFUSED);
    assert_int_equal(
        hub_machines_retire(f->hub, "quang-tho", 0, &number, &f->err),
        ERR_REFUSED);
    assert_int_equal(
        hub_machines_retire(f->hub, "nowhere", 0, &number, &f->err),
        ERR_MISSING);
}

static void what_was_drained_and_grows_is_not_drained(void **state)
{
    struct fixture *f = *state;
    const struct node_key *key;
    struct machine_row row;

    enrol(f, 1);
    enrol(f, 2);
    key = hub_registry_number(f->hub->registry, QUANG_THO, 1);
    assert_int_equal(hub_machines_heard(f->hub, key, "192.0.2.7", 3), 0);
    assert_int_equal(hub_machines_heard(f->hub, key, NULL, 0), 0);
    assert_int_equal(hub_machines_drained(f->hub, key, 0), 0);
    assert_int_equal(machine_store_get(f->hub->machines, QUANG_THO, 1, &row),
                     0);
    assert_true(row.drained_ms > 0);
    assert_string_equal(row.address, "192.0.2.7");
    assert_int_equal(hub_machines_heard(f->hub, key, NULL, 1), 0);
    assert_int_equal(machine_store_get(f->hub->machines, QUANG_THO, 1, &row),
                     0);
    assert_int_equal(row.drained_ms, 0);
    assert_int_equal(row.waiting, 1);
}

static int note_drained(void *who, const struct alarm_row *row)
{
    struct buf *text = who;

    if (row->code == ALARM_DRAINED)
        buf_add_text(text, row->text);
    return 0;
}

/* As the runbook says it: retired first, and drained before the next machine is
 * invited, or before that has called for the first time. */
static void what_is_drained_is_not_said_to_be_where_nobody_is(void **state)
{
    struct fixture *f = *state;
    struct buf text = {0};
    uint64_t number;

    enrol(f, 1);
    assert_int_equal(hub_machines_retire(f->hub, "quang-tho", 0, &number, NULL),
                     0);
    assert_int_equal(
        hub_machines_drained(
            f->hub, hub_registry_number(f->hub->registry, QUANG_THO, number),
            0),
        0);
    assert_int_equal(
        hub_store_alarms(f->hub->store, QUANG_THO, note_drained, &text), 0);
    assert_non_null(strstr(buf_text(&text), "is drained"));
    assert_non_null(strstr(buf_text(&text), "are with the district"));
    assert_null(strstr(buf_text(&text), "with the present machine"));
    buf_free(&text);
}

/* The answer got lost: it calls with its old key until it has the new one. */
static void an_old_key_that_calls_once_more_is_not_waited_for(void **state)
{
    struct fixture *f = *state;
    struct machine old = enrol(f, 1), next = fresh();
    struct buf certificate = {0};
    const struct node_key *key;
    struct machine_row row;

    order(f);
    assert_true(certified(f, &old, &next, &certificate));
    key = hub_registry_number(f->hub->registry, QUANG_THO, 1);
    assert_int_equal(hub_machines_heard(f->hub, key, "192.0.2.7", -1), 0);
    assert_int_equal(machine_store_get(f->hub->machines, QUANG_THO, 1, &row),
                     0);
    assert_true(row.drained_ms > 0);
    assert_int_equal(hub_machines_heard(f->hub, key, NULL, 2), 0); /* a copy */
    assert_int_equal(machine_store_get(f->hub->machines, QUANG_THO, 1, &row),
                     0);
    assert_int_equal(row.drained_ms, 0);
    buf_free(&certificate);
}

static int find_left_on(void *who, const struct alarm_row *row)
{
    *(bool *)who |= strstr(row->text, "Leave it on") != NULL;
    return 0;
}

static bool is_to_be_left_on(struct fixture *f)
{
    bool found = false;

    assert_int_equal(
        hub_store_alarms(f->hub->store, NULL, find_left_on, &found), 0);
    return found;
}

static void nobody_leaves_on_what_was_revoked(void **state)
{
    struct fixture *f = *state;

    enrol(f, 1);
    enrol(f, 2);
    assert_int_equal(
        hub_machines_heard(f->hub,
                           hub_registry_number(f->hub->registry, QUANG_THO, 1),
                           "192.0.2.7", 3),
        0);
    assert_true(is_to_be_left_on(f));
    assert_int_equal(hub_enrolment_revoke(f->hub, "quang-tho", &f->err), 0);
    assert_false(is_to_be_left_on(f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(a_machine_is_retired_before_the_next_one_is_invited),
        hub_test(the_new_machine_is_not_retired_by_mistake),
        hub_test(new_keys_are_given_when_they_are_ordered),
        hub_test(the_same_question_gets_the_same_certificate),
        hub_test(a_copy_gets_no_keys_and_is_named),
        hub_test(a_foreign_signature_gets_no_keys),
        hub_test(nothing_is_ordered_of_a_unit_without_a_machine),
        hub_test(what_was_drained_and_grows_is_not_drained),
        hub_test(what_is_drained_is_not_said_to_be_where_nobody_is),
        hub_test(an_old_key_that_calls_once_more_is_not_waited_for),
        hub_test(nobody_leaves_on_what_was_revoked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
