/* tests/unit/test_hub_audit.c - when the hub signs what a machine says of its
 * audit log, and when it asks a person first.
 */
#include "tests/unit/test_hub_fixture.h"

#include "common/peer/audit.h"
#include "hub/api.h"
#include "hub/audit.h"
#include "hub/registry.h"
#include "hub/store_metrics.h"

static const struct hash_function hash_function = {crypto_sha256};

static struct canary_fact log_of(uint64_t count, uint8_t first, uint8_t last)
{
    return (struct canary_fact){
        .machine = 1,
        .audit = {.count = count, .first = {{first}}, .last = {{last}}}};
}

static void enrol(struct fixture *f, uint64_t number)
{
    struct node_key key = {.number = number, .state = NODE_ENROLLED};

    (void)snprintf(key.unit, sizeof key.unit, "%s", QUANG_THO);
    key.curve_public[0] = (uint8_t)number;
    hub_registry_put(f->hub->registry, &key);
}

static int set_up(void **state)
{
    int rc = open_hub(state);

    if (rc == 0)
        enrol(*state, 1);
    return rc;
}

static void say(struct fixture *f, struct canary_fact said)
{
    assert_int_equal(hub_audit_said(f->hub, QUANG_THO, &said), 0);
    keep(f);
}

static struct audit_seen seen(struct fixture *f)
{
    struct audit_seen out;

    assert_int_equal(audit_read_seen(f->hub->ledger, &hash_function,
                                     f->hub->keys.home, QUANG_THO, NULL, NULL,
                                     &out),
                     0);
    return out;
}

/* The hub's last signature was made long ago. */
static void later(struct fixture *f)
{
    struct audit_fact fact = seen(f).fact;
    struct stream_name channel = hub_unit_channel(f->hub, QUANG_THO);
    struct id record = audit_record(&hash_function, QUANG_THO);
    struct buf bytes = {0};

    fact.at_ms = f->hub->wall_ms - 3600000;
    wire_audit_encode(&bytes, &fact);
    assert_int_equal(hub_append(f->hub, &channel, KIND_AUDIT, &record,
                                seen(f).version + 1, 0, buf_bytes(&bytes),
                                &f->err),
                     0);
    buf_free(&bytes);
}

static int count_one(void *who, const struct alarm_row *row)
{
    int64_t *id = who;

    if (row->code == ALARM_AUDIT)
        *id = row->id;
    return 0;
}

static int64_t open_alarm(struct fixture *f) /* 0: none is open */
{
    int64_t id = 0;

    assert_int_equal(hub_store_alarms(f->hub->store, QUANG_THO, count_one, &id),
                     0);
    return id;
}

static int state_of(void *who, const struct audit_row *row)
{
    *(int *)who = row->state;
    return 0;
}

static int judged(struct fixture *f)
{
    int state = -1;

    assert_int_equal(metrics_store_audits(f->hub->metrics, state_of, &state),
                     0);
    return state;
}

/* What the metrics say: 1 or 0. */
static bool metric(struct fixture *f, int value)
{
    struct hub_api api = {.hub = f->hub};
    struct buf out = {0};
    char line[64];
    bool is_there;

    (void)snprintf(line, sizeof line,
                   "\nlienxa_audit_chain_ok{unit=\"quang-tho\"} %d\n", value);
    assert_int_equal(hub_commit(f->hub, &f->err), 0);
    hub_api_metrics(&api, f->hub->wall_ms, &out);
    assert_int_equal(hub_begin(f->hub), 0);
    is_there = strstr(buf_text(&out), line) != NULL;
    buf_free(&out);
    return is_there;
}

static void what_grows_is_signed(void **state)
{
    struct fixture *f = *state;

    say(f, (struct canary_fact){.took_ms = 3}); /* says nothing of it */
    assert_int_equal(judged(f), -1);
    assert_int_equal(seen(f).version, 0);
    say(f, log_of(3, 1, 3));
    assert_int_equal(seen(f).fact.audit.count, 3);
    later(f);
    say(f, log_of(5, 1, 5));
    assert_int_equal(seen(f).fact.audit.count, 5);
    assert_int_equal(judged(f), AUDIT_ROW_SIGNED);
    assert_true(metric(f, 1));
    assert_int_equal(open_alarm(f), 0);
}

