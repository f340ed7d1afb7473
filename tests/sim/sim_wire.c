/* tests/sim/sim_wire.c - the sockets of both programs, without sockets:
 * net_server_* and net_link_* as common/net/server.h and link.h promise them.
 *
 * A connection is TCP's: in order, whole, until it ends; then what was under
 * way is lost from some point on. A cut line holds everything back until it is
 * mended or a timeout strikes: 90 s on express (the node's heartbeat), 65 s at
 * the hub (its time to live), ten minutes on bulk. Beyond that frames may be
 * lost or doubled in a living connection, which TCP never does; such a
 * connection is ended when the world is healed. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "hub/enrolment.h"
#include "tests/sim/sim_wire_inside.h"
#include "tests/support/faulty_disk.h"

static struct conn conns[CONNS];
struct net_link *sim_wire_links[LINKS];
static struct net_server *the_server;
static uint32_t last_route;

/* ---- pipes */

static void put(struct pipe *pipe, struct packet *packet)
{
    packet->next = NULL;
    if (pipe->last != NULL)
        pipe->last->next = packet;
    else
        pipe->first = packet;
    pipe->last = packet;
    pipe->count++;
}

struct packet *sim_wire_take(struct pipe *pipe)
{
    struct packet *packet = pipe->first;

    if (packet == NULL)
        return NULL;
    pipe->first = packet->next;
    if (pipe->first == NULL)
        pipe->last = NULL;
    pipe->count--;
    return packet;
}

void sim_wire_empty(struct pipe *pipe)
{
    for (struct packet *p = sim_wire_take(pipe); p != NULL;
         p = sim_wire_take(pipe))
        mem_free(&p);
}

/* What was under way when an end closed: some of it still arrives. */
static void trim(struct pipe *pipe)
{
    size_t keep = pipe->count == 0 ? 0 : sim_below((uint32_t)pipe->count + 1);
    struct pipe rest = {NULL, NULL, 0};

    for (struct packet *p = sim_wire_take(pipe); p != NULL;
         p = sim_wire_take(pipe)) {
        if (keep > 0) {
            keep--;
            put(&rest, p);
        } else {
            mem_free(&p);
        }
    }
    *pipe = rest;
}

int64_t sim_wire_delay(void)
{
    return sim.delay_least + sim_below(sim.delay_most - sim.delay_least + 1);
}

static int64_t last_at(const struct pipe *pipe)
{
    return pipe->last == NULL ? sim_now : pipe->last->at;
}

/* ---- ends of connections */

static void forget_if_over(struct conn *c)
{
    if (c->link != NULL || c->server != NULL)
        return;
    sim_wire_empty(&c->pipes[UP]);
    sim_wire_empty(&c->pipes[DOWN]);
    c->used = false;
}

static bool is_cut(const struct conn *c)
{
    return c->client->cut_up || c->client->cut_down;
}

static void add_event(struct net_link *link, enum net_link_event event)
{
    assert(link->event_count < EVENTS);
    link->events[link->event_count++] = event;
}

/* The client's end is closed, by itself (its program hung up) or by the line:
 * then libzmq tries again. */
void sim_wire_end_client(struct conn *c, bool tell)
{
    struct net_link *link = c->link;

    if (link == NULL)
        return;
    link->conn = NULL;
    c->link = NULL;
    sim_wire_empty(&c->pipes[DOWN]);
    trim(&c->pipes[UP]);
    if (tell) {
        add_event(link, NET_LINK_LOST);
        link->attempt_at = sim_now + 500 + sim_below(1000);
        link->tries = 0;
    }
    if (c->server != NULL && !is_cut(c) && c->server_ends == NEVER)
        c->server_ends = last_at(&c->pipes[UP]) + sim_wire_delay();
    forget_if_over(c);
}

static void end_server(struct conn *c)
{
    if (c->server == NULL)
        return;
    c->server = NULL;
    sim_wire_empty(&c->pipes[UP]);
    trim(&c->pipes[DOWN]);
    if (c->link != NULL && !is_cut(c) && c->client_ends == NEVER)
        c->client_ends = last_at(&c->pipes[DOWN]) + sim_wire_delay();
    forget_if_over(c);
}

