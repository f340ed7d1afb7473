/* Whose connections these are: counted by address, and who was a node. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/net/crowd.h"

enum { LIMIT = 8, MANY = 3321 };

static struct net_source source_of(uint32_t number)
{
    struct net_source s = {{0}};

    s.bytes[10] = s.bytes[11] = 0xff;
    s.bytes[12] = 10;
    s.bytes[13] = (uint8_t)(number >> 16);
    s.bytes[14] = (uint8_t)(number >> 8);
    s.bytes[15] = (uint8_t)number;
    return s;
}

static void the_address_with_most_is_found_as_they_come_and_go(void **state)
{
    struct net_crowd *crowd = net_crowd_new(LIMIT);
    struct net_source one = source_of(1), two = source_of(2);
    size_t place = 0, first, second;

    (void)state;
    assert_int_equal(net_crowd_largest(crowd, &place), 0);
    first = net_crowd_add(crowd, &one);
    assert_int_equal(net_crowd_add(crowd, &one), first);
    second = net_crowd_add(crowd, &two);
    assert_int_not_equal(first, second);
    assert_int_equal(net_crowd_largest(crowd, &place), 2);
    assert_int_equal(place, first);
    net_crowd_remove(crowd, first);
    net_crowd_remove(crowd, first);
    assert_int_equal(net_crowd_largest(crowd, &place), 1);
    assert_int_equal(place, second);
    net_crowd_free(&crowd);
    assert_null(crowd);
}

static void a_place_is_used_again_when_its_address_has_left(void **state)
{
    struct net_crowd *crowd = net_crowd_new(LIMIT);

    (void)state;
    for (uint32_t i = 0; i < 10 * LIMIT; i++) {
        struct net_source s = source_of(i);

        net_crowd_remove(crowd, net_crowd_add(crowd, &s));
    }
    for (uint32_t i = 0; i < LIMIT; i++) {
        struct net_source s = source_of(i);

        assert_in_range(net_crowd_add(crowd, &s), 0, LIMIT - 1);
    }
    net_crowd_free(&crowd);
}

static void of_a_nations_nodes_most_are_remembered_and_no_stranger(void **state)
{
    struct net_friends *friends = net_friends_new();
    uint32_t known = 0, strangers = 0;

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        struct net_source s = source_of(i);

        net_friends_add(friends, &s);
        assert_true(net_friends_has(friends, &s));
    }
    for (uint32_t i = 0; i < MANY; i++) {
        struct net_source s = source_of(i), other = source_of(MANY + i);

        known += net_friends_has(friends, &s);
        strangers += net_friends_has(friends, &other);
    }
    assert_in_range(known, MANY / 2, MANY);
    assert_int_equal(strangers, 0);
    net_friends_free(&friends);
    assert_null(friends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_address_with_most_is_found_as_they_come_and_go),
        cmocka_unit_test(a_place_is_used_again_when_its_address_has_left),
        cmocka_unit_test(
            of_a_nations_nodes_most_are_remembered_and_no_stranger),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
