/* common/sync/session.h - one conversation with one peer, decided here.
 *
 * No clock, no socket, no database: the caller reports what happened
 * (struct sync_event) and does, in order, what comes back (struct
 * sync_actions). The one thing asked back is h(n) of the caller's own copies
 * and whether a change is held (struct sync_view): reads without effect.
 *
 * A node has one session, with its hub, from start to end. A hub has one per
 * certificate, whatever machine speaks with that key at the moment; hub
 * sessions are told which `route` a message came on and answer to routes.
 *
 * The turn: all events of a turn are stepped inside one database transaction.
 * Actions that store (STORE, STORE_EARLY, ..) are done at once, in the
 * transaction, and their outcome is reported by SYNC_STORED before the next
 * event. Acknowledgements are made by SYNC_COMMITTED, after COMMIT, which every
 * session hears that was stepped in the turn, whether it wrote or not. When the
 * transaction fails the caller reports SYNC_LOST to every session that was
 * stepped in it, and nothing of that turn is sent.
 */
#ifndef LIENXA_SYNC_SESSION_H
#define LIENXA_SYNC_SESSION_H

#include "common/sync/message.h"
#include "common/sync/pace.h"

struct sync_session;

enum sync_role { SYNC_NODE, SYNC_HUB };

enum sync_state {                /* only move() changes it */
                  SYNC_CLOSED,   /* no line */
                  SYNC_GREETING, /* node: hello sent */
                  SYNC_REBASING, /* node: taking the hub's copy of its stream */
                  SYNC_LIVE,
                  SYNC_DRAINING, /* a replaced machine hands over */
                  SYNC_STATE_COUNT
};

/* Reads of the caller's durable copies. `has_change`: held at all, in a stream
 * or early; `in_stream`: its place in its home's stream is known. */
struct sync_view {
    void *who;
    bool (*hash_at)(void *who, const struct stream_name *name, uint64_t seq,
                    struct hash *out);
    bool (*has_change)(void *who, const struct early_ref *ref);
    /* Hub: early arrivals of this home outside any stream. NULL: unknown, no
     * machine is ever told that it is drained. */
    uint64_t (*early_count)(void *who, const char *home);
};

struct sync_config {
    enum sync_role role;
    char unit[LIMIT_HOME];     /* the node's unit, on both sides */
    char hub[LIMIT_HOME];      /* the hub's home; may be "" at a node that has
                                * not learned it (never after joining) */
    struct id instance;        /* of this process */
    char software[LIMIT_TEXT]; /* node: sent in hello */
    struct sync_view view;
    const struct hash_function *hash; /* names early copies; borrowed */
    const uint32_t *dictionaries;     /* that our codec has, the best first; */
    size_t dictionary_count;          /* borrowed, at most LIMIT_DICTIONARIES */
    bool vault;                       /* takes part in PROTOCOL 7.10 */
    uint64_t credit_bulk;    /* what we grant the peer at hello, bytes; the
                              * window, until sync_session_set_window */
    uint32_t ack_timeout_ms; /* resend when nothing is acknowledged: 30000 */
    bool retiring; /* hub: this certificate was replaced; its machine is not
                    * welcomed, it drains. See sync_session_retire */
};

/* An opaque answering machine address (hub); node sessions ignore it. */
struct sync_route {
    uint8_t bytes[24];
};

/* The local side of a stream when a conversation opens. */
struct sync_local {
    uint64_t certificate;
    uint64_t acked;     /* node: highest ever acknowledged of `up` */
    size_t claim_count; /* node: up, then copies of hub channels;
                         * hub: the copy of up, then its channels */
    const struct stream_claim *claims;
    struct backlog backlog;
    uint64_t vaulted;      /* the hub holds the objects of `up` to here; node:
                            * as far as it has heard */
    bool vault_again;      /* node: objects after `vault_from` are to be sent */
    uint64_t vault_from;   /* again, whatever the hub has */
    bool vault_pull;       /* node: objects after `vault_pulled` are to be */
    uint64_t vault_pulled; /* fetched back */
    bool vault_lacks;      /* objects may be missing that the peer has */
    bool rotating; /* node: asked for a certificate for new keys and did not
                    * hear: being replaced may mean only that. It drains when
                    * the hub has said no, or nothing for 10 s */
};

