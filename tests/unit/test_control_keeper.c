/* tests/unit/test_control_keeper.c - common/control/listen.h and keeper.h. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/control/keeper.h"

static void an_address_is_listened_on_and_told(void **state)
{
    char address[LISTEN_TEXT_BYTES], again[LISTEN_TEXT_BYTES];
    struct error err = {""};
    int fd = listen_open("tcp://127.0.0.1:0", address, &err);

    (void)state;
    assert_true(fd >= 0);
    assert_memory_equal(address, "127.0.0.1:", 10);
    assert_true(strtol(address + 10, NULL, 10) > 0);
    assert_int_equal(listen_open(address, again, &err), ERR_EXISTS);
    assert_non_null(strstr(err.text, "choose another port"));
    (void)close(fd);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const bad[] = {"",           "8443",
                                      "off",        "host:8443",
                                      "127.0.0.1:", "1.2.3.4:x",
                                      "1.2.3.4:-1", "::1:8443",
                                      "[::1]",      "1.2.3.4:65536"};
    char address[LISTEN_TEXT_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(listen_open(bad[i], address, NULL), ERR_INVALID);
}

/* ---- a program that is kept running: this one's neighbour, a script */

struct kept {
    char program[64]; /* beside this test */
    char path[4096], said[4096];
    bool ready;
};

static bool is_ready(void *who, const struct keeper *keeper)
{
    (void)keeper;
    return ((struct kept *)who)->ready;
}

static void make_program(struct kept *kept, const char *what)
{
    char self[4000], text[9000];
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);

    assert_true(size > 0);
    self[size] = '\0';
    *strrchr(self, '/') = '\0';
    (void)snprintf(kept->program, sizeof kept->program, "kept.%d",
                   (int)getpid());
    assert_true(snprintf(kept->path, sizeof kept->path, "%s/%s", self,
                         kept->program) < (int)sizeof kept->path);
    assert_true(snprintf(kept->said, sizeof kept->said, "%s.said", kept->path) <
                (int)sizeof kept->said);
    (void)snprintf(text, sizeof text,
                   "#!/bin/sh\n"
                   "echo \"$$ $*\" >>'%s'\n%s\n",
                   kept->said, what);
    assert_int_equal(file_write(kept->path, bytes_of_text(text), 0700, NULL),
                     0);
    kept->ready = true;
}

static void remove_program(struct kept *kept)
{
    (void)unlink(kept->path);
    (void)unlink(kept->said);
}

static struct keeper *keep(struct kept *kept, const char *again)
{
    struct keeper_config config = {.program = kept->program,
                                   .folder = "/somewhere",
                                   .listen = "127.0.0.1:0",
                                   .again = again,
                                   .ready = is_ready,
                                   .who = kept};
    struct keeper *keeper = NULL;

    assert_int_equal(keeper_open(&keeper, &config, NULL), 0);
    return keeper;
}

static size_t starts(const struct kept *kept)
{
    struct buf text = {0};
    size_t count = 0;

    (void)file_read(&text, kept->said, 1 << 20, NULL);
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    buf_free(&text);
    return count;
}

/* Until it was started `count` times, or half a minute passed. */
static void work_until(struct keeper *keeper, const struct kept *kept,
                       size_t count)
{
    int64_t end = clock_mono_ms() + 30000;

    while (starts(kept) < count && clock_mono_ms() < end) {
        keeper_work(keeper, clock_mono_ms());
        (void)usleep(10000);
    }
    assert_int_equal(starts(kept), count);
}

static void who_ends_is_started_again_and_later_each_time(void **state)
{
    struct kept kept;
    struct keeper *keeper;
    int64_t now;

    (void)state;
    make_program(&kept, "exit 1");
    keeper = keep(&kept, NULL);
    work_until(keeper, &kept, 3); /* at once, and after 250 ms */
    while (keeper_deadline(keeper) == INT64_MAX) {
        keeper_work(keeper, clock_mono_ms()); /* that it ended */
        (void)usleep(10000);
    }
    now = clock_mono_ms();
    assert_in_range(keeper_deadline(keeper) - now, 1, 500);
    keeper_close(&keeper);
    remove_program(&kept);
}

/* By a clock of ours: so many times more it is started when it is due, and
 * ends. */
