/* common/sync/session_inside.h - what the files of the session share.
 *
 * Private to common/sync/session*.c and their tests. session.c holds the
 * dispatch and the state table, session_hello.c the greeting (PROTOCOL 5),
 * session_vault.c the objects behind `up` (PROTOCOL 7.10),
 * session_lack.c those that are missing,
 * session_drain.c what a replaced machine hands over (PROTOCOL 8.6),
 * session_pace.c how much may be under way on bulk (PROTOCOL 11.5),
 * session_pack.c how small batches are made (PROTOCOL 7.13),
 * session_push.c what goes out, session_urgent.c copies of it that go ahead,
 * session_receive.c what comes in, session_want.c what is asked for by name,
 * session_say.c
 * the list of actions and the memory of messages.
 */
#ifndef LIENXA_SYNC_SESSION_INSIDE_H
#define LIENXA_SYNC_SESSION_INSIDE_H

#include "common/sync/pace.h"
#include "common/sync/session.h"

enum {
    HELLO_RETRY_MS = 10000,
    FOLLOW_MS = 100,      /* the stream behind its expedited copies */
    SOCKET_RETRY_MS = 50, /* nothing was sent: the socket was full */
    BULK_IDLE_MS = 60000,
    BULK_SILENT_MS = 90000,  /* wanted, and nothing comes: dial anew */
    STATUS_PAUSE_MS = 10000, /* at the most often */
    STATUS_IDLE_MS = 60000,  /* at the least often */
    PULL_PAUSE_MS = 60000,   /* one rebase per unit and minute */
    PULL_RETRY_MS = 90000,   /* nothing staged for so long: ask again */
    BYE_PAUSE_MS = 1000,
    CHALLENGE_MS = 5000, /* an unanswered one gives way to another's */
    CLONE_PAUSE_MS = 5000,
    FORK_PAUSE_MS = 60000,
    REFUSED_MS = 600000, /* a stream the peer cannot take: greeted again */
    LATER_MS = 5000,     /* asked of the peer when our store says later */
    LATER_MOST_MS = 3600000,
    DRAIN_MINOR = 1,       /* of DRAIN and DRAINED */
    LIST_PAUSE_MS = 500,   /* between lists of what was drained */
    LIST_AGAIN_MS = 10000, /* what was named and refused is named again */

    VAULT_MINOR = 2,
    MEDIA_MINOR = 3,
    PACK_MINOR = 4,
    LIST_MINOR = 4, /* a greeting is answered by a list, an empty one too */
    LACK_FOLLOW_MS = 2000, /* before objects are asked for, at first */
    LACK_ANSWER_MS = 2000, /* between two questions */
    LACK_MOST_MS = 3600000,
    LACK_GREET_MS = 10000, /* .. of a hub that is greeted anew, at most */
    LACK_UNHEARD_MOST_MS = 600000, /* hub: between questions without answer */
    LACK_TELLS = 3, /* hub: how often it says that objects came, when nobody */
    LACK_TELL_MS = 60000,   /* asks; .. and how often */
    LACK_GATHER_MS = 1000,  /* .. but not one by one */
    LACK_ASKS = 16,         /* without a pause */
    DRAIN_OBJECTS = 65536,  /* bytes of objects in one answer */
    VAULT_FOLLOW_MS = 2000, /* an idle vault gathers for so long */

    FLIGHT_LIMIT = 32, /* batches under way in one stream */
    EXPEDITE_BYTES = 64 * 1024,
    URGENT_SPANS = 4,    /* of one stream whose copies wait */
    URGENT_FLIGHTS = 16, /* of copies under way */
    ANSWER_LIMIT = 4096, /* early copies acknowledged in one turn */
    SUPERSEDED_LIMIT = 4,
    ADDRESS_BYTES = 64,
    IN_LIMIT = LIMIT_STREAMS + 2, /* channels, `up` and vault pulled back */
    OUT_LIMIT = LIMIT_STREAMS + 2 /* the same, lent */
};

/* One direction pair of byte counts of a lane. Counted are BATCH frames on bulk
 * and EARLY frames on express, from the hello; on bulk from its BULK_OPEN,
 * because what was under way on a lost line is never handled. */
