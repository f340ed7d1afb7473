/* tests/unit/test_control_server.c - for common/control/server.c.
 *
 * Clients are plain sockets of this thread: a connection is there before it is
 * accepted, so nothing waits. The time is a number.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/control/control.h"

struct house {
    char folder[64], path[96];
    struct control_server *server;
    int64_t now_ms;
};

static int make_folder(void **state)
{
    static struct house house;

    house = (struct house){.now_ms = 1000};
    (void)snprintf(house.folder, sizeof house.folder, "/tmp/control-XXXXXX");
    if (mkdtemp(house.folder) == NULL)
        return -1;
    (void)snprintf(house.path, sizeof house.path, "%s/control.sock",
                   house.folder);
    *state = &house;
    return 0;
}

static int open_house(void **state)
{
    struct house *house;

    if (make_folder(state) != 0)
        return -1;
    house = *state;
    return control_server_open(&house->server, house->path, NULL);
}

static int close_house(void **state)
{
    struct house *house = *state;

    control_server_close(&house->server);
    (void)unlink(house->path);
    return rmdir(house->folder);
}

/* ---- the client's side, by hand ---- */

static int try_dial(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    (void)snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    if (connect(fd, (const struct sockaddr *)&name, sizeof name) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

static int dial(const struct house *house)
{
    int fd = try_dial(house->path);

    assert_true(fd >= 0);
    return fd;
}

static void say(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), size);
}

static void ask(int fd, const char *text)
{
    uint8_t head[4];

    put_u32(head, (uint32_t)strlen(text));
    say(fd, head, sizeof head);
    say(fd, text, strlen(text));
}

static void expect_reply(int fd, const char *text)
{
    uint8_t got[256];
    size_t size = strlen(text);

    assert_int_equal(recv(fd, got, 4, 0), 4);
    assert_int_equal(get_u32(got), size);
    if (size > 0)
        assert_int_equal(recv(fd, got, size, 0), size);
    assert_memory_equal(got, text, size);
}

