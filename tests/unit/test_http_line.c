/* tests/unit/test_http_line.c - connections that hold a place and ask for
 * nothing: before TLS, behind it, and between two requests. A new certificate
 * on the disk is noticed. */
#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/crypto/x509.h"
#include "common/http/inside.h"

enum {
    DEADLINE_MS = 30000,
    MUCH_BYTES = 8 << 20,
    DESCRIPTORS = 200, /* the server then takes half as many connections */
    PLACES = DESCRIPTORS / 2
};

/* How far the wall clock is ahead of what the kernel goes by: put back to 0, it
 * is as if somebody had set the clock back. */
static int64_t ahead_s;

int clock_gettime(clockid_t which, struct timespec *now)
{
    int rc = (int)syscall(SYS_clock_gettime, which, now);

    if (rc == 0 && which == CLOCK_REALTIME)
        now->tv_sec += __atomic_load_n(&ahead_s, __ATOMIC_SEQ_CST);
    return rc;
}

static const char request[] = "HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/* ---- the server */

struct place {
    char folder[64], key[96], cert[96];
    struct sockaddr_in at;
    int listener;
    struct http_server *server;
};

static void answer(void *who, struct http_request *asked)
{
    struct buf body = {0};

    (void)who;
    buf_add_text(&body, "here");
    if (strcmp(http_path(asked), "/much") == 0)
        buf_reserve(&body, MUCH_BYTES);
    if (strcmp(http_path(asked), "/much") == 0)
        body.size = MUCH_BYTES;
    http_answer(asked, 200, "text/plain", &body);
}

static void write_pem(struct place *p)
{
    struct x509_names names = {.count = 0};
    struct buf key = {0}, cert = {0};
    struct error err = {""};

    (void)x509_names_add(&names, "localhost");
    assert_int_equal(x509_key_make(&key, &err), 0);
    assert_int_equal(
        x509_self_signed(&cert, buf_bytes(&key), &names, clock_wall_ms(), &err),
        0);
    assert_int_equal(file_write(p->key, buf_bytes(&key), 0600, &err), 0);
    assert_int_equal(file_write(p->cert, buf_bytes(&cert), 0600, &err), 0);
    buf_free(&key);
    buf_free(&cert);
}

static int set_up(void **state)
{
    struct place *p = mem_new(sizeof *p);
    socklen_t size = sizeof p->at;

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/lienxa-http.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->key, sizeof p->key, "%s/key", p->folder);
    (void)snprintf(p->cert, sizeof p->cert, "%s/cert", p->folder);
    write_pem(p);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    p->at.sin_family = AF_INET;
    p->at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&p->at, size), 0);
    assert_int_equal(listen(p->listener, 1024), 0);
    assert_int_equal(getsockname(p->listener, (struct sockaddr *)&p->at, &size),
                     0);
    *state = p;
    return 0;
}

static void serve(struct place *p)
{
    char *key = mem_text(p->key), *cert = mem_text(p->cert);
    struct http_config config = {.listener = p->listener,
                                 .key_path = key,
                                 .cert_path = cert,
                                 .threads = 2,
                                 .body_limit = 1024,
                                 .handle = answer};
    struct error err = {""};

    if (http_server_open(&p->server, &config, &err) != 0)
        fail_msg("%s", err.text);
    memset(key, 'x', strlen(key)); /* they were ours */
    memset(cert, 'x', strlen(cert));
    mem_free(&key);
    mem_free(&cert);
}

static int tear_down(void **state)
{
    struct place *p = *state;

    http_server_close(&p->server);
    (void)unlink(p->key);
    (void)unlink(p->cert);
    (void)rmdir(p->folder);
    mem_free(state);
    return 0;
}

/* ---- who connects */

struct client {
    int fd;
    gnutls_session_t tls; /* NULL: not greeted */
    gnutls_certificate_credentials_t trust;
};