struct lane_count {
    uint64_t window; /* how far ahead of `handled` we let the peer send */
    uint64_t handled, granted;
    uint64_t peer_window; /* the peer's first grant */
    uint64_t sent, credit;
    uint64_t wide; /* how far ahead we may send, as the last grant told */
};

struct flight { /* a batch that left and is not acknowledged */
    uint64_t last;
    struct pace_ticket ticket;
};

struct counted_flight { /* that a count of handled bytes answers for */
    uint64_t end;       /* of all bytes of its lane */
    struct pace_ticket ticket;
};

struct span { /* of positions, both ends in it */
    uint64_t low, high;
};

struct outgoing {
    struct stream_name name;
    bool refused; /* the peer does not take it; not before another hello */
    bool loan;    /* hub: the node's own stream, being pulled back */
    bool vault;   /* objects, not changes */
    uint64_t head;
    uint64_t acked; /* durable with the peer */
    uint64_t sent;
    uint64_t high;      /* the furthest ever sent in this conversation */
    uint64_t from;      /* of the PUSH whose outcome is awaited; 0: none */
    uint64_t announced; /* the head the peer knows of */
    int64_t push_ms;    /* no PUSH before */
    int64_t progress_ms;
    struct flight *flights; /* ring of FLIGHT_LIMIT, NULL while empty */
    size_t flight_first, flight_count;
    /* copies, see session_urgent.c */
    uint64_t cursor; /* the next seq to look at for what goes first .. */
    bool first_due;
    struct span rest[URGENT_SPANS]; /* .. where the rest waits, the newest at */
    size_t rest_count;              /* the end */
    int64_t expedite_ms;
};

struct incoming {
    struct stream_name name;
    bool staged; /* node: `up`, taken back from the hub */
    bool vault;  /* objects; `reached` is the last position of what came last */
    uint64_t reached;
    uint64_t expected;
    uint64_t known_head;   /* what the peer says it has */
    bool said;             /* told about a gap; silent until progress */
    enum nak_code refused; /* told why it does not fit, and told again: until
                            * hello; NAK_NONE: it is taken */
    bool ack_due;
};

struct early_answer {
    struct early_ref ref;
    uint32_t code;
};

struct machine {
    struct id instance;
    char address[ADDRESS_BYTES];
};

enum bulk_state { BULK_NONE, BULK_DIALLING, BULK_OPEN };
enum storing { STORING_NOTHING, STORING_BATCH, STORING_EARLY, STORING_VAULT };

struct sync_session {
    struct sync_config config;
    struct stream_name up, vault, media_stream;
    enum sync_state state;
    struct id session;   /* names this conversation */
    uint32_t minor;      /* what both sides of it speak */
    uint32_t dictionary; /* that both have; 0: none */
    int64_t again_ms;    /* greet again then; 0: no need */
    int64_t forgive_ms;  /* until then a fork is waited out, not greeted away;
                          * survives LOST */

    struct lane_count lanes[LANE_COUNT];
    uint64_t bulk_window; /* what we let the peer send; survives LOST */
    enum bulk_state bulk;
    int64_t bulk_ms;     /* of the last frame on bulk */
    int64_t heard_ms;    /* of the last that came on it */
    struct pace pace;    /* what we send on bulk; survives LOST */
    struct pace_now now; /* of the last event */
    int64_t greeted_ms;  /* node: of the only HELLO, hub: of the WELCOME that
                          * waits for an answer; 0: none */
    struct outgoing out[OUT_LIMIT];
    size_t out_count;
    struct incoming in[IN_LIMIT];
    size_t in_count;

    enum storing storing; /* whose outcome is awaited */
    struct incoming *storing_in;
    struct early_ref storing_ref;
    struct early_answer *answers; /* to be given at COMMITTED */
    size_t answer_count, answer_room;
    uint64_t wanted; /* early copies asked for, not yet handed back */

    struct { /* DRAINING, both sides; of one conversation */
        /* node: own changes before `cursor` are named, from `from` on in the
         * list that is under way */
        uint64_t cursor, from;
        bool listing;    /* the outcome of LIST_OWN is awaited */
        bool awaiting;   /* the answer to the list is */
        uint64_t wanted; /* asked for and not acknowledged */
        uint64_t refused, said_left;
        int64_t progress_ms;
        int64_t start_ms; /* not before */
        /* hub */
        bool claimed, done; /* it says so; we said so */
        uint64_t head;      /* of its stream, as it said */
        uint64_t back;      /* of ours, asked for and not handed back */
        int64_t check_ms;
    } drain;

