/* hub_alarm: what needs a person is written, and not written too often. */
#include "tests/unit/test_hub_fixture.h"

static int count_one(void *who, const struct alarm_row *row)
{
    *(int64_t *)who += row->times;
    return 0;
}

/* How often the open alarms were raised. */
static int64_t raised(struct fixture *f)
{
    int64_t times = 0;

    assert_int_equal(hub_store_alarms(f->hub->store, NULL, count_one, &times),
                     0);
    return times;
}

static void a_noisy_peer_writes_one_alarm_in_ten_seconds(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 100; i++)
        hub_alarm(f->hub, QUANG_THO, 103, "odd");
    assert_int_equal(raised(f), 1);
    hub_alarm(f->hub, QUANG_PHU, 103, "odd");
    hub_alarm(f->hub, QUANG_THO, 104, "odd too");
    assert_int_equal(raised(f), 3);
    f->hub->mono_ms += 10000;
    hub_alarm(f->hub, QUANG_THO, 103, "odd");
    assert_int_equal(raised(f), 4);
}

static void an_alarm_of_a_failed_turn_is_raised_again(void **state)
{
    struct fixture *f = *state;

    hub_alarm(f->hub, QUANG_THO, 103, "odd");
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(raised(f), 0);
    hub_alarm(f->hub, QUANG_THO, 103, "odd");
    assert_int_equal(raised(f), 1);
}

static int take_text(void *who, const struct alarm_row *row)
{
    buf_add_text(who, row->text);
    return 0;
}

static void an_alarm_is_one_line_whatever_a_machine_says(void **state)
{
    struct fixture *f = *state;
    struct buf text = {0};

    hub_alarm(f->hub, QUANG_THO, 103, "it says: %s",
              "no\x1b[2J\n! quang-phu: đã xong");
    assert_int_equal(hub_store_alarms(f->hub->store, NULL, take_text, &text),
                     0);
    assert_string_equal(buf_text(&text),
                        "it says: no [2J ! quang-phu: đã xong");
    buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(a_noisy_peer_writes_one_alarm_in_ten_seconds),
        hub_test(an_alarm_of_a_failed_turn_is_raised_again),
        hub_test(an_alarm_is_one_line_whatever_a_machine_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