/* From 127.0.0.`from`. */
static bool reach(struct client *c, const struct place *p, uint32_t from)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    struct timeval limit = {.tv_sec = DEADLINE_MS / 1000};

    own.sin_addr.s_addr = htonl((127U << 24) + from);
    c->tls = NULL;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    (void)setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    return c->fd >= 0 &&
           bind(c->fd, (struct sockaddr *)&own, sizeof own) == 0 &&
           connect(c->fd, (const struct sockaddr *)&p->at, sizeof p->at) == 0;
}

static bool shake_hands(struct client *c)
{
    int rc;

    (void)gnutls_certificate_allocate_credentials(&c->trust);
    (void)gnutls_init(&c->tls, GNUTLS_CLIENT);
    (void)gnutls_set_default_priority(c->tls);
    (void)gnutls_credentials_set(c->tls, GNUTLS_CRD_CERTIFICATE, c->trust);
    gnutls_transport_set_int(c->tls, c->fd);
    do
        rc = gnutls_handshake(c->tls);
    while (rc < 0 && rc != GNUTLS_E_AGAIN && gnutls_error_is_fatal(rc) == 0);
    return rc == 0;
}

/* Is it told 200? */
static bool asks(struct client *c)
{
    char text[4096];
    ssize_t got;

    if (gnutls_record_send(c->tls, request, sizeof request - 1) < 0)
        return false;
    do
        got = gnutls_record_recv(c->tls, text, sizeof text);
    while (got < 0 && got != GNUTLS_E_AGAIN &&
           gnutls_error_is_fatal((int)got) == 0);
    return got > 12 && memcmp(text, "HTTP/1.1 200", 12) == 0;
}

