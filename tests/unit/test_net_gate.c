/* The ZAP handler, asked directly as libzmq asks it. */
#include "test_net_fixture.h"

#include "common/net/gate.h"

enum { TEXT_BYTES = 128, REPLY_FRAMES = 6 };

struct reply {
    char frames[REPLY_FRAMES][TEXT_BYTES];
    int count;
};

struct door {
    struct hub *hub; /* without a server: its context and its list of keys */
    struct net_gate *gate;
    void *asker;
};

static int door_setup(void **state)
{
    struct door *door = mem_new(sizeof *door);
    struct net_server_config config;

    door->hub = hub_prepare();
    config = hub_config(door->hub);
    assert_int_equal(net_gate_open(&door->gate, &config, NULL), 0);
    net_gate_let_in(door->gate, true);
    door->asker = zmq_socket(door->hub->context->zmq, ZMQ_REQ);
    assert_int_equal(zmq_connect(door->asker, NET_ZAP_ADDRESS), 0);
    *state = door;
    return 0;
}

static int door_teardown(void **state)
{
    struct door *door = *state;
    void *hub = door->hub;

    zmq_close(door->asker);
    net_gate_close(&door->gate);
    hub_teardown(&hub);
    mem_free(&door);
    return 0;
}

/* Sends the frames and returns the reply, which repeats version and id. */
static struct reply ask(struct door *door, const struct bytes *frames,
                        int count)
{
    struct reply reply = {.count = 0};
    int more = 1;
    size_t size = sizeof more;

    for (int i = 0; i < count; i++)
        assert_int_equal(zmq_send(door->asker, frames[i].data, frames[i].size,
                                  i + 1 < count ? ZMQ_SNDMORE : 0),
                         (int)frames[i].size);
    for (int64_t end = clock_mono_ms() + SOON_MS;;) {
        zmq_pollitem_t item = {.socket = door->asker, .events = ZMQ_POLLIN};

        assert_true(clock_mono_ms() < end);
        assert_int_equal(net_gate_work(door->gate), 0);
        if (zmq_poll(&item, 1, 2) == 1)
            break;
    }
    for (; more; reply.count++) {
        char *text = reply.frames[reply.count % REPLY_FRAMES];
        int got = zmq_recv(door->asker, text, TEXT_BYTES - 1, 0);

        assert_in_range(got, 0, TEXT_BYTES - 1);
        text[got] = '\0';
        zmq_getsockopt(door->asker, ZMQ_RCVMORE, &more, &size);
    }
    assert_int_equal(reply.count, REPLY_FRAMES);
    assert_string_equal(reply.frames[0], "1.0");
    return reply;
}

static struct reply ask_about(struct door *door, const char *domain,
                              const char *mechanism,
                              const struct curve_key *key)
{
    const struct bytes frames[] = {bytes_of_text("1.0"),
                                   bytes_of_text("7"),
                                   bytes_of_text(domain),
                                   bytes_of_text("192.0.2.7"),
                                   bytes_of_text(""),
                                   bytes_of_text(mechanism),
                                   bytes_of(key->public_key, 32)};
    struct reply reply = ask(door, frames, 7);

    assert_string_equal(reply.frames[1], "7");
    return reply;
}

static void an_enrolled_key_is_admitted_and_named(void **state)
{
    struct door *door = *state;
    struct curve_key key;
    struct reply reply;
    char text[CURVE_TEXT_BYTES];
    uint8_t back[CURVE_BYTES];

    curve_key_generate(&key);
    hub_says(door->hub, &key, NET_ADMIT);
    reply = ask_about(door, "lienxa", "CURVE", &key);
    assert_string_equal(reply.frames[2], "200");
    curve_text(text, key.public_key);
    assert_memory_equal(reply.frames[4], text, CURVE_TEXT_BYTES - 1);
    assert_true(net_gate_key(door->gate, reply.frames[4], back));
    assert_memory_equal(back, key.public_key, CURVE_BYTES);
    assert_int_equal(net_gate_refused(door->gate), 0);
}

static void an_unknown_key_may_come_back_and_a_revoked_one_may_not(void **state)
{
    struct door *door = *state;
    struct curve_key key;

    curve_key_generate(&key);
    assert_string_equal(ask_about(door, "lienxa", "CURVE", &key).frames[2],
                        "300");
    hub_says(door->hub, &key, NET_REVOKED);
    assert_string_equal(ask_about(door, "lienxa", "CURVE", &key).frames[2],
                        "400");
    assert_int_equal(net_gate_refused(door->gate), 2);
}