void sim_wire_died(struct machine *m, bool silently)
{
    for (size_t i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];

        if (!c->used)
            continue;
        if (c->server != NULL && c->server->owner == m) {
            if (silently)
                c->client_ends =
                    sim_now + (c->lane == NET_BULK ? sim_below(600000)
                                                   : sim_below(90000));
            end_server(c);
        } else if (c->link != NULL && c->client == m) {
            if (silently)
                c->server_ends =
                    sim_now + (c->lane == NET_BULK ? sim_below(600000)
                                                   : sim_below(65000));
            sim_wire_end_client(c, false);
        }
    }
}

void sim_wire_cut(struct machine *m, bool at_once)
{
    for (size_t i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];
        bool bulk = c->lane == NET_BULK;

        if (!c->used || c->client != m)
            continue;
        if (at_once) {
            sim_wire_end_client(c, true);
            if (c->used)
                end_server(c);
        } else if (is_cut(c)) {
            if (c->client_ends == NEVER)
                c->client_ends =
                    sim_now + (bulk ? 600000 : 60000 + sim_below(30000));
            if (c->server_ends == NEVER)
                c->server_ends =
                    sim_now + (bulk ? 600000 : 35000 + sim_below(30000));
        } else {
            c->client_ends =
                c->server != NULL ? NEVER : sim_now + sim_wire_delay();
            c->server_ends =
                c->link != NULL ? NEVER : sim_now + sim_wire_delay();
        }
    }
}

static void end_both(struct conn *c)
{
    sim_wire_end_client(c, true);
    if (c->used)
        end_server(c);
}

void sim_wire_clean(void)
{
    for (size_t i = 0; i < CONNS; i++)
        if (conns[i].used && conns[i].spoiled)
            end_both(&conns[i]);
}

void sim_wire_reset(void)
{
    for (size_t i = 0; i < CONNS; i++)
        if (conns[i].used)
            end_both(&conns[i]);
}

/* ---- sending */

static struct packet *packet_of(struct bytes bytes)
{
    struct packet *p = mem_new(sizeof *p + bytes.size);

    p->size = bytes.size;
    memcpy(p->bytes, bytes.data, bytes.size);
    return p;
}

/* A BATCH, or the PACK of one (PROTOCOL 7.13): both end with the head's
 * signature. */
static bool is_batch(const struct packet *p)
{
    return p->size > 120 && (p->bytes[0] >> 3 == MSG_BATCH ||
                             (p->bytes[0] == 0x82 && p->bytes[1] == 0x02));
}

static void enqueue(struct conn *c, int way, struct bytes bytes)
{
    struct packet *p = packet_of(bytes);
    struct machine *m = c->client;

    p->at = sim_now + sim_wire_delay();
    if (m->rate > 0) {
        int64_t *free_ms = &m->line_free_ms[way];

        if (*free_ms < sim_now)
            *free_ms = sim_now;
        *free_ms += (int64_t)bytes.size * 1000 / m->rate;
        p->at += *free_ms - sim_now;
    }
    if (c->pipes[way].last != NULL && p->at < c->pipes[way].last->at)
        p->at = c->pipes[way].last->at;
    if (m->lies && way == UP && c->lane == NET_BULK && is_batch(p))
        p->bytes[p->size - 20] ^= 1; /* within its head's signature */
    put(&c->pipes[way], p);
    sim_counts.frames++;
}

/* What a line is paced by: the first byte of a frame's tag, or both. */
static bool counts(struct bytes frame)
{
    unsigned tag = frame.size < 2 ? 0 : frame.data[0];

    if (tag >= 0x80)
        tag = (tag & 0x7f) | (unsigned)frame.data[1] << 7;
    switch (tag >> 3) {
    case MSG_BATCH:
    case MSG_VAULT:
    case MSG_MEDIA:
    case 32: /* PACK */
        return true;
    default:
        return false;
    }
}

int sim_wire_push(struct conn *c, int way, struct machine *from,
                  struct bytes bytes)
{
    char disk[64];

