/* A hub that changes its CURVE key: two sets of sockets, each with its own. */
#include <stdio.h>

#include "test_net_fixture.h"

/* The hub's second set, with a key of its own. */
static struct curve_key open_second(struct hub *hub)
{
    struct net_server_config config = hub_config(hub);
    struct error err = {""};

    curve_key_generate(&config.key);
    if (net_server_add(hub->server, &config, &err) != 0)
        fail_msg("%s", err.text);
    return config.key;
}

static struct net_link *dial(struct hub *hub, const char *address,
                             const struct curve_key *server,
                             const struct curve_key *key)
{
    struct net_link_config config = {.context = hub->context,
                                     .key = *key,
                                     .address = address,
                                     .heartbeat = true,
                                     .lane = NET_EXPRESS};
    struct net_link *link = NULL;

    memcpy(config.server_key, server->public_key, CURVE_BYTES);
    assert_int_equal(net_link_new(&link, &config, NULL), 0);
    hub->links[hub->link_count++] = link;
    assert_int_equal(net_link_dial(link, NULL), 0);
    return link;
}

static struct net_link *up_second(struct hub *hub,
                                  const struct curve_key *server,
                                  const struct curve_key *key)
{
    struct net_link *link = dial(
        hub, net_server_second_address(hub->server, NET_EXPRESS), server, key);

    assert_int_equal(link_event(hub, link), NET_LINK_OPENED);
    return link;
}

static void both_keys_are_served_at_once(void **state)
{
    struct hub *hub = *state;
    struct curve_key key, second;
    struct net_link *old, *fresh;
    struct net_message a, b;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    assert_string_equal(net_server_second_address(hub->server, NET_BULK), "");
    second = open_second(hub);
    old = link_up(hub, NET_EXPRESS, &key);
    fresh = up_second(hub, &second, &key);
    link_says(old, "by the old key");
    hub_hears(hub, &a, "by the old key");
    link_says(fresh, "by the new key");
    hub_hears(hub, &b, "by the new key");
    assert_false(a.second);
    assert_true(b.second);
    hub_says_to(hub, &a, "old");
    hub_says_to(hub, &b, "new");
    link_hears(hub, fresh, "new");
    link_hears(hub, old, "old");
}

static void the_second_set_keeps_strangers_out_as_well(void **state)
{
    struct hub *hub = *state;
    struct curve_key stranger, second = open_second(hub);
    struct net_link *link;

    curve_key_generate(&stranger);
    link = dial(hub, net_server_second_address(hub->server, NET_EXPRESS),
                &second, &stranger);
    for (int64_t end = clock_mono_ms() + 30000;
         hub_counts(hub)->refused == 0 && clock_mono_ms() < end;)
        hub_turn(hub, 10);
    assert_true(hub_counts(hub)->refused > 0);
    assert_int_not_equal(net_link_next(link), NET_LINK_OPENED);
}

static void a_second_set_is_opened_once(void **state)
{
    struct hub *hub = *state;
    struct net_server_config config = hub_config(hub);
    struct error err = {""};

    (void)open_second(hub);
    assert_int_equal(net_server_add(hub->server, &config, &err), ERR_EXISTS);
    net_server_remove(hub->server);
    assert_string_equal(net_server_second_address(hub->server, NET_BULK), "");
    (void)open_second(hub);
}

static void an_address_in_use_leaves_the_first_set_alone(void **state)
{
    struct hub *hub = *state;
    struct net_server_config config = hub_config(hub);
    struct error err = {""};
    struct curve_key key;

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    config.address[NET_BULK] = hub_at(hub, NET_BULK);
    assert_int_equal(net_server_add(hub->server, &config, &err), ERR_IO);
    assert_string_equal(net_server_second_address(hub->server, NET_EXPRESS),
                        "");
    (void)link_up(hub, NET_EXPRESS, &key);
}

static void when_the_second_becomes_the_first_the_old_key_is_past(void **state)
{
    struct hub *hub = *state;
    struct curve_key key, second = open_second(hub);
    struct net_link *old, *fresh;
    struct net_message a, b;
    char address[NET_ADDRESS_BYTES];

    curve_key_generate(&key);
    hub_says(hub, &key, NET_ADMIT);
    old = link_up(hub, NET_EXPRESS, &key);
    fresh = up_second(hub, &second, &key);
    link_says(old, "one");
    hub_hears(hub, &a, "one");
    link_says(fresh, "two");
    hub_hears(hub, &b, "two");
    (void)snprintf(address, sizeof address, "%s",
                   net_server_second_address(hub->server, NET_EXPRESS));

    net_server_promote(hub->server);
    assert_string_equal(hub_at(hub, NET_EXPRESS), address);
    assert_int_equal(link_event(hub, old), NET_LINK_LOST);
    assert_int_equal(net_server_send(hub->server, NET_EXPRESS, &a.route,
                                     bytes_of_text("nobody")),
                     ERR_AGAIN);
    hub_says_to(hub, &b, "still here");
    link_hears(hub, fresh, "still here");
    link_says(fresh, "three");
    hub_hears(hub, &b, "three");
    assert_false(b.second);

    (void)open_second(hub); /* and again */
    link_says(fresh, "four");
    hub_hears(hub, &b, "four");
    assert_false(b.second);
}

#define HUB_TEST(name)                                                         \
    cmocka_unit_test_setup_teardown(name, hub_setup, hub_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HUB_TEST(both_keys_are_served_at_once),
        HUB_TEST(the_second_set_keeps_strangers_out_as_well),
        HUB_TEST(a_second_set_is_opened_once),
        HUB_TEST(an_address_in_use_leaves_the_first_set_alone),
        HUB_TEST(when_the_second_becomes_the_first_the_old_key_is_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
