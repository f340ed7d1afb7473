/* node/uplink_inside.h - what the rooms of the uplink share. Only for
 * node/uplink*.c.
 */
#ifndef LIENXA_NODE_UPLINK_INSIDE_H
#define LIENXA_NODE_UPLINK_INSIDE_H

#include "common/peer/receiver.h"
#include "common/peer/refusals.h"
#include "common/peer/sender.h"
#include "common/sync/backoff.h"
#include "node/hub_keys.h"
#include "node/readmission.h"
#include "node/uplink.h"

struct line { /* one socket and when to dial it again */
    struct net_link *link;
    struct backoff backoff;
    bool wanted;
    int64_t dial_at; /* monotonic ms; meaningful when wanted and DOWN */
};

struct frame { /* waits for the commit */
    enum lane lane;
    size_t offset, size;
};

enum { CLAIMS = 3 /* up, all, orders */ };

enum { FOLLOW_UPS = 256 /* events one step may cause in one go */ };

struct follow_ups {
    struct sync_event events[FOLLOW_UPS];
    size_t count;
};

struct uplink {
    struct node *node;
    struct net_context *context;   /* borrowed */
    struct hub_way ways[HUB_WAYS]; /* uplink_ways.c: the newest first */
    size_t way_count, way;         /* .. and which one the lines take */
    uint64_t welcomed_by;          /* number + 1 of the way, as stored */
    struct net_link *probe;        /* NULL, or on ways[0] */
    int64_t probe_at, probe_pause_ms;
    struct sync_session *session;
    struct readmission *readmission; /* NULL: nothing to show */
    struct line lines[LANE_COUNT];
    struct frame *frames;
    size_t frame_count, frame_room;
    struct buf bytes; /* of the frames */
    struct sender *sender;
    struct sender_host host;
    struct receiver receiver;
    struct refusals refusals;
    struct media_fetch media;     /* files asked of the hub */
    struct buf piece;             /* of one, on its way */
    struct follow_ups follow_ups; /* of the step under way */
    struct sync_actions actions;
    int64_t unproved_ms; /* since when the hub signs with an unknown key; 0 */
    int64_t listed;      /* the newest early arrival named to the hub */
    bool talking;        /* greeted, at the end of the last step */
    bool rekeyed;        /* the keys changed: new sockets after this turn */
    bool touched;        /* the session was stepped in this turn */
    bool failed;         /* the disk said no: the turn must be rolled back */
    bool busy;           /* frames were left when the time was up */
};

/* ---- uplink_store.c: what came, into the ledger; enum nak_code. `staging`:
 * the hub's copy of our own stream, for a rebase */
int node_uplink_store_batch(struct uplink *u, const struct msg_batch *m,
                            bool staging, uint64_t *reached);
int node_uplink_store_early(struct uplink *u, const struct msg_early *m);

/* ---- uplink.c: what leaves, and who signs it: `sender` and `host` of an
 * uplink that has its node */
void node_uplink_be_host(struct uplink *u);
/* Turns into stubs what may not leave the commune; `who` is an uplink. */
void node_uplink_withhold(void *who, struct change *change);
/* Our side of the streams, for a hello. */
void node_uplink_local_side(struct uplink *u,
                            struct stream_claim claims[CLAIMS],
                            struct sync_local *out);

/* ---- uplink_refusals.c */
void node_uplink_take_refusals(struct uplink *u,
                               const struct msg_refusals *list);
void node_uplink_tell_refusals(struct uplink *u);

/* ---- uplink_machine.c: replaced, drained, new keys */
void node_uplink_retired(struct uplink *u);
void node_uplink_drained(struct uplink *u);
/* New keys are ordered, or their certificate was not heard of: ask. */
void node_uplink_rotate(struct uplink *u);
/* True: the keys have changed, the line must be dialled anew. */
bool node_uplink_rotated(struct uplink *u, const struct msg_rotated *m);
/* How the line may be used, to the session. */
void node_uplink_settings(struct uplink *u);
/* After each step: what a conversation that has just begun means. */
void node_uplink_greeted(struct uplink *u);

/* ---- uplink_vault.c: PUSH_VAULT or GIVE_VAULT; fills in `sent`. What came
 * back: an enum nak_code */
bool node_uplink_send_vault(struct uplink *u, const struct sync_action *a,
                            struct sync_event *sent);
int node_uplink_store_vault(struct uplink *u, const struct msg_vault *m);
/* The objects of our changes from `a->seq` to `head`. */
void node_uplink_push_vault(struct uplink *u, const struct sync_action *a,
                            uint64_t head, struct sync_event *sent);

/* ---- uplink_frames.c: encodes and keeps the frame until the commit. Its size,
 * 0 when it could not be made. `who` is the uplink (struct sender_host). */
size_t node_uplink_put(void *who, enum lane lane,
                       const struct sync_message *message);
/* What was put and not sent is never said. */
void node_uplink_forget_frames(struct uplink *u);
/* The turn is on disk. An alert is taken by all machines of a district at one
 * moment, and what they answer is in the way of those that are not through with
 * it: true: it stays until the receipt leaves, or the next turn is on disk. */
bool node_uplink_frames_rest(const struct uplink *u);
void node_uplink_send_frames(struct uplink *u);

/* ---- uplink_media.c: GIVE_MEDIA fills in `sent` */
void node_uplink_media_close(struct uplink *u);
void node_uplink_give_media(struct uplink *u, const struct sync_action *a,
                            struct sync_event *sent);
void node_uplink_take_media(struct uplink *u, const struct msg_media *piece);

/* ---- uplink_words.c: alarms in words */
enum { ALARM_REVOKED = 110 }; /* the hub refuses this machine's key */
/* For the log: what a line that is lost held. */
void node_uplink_tell_lost(const struct uplink *u, enum lane lane);
void node_uplink_alarm(struct uplink *u, const struct sync_action *a);

#endif
