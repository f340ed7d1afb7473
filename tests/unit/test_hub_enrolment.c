/* tests/unit/test_hub_enrolment.c - tokens, what a stranger is told, and what a
 * machine that was taken out may still do. */
#include "tests/unit/test_hub_fixture.h"

#include <sys/mman.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/crypto/sign.h"
#include "hub/enrolment.h"

struct machine {
    struct curve_key curve;
    struct sign_key sign;
};

static struct machine machine_new(void)
{
    struct machine m;

    curve_key_generate(&m.curve);
    sign_key_generate(&m.sign);
    return m;
}

/* As if it had served on these ports before. */
static void listened(struct fixture *f, const char *host)
{
    char address[64];
    static const char *const lanes[] = {"express", "bulk", "enrol"};

    for (int i = 0; i < 3; i++) {
        (void)snprintf(address, sizeof address, "tcp://%s:710%d", host, i + 1);
        assert_int_equal(hub_store_set(f->hub->store, lanes[i], address), 0);
    }
}

static struct token invite(struct fixture *f, const char *unit,
                           int64_t valid_ms)
{
    struct buf text = {0};
    struct token token;

    listened(f, "127.0.0.1");
    assert_int_equal(
        hub_enrolment_invite(f->hub, unit, NULL, valid_ms, &text, &f->err), 0);
    assert_int_equal(wire_token_decode(&token, buf_text(&text), &f->err), 0);
    buf_free(&text);
    return token;
}

static struct msg_enrol ask(const struct token *token, const struct machine *m)
{
    struct msg_enrol e;

    memset(&e, 0, sizeof e);
    memcpy(e.unit, token->unit, sizeof e.unit);
    memcpy(e.secret, token->secret, sizeof e.secret);
    memcpy(e.curve_public, m->curve.public_key, sizeof e.curve_public);
    memcpy(e.sign_public, m->sign.public_key, sizeof e.sign_public);
    return e;
}

static void sign_enrol(struct msg_enrol *e, const struct machine *m)
{
    struct buf said = {0};

    wire_enrol_signed(&said, e);
    sign_bytes(e->signature, &m->sign, ENROL_SIGN_DOMAIN, buf_bytes(&said));
    buf_free(&said);
}

/* The reply's bytes, owned; empty when the hub is silent. */
static struct buf answer_to(struct fixture *f, struct bytes frame,
                            const uint8_t key[32], const char *peer)
{
    struct net_message m = {.lane = NET_ENROL, .bytes = frame};
    struct buf out = {0};
    struct bytes reply;

    memcpy(m.key, key, sizeof m.key);
    (void)snprintf(m.peer, sizeof m.peer, "%s", peer);
    reply = hub_enrolment_answer(f->hub, &m);
    if (reply.data != NULL)
        buf_add_bytes(&out, reply);
    return out;
}

/* Every test is a minute of its own: the rate is not what it is about. */
static void next_minute(struct fixture *f)
{
    static int64_t minute = 1000000;

    f->hub->mono_ms = ++minute * 60000;
}

static struct buf send_enrol(struct fixture *f, const struct msg_enrol *enrol,
                             const uint8_t key[32])
{
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message m = {.type = MSG_ENROL};
    struct bytes frame;
    struct buf reply;

    m.enrol = *enrol;
    assert_int_equal(wire_encode(codec, &frame, &m, &f->err), 0);
    reply = answer_to(f, frame, key, "192.0.2.7");
    wire_codec_free(&codec);
    return reply;
}

static struct buf enrol(struct fixture *f, const struct token *token,
                        const struct machine *m)
{
    struct msg_enrol e = ask(token, m);

    sign_enrol(&e, m);
    return send_enrol(f, &e, m->curve.public_key);
}

static bool is_enrolled(struct fixture *f, const struct buf *reply,
                        struct certificate *c)
{
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message m;
    bool yes;

    assert_int_equal(wire_decode(codec, &m, buf_bytes(reply), &f->err), 0);
    yes = m.type == MSG_ENROLLED;
    if (yes) {
        assert_true(sign_verify(
            m.enrolled.certificate.signature, f->hub->keys.sign.public_key,
            CERTIFICATE_SIGN_DOMAIN, m.enrolled.certificate.body));
        assert_true(sign_verify(
            m.enrolled.signing_key.signature, f->hub->keys.root_public,
            SIGNING_KEY_SIGN_DOMAIN, m.enrolled.signing_key.body));
        assert_int_equal(
            wire_certificate_decode(c, m.enrolled.certificate.body), 0);
    } else {
        assert_int_equal(m.type, MSG_REFUSED);
    }
    wire_codec_free(&codec);
    return yes;
}

