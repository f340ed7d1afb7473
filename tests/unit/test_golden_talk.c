/* Whole conversations of version 1.0 (tests/golden/1.0/talk), recorded at both
 * ends before encryption, spoken again to the present programs: the old node's
 * frames to a hub, the old hub's frames to a node. Everything must arrive, and
 * no answer may hold what 1.0 does not know.
 *
 * The programs are the real ones; their sockets, clock and clients are played
 * here. Of a recorded frame one thing is replaced: BULK_OPEN names the session
 * that the hub gave out now. (No hello is challenged, so no nonce is echoed.)
 * The other way round nothing is replaced: a node takes any session, and must
 * name it. */
#include "common/base/clock.h"
#include "common/net/link.h"
#include "common/wire/codec.h"
#include "hub/enrolment.h"
#include "hub/reading.h"
#include "hub/turn.h"
#include "node/reading.h"
#include "node/turn.h"
#include "tests/unit/test_golden_fixture.h"

#define TALK GOLDEN "1.0/talk"

enum { FRAMES = 128, LINKS = 4, STUCK = 1000 };

/* ---- the recorded frames: ms, in or out, lane, connection, bytes in hex */

struct said {
    int64_t ms;
    bool in;
    enum net_lane lane;
    uint32_t line;
    struct buf bytes;
};

struct talk {
    struct said frames[FRAMES];
    size_t count;
};

static void take_hex(struct buf *out, const char *hex)
{
    unsigned byte;

    for (; sscanf(hex, "%2x", &byte) == 1; hex += 2)
        buf_add(out, &(uint8_t){(uint8_t)byte}, 1);
    assert_true(out->size > 0);
}

static void take_line(struct said *said, const char *line)
{
    char way[8], lane[16];
    long long ms;
    int used = 0;

    assert_int_equal(
        sscanf(line, "%lld %7s %15s %u %n", &ms, way, lane, &said->line, &used),
        4);
    said->ms = ms;
    said->in = strcmp(way, "in") == 0;
    said->lane = strcmp(lane, "bulk") == 0 ? NET_BULK : NET_EXPRESS;
    take_hex(&said->bytes, line + used);
}

static struct talk *talk_load(const char *name)
{
    struct talk *talk = mem_new(sizeof *talk);
    char path[GOLDEN_PATH], *text, *rest, *line;
    struct buf file;

    (void)snprintf(path, sizeof path, TALK "/%s", name);
    file = golden_load(path);
    text = rest = mem_text(buf_text(&file));
    while ((line = strsep(&rest, "\n")) != NULL)
        if (line[0] != '\0') {
            assert_true(talk->count < FRAMES);
            take_line(&talk->frames[talk->count++], line);
        }
    mem_free(&text);
    buf_free(&file);
    return talk;
}

static void talk_free(struct talk **talk)
{
    for (size_t i = 0; i < (*talk)->count; i++)
        buf_free(&(*talk)->frames[i].bytes);
    mem_free(talk);
}

/* ---- the world */

static struct {
    int64_t now_ms; /* wall */
    struct hub_turn *hub;
    struct node_turn *node;
    size_t sent[32]; /* frames the program said, by type */
    struct id session;
    uint64_t acked; /* the highest ACK of `up` that it said */
    size_t early_stored, early_refused;
} world;

/* clock_* are wrapped by the linker; the others stand in the place of theirs.
 */
int64_t __wrap_clock_wall_ms(void);
int64_t __wrap_clock_mono_ms(void);
int64_t __wrap_clock_mono_us(void);

int64_t __wrap_clock_wall_ms(void) { return world.now_ms; }
int64_t __wrap_clock_mono_ms(void) { return world.now_ms - 1700000000000; }
int64_t __wrap_clock_mono_us(void) { return __wrap_clock_mono_ms() * 1000; }

bool control_next(struct control_server *server, struct control_request *out)
{
    (void)server;
    (void)out;
    return false;
}

void control_answer(struct control_server *server, int client,
                    struct bytes reply)
{
    (void)server;
    (void)client;
    (void)reply;
    fail_msg("nobody asked");
}

/* ---- what 1.0 can read: the members of its Envelope, and the highest field of
 * each, from its .proto files; of HELLO one more, which it passes over: a node
 * does not know yet whom it greets */