    struct { /* objects that are missing here; of one conversation */
        uint64_t cursor, next; /* where to look; .. when nothing comes of it */
        bool listing;          /* the outcome of WANT_VAULT is awaited */
        bool more;             /* there is something behind `next` */
        uint64_t left, came; /* missing, as far as it was looked; came since */
        /* hub */
        bool awaiting;       /* an answer */
        bool passed;         /* to the head: of a machine that is drained */
        bool due;            /* not to the end yet: of one that is not */
        int64_t progress_ms; /* of the question */
        int64_t ask_ms, wait_ms;
        unsigned tells; /* that objects came which the node may lack */
        int64_t tell_ms;
        /* node */
        bool asking;    /* a pass is under way: bulk is needed */
        uint64_t asked; /* times */
    } lack;

    struct {                            /* copies under way */
        struct counted_flight *flights; /* ring of URGENT_FLIGHTS, or NULL */
        size_t first, count;
        int64_t progress_ms;
        enum sync_urgent order;  /* of the EXPEDITE whose outcome is awaited; */
        struct stream_name name; /* URGENT_ALL: none is */
        uint64_t from;
        bool stale; /* its stream was set anew meanwhile */
        /* node: copies up to `held` wait for the hub's list, until then */
        uint64_t held;
        int64_t hold_ms;
    } urgent;

    struct { /* pieces of a file that the peer asked for */
        struct hash name;
        uint32_t first, next, left;
        bool giving; /* the outcome of GIVE_MEDIA is awaited */
        int64_t due_ms;
        bool tells; /* the peer says what it has handled: what is under way is
                     * known */
        struct counted_flight *flights; /* LIMIT_MEDIA_WANT, or NULL */
        size_t flight_count;
        int64_t progress_ms;
        bool came; /* pieces did, in this turn */
    } media;

    struct { /* hub: what the node asked to have back, see session_want.c */
        struct early_ref *refs; /* owned; NULL: nothing */
        size_t count;
        uint64_t until; /* `sent` of express when the last of it left */
        int64_t progress_ms, due_ms;
        bool giving; /* the outcome of HAND_BACK is awaited */
    } back;

    struct { /* the last VAULT_WANT that the rate had no room for */
        struct early_ref *refs; /* owned; NULL: none */
        size_t count;
    } give;

    struct {                         /* node */
        struct stream_claim *claims; /* of the hello; NULL after welcome */
        size_t claim_count;
        uint64_t certificate;
        uint64_t acked; /* highest ever acknowledged of `up` */
        uint64_t head;  /* of `up` */
        struct backlog backlog;
        bool rotating;
        int64_t hello_ms;
        struct backlog said_backlog; /* in the last status */
        uint64_t said_head;
        int64_t status_ms;
        bool status_due;
        uint64_t target;   /* rebasing: the hub's head */
        bool finishing;    /* REBASE_FINISH is out */
        bool rewinding;    /* people were told of it in this conversation .. */
        bool rewound_told; /* .. and it is on the disk; survives LOST */
        int64_t pull_ms;   /* ask again */
        bool bulk_asked;   /* single objects are to come or go: dial */
        bool vault_again, vault_pull; /* as in struct sync_local */
        uint64_t vault_from, vault_pulled;
        uint64_t vaulted;      /* at the hub, as the welcome said */
        uint64_t vault_known;  /* .. as our host believes */
        int64_t vault_pull_ms; /* ask again */
        bool lack;             /* objects may be missing, and at the hub */
        int64_t lack_ms, lack_wait_ms; /* ask then; survive LOST */
    } node;