static void expect_silence(int fd)
{
    char byte;

    assert_int_equal(recv(fd, &byte, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
}

static void expect_closed(int fd)
{
    char byte;
    ssize_t got = recv(fd, &byte, 1, 0);

    assert_true(got == 0 || (got < 0 && errno == ECONNRESET));
}

/* ---- the server's side ---- */

static void work(struct house *house)
{
    control_server_work(house->server, house->now_ms);
}

static struct control_request expect_request(struct house *house,
                                             const char *text)
{
    struct control_request request = {0};

    work(house);
    assert_true(control_next(house->server, &request));
    assert_true(bytes_equal(request.bytes, bytes_of_text(text)));
    return request;
}

static void expect_no_request(struct house *house)
{
    struct control_request request;

    work(house);
    assert_false(control_next(house->server, &request));
}

static void answer(struct house *house, int client, const char *text)
{
    control_answer(house->server, client, bytes_of_text(text));
    work(house);
}

static size_t count_polls(struct house *house, short events)
{
    struct control_poll polls[CONTROL_CLIENTS + 1];
    size_t count =
        control_server_polls(house->server, polls, CONTROL_CLIENTS + 1);
    size_t matching = 0;

    for (size_t i = 0; i < count; i++)
        matching += polls[i].events == events;
    return matching;
}

/* ---- conversations ---- */

static void a_request_is_shown_once_and_its_reply_arrives(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    struct control_request request;

    ask(fd, "status");
    request = expect_request(house, "status");
    assert_int_equal(request.uid, geteuid());
    expect_no_request(house);
    answer(house, request.client, "fine");
    expect_reply(fd, "fine");
    ask(fd, "again");
    request = expect_request(house, "again");
    answer(house, request.client, "");
    expect_reply(fd, "");
    (void)close(fd);
}

static void a_reply_leaves_with_work_and_not_before(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    struct control_request request;

    ask(fd, "x");
    request = expect_request(house, "x");
    control_answer(house->server, request.client, bytes_of_text("y"));
    expect_silence(fd);
    work(house);
    expect_reply(fd, "y");
    (void)close(fd);
}

static void a_request_in_single_bytes_is_put_together(void **state)
{
    static const char frame[] = "\0\0\0\5hello";
    struct house *house = *state;
    int fd = dial(house);

    for (size_t i = 0; i + 1 < sizeof frame; i++) {
        expect_no_request(house);
        say(fd, frame + i, 1);
    }
    (void)expect_request(house, "hello");
    (void)close(fd);
}

static void an_empty_request_is_a_request(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    struct control_request request;

    ask(fd, "");
    request = expect_request(house, "");
    answer(house, request.client, "ok");
    expect_reply(fd, "ok");
    (void)close(fd);
}

static void
a_client_is_asked_no_further_until_it_has_been_answered(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    struct control_request request;

    ask(fd, "first");
    ask(fd, "second");
    request = expect_request(house, "first");
    expect_no_request(house);
    answer(house, request.client, "1");
    expect_reply(fd, "1");
    request = expect_request(house, "second");
    answer(house, request.client, "2");
    expect_reply(fd, "2");
    (void)close(fd);
}

static void two_clients_get_their_own_replies_in_any_order(void **state)
{
    struct house *house = *state;
    int one = dial(house), other = dial(house);
    struct control_request a, b;

    work(house);
    ask(one, "one");
    a = expect_request(house, "one");
    ask(other, "other");
    b = expect_request(house, "other");
    assert_int_not_equal(a.client, b.client);
    answer(house, b.client, "for other");
    expect_silence(one);
    expect_reply(other, "for other");
    answer(house, a.client, "for one");
    expect_reply(one, "for one");
    (void)close(one);
    (void)close(other);
}

static void a_busy_client_does_not_push_the_others_back(void **state)
{
    struct house *house = *state;
    int busy = dial(house), other = dial(house);
    struct control_request request;

    ask(busy, "busy");
    ask(other, "other");
    request = expect_request(house, "busy");
    answer(house, request.client, "1");
    ask(busy, "busy");
    request = expect_request(house, "other");
    answer(house, request.client, "2");
    expect_reply(other, "2");
    (void)close(busy);
    (void)close(other);
}

static void answers_to_nobody_are_ignored(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    struct control_request request;

    answer(house, 0, "x");
    answer(house, -1, "x");
    ask(fd, "hello");
    work(house);
    answer(house, 1, "unasked"); /* the request has not been shown yet */
    expect_silence(fd);
    request = expect_request(house, "hello");
    answer(house, request.client, "right");
    answer(house, request.client, "twice");
    expect_reply(fd, "right");
    expect_silence(fd);
    (void)close(fd);
}

/* ---- limits ---- */

static void a_length_over_the_limit_ends_the_conversation(void **state)
{
    struct house *house = *state;
    int fd = dial(house), other = dial(house);
    uint8_t head[4];

    put_u32(head, CONTROL_REQUEST_LIMIT + 1);
    say(fd, head, sizeof head);
    say(other, "\xff\xff\xff\xff", 4);
    expect_no_request(house);
    expect_closed(fd);
    expect_closed(other);
    (void)close(fd);
    (void)close(other);
}

static void the_largest_request_passes(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    uint8_t *bytes = mem_new(4 + CONTROL_REQUEST_LIMIT);
    struct control_request request = {0};
    size_t sent = 0;

    put_u32(bytes, CONTROL_REQUEST_LIMIT);
    for (size_t i = 0; i < CONTROL_REQUEST_LIMIT; i++)
        bytes[4 + i] = (uint8_t)(i >> 8 ^ i);
    while (sent < 4 + CONTROL_REQUEST_LIMIT) {
        ssize_t n = send(fd, bytes + sent, 4 + CONTROL_REQUEST_LIMIT - sent,
                         MSG_NOSIGNAL);

        assert_false(control_next(house->server, &request));
        assert_true(n > 0 || errno == EAGAIN);
        sent += n > 0 ? (size_t)n : 0;
        work(house);
    }
    assert_true(control_next(house->server, &request));
    assert_true(
        bytes_equal(request.bytes, bytes_of(bytes + 4, CONTROL_REQUEST_LIMIT)));
    mem_free(&bytes);
    (void)close(fd);
}

static void a_reply_over_the_limit_ends_the_conversation(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    uint8_t *bytes = mem_new(CONTROL_REPLY_LIMIT + 1);
    struct control_request request;

    ask(fd, "all");
    request = expect_request(house, "all");
    control_answer(house->server, request.client,
                   bytes_of(bytes, CONTROL_REPLY_LIMIT + 1));
    work(house);
    expect_closed(fd);
    mem_free(&bytes);
    (void)close(fd);
}

static void more_clients_than_places_wait_their_turn(void **state)
{
    struct house *house = *state;
    int fds[CONTROL_CLIENTS], late;
    struct control_request request;

    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        fds[i] = dial(house);
        work(house);
    }
    late = dial(house);
    ask(late, "late");
    expect_no_request(house);
    assert_int_equal(count_polls(house, POLLIN), CONTROL_CLIENTS);
    (void)close(fds[7]);
    work(house);
    request = expect_request(house, "late");
    answer(house, request.client, "ok");
    expect_reply(late, "ok");
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        if (i != 7)
            (void)close(fds[i]);
    (void)close(late);
}

static void the_polls_say_what_each_conversation_waits_for(void **state)
{
    struct house *house = *state;
    int one = dial(house), other = dial(house);
    struct control_poll few[2];
    struct control_request request;

    work(house);
    assert_int_equal(count_polls(house, POLLIN), 3);
    assert_int_equal(control_server_polls(house->server, few, 2), 2);
    assert_int_equal(control_server_polls(house->server, few, 0), 0);
    ask(one, "x");
    request = expect_request(house, "x");
    assert_int_equal(count_polls(house, POLLIN), 2);
    assert_int_equal(count_polls(house, 0), 1);
    control_answer(house->server, request.client, bytes_of_text("y"));
    assert_int_equal(count_polls(house, POLLOUT), 1);
    work(house);
    assert_int_equal(count_polls(house, POLLIN), 3);
    (void)close(one);
    (void)close(other);
}

/* ---- clients that misbehave ---- */

static void a_client_that_stops_half_way_holds_nobody_up(void **state)
{
    struct house *house = *state;
    int slow = dial(house), other = dial(house);
    struct control_request request;

    say(slow, "\0\0\0\5he", 6);
    ask(other, "hello");
    request = expect_request(house, "hello");
    answer(house, request.client, "ok");
    expect_reply(other, "ok");
    say(slow, "llo", 3);
    (void)expect_request(house, "hello");
    (void)close(slow);
    (void)close(other);
}

/* A reply that no socket takes in one go. */
static void ask_for_large_reply(struct house *house, int fd)
{
    uint8_t *bytes = mem_new(CONTROL_REPLY_LIMIT);
    struct control_request request;

    for (size_t i = 0; i < CONTROL_REPLY_LIMIT; i++)
        bytes[i] = (uint8_t)(i % 251);
    ask(fd, "all");
    request = expect_request(house, "all");
    control_answer(house->server, request.client,
                   bytes_of(bytes, CONTROL_REPLY_LIMIT));
    mem_free(&bytes);
    work(house);
    assert_int_equal(count_polls(house, POLLOUT), 1);
}

static void read_large_reply(struct house *house, int fd, size_t size)
{
    static uint8_t piece[100000];
    size_t got = 0;

    for (int round = 0; got < 4 + size && round < 10000; round++) {
        ssize_t n = recv(fd, piece, sizeof piece, 0);

        work(house);
        assert_true(n > 0 || (n < 0 && errno == EAGAIN));
        for (ssize_t i = 0; i < n; i++, got++)
            if (got >= 4)
                assert_int_equal(piece[i], (uint8_t)((got - 4) % 251));
    }
    assert_int_equal(got, 4 + size);
}

static void a_client_that_does_not_read_holds_nobody_up(void **state)
{
    struct house *house = *state;
    int slow = dial(house), other = dial(house);
    struct control_request request;

    ask_for_large_reply(house, slow);
    ask(other, "hello");
    request = expect_request(house, "hello");
    answer(house, request.client, "ok");
    expect_reply(other, "ok");
    read_large_reply(house, slow, CONTROL_REPLY_LIMIT);
    ask(slow, "next");
    (void)expect_request(house, "next");
    (void)close(slow);
    (void)close(other);
}

static void a_client_gone_before_its_answer_leaves_its_place(void **state)
{
    struct house *house = *state;
    int fd = dial(house), other;
    struct control_request request, next;

    ask(fd, "hello");
    request = expect_request(house, "hello");
    assert_int_equal(count_polls(house, 0), 1);
    (void)close(fd);
    work(house);
    assert_int_equal(count_polls(house, 0), 0); /* or the loop would spin */
    /* the request is still lent to us */
    assert_true(bytes_equal(request.bytes, bytes_of_text("hello")));
    other = dial(house);
    ask(other, "me");
    work(house);
    answer(house, request.client, "too late");
    expect_silence(other);
    next = expect_request(house, "me");
    assert_int_not_equal(next.client, request.client);
    (void)close(other);
}

static void a_client_gone_in_the_middle_of_its_reply_is_forgotten(void **state)
{
    struct house *house = *state;
    int fd = dial(house);

    ask_for_large_reply(house, fd);
    (void)close(fd);
    work(house);
    assert_int_equal(count_polls(house, POLLOUT), 0);
}

static void a_client_that_has_no_more_to_say_still_gets_its_reply(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    struct control_request request;

    ask(fd, "last words");
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    request = expect_request(house, "last words");
    work(house);
    answer(house, request.client, "heard");
    expect_reply(fd, "heard");
    work(house);
    expect_closed(fd);
    (void)close(fd);
}

static void a_silent_client_is_dropped_after_the_idle_time(void **state)
{
    struct house *house = *state;
    int silent = dial(house), half = dial(house), lively = dial(house);

    say(half, "\0\0", 2);
    work(house);
    house->now_ms += CONTROL_IDLE_MS;
    say(lively, "\0", 1);
    work(house);
    expect_silence(silent);
    house->now_ms++;
    work(house);
    expect_closed(silent);
    expect_closed(half);
    expect_silence(lively);
    (void)close(silent);
    (void)close(half);
    (void)close(lively);
}

static void a_client_that_waits_for_us_is_not_called_silent(void **state)
{
    struct house *house = *state;
    int fd = dial(house);
    struct control_request request;

    ask(fd, "slow work");
    request = expect_request(house, "slow work");
    house->now_ms += 2 * CONTROL_IDLE_MS;
    work(house);
    answer(house, request.client, "done");
    expect_reply(fd, "done");
    (void)close(fd);
}

static void
a_client_that_never_reads_is_dropped_after_the_idle_time(void **state)
{
    struct house *house = *state;
    int fd = dial(house);

    ask_for_large_reply(house, fd);
    house->now_ms += CONTROL_IDLE_MS + 1;
    work(house);
    assert_int_equal(count_polls(house, POLLOUT), 0);
    (void)close(fd);
}

/* Needs root, to be somebody else for a moment. */
static void a_stranger_is_not_served(void **state)
{
    struct house *house = *state;
    int fd;

    if (geteuid() != 0)
        skip();
    assert_int_equal(chmod(house->folder, 0755), 0);
    assert_int_equal(chmod(house->path, 0666), 0);
    assert_int_equal(seteuid(65534), 0);
    fd = try_dial(house->path);
    assert_int_equal(seteuid(0), 0);
    assert_true(fd >= 0);
    ask(fd, "let me in");
    expect_no_request(house);
    expect_closed(fd);
    (void)close(fd);
}

static void out_of_descriptors_accepting_rests_for_a_second(void **state)
{
    struct house *house = *state;
    struct rlimit before, low;
    int copies[100], fd = dial(house);
    size_t count = 0;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    low = before;
    low.rlim_cur = 100;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    while (count < 100 && (copies[count] = dup(fd)) >= 0)
        count++;
    work(house);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    while (count > 0)
        (void)close(copies[--count]);
    assert_int_equal(count_polls(house, POLLIN), 0); /* or the loop spins */
    house->now_ms += 999;
    work(house);
    assert_int_equal(count_polls(house, POLLIN), 0);
    house->now_ms += 1;
    work(house);
    assert_int_equal(count_polls(house, POLLIN), 2);
    (void)close(fd);
}

/* ---- the socket in its folder ---- */

static void the_socket_is_for_its_owner_whatever_the_umask(void **state)
{
    struct house *house = *state;
    mode_t before = umask(0);
    struct stat status;

    assert_int_equal(control_server_open(&house->server, house->path, NULL), 0);
    (void)umask(before);
    assert_int_equal(stat(house->path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void a_socket_left_over_by_the_dead_is_replaced(void **state)
{
    struct house *house = *state;
    pid_t child = fork();
    int status, fd;

    assert_true(child >= 0);
    if (child == 0)
        _exit(control_server_open(&house->server, house->path, NULL) == 0 ? 0
                                                                          : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(access(house->path, F_OK), 0);
    assert_int_equal(try_dial(house->path), -1);
    assert_int_equal(control_server_open(&house->server, house->path, NULL), 0);
    fd = dial(house);
    (void)close(fd);
}

static void a_live_socket_is_left_alone(void **state)
{
    struct house *house = *state;
    struct control_server *second = NULL;
    struct error err = {""};
    struct control_request request;
    int fd;

    assert_int_equal(control_server_open(&second, house->path, &err),
                     ERR_EXISTS);
    assert_non_null(strstr(err.text, "another process"));
    assert_null(second);
    fd = dial(house);
    ask(fd, "alive?");
    request = expect_request(house, "alive?");
    answer(house, request.client, "yes");
    expect_reply(fd, "yes");
    (void)close(fd);
}

static void a_file_in_the_way_is_left_alone(void **state)
{
    struct house *house = *state;
    struct stat status;
    int fd = open(house->path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)close(fd);
    assert_int_equal(control_server_open(&house->server, house->path, NULL),
                     ERR_EXISTS);
    assert_int_equal(stat(house->path, &status), 0);
    assert_true(S_ISREG(status.st_mode));
}

static void closing_takes_the_socket_away(void **state)
{
    struct house *house = *state;

    control_server_close(&house->server);
    assert_null(house->server);
    assert_int_equal(access(house->path, F_OK), -1);
    control_server_close(&house->server);
}

static void closing_leaves_the_socket_of_a_successor(void **state)
{
    struct house *house = *state;
    struct control_server *successor;

    assert_int_equal(unlink(house->path), 0);
    assert_int_equal(control_server_open(&successor, house->path, NULL), 0);
    control_server_close(&house->server);
    assert_int_equal(access(house->path, F_OK), 0);
    control_server_close(&successor);
}

static void replies_queued_at_the_end_are_still_delivered(void **state)
{
    struct house *house = *state;
    int fd = dial(house), unheard = dial(house);
    struct control_request request;

    ask(fd, "stop");
    request = expect_request(house, "stop");
    ask(unheard, "never shown");
    work(house);
    control_answer(house->server, request.client, bytes_of_text("stopping"));
    control_server_close(&house->server);
    expect_reply(fd, "stopping");
    expect_closed(fd);
    expect_closed(unheard);
    (void)close(fd);
    (void)close(unheard);
}

#define BEFORE(test)                                                           \
    cmocka_unit_test_setup_teardown(test, make_folder, close_house)
#define SERVED(test)                                                           \
    cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SERVED(a_request_is_shown_once_and_its_reply_arrives),
        SERVED(a_reply_leaves_with_work_and_not_before),
        SERVED(a_request_in_single_bytes_is_put_together),
        SERVED(an_empty_request_is_a_request),
        SERVED(a_client_is_asked_no_further_until_it_has_been_answered),
        SERVED(two_clients_get_their_own_replies_in_any_order),
        SERVED(a_busy_client_does_not_push_the_others_back),
        SERVED(answers_to_nobody_are_ignored),
        SERVED(a_length_over_the_limit_ends_the_conversation),
        SERVED(the_largest_request_passes),
        SERVED(a_reply_over_the_limit_ends_the_conversation),
        SERVED(more_clients_than_places_wait_their_turn),
        SERVED(the_polls_say_what_each_conversation_waits_for),
        SERVED(a_client_that_stops_half_way_holds_nobody_up),
        SERVED(a_client_that_does_not_read_holds_nobody_up),
        SERVED(a_client_gone_before_its_answer_leaves_its_place),
        SERVED(a_client_gone_in_the_middle_of_its_reply_is_forgotten),
        SERVED(a_client_that_has_no_more_to_say_still_gets_its_reply),
        SERVED(a_silent_client_is_dropped_after_the_idle_time),
        SERVED(a_client_that_waits_for_us_is_not_called_silent),
        SERVED(a_client_that_never_reads_is_dropped_after_the_idle_time),
        SERVED(a_stranger_is_not_served),
        SERVED(out_of_descriptors_accepting_rests_for_a_second),
        BEFORE(the_socket_is_for_its_owner_whatever_the_umask),
        BEFORE(a_socket_left_over_by_the_dead_is_replaced),
        SERVED(a_live_socket_is_left_alone),
        BEFORE(a_file_in_the_way_is_left_alone),
        SERVED(closing_takes_the_socket_away),
        SERVED(closing_leaves_the_socket_of_a_successor),
        SERVED(replies_queued_at_the_end_are_still_delivered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