static void let_in(struct fixture *f, const struct token *token,
                   const struct machine *m, struct certificate *c)
{
    struct buf reply = enrol(f, token, m);

    assert_true(is_enrolled(f, &reply, c));
    buf_free(&reply);
}

/* ---- who holds the token */

static void who_holds_the_token_is_certified(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new();
    struct certificate c;

    next_minute(f);
    assert_int_equal(hub_enrolment_admit(f->hub, m.curve.public_key),
                     NET_UNKNOWN);
    let_in(f, &token, &m, &c);
    assert_string_equal(c.unit, QUANG_THO);
    assert_string_equal(c.hub, f->hub->keys.home);
    assert_int_equal(c.number, 1);
    assert_memory_equal(c.curve_public, m.curve.public_key, 32);
    assert_memory_equal(c.sign_public, m.sign.public_key, 32);
    assert_true(c.issued_ms == f->hub->wall_ms && c.expires_ms > c.issued_ms);
    assert_int_equal(hub_enrolment_admit(f->hub, m.curve.public_key),
                     NET_ADMIT);
}

static void a_lost_reply_is_given_again_byte_for_byte(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new();
    struct certificate c;
    struct buf first, again;

    next_minute(f);
    first = enrol(f, &token, &m);
    assert_true(is_enrolled(f, &first, &c));
    keep(f);
    next_minute(f);
    f->hub->wall_ms += INT64_C(365) * 86400000; /* even after it expired */
    again = enrol(f, &token, &m);
    assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&again)));
    assert_int_equal(hub_registry_count(f->hub->registry), 1);
    buf_free(&first);
    buf_free(&again);
}

static void the_next_machine_of_a_unit_has_the_next_number(void **state)
{
    struct fixture *f = *state;
    struct token one = invite(f, "quang-tho", 60000);
    struct token two = invite(f, "19894", 60000);
    struct machine a = machine_new(), b = machine_new();
    struct certificate c;

    next_minute(f);
    let_in(f, &one, &a, &c);
    let_in(f, &two, &b, &c);
    assert_int_equal(c.number, 2);
    assert_int_equal(
        hub_registry_find(f->hub->registry, a.curve.public_key)->state,
        NODE_RETIRING);
}

/* ---- who does not */

/* Nobody may tell from the bytes what was wrong. */
static void refused_like_all(struct fixture *f, struct buf reply)
{
    static struct buf like;
    struct certificate c;
    size_t before = hub_registry_count(f->hub->registry);

    assert_false(is_enrolled(f, &reply, &c));
    if (like.size == 0)
        buf_add_bytes(&like, buf_bytes(&reply));
    assert_true(bytes_equal(buf_bytes(&like), buf_bytes(&reply)));
    assert_int_equal(hub_registry_count(f->hub->registry), before);
    buf_free(&reply);
}

static void a_used_token_is_worth_nothing_to_another_key(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new(), thief = machine_new();
    struct certificate c;

    next_minute(f);
    let_in(f, &token, &m, &c);
    refused_like_all(f, enrol(f, &token, &thief));
    assert_int_equal(hub_enrolment_admit(f->hub, thief.curve.public_key),
                     NET_UNKNOWN);
}

static void an_expired_token_is_refused(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 1000);
    struct machine m = machine_new();

    next_minute(f);
    f->hub->wall_ms += 1000;
    refused_like_all(f, enrol(f, &token, &m));
}

static void a_guessed_secret_is_refused(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new();

    next_minute(f);
    for (int i = 0; i < 8; i++) {
        struct token guess = token;

        guess.secret[i * 4] ^= 1;
        refused_like_all(f, enrol(f, &guess, &m));
    }
}

static void a_token_is_for_its_own_unit_only(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new();

    next_minute(f);
    (void)snprintf(token.unit, sizeof token.unit, QUANG_PHU);
    refused_like_all(f, enrol(f, &token, &m));
    (void)snprintf(token.unit, sizeof token.unit, "19894");
    refused_like_all(f, enrol(f, &token, &m));
}

static void a_machine_enrols_the_key_it_speaks_with(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new(), other = machine_new();
    struct msg_enrol e = ask(&token, &m);

    next_minute(f);
    sign_enrol(&e, &m);
    refused_like_all(f, send_enrol(f, &e, other.curve.public_key));
}