    struct {           /* hub */
        struct id met; /* instance last greeted; survives LOST */
        struct machine present;
        struct sync_route route[LANE_COUNT];
        struct machine superseded[SUPERSEDED_LIMIT]; /* survives LOST */
        size_t superseded_count;                     /* ever; a ring */
        int64_t takeover_ms;
        struct id challenged, nonce; /* one outstanding challenge */
        int64_t challenge_ms;
        bool was_acked;    /* the machine has been acknowledged before: it is no
                            * new one, what it lacks it has lost */
        bool rewinding;    /* people were told of its pulls .. */
        struct id rewound; /* .. of this instance, which lacks some still;
                            * survives LOST */
        int64_t pulled_ms, bye_ms; /* of the last; survive LOST */
        int64_t vault_lent_ms;     /* as well */
        int64_t drain_ms;          /* so does this */
        struct id lack_asked;      /* instance asked for all that is lacking; it
                                    * survives LOST as well */
        bool list_greets;          /* of a greeting: all of them, once */
        bool list_due, list_all;   /* early arrivals are to be named again */
        int64_t list_ms;
    } hub;

    void **memory; /* of messages, see session.h */
    size_t memory_count, memory_room;
};

/* One call of sync_session_step. */
struct session_step {
    struct sync_session *s;
    const struct sync_event *event;
    struct sync_actions *out;
};

/* ---- session_say.c */

/* Appends an action of this type, the rest zero. */
struct sync_action *session_act(struct session_step *at,
                                enum sync_action_type type);
struct sync_action *session_act_on(struct session_step *at,
                                   enum sync_action_type type,
                                   const struct stream_name *name,
                                   uint64_t seq);
/* Appends a SEND to the present peer; the message is the caller's to fill. */
struct sync_message *session_say(struct session_step *at,
                                 enum message_type type, enum lane lane);
struct sync_message *session_say_to(struct session_step *at,
                                    enum message_type type, enum lane lane,
                                    const struct sync_route *route);
void session_bye(struct session_step *at, enum bye_code code, enum lane lane,
                 const struct sync_route *route, const char *text);
struct sync_action *session_alarm(struct session_step *at,
                                  enum sync_alarm alarm, uint64_t seq,
                                  const char *text);
/* Zeroed memory as long as a message lives. */
void *session_memory(struct sync_session *s, size_t count, size_t bytes);
void session_forget(struct sync_session *s);
void session_text(char out[LIMIT_TEXT], const char *text);

/* ---- session.c */

void session_move(struct sync_session *s, enum sync_state to);
/* Back to CLOSED with nothing of the conversation left. Closes bulk (node). */
void session_close(struct session_step *at);
/* Node: closes and dials again. */
void session_drop(struct session_step *at);
/* The peer broke the rules: alarm, answer, CLOSED; returns ERR_REFUSED. */
int session_refuse(struct session_step *at, const char *text);
/* Starts again: node by dialling, hub by telling the peer to. */
void session_restart(struct session_step *at, const char *text);
struct outgoing *session_out_find(struct sync_session *s,
                                  const struct stream_name *name);
struct incoming *session_in_find(struct sync_session *s,
                                 const struct stream_name *name);
/* A bulk line that begins or ends: what was under way is to be sent again. */
void session_bulk_reset(struct sync_session *s, enum bulk_state state);
/* Counts of a lane from nothing, with both sides' first grants. */
void session_lane_open(struct sync_session *s, enum lane lane, bool keep_sent);

/* The peer lets us send up to `credit` in all; less than before is ignored. */
void session_granted(struct sync_session *s, enum lane lane, uint64_t credit);

/* ---- session_hello.c */

void session_opened(struct session_step *at);
void session_say_hello(struct session_step *at, const struct id *nonce);
int session_hello(struct session_step *at);     /* hub */
int session_challenge(struct session_step *at); /* node */
int session_welcome(struct session_step *at);   /* node */
int session_early_list(struct session_step *at);
/* The highest minor both speak; false when there is none, and then `text` says
 * what to do. */
bool session_minor(const struct msg_hello *hello, uint32_t oldest,
                   uint32_t newest, uint32_t *out, char text[LIMIT_TEXT]);

struct stream_lookup session_lookup(const struct sync_session *s);
/* Hub: what a hello starts anew, in this state. */
void session_begin(struct session_step *at, enum sync_state state);
/* Hub: where a channel of ours goes on at the node; true: it holds what our
 * copy lacks. */
bool session_resume(struct session_step *at, const struct stream_claim *ours,
                    uint64_t *position);
/* Node: what a welcome and a drain say of streams. */
bool session_welcome_valid(struct sync_session *s,
                           const struct msg_welcome *welcome);
