/* tests/unit/test_node_receipts.c - what a node tells its hub of an alert: when
 * it was stored, shown and acknowledged, and what a lost machine had told. */
#include "tests/unit/test_node_alerts_fixture.h"

static void showing_and_acknowledging_are_told(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct node_store *store = f->w->node->store;
    struct receipts r;

    arrives(f, &a);
    assert_int_equal(node_begin(f->w->node), 0);
    assert_int_equal(node_store_alerts_shown(store, INT64_MAX, 1000), 0);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
    assert_int_equal(node_begin(f->w->node), 0);
    assert_int_equal(
        node_store_alert_acknowledged(store, &a.id, "Trực ban", 2000), 0);
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
    r = receipts_of(f, &a.id);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.version, 3);
    assert_int_equal(r.last.shown_ms, 1000);
    assert_int_equal(r.last.acknowledged_ms, 2000);
    assert_string_equal(r.last.by, "Trực ban");
}

/* A turn at this time. */
static void serve_at(struct fixture *f, int64_t mono_ms)
{
    assert_int_equal(node_begin(f->w->node), 0);
    f->w->node->mono_ms = mono_ms;
    assert_int_equal(node_commit(f->w->node, &f->w->err), 0);
}

static void while_it_serves_the_receipt_follows_after_a_rest(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f), b = flood(f);
    int64_t due;

    node_world_close(f->w);
    node_world_open(f->w, NODE_SERVE);
    assert_true(node_alerts_deadline(f->w->node) == INT64_MAX);
    arrives(f, &a);
    is_listed(f, &a.id, "active"); /* people wait for nothing */
    assert_true(node_alerts_receipts_rest(f->w->node));
    due = node_alerts_deadline(f->w->node);
    assert_int_equal(due, f->w->node->mono_ms + 8);
    serve_at(f, due - 1);
    assert_int_equal(receipts_of(f, &a.id).count, 0);
    arrives_at(f, &b, due - 1); /* does not make the first one's wait longer */
    assert_int_equal(node_alerts_deadline(f->w->node), due);
    serve_at(f, due);
    assert_false(node_alerts_receipts_rest(f->w->node));
    assert_true(node_alerts_deadline(f->w->node) == INT64_MAX);
    assert_int_equal(receipts_of(f, &a.id).count, 1);
    assert_int_equal(receipts_of(f, &b.id).count, 1);
    assert_int_equal(receipts_of(f, &a.id).last.stored_ms,
                     stored(f, &a.id).stored_ms);
}

static void
a_receipt_that_rested_when_the_power_went_is_written_at_the_start(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);

    node_world_close(f->w);
    node_world_open(f->w, NODE_SERVE);
    arrives(f, &a);
    assert_int_equal(receipts_of(f, &a.id).count, 0);
    node_world_close(f->w);
    node_world_open(f->w, NODE_SERVE);
    serve_at(f, clock_mono_ms());
    assert_int_equal(receipts_of(f, &a.id).count, 1);
}

/* The receipt that a lost machine of this commune gave, as the hub hands it
 * back. */
static void hand_back(struct fixture *f, const struct id *record,
                      const struct receipt *receipt)
{
    struct node *node = f->w->node;
    struct entry entry = {0};
    struct change *c = &entry.change;
    struct buf header = {0}, fact = {0};

    memcpy(c->header.home, node->keys.unit, sizeof c->header.home);
    c->header.record = *record;
    c->header.kind = KIND_RECEIPT;
    c->header.flags = CHANGE_EXPEDITED;
    c->header.version = 1;
    wire_header_encode(&header, &c->header);
    c->header_bytes = buf_bytes(&header);
    wire_receipt_encode(&fact, receipt);
    c->part[PART_FACT].form = PART_WHOLE;
    c->part[PART_FACT].bytes = buf_bytes(&fact);
    random_salt(c->part[PART_FACT].salt);
    entry.digest = change_digest(&hash_function, c);
    c->is_signed = true; /* the signature is the uplink's to check */
    assert_int_equal(node_begin(node), 0);
    assert_int_equal(ledger_adopt(node->ledger, &node->up, &entry,
                                  wire_change_size(c), &f->w->err),
                     0);
    assert_int_equal(node_commit(node, &f->w->err), 0);
    buf_free(&header);
    buf_free(&fact);
}

static int no_alarm(void *who, int64_t id, int code, const char *text,
                    int64_t since_ms)
{
    (void)who, (void)id, (void)code, (void)since_ms;
    fail_msg("alarm: %s", text);
    return 0;
}

static void a_receipt_of_a_lost_machine_is_joined_with_ours(void **state)
{
    struct fixture *f = *state;
    struct alert a = flood(f);
    struct receipt old = {.alert = a.id,
                          .verdict = ALERT_ACCEPTED,
                          .stored_ms = 500,
                          .shown_ms = 600,
                          .acknowledged_ms = 700,
                          .by = "Trực ban cũ"};
    struct receipts r;

    arrives(f, &a);
    r = receipts_of(f, &a.id);
    assert_int_equal(r.version, 1);
    hand_back(f, &r.record, &old);
    r = receipts_of(f, &a.id);
    assert_int_equal(r.count, 1);
    assert_int_equal(r.version, 2);
    assert_int_equal(r.last.stored_ms, 500);
    assert_int_equal(r.last.shown_ms, 600);
    assert_int_equal(r.last.acknowledged_ms, 700);
    assert_string_equal(r.last.by, "Trực ban cũ");
    assert_string_equal(stored(f, &a.id).by, "Trực ban cũ");
    assert_int_equal(node_store_alarms(f->w->node->store, no_alarm, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        alert_test(while_it_serves_the_receipt_follows_after_a_rest),
        alert_test(
            a_receipt_that_rested_when_the_power_went_is_written_at_the_start),
        alert_test(showing_and_acknowledging_are_told),
        alert_test(a_receipt_of_a_lost_machine_is_joined_with_ours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