    if (faulty_disk_is_off(sim_disk(disk, from)))
        return 0; /* it has no power: it only thinks that it speaks */
    if (c->pipes[way].count >= HIGH_WATER)
        return ERR_AGAIN;
    sim_truth_frame(from, bytes);
    sim_check_wire(bytes);
    if (c->lane == NET_BULK && counts(bytes))
        sim_hours_frame(from, c->client, bytes.size);
    sim_note("%s %s %s type %u bytes %zu", from->name,
             way == UP ? "says" : "tells", c->client->name,
             bytes.size > 0 ? bytes.data[0] >> 3 : 0, bytes.size);
    if (sim_below(1000) < sim.loss) {
        c->spoiled = true;
        sim_counts.lost_frames++;
        return 0;
    }
    enqueue(c, way, bytes);
    if (sim_below(1000) < sim.twice) {
        c->spoiled = true;
        sim_counts.twice_frames++;
        enqueue(c, way, bytes);
    }
    return 0;
}

/* ---- a hostile machine: valid keys, and what it says is a lie */

/* A frame that the machine's program never made, in its name. */
static void say_for(struct machine *m, struct bytes frame)
{
    for (size_t i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];

        if (!c->used || c->client != m || c->link == NULL ||
            c->lane != NET_EXPRESS)
            continue;
        c->spoiled = true;
        enqueue(c, UP, frame);
        return;
    }
}

/* A signature or a link of the chain of a batch under way is no longer what it
 * was: the signature is the last thing in a batch. */
static void bend(struct packet *p, bool chain)
{
    size_t back = chain ? 90 + sim_below(20) : 1 + sim_below(60);

    if (p->size > back)
        p->bytes[p->size - back] ^= (uint8_t)(1 << sim_below(8));
}

void sim_wire_bend(struct machine *m)
{
    for (size_t i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];

        if (!c->used || c->client != m || c->lane != NET_BULK)
            continue;
        for (int way = 0; way < 2; way++)
            for (struct packet *p = c->pipes[way].first; p; p = p->next)
                if (is_batch(p)) {
                    bend(p, sim_chance(300));
                    c->spoiled = true;
                    sim_counts.forged++;
                }
    }
}

void sim_wire_forge(struct machine *m, const struct sync_message *message)
{
    struct wire_codec *codec = wire_codec_new(false);
    struct bytes frame;

    if (wire_encode(codec, &frame, message, NULL) == 0)
        say_for(m, frame);
    wire_codec_free(&codec);
    sim_counts.forged++;
}

/* ---- dialling */

static struct conn *new_conn(void)
{
    for (size_t i = 0; i < CONNS; i++)
        if (!conns[i].used) {
            memset(&conns[i], 0, sizeof conns[i]);
            conns[i].used = true;
            conns[i].client_ends = conns[i].server_ends = NEVER;
            return &conns[i];
        }
    sim_fail("more than %d connections at a time", CONNS);
}

/* A try has failed; libzmq tries again after a second, then two, .. */
static void try_later(struct net_link *link, int64_t least_ms)
{
    int64_t pause = (int64_t)1000 << (link->tries < 6 ? link->tries : 6);

    if (link->tries < 16)
        link->tries++;
    if (pause > 60000)
        pause = 60000;
    link->attempt_at = sim_now + least_ms + pause;
    if (link->event_count < EVENTS - 2)
        add_event(link, NET_LINK_FAILED);
}

static enum net_admission ask_gate(const struct net_link *link)
{
    struct machine *before = sim.at;
    enum net_admission answer;

    if (link->lane == NET_ENROL)
        return NET_ADMIT;
    sim.at = the_server->owner;
    answer =
        the_server->config.admit(the_server->config.who, link->key.public_key);
    sim.at = before;
    return answer;
}

/* The set that listens there and proves to be who is expected; NULL: none. */
static const struct key_set *find_set(const struct net_link *link)
{
    for (size_t i = 0; the_server != NULL && i < NET_SETS; i++) {
        const struct key_set *set = &the_server->sets[i];

        if (set->open && strcmp(set->address[link->lane], link->address) == 0)
            return memcmp(set->key.public_key, link->server_key, CURVE_BYTES) ==
                           0
                       ? set
                       : NULL;
    }
    return NULL;
}