static const uint64_t known[] = {
    [MSG_HELLO] = 14,     [MSG_CHALLENGE] = 1, [MSG_WELCOME] = 8,
    [MSG_EARLY_LIST] = 2, [MSG_WANT] = 1,      [MSG_EARLY] = 2,
    [MSG_EARLY_ACK] = 4,  [MSG_BATCH] = 5,     [MSG_ACK] = 3,
    [MSG_NAK] = 4,        [MSG_CREDIT] = 2,    [MSG_PULL] = 2,
    [MSG_BULK_OPEN] = 1,  [MSG_STATUS] = 3,    [MSG_BEACON] = 1,
    [MSG_ANNOUNCE] = 2,   [MSG_BYE] = 2,       [MSG_ENROL] = 5,
    [MSG_ENROLLED] = 2,   [MSG_REFUSED] = 0,
};

static bool take_varint(uint64_t *out, const uint8_t **at, const uint8_t *end)
{
    *out = 0;
    for (unsigned shift = 0; shift < 64 && *at < end; shift += 7) {
        *out |= (uint64_t)(**at & 0x7f) << shift;
        if ((*(*at)++ & 0x80) == 0)
            return true;
    }
    return false;
}

static bool only_known_fields(struct bytes message, uint64_t most)
{
    const uint8_t *at = message.data, *end = at + message.size;
    uint64_t tag, size;

    while (at < end) {
        if (!take_varint(&tag, &at, end) || tag >> 3 > most ||
            !take_varint(&size, &at, end))
            return false;
        if ((tag & 7) == 0)
            continue;
        if ((tag & 7) != 2 || size > (size_t)(end - at))
            return false;
        at += size;
    }
    return true;
}

static bool only_known(struct bytes frame)
{
    const uint8_t *at = frame.data, *end = at + frame.size;
    uint64_t tag, size;

    return take_varint(&tag, &at, end) && take_varint(&size, &at, end) &&
           (tag & 7) == 2 && tag >> 3 < sizeof known / sizeof *known &&
           size == (size_t)(end - at) &&
           only_known_fields(bytes_of(at, size), known[tag >> 3]);
}

/* The program under test says this. */
static void heard(struct bytes frame)
{
    struct wire_codec *codec = wire_codec_new(false);
    struct sync_message m;
    struct error err = {""};

    if (!only_known(frame))
        fail_msg("1.0 cannot read a frame that begins with 0x%02x and has %zu "
                 "bytes",
                 frame.data[0], frame.size);
    if (wire_decode(codec, &m, frame, &err) != 0)
        fail_msg("%s", err.text);
    world.sent[m.type]++;
    if (m.type == MSG_WELCOME) {
        assert_int_equal(m.welcome.minor, 0);
        world.session = m.welcome.session;
    }
    if (m.type == MSG_BULK_OPEN)
        assert_memory_equal(&m.bulk_open.session, &world.session,
                            sizeof world.session);
    if (m.type == MSG_ACK && strcmp(m.ack.name.channel, STREAM_UP) == 0 &&
        m.ack.seq > world.acked)
        world.acked = m.ack.seq;
    if (m.type == MSG_EARLY_ACK && m.early_ack.stored)
        world.early_stored++;
    if (m.type == MSG_EARLY_ACK && !m.early_ack.stored)
        world.early_refused++;
    wire_codec_free(&codec);
}

static int wait_ms(void);

static void turn(void)
{
    if (world.hub != NULL)
        hub_turn_run(world.hub, NULL);
    else
        node_turn_run(world.node, NULL);
}

/* Everything that is due until then. */
static void live_until(int64_t ms)
{
    int due;

    for (int i = 0; (due = wait_ms()) == 0 || world.now_ms + due <= ms; i++) {
        if (i > STUCK)
            fail_msg("one turn after the other, and nothing moves");
        world.now_ms += due;
        turn();
    }
    if (world.now_ms < ms)
        world.now_ms = ms;
}

/* ---- the hub's sockets */

struct net_server {
    const struct said *next;
    uint8_t key[CURVE_BYTES];
    struct net_counters counters;
};

static struct net_server server;

int net_server_add(struct net_server *s, const struct net_server_config *config,
                   struct error *err)
{
    (void)s;
    (void)config;
    return error_set(err, ERR_IO, "one set of sockets is enough here");
}

void net_server_remove(struct net_server *s) { (void)s; }
void net_server_promote(struct net_server *s) { (void)s; }

const char *net_server_address(const struct net_server *s, enum net_lane lane)
{
    (void)s;
    (void)lane;
    return "tcp://127.0.0.1:7111";
}

const char *net_server_second_address(const struct net_server *s,
                                      enum net_lane lane)
{
    (void)s;
    (void)lane;
    return "";
}