static void enrolment_admits_any_curve_key(void **state)
{
    struct door *door = *state;
    struct curve_key key;

    curve_key_generate(&key);
    assert_string_equal(ask_about(door, "enrol", "CURVE", &key).frames[2],
                        "200");
}

static void other_mechanisms_and_domains_are_refused(void **state)
{
    static const char *const asked[][2] = {
        {"lienxa", "NULL"}, {"lienxa", "PLAIN"}, {"lienxa", "GSSAPI"},
        {"enrol", "NULL"},  {"", "CURVE"},       {"global", "CURVE"}};
    struct door *door = *state;
    struct curve_key key;

    curve_key_generate(&key);
    hub_says(door->hub, &key, NET_ADMIT);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        struct reply reply = ask_about(door, asked[i][0], asked[i][1], &key);

        assert_string_equal(reply.frames[2], "400");
        assert_string_equal(reply.frames[4], "");
    }
}

static void a_malformed_request_is_refused_and_the_next_is_served(void **state)
{
    static const uint8_t zeros[1024];
    struct door *door = *state;
    const struct bytes long_frame = bytes_of(zeros, sizeof zeros);
    const struct bytes one = bytes_of_text("1.0");
    const struct bytes huge[] = {long_frame, long_frame, long_frame, long_frame,
                                 long_frame, long_frame, long_frame};
    const struct bytes many[] = {one, one, one, one, one, one, one, one, one};
    struct curve_key key;

    assert_string_equal(ask(door, &one, 1).frames[2], "400");
    assert_string_equal(ask(door, huge, 7).frames[2], "400");
    assert_string_equal(ask(door, many, 9).frames[2], "400");
    curve_key_generate(&key);
    hub_says(door->hub, &key, NET_ADMIT);
    assert_string_equal(ask_about(door, "lienxa", "CURVE", &key).frames[2],
                        "200");
}

static void a_user_id_of_another_hand_names_nobody(void **state)
{
    struct door *door = *state;
    struct curve_key key;
    struct reply reply;
    char text[TEXT_BYTES];
    uint8_t back[CURVE_BYTES];

    curve_key_generate(&key);
    reply = ask_about(door, "enrol", "CURVE", &key);
    curve_text(text, key.public_key);
    assert_false(net_gate_key(door->gate, "", back));
    assert_false(net_gate_key(door->gate, text, back)); /* no stamp */
    memcpy(text, reply.frames[4], TEXT_BYTES);
    text[strlen(text) - 1] ^= 1; /* another stamp */
    assert_false(net_gate_key(door->gate, text, back));
    memcpy(text, reply.frames[4], TEXT_BYTES);
    text[0] = '"'; /* not Z85 */
    assert_false(net_gate_key(door->gate, text, back));
}

static void nobody_is_let_in_before_the_self_test(void **state)
{
    struct door *door = *state;
    struct net_server_config config = hub_config(door->hub);
    struct curve_key key;

    curve_key_generate(&key);
    hub_says(door->hub, &key, NET_ADMIT);
    net_gate_close(&door->gate);
    zmq_close(door->asker);
    assert_int_equal(net_gate_open(&door->gate, &config, NULL), 0);
    door->asker = zmq_socket(door->hub->context->zmq, ZMQ_REQ);
    assert_int_equal(zmq_connect(door->asker, NET_ZAP_ADDRESS), 0);
    assert_string_equal(ask_about(door, "lienxa", "CURVE", &key).frames[2],
                        "300");
    assert_string_equal(ask_about(door, "enrol", "CURVE", &key).frames[2],
                        "300");
}

static void a_process_has_one_gate(void **state)
{
    struct door *door = *state;
    struct net_server_config config = hub_config(door->hub);
    struct net_gate *second = NULL;
    struct error err = {""};

    assert_int_equal(net_gate_open(&second, &config, &err), ERR_CRYPTO);
    assert_null(second);
    assert_string_not_equal(err.text, "");
}

#define DOOR_TEST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, door_setup, door_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOOR_TEST(an_enrolled_key_is_admitted_and_named),
        DOOR_TEST(an_unknown_key_may_come_back_and_a_revoked_one_may_not),
        DOOR_TEST(enrolment_admits_any_curve_key),
        DOOR_TEST(other_mechanisms_and_domains_are_refused),
        DOOR_TEST(a_malformed_request_is_refused_and_the_next_is_served),
        DOOR_TEST(a_user_id_of_another_hand_names_nobody),
        DOOR_TEST(nobody_is_let_in_before_the_self_test),
        DOOR_TEST(a_process_has_one_gate),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