/* Shut by the server; what else came (tickets) is passed by. */
static bool is_ended(const struct client *c)
{
    struct pollfd item = {.fd = c->fd, .events = POLLRDHUP};

    return poll(&item, 1, 0) > 0 &&
           (item.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void leave(struct client *c)
{
    if (c->tls != NULL) {
        gnutls_deinit(c->tls);
        gnutls_certificate_free_credentials(c->trust);
    }
    (void)close(c->fd);
}

static size_t count_left(const struct client *clients, size_t count)
{
    size_t left = 0;

    for (size_t i = 0; i < count; i++)
        left += !is_ended(&clients[i]);
    return left;
}

/* ---- */

static void
who_never_greets_and_who_never_asks_are_few_per_address(void **state)
{
    enum { SILENT = HTTP_HALF_OPEN - 10, GREETED = 30 };
    struct place *p = *state;
    struct client *all = mem_array(SILENT + GREETED, sizeof *all), other;
    int64_t until = clock_mono_ms() + DEADLINE_MS;

    serve(p);
    assert_true(reach(&other, p, 2)); /* the oldest of all, from elsewhere */
    for (size_t i = 0; i < SILENT; i++)
        assert_true(reach(&all[i], p, 1));
    for (size_t i = SILENT; i < SILENT + GREETED; i++)
        assert_true(reach(&all[i], p, 1) && shake_hands(&all[i]));
    while (count_left(all, SILENT + GREETED) > HTTP_HALF_OPEN &&
           clock_mono_ms() < until)
        (void)poll(NULL, 0, 5);
    assert_int_equal(count_left(all, SILENT + GREETED), HTTP_HALF_OPEN);
    /* the oldest went, whichever kind they were: as two threads took them */
    assert_in_range(count_left(all, 20), 0, 5);
    assert_false(is_ended(&other));
    assert_true(shake_hands(&other) && asks(&other));
    for (size_t i = 0; i < SILENT + GREETED; i++)
        leave(&all[i]);
    leave(&other);
    mem_free(&all);
}

/* More than there are places ask once and stay, from several addresses. How
 * many could. */
static size_t crowd(const struct place *p, size_t count)
{
    struct client *all = mem_array(count, sizeof *all);

    for (size_t i = 0; i < count; i++)
        if (!reach(&all[i], p, 1 + (uint32_t)i % 5) || !shake_hands(&all[i]) ||
            !asks(&all[i]))
            return i;
    /* who asked last has the place still */
    return asks(&all[count - 1]) ? count : 0;
}

static void who_asked_once_and_stays_makes_room_for_the_next(void **state)
{
    const struct rlimit few = {DESCRIPTORS, DESCRIPTORS};
    struct place *p = *state;
    int status = -1;
    pid_t child = fork(); /* with descriptors of its own */

    assert_true(child >= 0);
    if (child == 0) {
        (void)alarm(2 * DEADLINE_MS / 1000);
        _exit(crowd(p, PLACES + 20) == PLACES + 20 ? 0 : 1);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    serve(p);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Who asks for much and reads nothing of it, in every place there is. Whether
 * somebody else is answered then. */
static bool is_answered_beside_readers_of_nothing(const struct place *p)
{
    static const char much[] = "GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct client *all = mem_array(PLACES, sizeof *all), other;
    size_t count = 0;

    while (count < PLACES && reach(&all[count], p, 1 + (uint32_t)count % 5) &&
           shake_hands(&all[count]) &&
           gnutls_record_send(all[count].tls, much, sizeof much - 1) > 0)
        count++;
    return count == PLACES && reach(&other, p, 9) && shake_hands(&other) &&
           asks(&other);
}

static void who_reads_nothing_keeps_nobody_out(void **state)
{
    const struct rlimit few = {DESCRIPTORS, DESCRIPTORS};
    struct place *p = *state;
    int status = -1;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        (void)alarm(2 * DEADLINE_MS / 1000);
        _exit(is_answered_beside_readers_of_nothing(p) ? 0 : 1);
    }
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    serve(p);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* A PC whose clock is wrong until the network tells it the time. */
static void a_clock_that_is_set_back_lets_nobody_stay(void **state)
{
    enum { PATIENCE_MS = HTTP_HEADER_MS + 5000, STEP_MS = 50 };
    struct place *p = *state;
    struct client silent;
    int64_t until;

    __atomic_store_n(&ahead_s, 3600, __ATOMIC_SEQ_CST);
    serve(p);
    (void)poll(NULL, 0, STEP_MS); /* its ticker waits for the next second */
    __atomic_store_n(&ahead_s, 0, __ATOMIC_SEQ_CST);
    assert_true(reach(&silent, p, 1));
    until = clock_mono_ms() + PATIENCE_MS;
    while (!is_ended(&silent) && clock_mono_ms() < until)
        (void)poll(NULL, 0, STEP_MS);
    assert_true(is_ended(&silent));
    leave(&silent);
}

/* ---- whose connections are counted together */

static struct in6_addr group_of(const char *address)
{
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct in6_addr out = {0};

    if (inet_pton(AF_INET6, address, &six.sin6_addr) == 1)
        http_line_group(&out, (const struct sockaddr *)&six);
    else if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
        http_line_group(&out, (const struct sockaddr *)&four);
    else
        fail();
    return out;
}

static bool are_one(const char *a, const char *b)
{
    struct in6_addr left = group_of(a), right = group_of(b);

    return memcmp(&left, &right, sizeof left) == 0;
}

static void a_new_certificate_on_the_disk_is_noticed(void **state)
{
    struct place *p = *state;

    serve(p);
    assert_false(http_server_is_stale(p->server));
    write_pem(p);
    assert_true(http_server_is_stale(p->server));
}

static void a_network_of_one_subscriber_is_one_address(void **state)
{
    (void)state;
    assert_true(are_one("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"));
    assert_false(are_one("2001:db8:1:2::1", "2001:db8:1:3::1"));
    assert_true(are_one("192.0.2.1", "::ffff:192.0.2.1"));
    assert_false(are_one("192.0.2.1", "192.0.2.2"));
    assert_false(are_one("::ffff:192.0.2.1", "::ffff:192.0.2.2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_of_one_subscriber_is_one_address),
        cmocka_unit_test_setup_teardown(
            a_new_certificate_on_the_disk_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            who_never_greets_and_who_never_asks_are_few_per_address, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(
            a_clock_that_is_set_back_lets_nobody_stay, set_up, tear_down),
        /* the last ones: their descriptors stay few */
        cmocka_unit_test_setup_teardown(
            who_asked_once_and_stays_makes_room_for_the_next, set_up,
            tear_down),
        cmocka_unit_test_setup_teardown(who_reads_nothing_keeps_nobody_out,
                                        set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
