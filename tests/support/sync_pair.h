/* tests/support/sync_pair.h - a hub session and two nodes that may speak for
 * its unit, joined by a fake wire under a fake clock, with fake stores.
 *
 * The hosts here do what hub.c and node.c do: one message is one turn is one
 * transaction; what is said leaves after its commit. Everything said and done
 * is written down and compared as text.
 */
#ifndef LIENXA_TESTS_SYNC_PAIR_H
#define LIENXA_TESTS_SYNC_PAIR_H

#include "common/base/buf.h"
#include "tests/support/sync_queue.h"
#include "tests/support/sync_store.h"

enum { PAIR_NODES = 2 };
enum { PAIR_HUB = PAIR_NODES }; /* hosts[PAIR_HUB] is the hub */

struct pair_host {
    struct pair *pair;
    const char *name;
    enum sync_role role;
    struct id instance;
    struct sync_session *session;
    struct fake_store store, committed;
    struct sync_actions actions;
    size_t done; /* actions[0 .. done) are */
    const struct sync_message *handling;
    struct pair_queue outbox[LANE_COUNT]; /* of this turn */
    uint32_t outbox_route[LANE_COUNT];
    size_t claims;    /* streams named in a hello, FAKE_STREAMS */
    bool no_backlog;  /* ticks come without */
    bool fail_turn;   /* the next COMMIT fails */
    bool socket_full; /* nothing leaves on bulk */
    bool full_express;
    int store_code; /* what STORE is refused with, NAK_NONE: it is not */
    bool new_epoch; /* opened already in this process */
    bool dialling, dropped;
    bool rotating;         /* told to the session when a line opens */
    bool retired, drained; /* what the session said of it */
    int drained_code;
    uint32_t route[LANE_COUNT];       /* node: 0 not connected */
    struct pair_queue in[LANE_COUNT]; /* node: from the hub */
};

struct pair {
    int64_t now_ms;
    struct pair_host hosts[PAIR_NODES + 1];
    struct pair_queue to_hub[LANE_COUNT];
    uint32_t routes;  /* ever used */
    uint32_t numbers; /* changes ever made */
    uint64_t randoms;
    uint64_t pushed_bytes; /* largest batch asked for since pair_forget */
    uint64_t express_bytes;
    bool vault;           /* of sessions made from now on */
    bool hold_bulk;       /* dialling bulk does not succeed */
    uint64_t credit_bulk; /* of sessions made from now on; 0: the usual */
    unsigned alarms[ALARM_PROTOCOL + 1];
    bool quiet; /* nothing is written down */
    struct buf transcript;
};

struct pair *pair_new(void);
void pair_free(struct pair **pair);
struct sync_config pair_config(struct pair *pair, unsigned host);

/* A new process on the same disk: what was not committed is gone. */
void pair_restart(struct pair *pair, unsigned host);
/* A line to the hub and the hello. */
void pair_connect(struct pair *pair, unsigned node);
/* The line breaks; the node notices, the hub does not. */
void pair_cut(struct pair *pair, unsigned node);
void pair_cut_bulk(struct pair *pair, unsigned node);

/* Steps one event in a turn of its own. */
int pair_turn(struct pair *pair, unsigned host, struct sync_event *event);
/* A message as if it had come from the hub, or from `node` to the hub. */
int pair_inject(struct pair *pair, unsigned host, unsigned node, enum lane lane,
                const struct sync_message *message, size_t bytes);

/* One message, or a bulk line that comes up. False: nothing is under way. */
bool pair_deliver_one(struct pair *pair, enum lane lane, bool to_hub,
                      unsigned node);
/* The first message under way there comes twice, or never. */
void pair_repeat_one(struct pair *pair, enum lane lane, bool to_hub,
                     unsigned node);
void pair_lose_one(struct pair *pair, enum lane lane, bool to_hub,
                   unsigned node);
bool pair_step(struct pair *pair);
void pair_settle(struct pair *pair); /* until nothing is under way */
/* The line is known to be as fast as that (common/sync/pace.h). */
void pair_line(struct pair *pair, uint64_t bytes_a_second);
/* Lets time pass; deadlines are kept, messages are delivered. */
void pair_wait(struct pair *pair, int64_t ms);
void pair_tick(struct pair *pair, unsigned host, int64_t ms);

/* Appends changes of the host's own and tells the session. */
void pair_write(struct pair *pair, unsigned host, unsigned stream, size_t count,
                bool expedited);
void pair_write_sized(struct pair *pair, unsigned host, unsigned stream,
                      size_t count, uint32_t size, bool expedited);
/* The same without telling: as if done before. */
void pair_has(struct pair *pair, unsigned host, unsigned stream, size_t count);
/* `to` holds the first `count` changes of `from`. */
void pair_copy(struct pair *pair, unsigned from, unsigned to, unsigned stream,
               size_t count);

void pair_expect(struct pair *pair, const char *transcript);
/* The line stands in the transcript, at any time. */
void pair_expect_line(struct pair *pair, const char *line);
void pair_expect_no_line(struct pair *pair, const char *part);
void pair_forget(struct pair *pair);
bool pair_converged(struct pair *pair, unsigned node);

#endif
