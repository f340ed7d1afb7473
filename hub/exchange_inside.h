/* hub/exchange_inside.h - what the rooms of the exchange share. Only for
 * hub/exchange*.c.
 */
#ifndef LIENXA_HUB_EXCHANGE_INSIDE_H
#define LIENXA_HUB_EXCHANGE_INSIDE_H

#include "common/sync/batch.h"
#include "common/sync/session.h"
#include "hub/exchange.h"

struct peer {
    char unit[LIMIT_HOME];
    struct sync_session *session;
    bool touched;       /* stepped in this turn */
    bool greeted;       /* a hello came in this turn */
    uint64_t announced; /* head of the node's stream, as it last said */
    uint64_t stored;    /* our copy's head, as of this turn; 0: unchanged */
};

struct frame { /* waits for the commit */
    enum net_lane lane;
    struct net_route route;
    size_t peer, offset, size;
};

enum { FOLLOW_UPS = 256 /* events one step may cause in one go */ };

/* What one step caused: events to be stepped after its actions. */
struct follow_ups {
    struct sync_event events[FOLLOW_UPS];
    size_t count;
};

struct exchange {
    struct hub *hub;
    struct net_server *server;
    struct id instance;
    struct peer *peers; /* in the order of first contact */
    size_t peer_count, peer_room;
    struct frame *frames;
    size_t frame_count, frame_room;
    struct buf bytes; /* of the frames */
    struct batch batch;
    double ratio; /* plain bytes per byte of frame, lately */
    size_t sizes[LIMIT_BATCH_CHANGES];
    struct early_ref refs[LIMIT_EARLY_LIST];
    struct follow_ups follow_ups; /* of the step under way */
    struct sync_actions actions;
    bool failed; /* the disk said no: the turn must be rolled back */
};

/* Encodes and keeps the frame until the commit. Returns its size, 0 when it
 * could not be made. */
size_t hub_exchange_put_frame(struct exchange *ex, const struct peer *peer,
                              enum lane lane, const struct sync_route *route,
                              const struct sync_message *message);

struct change_ref hub_exchange_ref(const struct early_ref *ref);

/* ---- exchange_send.c: the ledger into frames; `sent` is filled in */
void hub_exchange_push(struct exchange *ex, const struct peer *peer,
                       const struct sync_action *action,
                       struct sync_event *sent);
void hub_exchange_expedite(struct exchange *ex, const struct peer *peer,
                           const struct sync_action *action,
                           struct sync_event *sent);
void hub_exchange_list_early(struct exchange *ex, const struct peer *peer,
                             const struct sync_action *action);
void hub_exchange_hand_back(struct exchange *ex, const struct peer *peer,
                            const struct sync_action *action,
                            const struct sync_message *want,
                            struct sync_event *sent);

/* ---- exchange_store.c: what came, into the ledger; enum nak_code */
int hub_exchange_store_batch(struct exchange *ex, const struct peer *peer,
                             const struct msg_batch *m, uint64_t *reached);
int hub_exchange_store_early(struct exchange *ex, const struct peer *peer,
                             const struct msg_early *m);

/* ---- exchange_words.c: alarms in words */
void hub_exchange_alarm(struct exchange *ex, const struct peer *peer,
                        const struct sync_action *a);

#endif
