/* tests/unit/test_peer_receiver.c - a head that came without what its receiver
 * knows (PROTOCOL 7.13) is made whole by his own copy, or is not taken. */
#include "common/peer/receiver.h"
#include "common/wire/codec.h"
#include "test_store_fixture.h"

enum { HELD = 3, CLOCK_MS = 1763888400 };

/* Positions 4 and 5 of FAR, behind the three that are held. */
struct batch_world {
    struct far far;
    struct msg_batch m;
    struct receiver receiver;
    struct signed_bytes head;
};

static void make(struct batch_world *b, struct world *w)
{
    memset(b, 0, sizeof *b);
    far_begin(&b->far, FAR);
    for (uint32_t i = 1; i <= HELD + 2; i++) {
        struct change change = version_of(w, FAR, i, 1, "1 Kim_Doi 1 1");

        far_add(&b->far, &change);
    }
    assert_int_equal(far_send(w, &b->far, 1, HELD), 0);
    b->m.name = b->far.name;
    b->m.first = HELD + 1;
    b->m.count = 2;
    b->m.changes = &b->far.changes[HELD + 1];
    b->m.shortened.clock_ms = CLOCK_MS;
    memcpy(b->m.shortened.check, &b->far.at[HELD + 2].h,
           sizeof b->m.shortened.check);
}

static int completed(struct batch_world *b, struct world *w)
{
    return receiver_head(&b->receiver, w->ledger, &b->m, &b->head);
}

static void end(struct batch_world *b) { receiver_free(&b->receiver); }

static void a_short_head_becomes_what_was_signed(void **state)
{
    struct batch_world b;
    struct buf body = {0};
    struct head head = {.clock_ms = CLOCK_MS};

    make(&b, *state);
    head.name = b.far.name;
    head.at = b.far.at[HELD + 2];
    wire_head_encode(&body, &head);
    assert_int_equal(completed(&b, *state), NAK_NONE);
    assert_true(bytes_equal(b.head.body, buf_bytes(&body)));
    /* a repeat that begins below what is held leads to the same */
    b.m.first = 2;
    b.m.count = HELD + 1;
    b.m.changes = &b.far.changes[2];
    assert_int_equal(completed(&b, *state), NAK_NONE);
    assert_true(bytes_equal(b.head.body, buf_bytes(&body)));
    buf_free(&body);
    end(&b);
}

static void another_chain_than_ours_is_a_fork(void **state)
{
    struct batch_world b;

    make(&b, *state);
    b.m.shortened.check[SHORT_HEAD_CHECK - 1] ^= 1;
    assert_int_equal(completed(&b, *state), NAK_FORK);
    end(&b);
}

static void behind_a_gap_nothing_can_be_said(void **state)
{
    struct batch_world b;

    make(&b, *state);
    b.m.first++;
    assert_int_equal(completed(&b, *state), NAK_GAP);
    end(&b);
}

static void a_whole_head_is_left_as_it_came(void **state)
{
    struct batch_world b;

    make(&b, *state);
    b.m.head.body = bytes_of_text("whatever");
    b.m.first = 77;
    assert_int_equal(completed(&b, *state), NAK_NONE);
    assert_ptr_equal(b.head.body.data, b.m.head.body.data);
    end(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_short_head_becomes_what_was_signed,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_chain_than_ours_is_a_fork,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(behind_a_gap_nothing_can_be_said,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_whole_head_is_left_as_it_came, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
