/* hub/exchange_inside.h - what the rooms of the exchange share. Only for
 * hub/exchange*.c.
 */
#ifndef LIENXA_HUB_EXCHANGE_INSIDE_H
#define LIENXA_HUB_EXCHANGE_INSIDE_H

#include "common/peer/receiver.h"
#include "common/peer/refusals.h"
#include "common/peer/sender.h"
#include "hub/exchange.h"

struct manners { /* of a machine; exchange_manners.c */
    int points, times;
    int64_t since_ms; /* of the first of them */
    int64_t muted_until_ms, mute_ms;
};

struct peer {
    char unit[LIMIT_HOME];
    uint64_t number; /* of its certificate */
    bool retiring;   /* as the session was told */
    struct sync_session *session;
    bool has_bulk;      /* as it was counted */
    bool touched;       /* stepped in this turn */
    bool greeted;       /* a hello came in this turn */
    int64_t unsent_ms;  /* what was marked as sent since then did not leave;
                         * 0: nothing of the kind */
    bool listed;        /* it has named all it holds of ours (early lists) */
    bool gave_objects;  /* in this turn, being drained */
    bool second;        /* what it said last came by our next CURVE key */
    bool doubted;       /* it brought what an unknown key of ours signed */
    uint64_t announced; /* head of the node's stream, as it last said */
    struct manners manners;
    struct refusals refusals;
    uint64_t stored; /* our copy's head, as of this turn; 0: unchanged */
    struct media_fetch media; /* hub/exchange_media.c */
    struct id media_of;       /* the instance that was last asked for files */
    int64_t named;  /* the newest early arrival of its unit it was told of */
    uint32_t next;  /* of the same unit: place in `peers` + 1; 0: none */
    size_t heap_at; /* exchange_peers.c */
    int64_t due_ms; /* its session's deadline */
};

struct crowd {       /* exchange_peers.c */
    uint32_t *units; /* a hash table: place of a unit's first peer + 1 */
    size_t slot_count;
    uint32_t *heap;    /* all places, the earliest due first */
    uint32_t *touched; /* stepped in this turn */
    size_t touched_count;
    uint32_t *due; /* room for as many */
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
    struct crowd crowd;
    struct frame *frames;
    size_t frame_count, frame_room;
    struct buf bytes; /* of the frames */
    struct buf piece; /* of a file, on its way */
    struct buf head;  /* signed last: thousands are sent the same one */
    struct signed_bytes signed_head;
    struct sender *sender;
    struct receiver receiver;
    struct follow_ups follow_ups; /* of the step under way */
    struct sync_actions actions;
    int64_t epoch_ms;   /* when a finding last opened an incarnation */
    uint64_t settings;  /* of hub->settings, as the sessions were told */
    uint64_t directory; /* of hub->directory, when it was last looked at */
    size_t bulk_lines;  /* that are open */
    size_t tell_at, tell_left; /* peers that are to hear that `all` grew */
    uint64_t refusals_of;      /* quarantine, as everybody was told of it */
    int64_t refusals_ms;       /* .. or some are to be told then */
    int64_t media_ms;          /* somebody's files are to be asked for */
    bool drained_in; /* something of another unit or machine came back */
    bool believed;   /* a signing key of ours came back in this turn */
    bool unsent;     /* a peer has unsent_ms */
    bool unmarked;   /* in this turn: those are not marked as sent any more */
    bool failed;     /* the disk said no: the turn must be rolled back */
};

/* ---- exchange_store.c: what came, into the ledger; enum nak_code */
int hub_exchange_store_batch(struct exchange *ex, const struct peer *peer,
                             const struct msg_batch *m, uint64_t *reached);
int hub_exchange_store_early(struct exchange *ex, struct peer *peer,
                             const struct msg_early *m);

/* ---- exchange_share.c */
/* Bytes that each of so many open bulk lines may send ahead of what was taken.
 */
uint64_t hub_exchange_part(size_t lines);
/* Before the grants of a turn are made: how many lines there are; what is this
 * one's. */
void hub_exchange_count(struct exchange *ex);
void hub_exchange_share(const struct exchange *ex, struct peer *peer);

/* ---- exchange_vault.c */
uint64_t hub_exchange_vaulted(struct exchange *ex, const char *unit);
/* Objects may be missing that the unit's machine was not asked for yet. */
bool hub_exchange_lacks(struct exchange *ex, const char *unit);
/* PUSH_VAULT, GIVE_VAULT, STORE_VAULT; fills in the event to be reported. */
void hub_exchange_act_vault(struct exchange *ex, struct peer *peer,
                            const struct sync_action *a,
                            const struct sync_message *m,
                            struct sync_event *next);