static int64_t die(struct keeper *keeper, const struct kept *kept, int64_t now,
                   size_t times)
{
    int64_t end = clock_mono_ms() + 30000;
    size_t count = starts(kept) + times;

    while ((starts(kept) < count || keeper_deadline(keeper) == INT64_MAX) &&
           clock_mono_ms() < end) {
        if (keeper_deadline(keeper) != INT64_MAX &&
            keeper_deadline(keeper) > now)
            now = keeper_deadline(keeper);
        keeper_work(keeper, now);
        (void)usleep(2000);
    }
    assert_int_equal(starts(kept), count);
    return now;
}

static void
who_ends_again_and_again_fails_until_it_has_run_for_long(void **state)
{
    struct kept kept;
    struct keeper *keeper;
    int64_t now = clock_mono_ms();

    (void)state;
    assert_false(keeper_is_failing(NULL));
    make_program(&kept, "exit 1");
    keeper = keep(&kept, NULL);
    now = die(keeper, &kept, now, KEEPER_DEATHS - 1);
    assert_false(keeper_is_failing(keeper));
    now = die(keeper, &kept, now + KEEPER_DEATHS_MS, 1);
    assert_false(keeper_is_failing(keeper)); /* the others are long ago */
    now = die(keeper, &kept, now, KEEPER_DEATHS - 1);
    assert_true(keeper_is_failing(keeper));

    remove_program(&kept);
    make_program(&kept, "exec sleep 100");
    now = keeper_deadline(keeper);
    keeper_work(keeper, now);
    assert_int_equal(keeper_deadline(keeper), now + KEEPER_DEATHS_MS);
    keeper_work(keeper, now + KEEPER_DEATHS_MS - 1);
    assert_true(keeper_is_failing(keeper));
    keeper_work(keeper, now + KEEPER_DEATHS_MS);
    assert_false(keeper_is_failing(keeper));
    assert_int_equal(keeper_deadline(keeper), INT64_MAX);
    keeper_close(&keeper);
    remove_program(&kept);
}

static void who_runs_is_told_where_and_ended_with_us(void **state)
{
    struct buf text = {0};
    struct kept kept;
    struct keeper *keeper;
    long pid;

    (void)state;
    make_program(&kept, "[ -S /dev/fd/3 ] || exit 1\nexec sleep 100");
    keeper = keep(&kept, NULL);
    work_until(keeper, &kept, 1);
    assert_int_equal(keeper_deadline(keeper), INT64_MAX);
    assert_int_equal(file_read(&text, kept.said, 4096, NULL), 0);
    assert_non_null(
        strstr(buf_text(&text), " serve --data /somewhere --listener 3\n"));
    pid = strtol(buf_text(&text), NULL, 10);
    assert_int_equal(getpgid((pid_t)pid), getpgid(0));
    keeper_close(&keeper);
    assert_int_equal(getpgid((pid_t)pid), -1);
    buf_free(&text);
    remove_program(&kept);
}

static void nothing_is_started_before_what_it_needs_is_there(void **state)
{
    struct kept kept;
    struct keeper *keeper;
    int64_t now = clock_mono_ms();

    (void)state;
    make_program(&kept, "exec sleep 100");
    kept.ready = false;
    keeper = keep(&kept, NULL);
    keeper_work(keeper, now);
    assert_int_equal(keeper_deadline(keeper), now + 1000);
    kept.ready = true;
    keeper_work(keeper, now + 500);
    assert_int_equal(keeper_deadline(keeper), now + 1000);
    keeper_work(keeper, now + 1000);
    assert_int_equal(keeper_deadline(keeper), INT64_MAX);
    keeper_close(&keeper);
    remove_program(&kept);
}

static void the_port_of_last_time_is_taken_again(void **state)
{
    char address[LISTEN_TEXT_BYTES];
    struct keeper *keeper;
    struct kept kept;

    (void)state;
    make_program(&kept, "exec sleep 100");
    keeper = keep(&kept, NULL);
    (void)snprintf(address, sizeof address, "%s", keeper_address(keeper));
    keeper_close(&keeper);
    keeper = keep(&kept, address);
    assert_string_equal(keeper_address(keeper), address);
    keeper_close(&keeper);
    remove_program(&kept);
}

/* As after kill -9 of a core: its web process lets go of the port a moment
 * later. */