void session_detach(struct session_step *at, const struct msg_welcome *welcome);
void session_forget_claims(struct sync_session *s);

/* ---- session_pack.c */

void session_say_dictionaries(const struct sync_session *s,
                              uint32_t out[LIMIT_DICTIONARIES], size_t *count);
/* What the peer says it has: the first of ours that is among them is used. */
void session_take_dictionaries(struct sync_session *s, const uint32_t *ids,
                               size_t count);

/* ---- session_drain.c */

void session_drain_hello(struct session_step *at, uint32_t minor); /* hub */
void session_drain_status(struct session_step *at);                /* hub */
int session_drain(struct session_step *at);                        /* node */
int session_drained(struct session_step *at);                      /* node */
void session_drain_wanted(struct session_step *at);                /* node */
void session_drain_acked(struct session_step *at);                 /* node */
void session_drain_listed(struct session_step *at);                /* node */
void session_drain_pump(struct session_step *at);
int64_t session_drain_deadline(const struct sync_session *s);

/* ---- session_lack.c */

/* Hub: has the machine that is drained given what it has of what is missing?
 * Asks it when not. */
bool session_lack_passed(struct session_step *at);
void session_lack_again(struct sync_session *s); /* it has written since */
int session_lack_answer(struct session_step *at);
/* Hub: a machine is welcomed; it may have what another one passed over. */
void session_lack_greet(struct session_step *at);
/* Hub: what was to come on another bulk line, or on none, is asked for again.
 */
void session_lack_bulk(struct session_step *at);
/* Hub: it has none of them. */
void session_lack_none(struct session_step *at);
/* Hub: another machine of the unit has handed objects over. */
void session_lack_came(struct session_step *at);
void session_lack_opened(struct session_step *at); /* node: the bulk line */
void session_lack_heard(struct sync_session *s);   /* it asks for its own */
/* Node: changes came whose objects may come later. */
void session_lack_noticed(struct session_step *at);
void session_lack_live(struct session_step *at);
void session_lack_pump(struct session_step *at);
int64_t session_lack_deadline(const struct sync_session *s);
/* Both: outcomes of WANT_VAULT, and of STORE_VAULT of single objects. */
void session_lack_asked(struct session_step *at);
void session_lack_stored(struct session_step *at);

/* ---- session_media.c */

int session_media_want(struct session_step *at);
int session_media(struct session_step *at);
/* The peer has handled so many bytes of bulk. */
void session_media_handled(struct session_step *at, uint64_t handled);
void session_media_forget(struct sync_session *s);
void session_media_rewind(struct sync_session *s);
bool session_media_waits(const struct sync_session *s);
void session_media_pump(struct session_step *at);
void session_media_sent(struct session_step *at);
int64_t session_media_deadline(const struct sync_session *s);

/* ---- session_push.c */

struct outgoing *session_out_set(struct sync_session *s,
                                 const struct stream_name *name, uint64_t head,
                                 uint64_t position);
void session_out_forget(struct sync_session *s, struct outgoing *out);
/* Everything not acknowledged is to be sent again. */
void session_out_rewind(struct sync_session *s, struct outgoing *out);
/* Hub: the node goes on by itself; what was lent of its stream is done with.
 * With `vault` what was lent of its objects, too. */
void session_loan_end(struct sync_session *s, bool vault);
/* .. it holds all of that: lacks it some once more, people are told once more.
 */
void session_rewind_over(struct sync_session *s);
int session_ack(struct session_step *at);
int session_nak(struct session_step *at);
int session_pull(struct session_step *at);
void session_sent(struct session_step *at);
/* Whatever may be sent now: announcements, urgent copies, batches. */
/* Hub: tells of channels the node cannot be pushed yet. */
void session_announce(struct session_step *at);
void session_pump(struct session_step *at);
/* When session_pump has something to do by itself. */
int64_t session_push_deadline(const struct sync_session *s);

/* ---- session_urgent.c */

/* All of it behind what is acknowledged waits. */
void session_urgent_begin(struct sync_session *s, struct outgoing *out);
/* It has grown to `head`, and some of that is urgent. Before out->head is. */
void session_urgent_grew(struct session_step *at, struct outgoing *out,
                         uint64_t head);
bool session_urgent_waits(const struct sync_session *s);
/* Node: the hub is going to name those that it holds; they need not go again.
 * A list came. */