static void a_machine_proves_its_signing_key(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new(), other = machine_new();
    struct msg_enrol e = ask(&token, &m);

    next_minute(f);
    sign_enrol(&e, &other);
    refused_like_all(f, send_enrol(f, &e, m.curve.public_key));
    sign_enrol(&e, &m);
    e.signature[5] ^= 1;
    refused_like_all(f, send_enrol(f, &e, m.curve.public_key));
}

static void a_key_that_was_shut_out_cannot_come_back(void **state)
{
    struct fixture *f = *state;
    struct token one = invite(f, "quang-tho", 60000);
    struct token two = invite(f, "quang-tho", 60000);
    struct token other = invite(f, "quang-phu", 60000);
    struct machine m = machine_new();
    struct certificate c;

    next_minute(f);
    let_in(f, &one, &m, &c);
    assert_int_equal(hub_enrolment_revoke(f->hub, "quang-tho", &f->err), 0);
    refused_like_all(f, enrol(f, &two, &m));
    refused_like_all(f, enrol(f, &other, &m));
}

static void what_is_no_enrolment_gets_no_answer(void **state)
{
    struct fixture *f = *state;
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message m = {.type = MSG_STATUS};
    struct machine stranger = machine_new();
    struct bytes frame;
    struct buf reply;

    next_minute(f);
    assert_int_equal(wire_encode(codec, &frame, &m, &f->err), 0);
    reply = answer_to(f, frame, stranger.curve.public_key, "192.0.2.7");
    assert_int_equal(reply.size, 0);
    reply = answer_to(f, bytes_of("\xff\xff\xff\xff", 4),
                      stranger.curve.public_key, "192.0.2.7");
    assert_int_equal(reply.size, 0);
    reply = answer_to(f, bytes_of(NULL, 0), stranger.curve.public_key, "");
    assert_int_equal(reply.size, 0);
    wire_codec_free(&codec);
}

static size_t answered(struct fixture *f, const char *peer, int times)
{
    struct token token = {.unit = QUANG_THO};
    struct machine m = machine_new();
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message message = {.type = MSG_ENROL};
    struct bytes frame;
    size_t count = 0;

    message.enrol = ask(&token, &m);
    assert_int_equal(wire_encode(codec, &frame, &message, &f->err), 0);
    for (int i = 0; i < times; i++) {
        struct buf reply = answer_to(f, frame, m.curve.public_key, peer);

        count += reply.size > 0;
        buf_free(&reply);
    }
    wire_codec_free(&codec);
    return count;
}

static void who_asks_too_often_hears_nothing_others_do(void **state)
{
    struct fixture *f = *state;
    size_t most;

    next_minute(f);
    most = answered(f, "192.0.2.66", 1000);
    assert_in_range(most, 1, 199);
    assert_int_equal(answered(f, "192.0.2.66", 5), 0);
    assert_int_equal(answered(f, "192.0.2.7", 5), 5);
    next_minute(f);
    assert_int_equal(answered(f, "192.0.2.66", 5), 5);
}

/* Whoever has one address of IPv6 has 2^64 of them. */
static void one_ipv6_network_does_not_use_up_everybodys_share(void **state)
{
    struct fixture *f = *state;
    size_t count = 0;

    next_minute(f);
    for (int i = 0; i < 1000; i++) {
        char peer[48];

        (void)snprintf(peer, sizeof peer, "2001:db8:0:7::%x", i + 1);
        count += answered(f, peer, 2);
    }
    assert_in_range(count, 1, 199);
    assert_int_equal(answered(f, "192.0.2.7", 5), 5);
    assert_int_equal(answered(f, "2001:db8:0:8::1", 5), 5);
    assert_int_equal(answered(f, "::ffff:192.0.2.8", 5), 5);
}

static size_t lines_of(int log)
{
    char text[65536];
    ssize_t size = pread(log, text, sizeof text, 0);
    size_t count = 0;

    for (ssize_t i = 0; i < size; i++)
        count += text[i] == '\n';
    return count;
}