static void a_port_that_is_let_go_of_soon_is_waited_for(void **state)
{
    char address[LISTEN_TEXT_BYTES];
    struct keeper *keeper;
    struct kept kept;
    pid_t holder;

    (void)state;
    make_program(&kept, "exec sleep 100");
    keeper = keep(&kept, NULL);
    (void)snprintf(address, sizeof address, "%s", keeper_address(keeper));
    holder = fork();
    if (holder == 0) {
        (void)poll(NULL, 0, 400);
        _exit(0);
    }
    assert_true(holder > 0);
    keeper_close(&keeper);
    keeper = keep(&kept, address);
    assert_string_equal(keeper_address(keeper), address);
    keeper_close(&keeper);
    assert_int_equal(waitpid(holder, NULL, 0), holder);
    remove_program(&kept);
}

static void a_port_that_is_taken_for_good_is_named(void **state)
{
    struct keeper_config config = {.folder = "/somewhere", .ready = is_ready};
    char address[LISTEN_TEXT_BYTES];
    struct keeper *keeper = NULL;
    struct error err = {""};
    struct kept kept;
    int fd = listen_open("127.0.0.1:0", address, &err);

    (void)state;
    assert_true(fd >= 0);
    make_program(&kept, "exit 0");
    config.program = kept.program;
    config.listen = address;
    assert_int_equal(keeper_open(&keeper, &config, &err), ERR_EXISTS);
    assert_non_null(strstr(err.text, address));
    (void)close(fd);
    remove_program(&kept);
}

static void a_program_or_user_that_is_not_there_is_named(void **state)
{
    struct keeper_config config = {.program = "no-such-program",
                                   .folder = "/somewhere",
                                   .listen = "127.0.0.1:0",
                                   .ready = is_ready};
    struct keeper *keeper = NULL;
    struct error err = {""};
    struct kept kept;

    (void)state;
    assert_int_equal(keeper_open(&keeper, &config, &err), ERR_MISSING);
    assert_non_null(strstr(err.text, "no-such-program"));
    make_program(&kept, "exit 0");
    config.program = kept.program;
    config.user = "no-such-user";
    assert_int_equal(keeper_open(&keeper, &config, &err), ERR_MISSING);
    assert_non_null(strstr(err.text, "no-such-user"));
    remove_program(&kept);
}

/* ---- a service of its own */

static int asked;

static bool share_and_count(void *who, const struct keeper *keeper)
{
    (void)who;
    asked++;
    return keeper_share(keeper, "/nonexistent/lienxa", 0640, NULL) == 0;
}

static void a_service_of_its_own_is_shared_with_and_never_started(void **state)
{
    const struct keeper_config config = {.program = "no-such-program",
                                         .folder = "/tmp",
                                         .listen = "127.0.0.1:1",
                                         .ready = share_and_count,
                                         .apart = true};
    struct error err = {""};
    struct keeper *keeper;
    int64_t now_ms = 1000;

    (void)state;
    assert_int_equal(keeper_open(&keeper, &config, &err), 0);
    assert_string_equal(keeper_address(keeper), "127.0.0.1:1");
    asked = 0;
    keeper_work(keeper, now_ms);
    assert_int_equal(asked, 1);
    assert_int_equal(keeper_deadline(keeper), now_ms + KEEPER_SHARE_MS);
    keeper_work(keeper, now_ms + KEEPER_SHARE_MS - 1);
    assert_int_equal(asked, 1);
    keeper_work(keeper, now_ms + KEEPER_SHARE_MS);
    assert_int_equal(asked, 2); /* files are made anew */
    keeper_close(&keeper);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_listened_on_and_told),
        cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(who_ends_is_started_again_and_later_each_time),
        cmocka_unit_test(
            who_ends_again_and_again_fails_until_it_has_run_for_long),
        cmocka_unit_test(who_runs_is_told_where_and_ended_with_us),
        cmocka_unit_test(nothing_is_started_before_what_it_needs_is_there),
        cmocka_unit_test(the_port_of_last_time_is_taken_again),
        cmocka_unit_test(a_port_that_is_let_go_of_soon_is_waited_for),
        cmocka_unit_test(a_port_that_is_taken_for_good_is_named),
        cmocka_unit_test(a_program_or_user_that_is_not_there_is_named),
        cmocka_unit_test(a_service_of_its_own_is_shared_with_and_never_started),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
