/* tests/unit/test_control_client.c - for common/control/client.c: against the
 * real server in a thread, and against servers played by hand that misbehave.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/control/control.h"

enum { LIMIT_MS = 20000 }; /* far beyond what a test takes */

struct place {
    char folder[64], path[96];
    int listener; /* played by hand, or -1 */
    struct control_server *server;
    pthread_t thread;
    atomic_bool stop;
};

static int make_folder(void **state)
{
    static struct place place;

    memset(&place, 0, sizeof place);
    place.listener = -1;
    (void)snprintf(place.folder, sizeof place.folder, "/tmp/client-XXXXXX");
    if (mkdtemp(place.folder) == NULL)
        return -1;
    (void)snprintf(place.path, sizeof place.path, "%s/control.sock",
                   place.folder);
    *state = &place;
    return 0;
}

static int remove_folder(void **state)
{
    struct place *place = *state;

    if (place->listener >= 0)
        (void)close(place->listener);
    (void)unlink(place->path);
    return rmdir(place->folder);
}

/* ---- the real server: answers every request with itself, doubled ---- */

static void answer_all(struct place *place)
{
    struct control_request request;
    struct buf reply = {0};

    while (control_next(place->server, &request)) {
        buf_clear(&reply);
        buf_add_bytes(&reply, request.bytes);
        buf_add_bytes(&reply, request.bytes);
        control_answer(place->server, request.client, buf_bytes(&reply));
    }
    buf_free(&reply);
}

static void *serve(void *argument)
{
    struct place *place = argument;
    struct control_poll polls[CONTROL_CLIENTS + 1];
    struct pollfd items[CONTROL_CLIENTS + 1];

    while (!place->stop) {
        size_t count =
            control_server_polls(place->server, polls, CONTROL_CLIENTS + 1);

        for (size_t i = 0; i < count; i++)
            items[i] =
                (struct pollfd){.fd = polls[i].fd, .events = polls[i].events};
        (void)poll(items, count, 10);
        control_server_work(place->server, clock_mono_ms());
        answer_all(place);
    }
    return NULL;
}

static int start_server(void **state)
{
    struct place *place;

    if (make_folder(state) != 0)
        return -1;
    place = *state;
    if (control_server_open(&place->server, place->path, NULL) != 0)
        return -1;
    return pthread_create(&place->thread, NULL, serve, place);
}

static int stop_server(void **state)
{
    struct place *place = *state;

    place->stop = true;
    if (pthread_join(place->thread, NULL) != 0)
        return -1;
    control_server_close(&place->server);
    return remove_folder(state);
}

static struct control_client *connected(const struct place *place)
{
    struct control_client *client = NULL;

    assert_int_equal(control_client_open(&client, place->path, NULL), 0);
    return client;
}

static void expect_call(struct control_client *client, const char *request,
                        const char *expected)
{
    struct buf reply = {0};

    assert_int_equal(
        control_call(client, bytes_of_text(request), &reply, LIMIT_MS, NULL),
        0);
    assert_string_equal(buf_text(&reply), expected);
    buf_free(&reply);
}

static void calls_follow_one_another_on_one_connection(void **state)
{
    struct control_client *client = connected(*state);

    expect_call(client, "ab", "abab");
    expect_call(client, "", "");
    expect_call(client, "xyz", "xyzxyz");
    control_client_close(&client);
    assert_null(client);
    control_client_close(&client);
}

static void a_reply_is_appended(void **state)
{
    struct control_client *client = connected(*state);
    struct buf reply = {0};

    buf_add_text(&reply, "before ");
    assert_int_equal(
        control_call(client, bytes_of_text("a"), &reply, LIMIT_MS, NULL), 0);
    assert_string_equal(buf_text(&reply), "before aa");
    buf_free(&reply);
    control_client_close(&client);
}

