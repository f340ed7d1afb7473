/* tests/unit/test_base_notify.c - common/base/notify.h. One process, one
 * supervisor: the tests follow each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/notify.h"

static int supervisor = -1;

/* What was said, or "". */
static const char *heard(void)
{
    static char text[1024];
    ssize_t size = recv(supervisor, text, sizeof text - 1, MSG_DONTWAIT);

    text[size < 0 ? 0 : size] = '\0';
    return text;
}

static void nobody_hears_it_without_a_supervisor(void **state)
{
    (void)state;
    (void)unsetenv("NOTIFY_SOCKET");
    notify_open();
    notify_say("READY=1");
    notify_alive(1000);
    assert_int_equal(notify_wait_ms(5000, 1000), 5000);
}

static void a_supervisor_hears_it_and_no_child_speaks_for_us(void **state)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    char address[64], pid[16];

    (void)state;
    (void)snprintf(address, sizeof address, "@lienxa-notify-%d", (int)getpid());
    memcpy(name.sun_path, address, strlen(address));
    name.sun_path[0] = '\0';
    supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(supervisor, (struct sockaddr *)&name,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
                                      strlen(address))),
                     0);
    (void)snprintf(pid, sizeof pid, "%d", (int)getpid());
    (void)setenv("NOTIFY_SOCKET", address, 1);
    (void)setenv("WATCHDOG_USEC", "30000000", 1);
    (void)setenv("WATCHDOG_PID", pid, 1);
    notify_open();
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    notify_say("STATUS=%d of %d", 3, 10);
    assert_string_equal(heard(), "STATUS=3 of 10");
}

static void the_watchdog_hears_three_times_what_it_allows(void **state)
{
    (void)state;
    notify_alive(100000);
    assert_string_equal(heard(), "WATCHDOG=1");
    notify_alive(109999);
    assert_string_equal(heard(), "");
    assert_int_equal(notify_wait_ms(50000, 104000), 6000);
    assert_int_equal(notify_wait_ms(500, 104000), 500);
    assert_int_equal(notify_wait_ms(500, 120000), 0);
    notify_alive(110000);
    assert_string_equal(heard(), "WATCHDOG=1");
}

static void too_many_words_are_cut_and_not_read_past(void **state)
{
    char words[2000];

    (void)state;
    memset(words, 'a', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    notify_say("STATUS=%s", words);
    assert_int_equal(strlen(heard()), 511);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_hears_it_without_a_supervisor),
        cmocka_unit_test(a_supervisor_hears_it_and_no_child_speaks_for_us),
        cmocka_unit_test(the_watchdog_hears_three_times_what_it_allows),
        cmocka_unit_test(too_many_words_are_cut_and_not_read_past),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
