/* The hub's sockets: who is heard, who is answered. */
#include "test_net_fixture.h"

static void a_node_speaks_and_is_answered_on_every_lane(void **state)
{
    struct hub *hub = *state;
    struct curve_key key;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    for (int lane = 0; lane < NET_LANES; lane++) {
        struct net_link *link = link_up(hub, (enum net_lane)lane, &key);
        struct net_message message;

        link_says(link, "hello");
        hub_hears(hub, &message, "hello");
        assert_int_equal(message.lane, lane);
        assert_memory_equal(message.key, key.public_key, CURVE_BYTES);
        assert_string_equal(message.peer, "127.0.0.1");
        hub_says_to(hub, &message, "welcome");
        link_hears(hub, link, "welcome");
        net_link_free(&link);
    }
    assert_int_equal(hub_counts(hub)->received, 3);
    assert_int_equal(hub_counts(hub)->sent, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            a_node_speaks_and_is_answered_on_every_lane, hub_setup,
            hub_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