static void attempt(struct net_link *link)
{
    const struct key_set *set = find_set(link);
    struct conn *c;

    link->attempt_at = NEVER;
    if (link->owner->cut_up || link->owner->cut_down) {
        try_later(link, 10000);
        return;
    }
    if (set == NULL) {
        try_later(link, 0);
        return;
    }
    switch (ask_gate(link)) {
    case NET_UNKNOWN:
        try_later(link, 5000);
        return;
    case NET_REVOKED:
        add_event(link, NET_LINK_REFUSED);
        return;
    case NET_ADMIT:
        break;
    }
    c = new_conn();
    c->link = link;
    c->server = the_server;
    c->client = link->owner;
    c->lane = link->lane;
    c->second = set == &the_server->sets[1];
    c->route = ++last_route;
    memcpy(c->key, link->key.public_key, CURVE_BYTES);
    link->conn = c;
    link->tries = 0;
    add_event(link, NET_LINK_OPENED);
    sim_note("%s is connected, lane %d", link->owner->name, (int)link->lane);
}

/* ---- what happens by itself */

static int64_t pipe_next(const struct conn *c, int way)
{
    if (c->pipes[way].first == NULL ||
        (way == UP ? c->client->cut_up : c->client->cut_down))
        return NEVER;
    return c->pipes[way].first->at;
}

static void deliver(struct conn *c, int way)
{
    struct packet *p = sim_wire_take(&c->pipes[way]);

    if (way == DOWN) {
        if (c->link != NULL)
            put(&c->link->inbox, p);
        else
            mem_free(&p);
        return;
    }
    if (c->server == NULL) {
        mem_free(&p);
        return;
    }
    p->about.lane = c->lane;
    p->about.route.size = 4;
    put_u32(p->about.route.bytes, c->route);
    memcpy(p->about.key, c->key, CURVE_BYTES);
    p->about.second = c->second;
    (void)snprintf(p->about.peer, sizeof p->about.peer, "10.0.0.%d",
                   (int)(c->client - sim.machines));
    put(&c->server->inbox[c->lane], p);
    if (c->link == NULL && c->pipes[UP].first == NULL &&
        c->server_ends == NEVER)
        c->server_ends = sim_now;
}

struct due {
    int64_t at;
    struct conn *conn;
    struct net_link *link;
    int what; /* 0 UP, 1 DOWN, 2 client ends, 3 server ends, 4 attempt */
};

static void consider(struct due *d, int64_t at, struct conn *c,
                     struct net_link *link, int what)
{
    if (at < d->at)
        *d = (struct due){at, c, link, what};
}

static struct due next_due(void)
{
    struct due d = {NEVER, NULL, NULL, 0};

    for (size_t i = 0; i < CONNS; i++) {
        struct conn *c = &conns[i];

        if (!c->used)
            continue;
        consider(&d, pipe_next(c, UP), c, NULL, UP);
        consider(&d, pipe_next(c, DOWN), c, NULL, DOWN);
        if (c->link != NULL)
            consider(&d, c->client_ends, c, NULL, 2);
        if (c->server != NULL)
            consider(&d, c->server_ends, c, NULL, 3);
    }
    for (size_t i = 0; i < LINKS; i++)
        if (sim_wire_links[i] != NULL)
            consider(&d, sim_wire_links[i]->attempt_at, NULL, sim_wire_links[i],
                     4);
    return d;
}

int64_t sim_wire_next(void) { return next_due().at; }

void sim_wire_step(void)
{
    struct due d = next_due();

    if (d.what == 4)
        attempt(d.link);
    else if (d.what == 2)
        sim_wire_end_client(d.conn, true);
    else if (d.what == 3)
        end_server(d.conn);
    else
        deliver(d.conn, d.what);
}

bool sim_wire_waits(const struct machine *m)
{
    if (m->is_hub)
        return the_server != NULL && the_server->owner == m &&
               (the_server->inbox[NET_EXPRESS].first != NULL ||
                the_server->inbox[NET_BULK].first != NULL ||
                the_server->inbox[NET_ENROL].first != NULL);
    for (size_t i = 0; i < LINKS; i++)
        if (sim_wire_links[i] != NULL && sim_wire_links[i]->owner == m &&
            (sim_wire_links[i]->event_count > 0 ||
             sim_wire_links[i]->inbox.first != NULL))
            return true;
    return false;
}

