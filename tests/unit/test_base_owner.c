/* tests/unit/test_base_owner.c - common/base/owner.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/owner.h"

enum { SOMEBODY = 54321 }; /* whom no list of users knows */

static int in_child(int (*what)(const char *folder), const char *folder)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(what(folder));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int became_somebody(const char *folder)
{
    return owner_become(folder, NULL) == 0 && getuid() == SOMEBODY &&
                   geteuid() == SOMEBODY && getegid() == SOMEBODY &&
                   setuid(0) != 0
               ? 0
               : 1;
}

static int stayed(const char *folder)
{
    uid_t before = geteuid();

    return owner_become(folder, NULL) == 0 && geteuid() == before ? 0 : 1;
}

static void root_works_as_the_one_it_belongs_to(void **state)
{
    char folder[] = "/tmp/lienxa-owner.XXXXXX";

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_int_equal(in_child(stayed, folder), 0);
    assert_int_equal(in_child(stayed, "/nonexistent/lienxa"), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(folder, SOMEBODY, SOMEBODY), 0);
        assert_int_equal(in_child(became_somebody, folder), 0);
    }
    (void)rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(root_works_as_the_one_it_belongs_to),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