bool net_server_receive(struct net_server *s, struct net_message *out)
{
    const struct said *said = s->next;

    if (said == NULL)
        return false;
    s->next = NULL;
    memset(out, 0, sizeof *out);
    out->lane = said->lane;
    out->route.size = sizeof said->line;
    memcpy(out->route.bytes, &said->line, sizeof said->line);
    memcpy(out->key, s->key, sizeof out->key);
    (void)snprintf(out->peer, sizeof out->peer, "192.0.2.7");
    out->bytes = buf_bytes(&said->bytes);
    return true;
}

int net_server_send(struct net_server *s, enum net_lane lane,
                    const struct net_route *route, struct bytes bytes)
{
    (void)s;
    (void)lane;
    (void)route;
    heard(bytes);
    return 0;
}

const struct net_counters *net_server_counters(const struct net_server *s)
{
    return &s->counters;
}

/* ---- the node's sockets: every dialling succeeds */

struct net_link {
    enum net_lane lane;
    enum net_link_state state;
    size_t dialled;
    const struct said *next;
};

static struct net_link *links[LINKS];

static struct net_link *link_of(enum net_lane lane)
{
    struct net_link *found = NULL;

    for (size_t i = 0; i < LINKS; i++)
        if (links[i] != NULL && links[i]->lane == lane)
            found = links[i];
    assert_non_null(found);
    return found;
}

int net_link_new(struct net_link **out, const struct net_link_config *config,
                 struct error *err)
{
    (void)err;
    for (size_t i = 0; i < LINKS; i++)
        if (links[i] == NULL) {
            *out = links[i] = mem_new(sizeof **out);
            links[i]->lane = config->lane;
            return 0;
        }
    return ERR_FULL;
}

void net_link_free(struct net_link **link)
{
    for (size_t i = 0; i < LINKS; i++)
        if (links[i] == *link)
            links[i] = NULL;
    mem_free(link);
}

int net_link_dial(struct net_link *link, struct error *err)
{
    (void)err;
    link->state = NET_TRYING;
    link->dialled++;
    return 0;
}

void net_link_hang_up(struct net_link *link) { link->state = NET_DOWN; }

enum net_link_state net_link_state(const struct net_link *link)
{
    return link->state;
}

enum net_link_event net_link_next(struct net_link *link)
{
    if (link->state != NET_TRYING)
        return NET_LINK_NOTHING;
    link->state = NET_UP;
    return NET_LINK_OPENED;
}

bool net_link_receive(struct net_link *link, struct bytes *out)
{
    const struct said *said = link->next;

    link->next = NULL;
    if (said != NULL)
        *out = buf_bytes(&said->bytes);
    return said != NULL;
}

int net_link_send(struct net_link *link, struct bytes bytes)
{
    if (link->state != NET_UP)
        return ERR_AGAIN;
    heard(bytes);
    return 0;
}

int net_link_say_last(struct net_link *link, struct bytes bytes, int wait_ms)
{
    (void)wait_ms;
    return net_link_send(link, bytes);
}

/* A line that was just dialled wakes its program. */
static int wait_ms(void)
{
    if (world.hub != NULL)
        return hub_turn_wait_ms(world.hub);
    for (size_t i = 0; i < LINKS; i++)
        if (links[i] != NULL && links[i]->state == NET_TRYING)
            return 0;
    return node_turn_wait_ms(world.node);
}

/* ---- the old node speaks to a present hub */

static void world_new(const struct talk *talk)
{
    memset(&world, 0, sizeof world);
    memset(&server, 0, sizeof server);
    world.now_ms = talk->frames[0].ms - 1000;
}

static void fill_in_session(struct said *said)
{
    struct wire_codec *codec = wire_codec_new(false);
    struct error err = {""};
    struct sync_message m;
    struct bytes frame;

    assert_int_equal(wire_decode(codec, &m, buf_bytes(&said->bytes), &err), 0);
    if (m.type == MSG_BULK_OPEN) {
        m.bulk_open.session = world.session;
        assert_int_equal(wire_encode(codec, &frame, &m, &err), 0);
        buf_clear(&said->bytes);
        buf_add_bytes(&said->bytes, frame);
    }
    wire_codec_free(&codec);
}

static void speak_to_hub(struct talk *talk)
{
    for (size_t i = 0; i < talk->count; i++) {
        struct said *said = &talk->frames[i];

        live_until(said->ms);
        if (!said->in)
            continue;
        fill_in_session(said);
        server.next = said;
        turn();
        assert_null(server.next);
    }
    live_until(world.now_ms + 1000);
}

