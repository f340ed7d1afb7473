/* tests/support/swarm_node.h - a commune's machine without its disk: the real
 * engine (common/sync/session.h), keys, signatures and frames over a real line;
 * what a node keeps in its database is made again from numbers when it is asked
 * for, or forgotten.
 *
 * Not here: the vault and files (off, as in W1), rebasing, draining. A hub that
 * asks for one of them has lost something: it is said on stderr.
 */
#ifndef LIENXA_TESTS_SWARM_NODE_H
#define LIENXA_TESTS_SWARM_NODE_H

#include "common/sync/backoff.h"
#include "common/sync/session.h"
#include "common/wire/codec.h"
#include "common/wire/record.h"
#include "tests/support/swarm_keys.h"
#include "tests/support/swarm_line.h"

enum { SWARM_ALERTS = 16 };
enum swarm_urgent { SWARM_PLAIN, SWARM_URGENT, SWARM_SETTLED };

/* A change of its own: bytes are made of this. */
struct swarm_own {
    struct id record;
    struct id alert; /* of a receipt; zero: a report */
    uint64_t version;
    int64_t clock_ms;
    uint32_t size;
    uint8_t urgent; /* enum swarm_urgent */
    uint8_t state;  /* of a report */
};

struct swarm_node {
    struct swarm *swarm;
    struct swarm_key *key;
    struct swarm_dial dial[LANE_COUNT];
    struct swarm_line lines[LANE_COUNT];
    struct backoff backoff[LANE_COUNT];
    bool wanted[LANE_COUNT];
    int64_t dial_at[LANE_COUNT];
    int64_t ping_at;
    struct sync_session *session;
    struct stream_name up, orders;
    struct swarm_own *own; /* seq i + 1 */
    struct hash *h;        /* h[0] .. */
    size_t room;
    uint64_t head, acked, acked_most;
    uint64_t urgent_waiting;
    uint64_t moved;          /* those before have gone on */
    uint64_t all;            /* its copy of the hub's `all` ends here */
    struct early_ref *early; /* of the hub's, outside any stream */
    size_t early_count, early_listed;
    struct id alerts[SWARM_ALERTS]; /* a ring of those it has had last */
    size_t alert_count;
    bool touched, grown, online;
};

/* What all of them share, and what is counted. */
struct swarm {
    struct swarm_keys keys;
    struct swarm_node *nodes;
    size_t count;
    struct wire_codec *codec;
    int64_t mono_ms, wall_ms; /* of this look */
    size_t body_bytes;        /* of a report's words */
    /* ---- counted */
    size_t online;
    uint64_t waiting;        /* own changes that are not acknowledged */
    uint64_t urgent_waiting; /* of them, those sent ahead */
    void (*alert)(struct swarm *swarm, const struct id *id);
};

void swarm_node_open(struct swarm_node *n, struct swarm *swarm, size_t index);
void swarm_node_close(struct swarm_node *n);

/* Takes `count` reports; the engine hears of them at once. */
void swarm_node_report(struct swarm_node *n, size_t count, bool urgent);
/* The next `count` of those that are not urgent go on to their next state. */
void swarm_node_move(struct swarm_node *n, size_t count);

/* Whatever came on a line, or what its session waits for: then what follows
 * from it leaves. */
void swarm_node_line(struct swarm_node *n, enum lane lane);
void swarm_node_tick(struct swarm_node *n);
int64_t swarm_node_deadline(const struct swarm_node *n);
/* Both lines go, and are not dialled before `at_ms` (INT64_MAX: never). */
void swarm_node_cut(struct swarm_node *n, int64_t at_ms);

#endif