enum sync_event_type {
    SYNC_OPENED,    /* node: the express line is up; `local` set. Hub: not
                     * used, a hello opens */
    SYNC_RECEIVED,  /* `message`, `lane`, `bytes` (frame size), `route`,
                     * `random`; hub: `local` set when it is a HELLO */
    SYNC_STORED,    /* outcome of a storing action: see below */
    SYNC_COMMITTED, /* the turn is on disk */
    SYNC_GREW,      /* a local stream grew: `name`, `seq` = its head;
                     * `expedited` when some of it is. Node, the vault's name:
                     * objects are to be sent again, `local` of the next OPENED
                     * says from where */
    SYNC_SENT,    /* outcome of PUSH, PUSH_VAULT, GIVE_VAULT, GIVE_MEDIA (`lane`
                   * BULK),    EXPEDITE or HAND_BACK
                   * (`lane` EXPRESS): `name`, `seq` = last seq that left (of
                   * EXPEDITE: the cursor), `bytes` in frames; of PUSH also
                   * `code`, not 0 when the route is gone */
    SYNC_BULK_UP, /* node: the bulk line is up */
    SYNC_BULK_LOST, /* hub: a frame could not leave on bulk, the route is gone
                     */
    SYNC_ASK, /* changes that are damaged here: `refs`, asked of the peer if it
               * is there; they come as STORE_EARLY */
    SYNC_HANDED_IN, /* hub: another machine of this unit handed something over:
                     * to be named to this one; `code` not 0: vault objects,
                     * too */
    SYNC_TICK,
    SYNC_LOST /* the express line, or a failed transaction. What comes back
               * may be sent at once: it belongs to no turn. A node's caller
               * closes both lines and dials again */
};

struct sync_event {
    int64_t now_ms;  /* monotonic, never smaller than the last one */
    int64_t wall_ms; /* wall clock, for clock fields of messages */
    enum sync_event_type type;
    enum lane lane;
    size_t bytes;
    const struct sync_message *message;
    const struct sync_route *route;
    const char *address; /* hub: the peer's, for alarms */
    struct id random;    /* fresh random id: nonces, session numbers */
    const struct sync_local *local;
    struct stream_name name;
    uint64_t seq;
    bool expedited;
    const struct early_ref *refs; /* ASK: borrowed for the call */
    size_t ref_count;
    bool more; /* SENT: the stream goes on behind seq */
    int code; /* STORED: enum nak_code, NAK_NONE when stored; SENT: see there */
};

