/* tests/unit/test_base_log.c - one line per event, also for memory that ran
 * out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/log.h"
#include "common/base/mem.h"

static int saved, captured;
static char text[4096];

static void capture(void)
{
    saved = dup(STDERR_FILENO);
    captured = memfd_create("stderr", MFD_CLOEXEC);
    assert_true(saved >= 0 && captured >= 0);
    assert_true(dup2(captured, STDERR_FILENO) >= 0);
}

static const char *release(void)
{
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    ssize_t got = pread(captured, text, sizeof text - 1, 0);

    assert_true(got >= 0);
    text[got] = '\0';
    (void)close(saved);
    (void)close(captured);
    return text;
}

static void a_line_is_the_event_and_its_values(void **state)
{
    (void)state;
    capture();
    log_open(LOG_LEVEL_INFO);
    log_info("node.enrolled", "node=%d unit=%s", 7, "quang-thai");
    log_info("hub.started", "%s", "");
    assert_string_equal(release(), "node.enrolled node=7 unit=quang-thai\n"
                                   "hub.started\n");
}

static void what_needs_a_person_says_its_level(void **state)
{
    (void)state;
    capture();
    log_error("store.full", "free=%d", 0);
    log_warn("clock.odd", "ms=%d", 5);
    assert_string_equal(release(), "store.full level=error free=0\n"
                                   "clock.odd level=warn ms=5\n");
}

static void lines_above_the_level_are_dropped(void **state)
{
    (void)state;
    capture();
    log_open(LOG_LEVEL_WARN);
    log_info("a", "x=1");
    log_debug("b", "x=1");
    log_warn("c", "x=1");
    log_open(LOG_LEVEL_DEBUG);
    log_debug("d", "x=1");
    log_open(LOG_LEVEL_INFO);
    log_debug("e", "x=1");
    assert_string_equal(release(), "c level=warn x=1\nd x=1\n");
}

static void the_environment_decides_when_it_says_something_known(void **state)
{
    (void)state;
    capture();
    assert_int_equal(setenv("LIENXA_LOG", "error", 1), 0);
    log_open(LOG_LEVEL_DEBUG);
    log_warn("a", "x=1");
    log_error("b", "x=1");
    assert_int_equal(setenv("LIENXA_LOG", "loud", 1), 0);
    log_open(LOG_LEVEL_WARN);
    log_warn("c", "x=1");
    log_info("d", "x=1");
    assert_int_equal(unsetenv("LIENXA_LOG"), 0);
    log_open(LOG_LEVEL_INFO);
    assert_string_equal(release(), "b level=error x=1\nc level=warn x=1\n");
}

static void a_value_cannot_break_or_forge_a_line(void **state)
{
    (void)state;
    capture();
    log_info("a", "x=%s",
             "1\nb y=2\r\x1b[31m\x7f\xc2\x9b"
             "é\xc2\xa0.");
    assert_string_equal(release(), "a x=1?b y=2??[31m???é\xc2\xa0.\n");
}

static void logging_does_not_disturb_errno(void **state)
{
    (void)state;
    capture();
    (void)close(STDERR_FILENO); /* so that writing fails as well */
    errno = ENOSPC;
    log_info("a", "x=%s", "1");
    int seen = errno;

    (void)release();
    assert_int_equal(seen, ENOSPC);
}

/* A sanitizer would otherwise end the process in its own way. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void out_of_memory_ends_the_process_with_one_line(void **state)
{
    int status = 0;

    (void)state;
    capture();
    volatile size_t huge = SIZE_MAX / 2;
    pid_t child = fork();

    if (child == 0) {
        char *never = mem_array(huge, 3);

        _exit(never[0]);
    }
    pid_t waited = waitpid(child, &status, 0);
    const char *line = release();

    assert_true(child > 0 && waited == child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
    assert_non_null(strstr(line, "mem.exhausted level=error\n"));
}

static void memory_comes_zeroed_and_never_as_null(void **state)
{
    int *numbers = mem_array(100, sizeof *numbers);
    char *nothing = mem_new(0), *copy = mem_copy(NULL, 0);
    char *empty = mem_text(NULL), *word = mem_text("xã");

    (void)state;
    for (int i = 0; i < 100; i++)
        assert_int_equal(numbers[i], 0);
    numbers[99] = 5;
    numbers = mem_grow(numbers, 1000, sizeof *numbers);
    assert_int_equal(numbers[99], 5);
    assert_non_null(nothing);
    assert_non_null(copy);
    assert_string_equal(empty, "");
    assert_string_equal(word, "xã");
    mem_wipe(word, 3);
    assert_memory_equal(word, "\0\0\0", 3);
    mem_wipe(NULL, 0);
    mem_free(&numbers);
    assert_null(numbers);
    mem_free(&numbers);
    mem_free(&nothing);
    mem_free(&copy);
    mem_free(&empty);
    mem_free(&word);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_the_event_and_its_values),
        cmocka_unit_test(what_needs_a_person_says_its_level),
        cmocka_unit_test(lines_above_the_level_are_dropped),
        cmocka_unit_test(the_environment_decides_when_it_says_something_known),
        cmocka_unit_test(a_value_cannot_break_or_forge_a_line),
        cmocka_unit_test(logging_does_not_disturb_errno),
        cmocka_unit_test(out_of_memory_ends_the_process_with_one_line),
        cmocka_unit_test(memory_comes_zeroed_and_never_as_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
