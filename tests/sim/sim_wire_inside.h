/* tests/sim/sim_wire_inside.h - what the two halves of the wire share:
 * sim_wire.c has the connections and the hub's end, sim_wire_link.c the
 * machines' ends. */
#ifndef LIENXA_TESTS_SIM_WIRE_INSIDE_H
#define LIENXA_TESTS_SIM_WIRE_INSIDE_H

#include "common/net/link.h"
#include "common/net/server.h"
#include "tests/sim/sim.h"

enum {
    CONNS = 256,
    LINKS = 4 * SIM_MACHINES,
    EVENTS = 16,
    HIGH_WATER = 4096, /* PROTOCOL 11.2 */
    FRAME_MOST = 256 * 1024,
    ENROL_MOST = 4096,
    UP = 0,
    DOWN = 1
};

#define NEVER INT64_MAX

struct packet {
    struct packet *next;
    int64_t at;
    struct net_message about; /* in a server's queue */
    size_t size;
    uint8_t bytes[];
};

struct pipe {
    struct packet *first, *last;
    size_t count;
};

struct conn {
    bool used, spoiled;
    struct net_link *link;     /* NULL: this end is closed */
    struct net_server *server; /* NULL: this end is closed */
    struct machine *client;
    enum net_lane lane;
    bool second; /* over the server's second set */
    uint32_t route;
    uint8_t key[CURVE_BYTES];
    struct pipe pipes[2];
    int64_t client_ends, server_ends;
};

struct net_context {
    int nothing;
};

struct net_link {
    struct machine *owner;
    struct curve_key key;
    uint8_t server_key[CURVE_BYTES];
    char address[NET_ADDRESS_BYTES];
    enum net_lane lane;
    enum net_link_state state;
    struct conn *conn;
    enum net_link_event events[EVENTS];
    size_t event_count;
    struct pipe inbox;
    struct packet *handed_out;
    int64_t attempt_at;
    unsigned tries;
};

struct key_set { /* sockets with one key; [1] while the key changes */
    bool open;
    struct curve_key key;
    char address[NET_LANES][NET_ADDRESS_BYTES];
};

struct net_server {
    struct machine *owner;
    struct net_server_config config;
    struct key_set sets[NET_SETS];
    struct pipe inbox[NET_LANES];
    struct packet *handed_out;
    struct net_counters counters;
};

/* Every machine's ends; NULL: a free place. */
extern struct net_link *sim_wire_links[LINKS];

int64_t sim_wire_delay(void); /* one way, drawn */

/* The first packet, owned, or NULL. */
struct packet *sim_wire_take(struct pipe *pipe);
void sim_wire_empty(struct pipe *pipe);

/* Under way, by `from`. As net_link_send. */
int sim_wire_push(struct conn *c, int way, struct machine *from,
                  struct bytes bytes);
/* The client's end is closed; `tell`: by the line, so libzmq tries again. */
void sim_wire_end_client(struct conn *c, bool tell);

#endif