enum sync_action_type {
    SYNC_SEND,        /* `message` on `lane` to `route`, after COMMIT */
    SYNC_PUSH,        /* read `name` from `seq`, at most `bytes` encoded in one
                       * batch, send on bulk to `route`; report SENT */
    SYNC_PUSH_VAULT,  /* node: make the objects of `up` from position `seq` to
                       * the head that was acknowledged; hub: read those of
                       * its copy to where it is vaulted. As PUSH */
    SYNC_EXPEDITE,    /* read expedited, unacknowledged changes of `name`, send
                       * EARLY on express, at most `bytes` in all but at least
                       * one; report SENT with `more`. `code`, an enum
                       * sync_urgent, says which and in what order. SENT's `seq`
                       * is where to go on in this order, beyond `to` when
                       * nothing is left */
    SYNC_LIST_EARLY,  /* send EARLY_LISTs to `route`: early arrivals outside any
                       * stream whose home is `name.home`; with `seq` 1 only what
                       * came since the last such action */
    SYNC_LIST_OWN,    /* node, draining: send one EARLY_LIST of own changes of
                       * `name` from `seq` on, of at most `bytes` in all;
                       * report SENT with the cursor */
    SYNC_HAND_BACK,   /* send EARLY(handed_back) to `route` for the refs of the
                       * WANT `message`, in their order: all of them, or, with
                       * `bytes`, so much but at least one; report SENT with
                       * `bytes` and `seq` = how many of the refs are done with.
                       * Own changes as they may leave, signed if they are not */
    SYNC_STORE,       /* store the batch being handled from `seq` on (earlier
                       * ones are repeats); report STORED with the new durable
                       * `seq`, or a code and nothing stored */
    SYNC_STORE_EARLY, /* store the early copy being handled: at a foreign home
                       * as an early arrival; our own change handed back:
                       * append it to its stream. Report STORED with a code */
    SYNC_STORE_VAULT, /* keep the objects of the VAULT being handled; hub: the
                       * position is its `last` unless it is further already.
                       * Report STORED with that `seq` or a code. Of a machine
                       * that is drained a hub keeps what it lacks; `bytes` =
                       * how many that were; single ones (`last` 0) as well */
    SYNC_GIVE_VAULT,  /* send the objects of the VAULT_WANT `message` on `lane`,
                       * at most `bytes` in all; report SENT with
                       * `bytes` and no name. Node: one VAULT, also when it has
                       * none of them, of at least one object when it has. On
                       * express, a machine that is drained: `bytes` 0 */
    SYNC_WANT_VAULT,  /* look in `up` from position `seq` on (hub, of a machine
                       * that is not drained: where it lacks some) for changes
                       * whose object is missing here and, when `online`, name
                       * at most LIMIT_VAULT_OBJECTS of them to `route` in one
                       * VAULT_WANT on express. Report SENT with `name`, `seq`
                       * = where to go on, `more` (there is something behind
                       * it) and `code` = how many are missing */
    SYNC_GIVE_MEDIA,  /* send piece `seq` of the file `ref.digest` on bulk to
                       * `route`, or why it does not come; report SENT with
                       * `name`, `bytes` (0: it could not leave) and `code` */
    SYNC_STORE_MEDIA, /* a piece came, asked for or not: the MEDIA being
                       * handled. Nothing is reported */
    SYNC_VAULT_WHOLE, /* node: none is missing any more */
    SYNC_VAULTED,     /* node: the hub holds the objects to `seq` */
    SYNC_VAULT_PULLED, /* node: what the hub held of them is here */
    SYNC_ACKED,       /* the peer has `name` durably up to `seq`: remember it */
    SYNC_EARLY_ACKED, /* the peer has the early copy `ref`, or refused it
                       * (`code`): stop expediting it */
    SYNC_EXPEDITE_AGAIN, /* what was acknowledged early beyond `seq` of `name`
                          * counts as unacknowledged again, except what the peer
                          * lists (it is settled by EARLY_ACKED) */
    SYNC_REBASE_BEGIN,   /* node: stage the hub's copy of `name` after `seq`,
                          * objects are to be fetched from there too;
                          * what was staged before is dropped. A rebase that a
                          * lost line ends is not taken up again by itself */
    SYNC_REBASE_STORE,   /* stage the batch being handled; report STORED */
    SYNC_REBASE_FINISH,  /* take the staged copy, append own changes it lacks;
                          * then report GREW with the new head */
    SYNC_DETACH,         /* node: entries of the copy `name` after `seq` become
                          * early arrivals */
    SYNC_NEW_EPOCH, /* hub: a node holds what `name` lacks after `seq`: append
                     * an INCARNATION unless this process or its restore has
                     * done so already; then report GREW */
    SYNC_DIAL_BULK, /* node: open the bulk line */
    SYNC_DROP_BULK, /* node: close it, idle */
    SYNC_DROP,      /* node: close express and dial again with backoff */
    SYNC_ALARM,     /* `alarm`, `seq`, `text`: tell the operator */
    SYNC_PEER,      /* `message` is to be remembered: at a hub HELLO or STATUS
                     * for node list (`online`), on both sides REFUSALS */
    SYNC_RETIRED,   /* node: this machine was replaced; it takes no new reports
                     * and hands over what it holds behind `seq` */
    SYNC_DRAINED,   /* both: all that the replaced machine wrote up to `seq` is
                     * in the unit's stream: it may be erased. Hub: `bytes`
                     * objects came from it; when `code` is not 0, that many
                     * are missing and it cannot hand them over: it was not
                     * told, and must be kept */
    SYNC_ROTATE,    /* hub: certify the keys in the ROTATE being handled and say
                     * ROTATED. Node: make new keys and say ROTATE */
    SYNC_ROTATED    /* node: the hub's answer is being handled */
};