/* ---- exchange_media.c: GIVE_MEDIA, which fills in `sent`, and STORE_MEDIA */
void hub_exchange_act_media(struct exchange *ex, struct peer *peer,
                            const struct sync_action *a,
                            const struct sync_message *m,
                            struct sync_event *sent);
/* A hello: what another process of this unit's did not have is asked of it. */
void hub_exchange_media_greeted(struct exchange *ex, struct peer *peer,
                                const struct id *instance);
int64_t hub_exchange_media_deadline(const struct exchange *ex);

/* ---- exchange_proof.c: after a restore or a change of the signing key */
/* Behind every welcome, ahead of everything that is signed with it: the record
 * of the present signing key (PROTOCOL 8.1). */
void hub_exchange_prove(struct exchange *ex, const struct peer *peer,
                        const struct sync_route *route);
/* A signing key came back: who brought more than we could believe says hello
 * again, and brings it again. */
void hub_exchange_ask_again(struct exchange *ex);
/* Which of those that spoke in this turn have said all (PROTOCOL 5.4). */
void hub_exchange_note_heard(struct exchange *ex);

/* ---- exchange_manners.c */
enum { STRIKE = 4, STRIKE_LIGHT = 1 };
/* He broke the rules once more. */
void hub_exchange_strike(struct exchange *ex, struct peer *peer, int points);
/* What the outcome of storing says about his manners; 0: nothing. */
int hub_exchange_stored_points(int code, bool early);
/* Too often: his frames are dropped unread. */
bool hub_exchange_is_muted(const struct exchange *ex, const struct peer *peer);
void hub_exchange_take_refusals(struct exchange *ex, const struct peer *peer,
                                const struct msg_refusals *list);
/* ---- exchange.c */
struct sync_route hub_exchange_route(const struct net_route *route);
struct sync_event hub_exchange_event(const struct exchange *ex,
                                     enum sync_event_type type);
/* One event and everything that follows from it. */
void hub_exchange_step(struct exchange *ex, struct peer *peer,
                       const struct sync_event *event);
/* Encodes and keeps the frame until the commit; its size, 0 when it could not
 * be made. */
size_t hub_exchange_put(struct exchange *ex, const struct peer *peer,
                        enum lane lane, const struct sync_route *route,
                        const struct sync_message *message);

/* ---- exchange_peers.c */
/* The unit's peers, one after the other; NULL: no more. */
struct peer *hub_exchange_first(const struct exchange *ex, const char *unit);
struct peer *hub_exchange_next(const struct exchange *ex,
                               const struct peer *peer);
struct peer *hub_exchange_peer(const struct exchange *ex, const char *unit,
                               uint64_t number);
/* Zeroed but for its unit. Borrowed until the next. */
struct peer *hub_exchange_add_peer(struct exchange *ex, const char *unit);
void hub_exchange_free_crowd(struct exchange *ex);
/* Its session's deadline may have moved. */
void hub_exchange_note_due(struct exchange *ex, struct peer *peer);
/* One that is due, once until the next note; NULL: none. */
struct peer *hub_exchange_take_due(struct exchange *ex);
int64_t hub_exchange_next_due(const struct exchange *ex);
/* It was stepped in this turn; nobody was. */
void hub_exchange_touch(struct exchange *ex, struct peer *peer);
void hub_exchange_untouch(struct exchange *ex);

/* ---- exchange_machines.c: one conversation per certificate */
/* Made at the first word of an enrolled machine. Borrowed until the next. */
struct peer *hub_exchange_need_peer(struct exchange *ex,
                                    const struct node_key *key);
/* The settings of units have changed: tells the sessions. */
void hub_exchange_look_at_settings(struct exchange *ex);
/* Ends conversations of machines that may say no more, or less. */
void hub_exchange_look_at_directory(struct exchange *ex);
/* What was drained in this turn is named to the present machines. */
void hub_exchange_tell_drained(struct exchange *ex);
/* SYNC_PEER and SYNC_DRAINED of a machine that is retiring. */
void hub_exchange_heard(struct exchange *ex, const struct peer *peer,
                        const struct sync_action *a, const char *address);
void hub_exchange_drained(struct exchange *ex, const struct peer *peer,
                          const struct sync_action *a);
/* Tells a machine that has greeted, when it is to make new keys. */
void hub_exchange_order_rotation(struct exchange *ex, const struct peer *peer);
/* SYNC_ROTATE. */
void hub_exchange_certify(struct exchange *ex, const struct peer *peer,
                          const struct msg_rotate *rotate, const char *address);

/* ---- exchange_words.c: alarms in words */
void hub_exchange_alarm(struct exchange *ex, const struct peer *peer,
                        const struct sync_action *a);

#endif