static void the_largest_request_and_a_large_reply_pass(void **state)
{
    struct control_client *client = connected(*state);
    uint8_t *bytes = mem_new(CONTROL_REQUEST_LIMIT);
    struct buf reply = {0};

    for (size_t i = 0; i < CONTROL_REQUEST_LIMIT; i++)
        bytes[i] = (uint8_t)(i % 253);
    assert_int_equal(control_call(client,
                                  bytes_of(bytes, CONTROL_REQUEST_LIMIT),
                                  &reply, LIMIT_MS, NULL),
                     0);
    assert_int_equal(reply.size, 2 * CONTROL_REQUEST_LIMIT);
    assert_memory_equal(reply.data, bytes, CONTROL_REQUEST_LIMIT);
    assert_memory_equal(reply.data + CONTROL_REQUEST_LIMIT, bytes,
                        CONTROL_REQUEST_LIMIT);
    buf_free(&reply);
    mem_free(&bytes);
    control_client_close(&client);
}

static void a_request_over_the_limit_is_not_sent(void **state)
{
    struct control_client *client = connected(*state);
    uint8_t *bytes = mem_new(CONTROL_REQUEST_LIMIT + 1);
    struct buf reply = {0};
    struct error err = {""};

    assert_int_equal(control_call(client,
                                  bytes_of(bytes, CONTROL_REQUEST_LIMIT + 1),
                                  &reply, LIMIT_MS, &err),
                     ERR_FULL);
    assert_non_null(strstr(err.text, "1048577 bytes, 1048576 at most"));
    expect_call(client, "still", "stillstill");
    buf_free(&reply);
    mem_free(&bytes);
    control_client_close(&client);
}

static void *call_often(void *argument)
{
    struct control_client *client = connected(argument);
    char text[64], twice[128];

    for (int i = 0; i < 200; i++) {
        (void)snprintf(text, sizeof text, "%p %d.", (void *)client, i);
        (void)snprintf(twice, sizeof twice, "%s%s", text, text);
        expect_call(client, text, twice);
    }
    control_client_close(&client);
    return NULL;
}

static void two_clients_at_once_get_their_own_replies(void **state)
{
    pthread_t other;

    assert_int_equal(pthread_create(&other, NULL, call_often, *state), 0);
    (void)call_often(*state);
    assert_int_equal(pthread_join(other, NULL), 0);
}

/* ---- servers that misbehave ---- */

static void listen_by_hand(struct place *place)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", place->path);
    place->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        bind(place->listener, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(listen(place->listener, 4), 0);
}

/* Connects, says `bytes` to the client in advance and returns our end. */
static int accept_and_say(struct place *place, struct control_client **client,
                          const char *bytes, size_t size)
{
    int fd;

    listen_by_hand(place);
    *client = connected(place);
    fd = accept(place->listener, NULL, NULL);
    assert_true(fd >= 0);
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
    return fd;
}