enum sync_alarm { /* PROTOCOL 5.5; the words are the program's */
                  ALARM_HUB_REWOUND =
                      1, /* seen by a node or the hub: the hub lies below
                          * what it once acknowledged */
                  ALARM_NODE_REWOUND =
                      2, /* a node took the hub's copy back (rebase) */
                  ALARM_CHANNEL_REWOUND =
                      3, /* a node holds more of a hub channel than the
                          * hub: new epoch */
                  ALARM_TWO_MACHINES =
                      4, /* two live machines, `text` = both addresses */
                  ALARM_VERSION = 5, /* peer too old or new */
                  ALARM_FORK = 6,    /* a batch that does not fit its chain */
                  ALARM_PROTOCOL = 7 /* peer broke the rules: nonsense */
};

/* Copies. What goes first: alerts, receipts, signing keys, CURVE keys of the
 * hub, incarnations. */
enum sync_urgent {
    URGENT_ALL,   /* from `seq` on, without a difference */
    URGENT_FIRST, /* what goes first, from `seq` up to `to` */
    URGENT_REST   /* the rest, from `seq` down to `to` */
};

struct sync_action {
    enum sync_action_type type;
    enum lane lane;
    struct sync_route route;
    struct stream_name name;
    uint64_t seq;
    uint64_t to; /* of EXPEDITE */
    uint64_t bytes;
    struct early_ref ref;
    int code; /* enum sync_alarm of ALARM, nak_code of EARLY_ACKED, sync_urgent
               * of EXPEDITE */
    bool online;
    char text[LIMIT_TEXT];
    const struct sync_message *message; /* borrowed until the next event that
                                         * is not STORED, SENT or GREW */
};

struct sync_actions { /* zeroed is empty; reused from step to step */
    struct sync_action *items;
    size_t count, room;
};
void sync_actions_clear(struct sync_actions *actions);
void sync_actions_free(struct sync_actions *actions);

struct sync_session *sync_session_new(const struct sync_config *config);
void sync_session_free(struct sync_session **session);

/* Appends to `out` what to do now. ERR_REFUSED: the peer broke the protocol; an
 * ALARM and an answer are in `out` already. */
int sync_session_step(struct sync_session *session,
                      const struct sync_event *event, struct sync_actions *out);

/* The latest time for the next SYNC_TICK; INT64_MAX when nothing is due. */
int64_t sync_session_deadline(const struct sync_session *session);

/* Early copies the peer was asked for and has not handed back yet. */
uint64_t sync_session_wanted(const struct sync_session *session);

enum sync_state sync_session_state(const struct sync_session *session);
/* The minor version both sides speak: of the welcome at a node, of the hello at
 * a hub. 0, what every peer knows, outside a conversation. */
uint32_t sync_session_minor(const struct sync_session *session);
/* How BATCH and EARLY are to be encoded for this peer; never with a short head:
 * the caller knows whose stream it is. NULL is nobody: as they are. */
struct packing sync_session_packing(const struct sync_session *session);
/* Hub: what this session's certificate is from now on. The session must be
 * CLOSED (report SYNC_LOST before). */
void sync_session_retire(struct sync_session *session, bool retiring);
/* Hub: it goes through what it lacks of the vault; other questions for objects
 * wait, so that an answer is known to be the one. */
bool sync_session_is_asking(const struct sync_session *session);
/* From the settings of the unit, at any time: for what we send on bulk. */
void sync_session_set_pace(struct sync_session *session,
                           const struct pace_rule *rule);
/* How far ahead of what was handled here the peer may send on bulk, from its
 * next grant on. What was granted stays. */
void sync_session_set_window(struct sync_session *session, uint64_t bytes);
/* The bulk line is open. */
bool sync_session_has_bulk(const struct sync_session *session);
/* Node: what the hub holds of our own is to be taken back, and that waits for
 * the hours of bulk. */
bool sync_session_waits_for_hours(const struct sync_session *session);
/* Bytes of frames on a lane that the peer has not acknowledged: sent again when
 * that is lost now. */
uint64_t sync_session_under_way(const struct sync_session *session,
                                enum lane lane);
/* Node: single vault objects are to come: bulk is dialled at the next step. */
void sync_session_ask_bulk(struct sync_session *session);
/* Live, and the peer knows of attachments (PROTOCOL 7.12). */
bool sync_session_takes_media(const struct sync_session *session);
/* Hub: the peer machine's instance and route, valid when state is LIVE. */
const struct sync_route *sync_session_route(const struct sync_session *session);

#endif
