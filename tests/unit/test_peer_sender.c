/* tests/unit/test_peer_sender.c - for common/peer/sender.c: which early copies
 * leave, and as what. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/peer/sender.h"
#include "tests/support/store_world.h"

struct ears {
    size_t count, proved;
    bool all_signed;
    struct hash digest; /* that was signed last */
};

static size_t hear(void *who, enum lane lane, const struct sync_message *m)
{
    struct ears *ears = who;

    assert_int_equal(lane, LANE_EXPRESS);
    assert_int_equal(m->type, MSG_EARLY);
    ears->count++;
    ears->all_signed = ears->all_signed && m->early.change.is_signed;
    return 100;
}

static void prove(void *who, struct change *change, const struct hash *digest)
{
    struct ears *ears = who;

    change->is_signed = true;
    ears->proved++;
    ears->digest = *digest;
}

static struct stream_name up(void) { return stream_name_make("quang", "up"); }

/* Two urgent reports: one as it was written here, and one that came back from
 * the other side, whose stream's heads had vouched for it. */
static struct hash write_two(struct world *w)
{
    struct spec spec = {.home = "quang",
                        .record = 1,
                        .version = 1,
                        .flags = CHANGE_EXPEDITED,
                        .fact = "20000 a 3 1",
                        .is_signed = true};
    struct change change = world_change(w, &spec);
    struct stream_name name = up();

    assert_int_equal(world_append(w, &name, &change), 0);
    spec.record = 2;
    spec.is_signed = false;
    change = world_change(w, &spec);
    assert_int_equal(world_append(w, &name, &change), 0);
    return world_digest(&change);
}

static struct ears copies(struct world *w, bool proves, enum sync_urgent order)
{
    struct sender *s = sender_new(w->ledger);
    struct ears ears = {.all_signed = true};
    const struct sender_host host = {
        .who = &ears, .put = hear, .prove = proves ? prove : NULL};
    struct sync_action action = {
        .name = up(), .bytes = 4096, .code = (int)order};
    struct sync_event sent = {0};

    action.seq = order == URGENT_REST ? 2 : 1;
    action.to = order == URGENT_REST ? 1 : 2;
    sender_expedite(s, &host, &action, &sent);
    assert_int_equal(sent.bytes, 100 * ears.count);
    assert_false(sent.more);
    sender_free(&s);
    return ears;
}

static void what_lost_its_signature_leaves_with_a_new_one(void **state)
{
    const enum sync_urgent orders[] = {URGENT_ALL, URGENT_REST};
    struct world *w = world_new();
    const struct hash second = write_two(w);

    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct ears ears = copies(w, true, orders[i]);

        assert_int_equal(ears.count, 2);
        assert_int_equal(ears.proved, 1);
        assert_true(ears.all_signed);
        assert_memory_equal(&ears.digest, &second, sizeof second);
    }
    world_free(w);
}

static void who_cannot_sign_it_waits_for_its_place_in_the_stream(void **state)
{
    struct world *w = world_new();
    struct ears ears;

    (void)state;
    (void)write_two(w);
    ears = copies(w, false, URGENT_REST);
    assert_int_equal(ears.count, 1);
    assert_true(ears.all_signed);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_lost_its_signature_leaves_with_a_new_one),
        cmocka_unit_test(who_cannot_sign_it_waits_for_its_place_in_the_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