static void run_hub(const char *folder, struct talk *talk)
{
    struct error err = {""};
    struct node_keys keys;
    struct hub *hub = NULL;
    char node[64];

    golden_make("node", TALK "/node", "node.sql", node);
    assert_int_equal(node_keys_load(&keys, node, &err), 0);
    golden_remove(node);
    memcpy(server.key, keys.curve.public_key, CURVE_BYTES);
    node_keys_wipe(&keys);
    if (hub_open(&hub, folder, HUB_SERVE, &err) != 0)
        fail_msg("%s", err.text);
    hub->server = &server;
    if (hub_turn_new(&world.hub, hub, &err) != 0)
        fail_msg("%s", err.text);
    speak_to_hub(talk);
    hub_turn_free(&world.hub);
    hub->server = NULL;
    hub_close(&hub);
    if (hub_open(&hub, folder, HUB_READ, &err) != 0 ||
        hub_reading_verify(hub, &err) != 0)
        fail_msg("%s", err.text);
    hub_close(&hub);
}

static int64_t at_hub(const char *folder, const char *sql)
{
    return golden_number(folder, "hub", sql);
}

static void a_hub_takes_everything_from_a_node_of_1_0(void **state)
{
    struct talk *talk = talk_load("hub.frames");
    char folder[64];

    (void)state;
    world_new(talk);
    golden_make("hub", TALK "/hub", "hub.sql", folder);
    assert_int_equal(
        at_hub(folder, "SELECT count(*) FROM record WHERE kind = 1"), 1);
    run_hub(folder, talk);
    /* One from before; 25 at once; two written by the machine that was set
     * back. All of it acknowledged, each once. */
    assert_int_equal(
        at_hub(folder, "SELECT count(*) FROM record WHERE kind = 1"), 28);
    assert_int_equal(at_hub(folder, "SELECT sum(count) FROM figure"), 28);
    assert_int_equal(
        at_hub(folder, "SELECT max(head) FROM stream WHERE channel = 'up'"),
        32);
    assert_int_equal(world.acked, 32);
    assert_int_equal(at_hub(folder,
                            "SELECT count(*) FROM receipt WHERE stored_ms > 0"
                            " AND acknowledged_ms > 0 AND by = 'trực ban'"),
                     1);
    assert_int_equal(at_hub(folder, "SELECT count(*) FROM quarantine"), 0);
    /* Nothing was refused; what an operator hears is that it was set back. */
    assert_int_equal(at_hub(folder, "SELECT count(*) FROM alarm"), 1);
    assert_int_equal(at_hub(folder, "SELECT code FROM alarm"), 2);
    assert_int_equal(world.sent[MSG_WELCOME], 2);
    assert_int_equal(world.sent[MSG_NAK] + world.sent[MSG_BYE], 0);
    assert_int_equal(world.early_refused, 0);
    golden_remove(folder);
    talk_free(&talk);
}

/* ---- the old hub speaks to a present node */

static void note_session(const struct said *said)
{
    struct wire_codec *codec = wire_codec_new(false);
    struct error err = {""};
    struct sync_message m;

    assert_int_equal(wire_decode(codec, &m, buf_bytes(&said->bytes), &err), 0);
    if (m.type == MSG_WELCOME)
        world.session = m.welcome.session;
    wire_codec_free(&codec);
}

/* The node dials when it sees fit; a hub could not answer before. */
static struct net_link *await_line(const struct said *said)
{
    size_t awaited = said->lane == NET_BULK ? MSG_BULK_OPEN : MSG_HELLO;

    for (int i = 0; world.sent[awaited] == 0; i++) {
        if (i > STUCK)
            fail_msg("the node does not speak on lane %d", (int)said->lane);
        live_until(world.now_ms + 10);
    }
    return link_of(said->lane);
}

static void speak_to_node(struct talk *talk)
{
    for (size_t i = 0; i < talk->count; i++) {
        const struct said *said = &talk->frames[i];
        struct net_link *link;

        live_until(said->ms);
        if (!said->in)
            continue;
        note_session(said);
        link = await_line(said);
        link->next = said;
        turn();
        assert_null(link->next);
    }
    live_until(world.now_ms + 1000);
}