void session_urgent_hold(struct session_step *at);
void session_urgent_listed(struct session_step *at);
void session_urgent_pump(struct session_step *at);
/* Something left on express: counted when it was copies. */
void session_urgent_sent(struct session_step *at);
/* The grant of express has grown. */
void session_urgent_answered(struct session_step *at);
void session_urgent_forget(struct sync_session *s);
int64_t session_urgent_deadline(const struct sync_session *s);

/* ---- session_pace.c */

/* Something of this class is to be sent: what is of a later one waits. */
bool session_waits(const struct sync_session *s, enum pace_class class);
/* Bytes of this class that may leave on bulk now in one frame; 0: none, for the
 * line is closed or full, it is not the hour, or what goes before it waits.
 * Credit is another matter (credit_left). */
uint64_t session_room(const struct sync_session *s, enum pace_class class);
/* When there may be some without another event; INT64_MAX: never. */
int64_t session_room_ms(const struct sync_session *s, enum pace_class class);
/* It is the hour for bulk; if not, when (monotonic ms). */
bool session_bulk_hour(const struct sync_session *s);
int64_t session_bulk_hour_ms(const struct sync_session *s);
/* A greeting was said, or answered. */
void session_greeting_said(struct session_step *at);
void session_greeting_heard(struct session_step *at);

/* ---- session_want.c */

void session_ask(struct session_step *at);
int session_want(struct session_step *at);
void session_back_forget(struct sync_session *s);
void session_back_pump(struct session_step *at);
void session_back_sent(struct session_step *at);
bool session_back_waits(const struct sync_session *s);
int64_t session_back_deadline(const struct sync_session *s);

/* ---- session_receive.c */

struct incoming *session_in_set(struct sync_session *s,
                                const struct stream_name *name,
                                uint64_t expected);
int session_batch(struct session_step *at);
/* Counts the frame; false when the peer went more than one frame beyond what it
 * was granted. */
bool session_handle(struct session_step *at);
/* A stream that is not the peer's: told, with an alarm; ERR_REFUSED. */
int session_foreign(struct session_step *at, const struct stream_name *name);
void session_say_gap(struct session_step *at, struct incoming *in);
/* Of a stream that was refused more comes: the answer may have been lost. */
void session_say_refused(struct session_step *at, const struct incoming *in);
/* The host refused what came of it with the event's code. */
void session_in_refused(struct session_step *at, struct incoming *in);
int session_early(struct session_step *at);
void session_stored(struct session_step *at);
void session_committed(struct session_step *at);
/* Node, rebasing: the hub's copy is asked for when it is time, and when that
 * is; INT64_MAX: never. */
void session_pull_tick(struct session_step *at);
int64_t session_pull_ms(const struct sync_session *s);
/* The host has taken the staged copy: back to live. */
void session_rebased(struct session_step *at);

/* ---- session_vault.c */

/* Both sides have one and speak of it. */
bool session_has_vault(const struct sync_session *s);
/* Hub, at a hello: ready to take; what the welcome says. */
uint64_t session_vault_greet(struct session_step *at);
/* Node, live: the objects follow `up`, which the hub holds to `acked`, and what
 * is to be fetched is asked for. */
void session_vault_live(struct session_step *at, uint64_t acked);
/* Node: what came after `after` is to be fetched. */
void session_vault_missed(struct sync_session *s, uint64_t after);
void session_vault_tick(struct session_step *at);
/* Node: the hub holds `up` to here. */
void session_vault_acked(struct session_step *at, uint64_t up);
/* Node: objects are to be sent again; a new hello says from where. */
void session_vault_again(struct session_step *at);
int session_vault_pull(struct session_step *at);
/* What was asked for and waits for the rate: leaves; when; is not any more. */
void session_vault_pump(struct session_step *at);
int64_t session_vault_give_ms(const struct sync_session *s);
void session_vault_forget(struct sync_session *s);
/* Single objects left. */
void session_vault_given(struct session_step *at);
/* True when the NAK answered our pull of the vault. */
bool session_vault_nak(struct session_step *at);
int session_vault(struct session_step *at);
void session_vault_stored(struct session_step *at, struct incoming *in);
int session_vault_want(struct session_step *at);

#endif