/* From a dozen addresses they are answered 720 times a minute. */
static void who_guesses_secrets_does_not_fill_the_log(void **state)
{
    enum { ADDRESSES = 12, TRIES = 60, LINES = 14 };
    struct fixture *f = *state;
    int log = memfd_create("log", MFD_CLOEXEC), saved = dup(STDERR_FILENO);
    size_t count = 0;
    char peer[32];

    next_minute(f);
    assert_true(log >= 0 && dup2(log, STDERR_FILENO) >= 0);
    log_open(LOG_LEVEL_INFO);
    for (int i = 0; i < ADDRESSES; i++) {
        (void)snprintf(peer, sizeof peer, "203.0.113.%d", i + 1);
        count += answered(f, peer, TRIES);
    }
    next_minute(f);
    count += answered(f, "192.0.2.7", 1);
    log_open(LOG_LEVEL_ERROR);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    (void)close(saved);
    assert_in_range(count, 500, 1000);
    assert_in_range(lines_of(log), 1, LINES);
    (void)close(log);
}

static void a_thousand_addresses_take_no_more_than_one_memory(void **state)
{
    struct fixture *f = *state;
    size_t count = 0;

    next_minute(f);
    for (int i = 0; i < 1000; i++) {
        char peer[32];

        (void)snprintf(peer, sizeof peer, "198.51.%d.%d", i / 250, i % 250);
        count += answered(f, peer, 2);
    }
    assert_in_range(count, 1, 1000);
}

/* ---- the secret */

static bool is_in_file(const char *path, const uint8_t *secret, size_t size)
{
    struct buf content = {0};
    bool found = false;

    if (file_read(&content, path, 64 << 20, NULL) == 0)
        for (size_t i = 0; !found && i + size <= content.size; i++)
            found = memcmp(content.data + i, secret, size) == 0;
    buf_free(&content);
    return found;
}

static void the_hub_keeps_no_secret_of_a_token(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct bytes secret = bytes_of(token.secret, sizeof token.secret);
    struct hash hash = crypto_sha256(&secret, 1);
    char path[96], wal[96];

    keep(f);
    (void)snprintf(path, sizeof path, "%s/hub.db", f->folder);
    (void)snprintf(wal, sizeof wal, "%s/hub.db-wal", f->folder);
    assert_true(is_in_file(path, hash.bytes, 32) ||
                is_in_file(wal, hash.bytes, 32));
    assert_false(is_in_file(path, token.secret, 32));
    assert_false(is_in_file(wal, token.secret, 32));
}

/* ---- inviting */

static void an_invitation_needs_to_know_where_the_hub_listens(void **state)
{
    struct fixture *f = *state;
    struct buf token = {0};

    assert_int_equal(
        hub_enrolment_invite(f->hub, "quang-tho", NULL, 1000, &token, &f->err),
        ERR_REFUSED);
    assert_non_null(strstr(f->err.text, "serve"));
    listened(f, "0.0.0.0");
    assert_int_equal(
        hub_enrolment_invite(f->hub, "quang-tho", NULL, 1000, &token, &f->err),
        ERR_REFUSED);
    assert_non_null(strstr(f->err.text, "--advertise"));
    assert_int_equal(token.size, 0);
}

static void the_advertised_host_takes_the_place_of_the_address(void **state)
{
    static const char *const cases[][2] = {
        {"hub.example", "tcp://hub.example:7101"},
        {"192.0.2.1", "tcp://192.0.2.1:7101"},
        {"2001:db8::1", "tcp://[2001:db8::1]:7101"},
        {"[2001:db8::1]", "tcp://[2001:db8::1]:7101"}};
    struct fixture *f = *state;

    listened(f, "0.0.0.0");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf text = {0};
        struct token token;

        assert_int_equal(hub_enrolment_invite(f->hub, "quang-tho", cases[i][0],
                                              1000, &text, &f->err),
                         0);
        assert_int_equal(wire_token_decode(&token, buf_text(&text), &f->err),
                         0);
        assert_string_equal(token.express, cases[i][1]);
        assert_string_equal(token.unit, QUANG_THO);
        assert_memory_equal(token.hub_curve, f->hub->keys.curve.public_key, 32);
        assert_memory_equal(token.root_public, f->hub->keys.root_public, 32);
        buf_free(&text);
    }
}

static void an_unknown_unit_cannot_be_invited(void **state)
{
    struct fixture *f = *state;
    struct buf token = {0};

    listened(f, "127.0.0.1");
    assert_int_equal(hub_enrolment_invite(f->hub, "quang-nowhere", NULL, 1000,
                                          &token, &f->err),
                     ERR_MISSING);
    assert_int_equal(token.size, 0);
}