static void run_node(const char *folder, struct talk *talk)
{
    struct error err = {""};
    struct node *node = NULL;

    if (node_open(&node, folder, NODE_SERVE, &err) != 0 ||
        node_turn_new(&world.node, node, NULL, &err) != 0)
        fail_msg("%s", err.text);
    speak_to_node(talk);
    assert_int_equal(link_of(NET_EXPRESS)->dialled, 1); /* never hung up */
    assert_int_equal(link_of(NET_BULK)->dialled, 1);
    node_turn_free(&world.node);
    node_close(&node);
    if (node_open(&node, folder, NODE_READ, &err) != 0 ||
        node_reading_verify(node, &err) != 0)
        fail_msg("%s", err.text);
    node_close(&node);
}

static int64_t at_node(const char *folder, const char *sql)
{
    return golden_number(folder, "node", sql);
}

static void a_node_hears_everything_from_a_hub_of_1_0(void **state)
{
    struct talk *talk = talk_load("node.frames");
    char folder[64];

    (void)state;
    world_new(talk);
    golden_make("node", TALK "/node", "node.sql", folder);
    assert_int_equal(at_node(folder, "SELECT count(*) FROM alert"), 0);
    run_node(folder, talk);
    assert_int_equal(at_node(folder, "SELECT count(*) FROM alert"), 1);
    assert_int_equal(
        at_node(folder, "SELECT count(*) FROM record WHERE kind = 7"), 1);
    assert_int_equal(
        at_node(folder, "SELECT count(*) FROM record WHERE kind = 1"), 26);
    assert_int_equal(at_node(folder, "SELECT acked FROM stream WHERE own"), 29);
    assert_int_equal(at_node(folder, "SELECT count(*) FROM quarantine"), 0);
    assert_int_equal(at_node(folder, "SELECT count(*) FROM alarm"), 0);
    assert_true(at_node(folder, "SELECT head FROM stream WHERE own") >= 29);
    assert_int_equal(world.early_stored, 1);
    assert_true(world.sent[MSG_EARLY] >= 2); /* the urgent one, the receipt */
    assert_int_equal(world.sent[MSG_NAK] + world.sent[MSG_BYE], 0);
    golden_remove(folder);
    talk_free(&talk);
}

static void a_node_that_was_set_back_rebases_on_a_hub_of_1_0(void **state)
{
    struct talk *talk = talk_load("set_back.frames");
    char folder[64];

    (void)state;
    world_new(talk);
    golden_make("node", TALK "/node", "set_back.sql", folder);
    run_node(folder, talk);
    assert_int_equal(world.sent[MSG_PULL], 1);
    assert_int_equal(
        at_node(folder, "SELECT count(*) FROM record WHERE kind = 1"), 28);
    assert_int_equal(at_node(folder, "SELECT count(*) FROM alert"), 2);
    assert_int_equal(
        at_node(folder, "SELECT count(*) FROM record WHERE kind = 7"), 2);
    /* All that the recorded hub counted; what the present node adds of its own
     * (its unit's keys, a joined receipt) comes behind it. */
    assert_true(at_node(folder, "SELECT head FROM stream WHERE own") >= 33);
    assert_int_equal(at_node(folder, "SELECT acked FROM stream WHERE own"), 33);
    assert_int_equal(at_node(folder, "SELECT count(*) FROM quarantine"), 0);
    assert_int_equal(at_node(folder, "SELECT count(*) FROM alarm"), 1);
    assert_int_equal(at_node(folder, "SELECT code FROM alarm"), 2);
    assert_int_equal(
        at_node(folder, "SELECT count(*) FROM record WHERE flags & 1"), 0);
    assert_int_equal(world.sent[MSG_NAK] + world.sent[MSG_BYE], 0);
    golden_remove(folder);
    talk_free(&talk);
}

/* A check that lets everything pass would be none. */
static void what_is_later_than_1_0_would_be_noticed(void **state)
{
    const uint8_t list[] = {0x22, 0x02, 0x08, 0x01};
    const uint8_t later[] = {0xca, 0x01, 0x00}; /* REFUSALS */
    const uint8_t vaulted[] = {0x1a, 0x02, 0x48, 0x01};

    (void)state;
    assert_true(only_known(bytes_of(list, sizeof list)));
    assert_false(only_known(bytes_of(later, sizeof later)));
    assert_false(only_known(bytes_of(vaulted, sizeof vaulted)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hub_takes_everything_from_a_node_of_1_0),
        cmocka_unit_test(a_node_hears_everything_from_a_hub_of_1_0),
        cmocka_unit_test(a_node_that_was_set_back_rebases_on_a_hub_of_1_0),
        cmocka_unit_test(what_is_later_than_1_0_would_be_noticed),
    };

    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    return cmocka_run_group_tests_name("golden/talk", tests, NULL, NULL);
}
