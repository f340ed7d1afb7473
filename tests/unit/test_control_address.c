/* tests/unit/test_control_address.c - for common/control/address.c, through the
 * server and the client that use it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/control/control.h"

/* A server at `path`, and a client that it has admitted. */
static void expect_meeting(const char *path)
{
    struct control_server *server = NULL;
    struct control_client *client = NULL;
    struct control_poll polls[3];
    struct error err = {""};

    if (control_server_open(&server, path, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(access(path, F_OK), 0);
    if (control_client_open(&client, path, &err) != 0)
        fail_msg("%s", err.text);
    control_server_work(server, 1);
    assert_int_equal(control_server_polls(server, polls, 3), 2);
    control_client_close(&client);
    control_server_close(&server);
    assert_int_equal(access(path, F_OK), -1);
}

/* An address holds 108 bytes with its NUL. */
static void paths_of_every_length_around_the_limit_work(void **state)
{
    char folder[] = "/tmp/address-XXXXXX";
    char path[160];
    size_t start = sizeof folder - 1;

    (void)state;
    assert_non_null(mkdtemp(folder));
    memset(path, 's', sizeof path);
    memcpy(path, folder, start);
    path[start] = '/';
    for (size_t size = 100; size < 110; size++) {
        path[size] = '\0';
        expect_meeting(path);
        path[size] = 's';
    }
    assert_int_equal(rmdir(folder), 0);
}

static void a_name_too_long_for_any_address_is_refused(void **state)
{
    struct control_client *client = NULL;
    struct error err = {""};
    char path[220];

    (void)state;
    memset(path, 'n', sizeof path);
    memcpy(path, "/tmp/", 5);
    path[sizeof path - 1] = '\0';
    assert_int_equal(control_client_open(&client, path, &err), ERR_INVALID);
    assert_non_null(strstr(err.text, "too long"));
    assert_int_equal(control_client_open(&client, "", NULL), ERR_INVALID);
}

static void no_folder_no_server(void **state)
{
    struct control_server *server = NULL;
    struct error err = {""};

    (void)state;
    assert_int_equal(
        control_server_open(&server, "/nonexistent/control.sock", &err),
        ERR_IO);
    assert_non_null(strstr(err.text, "/nonexistent/control.sock"));
    assert_int_equal(control_server_open(&server, "", &err), ERR_INVALID);
    assert_null(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_of_every_length_around_the_limit_work),
        cmocka_unit_test(a_name_too_long_for_any_address_is_refused),
        cmocka_unit_test(no_folder_no_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