/* However often a machine speaks, what the hub writes for it is bounded. */
static void what_was_signed_just_now_waits(void **state)
{
    struct fixture *f = *state;
    uint64_t version;

    say(f, log_of(1, 1, 1));
    version = seen(f).version;
    for (uint8_t i = 2; i < 50; i++)
        say(f, log_of(i, 1, i));
    assert_int_equal(seen(f).version, version);
    later(f);
    say(f, log_of(50, 1, 50));
    assert_int_equal(seen(f).fact.audit.count, 50);
    version = seen(f).version;
    later(f);
    say(f, log_of(50, 1, 50)); /* nothing new: nothing to sign */
    assert_int_equal(seen(f).version, version + 1);
}

static void doubted(struct fixture *f, struct canary_fact said)
{
    struct audit_seen before;
    int64_t id;

    say(f, log_of(9, 1, 9));
    before = seen(f);
    for (int i = 0; i < 3; i++) {
        say(f, said);
        assert_int_equal(judged(f), AUDIT_ROW_DOUBTED);
        assert_int_equal(seen(f).version, before.version);
    }
    assert_true(metric(f, 0));
    id = open_alarm(f);
    assert_true(id != 0);
    assert_int_equal(hub_store_clear_alarm(f->hub->store, id, 1), 0);
    say(f, said); /* cleared: somebody knows */
    assert_int_equal(judged(f), AUDIT_ROW_SIGNED);
    assert_int_equal(seen(f).fact.audit.count, said.audit.count);
    assert_int_equal(open_alarm(f), 0);
}

static void one_that_was_cut_waits_for_a_person(void **state)
{
    doubted(*state, log_of(8, 1, 8));
}

static void one_that_was_changed_waits_for_a_person(void **state)
{
    doubted(*state, log_of(9, 1, 7));
}

static void another_one_of_the_same_machine_waits_for_a_person(void **state)
{
    doubted(*state, log_of(20, 2, 20));
}

static void one_that_calls_itself_broken_waits_for_a_person(void **state)
{
    struct canary_fact said = log_of(12, 1, 12);

    said.broken = true;
    doubted(*state, said);
}

static void one_without_entries_is_doubted_and_never_signed(void **state)
{
    struct fixture *f = *state;
    struct canary_fact said = {.broken = true, .machine = 1};

    say(f, log_of(9, 1, 9));
    say(f, said);
    assert_int_equal(judged(f), AUDIT_ROW_DOUBTED);
    assert_int_equal(hub_store_clear_alarm(f->hub->store, open_alarm(f), 1), 0);
    say(f, said);
    assert_int_equal(judged(f), AUDIT_ROW_DOUBTED);
    assert_int_equal(seen(f).fact.audit.count, 9);
    enrol(f, 2);
    said.machine = 2;
    say(f, said);
    assert_int_equal(judged(f), AUDIT_ROW_DOUBTED);
    assert_int_equal(seen(f).fact.audit.count, 9);
}

static void a_new_machine_begins_its_own(void **state)
{
    struct fixture *f = *state;
    struct canary_fact fresh = log_of(1, 2, 1);

    say(f, log_of(9, 1, 9));
    enrol(f, 2);
    fresh.machine = 2;
    say(f, fresh);
    assert_int_equal(judged(f), AUDIT_ROW_SIGNED);
    assert_int_equal(seen(f).fact.audit.count, 1);
    assert_int_equal(seen(f).fact.machine, 2);
    assert_int_equal(open_alarm(f), 0);

    /* the old one still hands over, or somebody claims to be a later one */
    say(f, log_of(12, 1, 12));
    fresh.machine = 7;
    fresh.audit.count = 3;
    say(f, fresh);
    assert_int_equal(judged(f), AUDIT_ROW_SIGNED);
    assert_int_equal(seen(f).fact.audit.count, 1);
    assert_int_equal(open_alarm(f), 0);
}

#define audit_test(name)                                                       \
    cmocka_unit_test_setup_teardown(name, set_up, close_hub)

int main(void)
{
    const struct CMUnitTest tests[] = {
        audit_test(what_grows_is_signed),
        audit_test(what_was_signed_just_now_waits),
        audit_test(one_that_was_cut_waits_for_a_person),
        audit_test(one_that_was_changed_waits_for_a_person),
        audit_test(another_one_of_the_same_machine_waits_for_a_person),
        audit_test(one_that_calls_itself_broken_waits_for_a_person),
        audit_test(one_without_entries_is_doubted_and_never_signed),
        audit_test(a_new_machine_begins_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