static void expect_failure(struct control_client *client, int64_t limit_ms,
                           int code, const char *words)
{
    struct buf reply = {0};
    struct error err = {""};

    buf_add_text(&reply, "kept");
    assert_int_equal(
        control_call(client, bytes_of_text("hello"), &reply, limit_ms, &err),
        code);
    if (strstr(err.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_string_equal(buf_text(&reply), "kept");
    buf_free(&reply);
}

static void where_nothing_listens_the_server_is_missing(void **state)
{
    struct place *place = *state;
    struct control_client *client = NULL;
    struct error err = {""};

    assert_int_equal(control_client_open(&client, place->path, &err),
                     ERR_MISSING);
    assert_non_null(strstr(err.text, "nothing listens there"));
    listen_by_hand(place);
    (void)close(place->listener); /* leaves its socket over */
    place->listener = -1;
    assert_int_equal(control_client_open(&client, place->path, &err),
                     ERR_MISSING);
    assert_int_equal(control_client_open(&client, "/nonexistent/a.sock", &err),
                     ERR_MISSING);
    assert_null(client);
}

static void a_call_ends_when_its_time_is_over(void **state)
{
    struct place *place = *state;
    struct control_client *client;
    int64_t start_ms = clock_mono_ms();
    int fd = accept_and_say(place, &client, "\0\0\0\5he", 6);

    expect_failure(client, 30, ERR_AGAIN, "no answer in time");
    assert_in_range(clock_mono_ms() - start_ms, 29, 10000);
    /* the rest of the old reply must not be taken for a new one */
    assert_int_equal(send(fd, "llo\0\0\0\1x", 8, MSG_NOSIGNAL), 8);
    expect_failure(client, LIMIT_MS, ERR_IO, "an earlier call");
    (void)close(fd);
    control_client_close(&client);
}

static void a_server_that_does_not_read_ends_in_time_too(void **state)
{
    struct place *place = *state;
    struct control_client *client;
    uint8_t *bytes = mem_new(CONTROL_REQUEST_LIMIT);
    struct buf reply = {0};

    listen_by_hand(place);
    client = connected(place);
    assert_int_equal(control_call(client,
                                  bytes_of(bytes, CONTROL_REQUEST_LIMIT),
                                  &reply, 30, NULL),
                     ERR_AGAIN);
    mem_free(&bytes);
    buf_free(&reply);
    control_client_close(&client);
}

static void a_server_that_hangs_up_is_told(void **state)
{
    struct place *place = *state;
    struct control_client *client;
    int fd = accept_and_say(place, &client, "\0\0\0\5he", 6);

    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    expect_failure(client, LIMIT_MS, ERR_IO, "closed the connection");
    (void)close(fd);
    control_client_close(&client);
}

static void a_server_that_is_gone_is_told_without_a_signal(void **state)
{
    struct place *place = *state;
    struct control_client *client;
    int fd = accept_and_say(place, &client, "", 0);

    (void)close(fd);
    expect_failure(client, LIMIT_MS, ERR_IO, "closed the connection");
    control_client_close(&client);
}

static void a_reply_announced_over_the_limit_is_refused(void **state)
{
    struct place *place = *state;
    struct control_client *client;
    int fd = accept_and_say(place, &client, "\0\x40\0\1", 4);

    expect_failure(client, LIMIT_MS, ERR_INVALID, "a reply of 4194305 bytes");
    (void)close(fd);
    control_client_close(&client);
}

/* ---- deep folders ---- */

static void a_path_longer_than_an_address_works(void **state)
{
    struct place *place = *state;
    struct control_client *client = NULL;
    char deep[PATH_MAX], path[PATH_MAX + 16];
    char name[61];
    int status;

    memset(name, 'd', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    (void)snprintf(deep, sizeof deep, "%s/%s", place->folder, name);
    assert_int_equal(mkdir(deep, 0700), 0);
    (void)snprintf(deep, sizeof deep, "%s/%s/%s", place->folder, name, name);
    assert_int_equal(mkdir(deep, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/control.sock", deep);
    assert_true(strlen(path) > sizeof((struct sockaddr_un *)0)->sun_path);

    assert_int_equal(control_client_open(&client, path, NULL), ERR_MISSING);
    assert_int_equal(control_server_open(&place->server, path, NULL), 0);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(pthread_create(&place->thread, NULL, serve, place), 0);
    status = control_client_open(&client, path, NULL);
    assert_int_equal(status, 0);
    expect_call(client, "deep", "deepdeep");
    control_client_close(&client);
    place->stop = true;
    assert_int_equal(pthread_join(place->thread, NULL), 0);
    control_server_close(&place->server);
    assert_int_equal(access(path, F_OK), -1);

    assert_int_equal(rmdir(deep), 0);
    *strrchr(deep, '/') = '\0';
    assert_int_equal(rmdir(deep), 0);
}

#define SERVED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, start_server, stop_server)
#define ALONE(test)                                                            \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(calls_follow_one_another_on_one_connection),
        SERVED(a_reply_is_appended),
        SERVED(the_largest_request_and_a_large_reply_pass),
        SERVED(a_request_over_the_limit_is_not_sent),
        SERVED(two_clients_at_once_get_their_own_replies),
        ALONE(where_nothing_listens_the_server_is_missing),
        ALONE(a_call_ends_when_its_time_is_over),
        ALONE(a_server_that_does_not_read_ends_in_time_too),
        ALONE(a_server_that_hangs_up_is_told),
        ALONE(a_server_that_is_gone_is_told_without_a_signal),
        ALONE(a_reply_announced_over_the_limit_is_refused),
        ALONE(a_path_longer_than_an_address_works),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