/* ---- revoking */

static void a_revoked_machine_is_shut_out_for_good(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct token phu = invite(f, "quang-phu", 60000);
    struct machine m = machine_new(), other = machine_new();
    struct certificate c;

    next_minute(f);
    let_in(f, &token, &m, &c);
    let_in(f, &phu, &other, &c);
    assert_int_equal(hub_enrolment_revoke(f->hub, "quang-tho", &f->err), 0);
    keep(f);
    assert_int_equal(hub_enrolment_admit(f->hub, m.curve.public_key),
                     NET_REVOKED);
    assert_int_equal(hub_enrolment_admit(f->hub, other.curve.public_key),
                     NET_ADMIT);
    hub_close(&f->hub); /* and after a restart */
    assert_int_equal(hub_open(&f->hub, f->folder, HUB_COMMAND, &f->err), 0);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(hub_enrolment_admit(f->hub, m.curve.public_key),
                     NET_REVOKED);
    assert_int_equal(hub_enrolment_admit(f->hub, other.curve.public_key),
                     NET_ADMIT);
}

static void revoking_says_what_it_cannot_do(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new();
    struct certificate c;

    next_minute(f);
    assert_int_equal(hub_enrolment_revoke(f->hub, "nowhere", &f->err),
                     ERR_MISSING);
    assert_int_equal(hub_enrolment_revoke(f->hub, "quang-tho", &f->err),
                     ERR_MISSING);
    let_in(f, &token, &m, &c);
    assert_int_equal(hub_enrolment_revoke(f->hub, "quang-tho", &f->err), 0);
    assert_int_equal(hub_enrolment_revoke(f->hub, "quang-tho", &f->err),
                     ERR_REFUSED);
}

/* A turn that could not be stored admits nobody. */
static void an_enrolment_that_was_rolled_back_never_was(void **state)
{
    struct fixture *f = *state;
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new();
    struct certificate c;

    keep(f);
    next_minute(f);
    let_in(f, &token, &m, &c);
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(hub_enrolment_admit(f->hub, m.curve.public_key),
                     NET_UNKNOWN);
    next_minute(f);
    let_in(f, &token, &m, &c);
    assert_int_equal(c.number, 1);
}

/* A block of a bundle, or a command, that is taken back behind it. */
static void one_that_was_undone_never_was(void **state)
{
    struct fixture *f = *state;
    struct db *db = hub_store_db(f->hub->store);
    struct token token = invite(f, "quang-tho", 60000);
    struct machine m = machine_new();
    uint64_t epoch = f->hub->epoch;
    struct certificate c;

    next_minute(f);
    assert_int_equal(db_save(db), 0);
    let_in(f, &token, &m, &c);
    assert_int_equal(hub_new_epoch(f->hub, &f->hub->all, &f->err), 0);
    assert_int_equal(db_undo(db), 0);
    hub_undone(f->hub);
    assert_int_equal(hub_enrolment_admit(f->hub, m.curve.public_key),
                     NET_UNKNOWN);
    assert_int_equal(f->hub->epoch, epoch);
    let_in(f, &token, &m, &c);
    keep(f);
    assert_int_equal(hub_enrolment_admit(f->hub, m.curve.public_key),
                     NET_ADMIT);
}

/* ---- a number that was given twice */

struct shown { /* a certificate, kept beyond the reply that brought it */
    struct signed_bytes head;
    struct buf body;
};

static struct shown take_certificate(struct fixture *f, const struct buf *reply)
{
    struct wire_codec *codec = wire_codec_new(true);
    struct sync_message m;
    struct shown s = {.body = {0}};

    assert_int_equal(wire_decode(codec, &m, buf_bytes(reply), &f->err), 0);
    assert_int_equal(m.type, MSG_ENROLLED);
    s.head = m.enrolled.certificate;
    buf_add_bytes(&s.body, m.enrolled.certificate.body);
    s.head.body = buf_bytes(&s.body);
    wire_codec_free(&codec);
    return s;
}

static bool comes_back(struct fixture *f, const struct machine *m,
                       const struct shown *s, struct certificate *c)
{
    struct msg_enrol e;
    struct buf reply;
    bool yes;

    memset(&e, 0, sizeof e);
    (void)snprintf(e.unit, sizeof e.unit, "%s", QUANG_THO);
    memcpy(e.curve_public, m->curve.public_key, sizeof e.curve_public);
    memcpy(e.sign_public, m->sign.public_key, sizeof e.sign_public);
    e.has_certificate = true;
    e.certificate = s->head;
    sign_enrol(&e, m);
    next_minute(f);
    reply = send_enrol(f, &e, m->curve.public_key);
    yes = is_enrolled(f, &reply, c);
    buf_free(&reply);
    return yes;
}