/* ---- common/net/server.h */

struct net_context *net_context_new(void)
{
    return mem_new(sizeof(struct net_context));
}

void net_context_free(struct net_context **context) { mem_free(context); }

static void open_set(struct key_set *set,
                     const struct net_server_config *config)
{
    set->open = true;
    set->key = config->key;
    for (size_t i = 0; i < NET_LANES; i++)
        (void)snprintf(set->address[i], sizeof set->address[i], "%s",
                       config->address[i]);
}

int net_server_open(struct net_server **out,
                    const struct net_server_config *config, struct error *err)
{
    struct net_server *s;

    if (the_server != NULL)
        return error_set(err, ERR_IO, "the address is in use");
    s = mem_new(sizeof *s);
    s->owner = sim.at;
    s->config = *config;
    open_set(&s->sets[0], config);
    the_server = *out = s;
    return 0;
}

int net_server_add(struct net_server *server,
                   const struct net_server_config *config, struct error *err)
{
    if (server->sets[1].open)
        return error_set(err, ERR_EXISTS, "there is a second key already");
    open_set(&server->sets[1], config);
    return 0;
}

static void end_set(const struct net_server *server, bool second)
{
    for (size_t i = 0; i < CONNS; i++)
        if (conns[i].used && conns[i].server == server &&
            conns[i].second == second)
            end_server(&conns[i]);
}

void net_server_remove(struct net_server *server)
{
    server->sets[1].open = false;
    end_set(server, true);
}

void net_server_promote(struct net_server *server)
{
    end_set(server, false);
    for (size_t i = 0; i < CONNS; i++)
        if (conns[i].used && conns[i].server == server)
            conns[i].second = false;
    server->sets[0] = server->sets[1];
    server->sets[1].open = false;
}

void net_server_close(struct net_server **server)
{
    if (*server == NULL)
        return;
    for (size_t i = 0; i < CONNS; i++)
        if (conns[i].used && conns[i].server == *server)
            end_server(&conns[i]);
    for (size_t i = 0; i < NET_LANES; i++)
        sim_wire_empty(&(*server)->inbox[i]);
    mem_free(&(*server)->handed_out);
    the_server = NULL;
    mem_free(server);
}

const char *net_server_address(const struct net_server *server,
                               enum net_lane lane)
{
    return server->sets[0].address[lane];
}

const char *net_server_second_address(const struct net_server *server,
                                      enum net_lane lane)
{
    return server->sets[1].open ? server->sets[1].address[lane] : "";
}

bool net_server_receive(struct net_server *server, struct net_message *out)
{
    mem_free(&server->handed_out);
    for (size_t i = 0; i < NET_LANES; i++) {
        struct packet *p = sim_wire_take(&server->inbox[i]);

        if (p == NULL)
            continue;
        server->handed_out = p;
        server->counters.received++;
        *out = p->about;
        out->bytes = bytes_of(p->bytes, p->size);
        return true;
    }
    return false;
}

static struct conn *find_route(const struct net_server *server,
                               enum net_lane lane,
                               const struct net_route *route)
{
    if (route->size != 4)
        return NULL;
    for (size_t i = 0; i < CONNS; i++)
        if (conns[i].used && conns[i].server == server &&
            conns[i].lane == lane && conns[i].route == get_u32(route->bytes))
            return &conns[i];
    return NULL;
}

int net_server_send(struct net_server *server, enum net_lane lane,
                    const struct net_route *route, struct bytes bytes)
{
    struct conn *c = find_route(server, lane, route);

    if (bytes.size > (lane == NET_ENROL ? ENROL_MOST : FRAME_MOST))
        return ERR_INVALID;
    if (c == NULL) {
        server->counters.unsent++;
        return ERR_AGAIN;
    }
    server->counters.sent++;
    return sim_wire_push(c, DOWN, server->owner, bytes);
}

const struct net_counters *net_server_counters(const struct net_server *server)
{
    return &server->counters;
}