/* The hub is set back to before `one` was certified and certifies `two`. */
static struct shown given_twice(struct fixture *f, const struct machine *one,
                                const struct machine *two)
{
    struct token token = invite(f, "quang-tho", 60000);
    struct certificate c;
    struct shown shown;
    struct buf reply;

    keep(f);
    next_minute(f);
    reply = enrol(f, &token, one);
    shown = take_certificate(f, &reply);
    buf_free(&reply);
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    next_minute(f);
    let_in(f, &token, two, &c);
    assert_int_equal(c.number, 1);
    return shown;
}

static void a_number_given_twice_shuts_neither_machine_out(void **state)
{
    struct fixture *f = *state;
    struct machine one = machine_new(), two = machine_new();
    struct shown shown = given_twice(f, &one, &two);
    const struct node_key *key;
    struct certificate c;
    size_t entries;

    assert_true(comes_back(f, &one, &shown, &c));
    assert_int_equal(c.number, 1); /* its own, as it was */
    key = hub_registry_find(f->hub->registry, one.curve.public_key);
    assert_int_equal(key->number, 2);
    assert_int_equal(key->state, NODE_RETIRING);
    key = hub_registry_find(f->hub->registry, two.curve.public_key);
    assert_int_equal(key->number, 3);
    assert_int_equal(key->state, NODE_ENROLLED);
    entries = hub_registry_count(f->hub->registry);
    assert_true(comes_back(f, &one, &shown, &c)); /* the reply was lost */
    assert_int_equal(hub_registry_count(f->hub->registry), entries);
    buf_free(&shown.body);
}

static void one_beside_a_revoked_machine_opens_nothing(void **state)
{
    struct fixture *f = *state;
    struct machine one = machine_new(), two = machine_new();
    struct shown shown = given_twice(f, &one, &two);
    struct certificate c;

    assert_int_equal(hub_enrolment_revoke(f->hub, "quang-tho", &f->err), 0);
    assert_true(comes_back(f, &one, &shown, &c));
    assert_int_equal(
        hub_registry_find(f->hub->registry, one.curve.public_key)->state,
        NODE_RETIRING);
    assert_int_equal(
        hub_registry_find(f->hub->registry, two.curve.public_key)->state,
        NODE_REVOKED);
    assert_int_equal(hub_enrolment_revoke(f->hub, "quang-tho", &f->err), 0);
    assert_false(comes_back(f, &one, &shown, &c));
    buf_free(&shown.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(who_holds_the_token_is_certified),
        hub_test(a_lost_reply_is_given_again_byte_for_byte),
        hub_test(the_next_machine_of_a_unit_has_the_next_number),
        hub_test(a_used_token_is_worth_nothing_to_another_key),
        hub_test(an_expired_token_is_refused),
        hub_test(a_guessed_secret_is_refused),
        hub_test(a_token_is_for_its_own_unit_only),
        hub_test(a_machine_enrols_the_key_it_speaks_with),
        hub_test(a_machine_proves_its_signing_key),
        hub_test(a_key_that_was_shut_out_cannot_come_back),
        hub_test(what_is_no_enrolment_gets_no_answer),
        hub_test(who_asks_too_often_hears_nothing_others_do),
        hub_test(one_ipv6_network_does_not_use_up_everybodys_share),
        hub_test(who_guesses_secrets_does_not_fill_the_log),
        hub_test(a_thousand_addresses_take_no_more_than_one_memory),
        hub_test(the_hub_keeps_no_secret_of_a_token),
        hub_test(an_invitation_needs_to_know_where_the_hub_listens),
        hub_test(the_advertised_host_takes_the_place_of_the_address),
        hub_test(an_unknown_unit_cannot_be_invited),
        hub_test(a_revoked_machine_is_shut_out_for_good),
        hub_test(revoking_says_what_it_cannot_do),
        hub_test(an_enrolment_that_was_rolled_back_never_was),
        hub_test(one_that_was_undone_never_was),
        hub_test(a_number_given_twice_shuts_neither_machine_out),
        hub_test(one_beside_a_revoked_machine_opens_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
