/* tests/sim/model_world.h - what the model of the rules consists of.
 *
 * The model knows nothing of the programs: hashes are 64-bit mixes, a disk is
 * a struct, a socket is a short queue. All of one schedule lives in one struct
 * world and follows from its seed.
 */
#ifndef LIENXA_TESTS_SIM_MODEL_WORLD_H
#define LIENXA_TESTS_SIM_MODEL_WORLD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    MAX_UNITS = 3,
    HUB = MAX_UNITS, /* the district, as a home */
    HOMES,
    MAX_PARTIES = 9, /* party 0 is the hub */
    MAX_CHANGES = 256,
    ROOM_FOR_WRITES = 110, /* the rest is for what the rules themselves write */
    MAX_SEQ = 200,
    STREAMS = 2 * MAX_UNITS + 1,
    MAX_QUEUE = 24,
    MAX_SAMPLES = 16,
    MAX_SNAPSHOTS = 2,
    MAX_BUNDLES = 3,
    MAX_OUTBOX = 32,
    WORDS = MAX_CHANGES / 64
};

/* Changes or records by number. */
struct set {
    uint64_t word[WORDS];
};

enum kind { REPORT, ORDER, OFFER, ANSWER, CLOSING, INCARNATION };
enum channel { UP, UNIT, ALL, CHANNELS };
enum { STATUSES = 4, RETURNED = 0, ACCEPTED = 1 };
enum { BY_FINDING, BY_RESTORE, BY_FOREIGN }; /* why an incarnation opened */

struct record {
    int home;
    enum kind kind;
    uint64_t id;
};

/* One version of one record; its number in world.change stands for its bytes,
 * which never change. What a machine has of it is in struct disk. */
struct change {
    int home;
    int record;
    int version;
    enum channel channel;
    int stream; /* index into disk.stream */
    enum kind kind;
    uint64_t digest;
    bool body;
    bool vault;
    bool expedited;
    bool tombstone;
    bool forged; /* not written by its home: no proof will hold */
    bool poison; /* refused by a program before its upgrade */
    int status;  /* REPORT: for figures; ANSWER: RETURNED or ACCEPTED */
    int about;   /* OFFER: the report; ANSWER: the offer */
    int report;  /* ANSWER: the report that it continues */
    int at;      /* CLOSING: the head it names; INCARNATION: its epoch */
    int count;   /* CLOSING: reports up to there; INCARNATION: why opened */
    uint64_t at_hash;
};

/* hash[n] is h(n); change[0] is unused. */
struct stream {
    int n;
    int16_t change[MAX_SEQ + 1];
    uint64_t hash[MAX_SEQ + 1];
};

/* What is durable. A change is held once: in its stream or as an early one. */
struct disk {
    struct stream stream[STREAMS];
    struct set streamed;
    struct set early;
    struct set body;        /* has its body */
    struct set object;      /* has its vault object */
    struct set stub;        /* of a record whose tombstone is held */
    struct set quarantined; /* held, not applied */
    struct set proved;      /* signed by itself */
    struct set refused; /* was handed back without proof: not wanted again */
    int16_t state[MAX_CHANGES];     /* by record: the change, or -1 */
    int16_t tombstone[MAX_CHANGES]; /* by record: the change, or -1 */
    int16_t figures[MAX_UNITS][STATUSES];
    int16_t reports[MAX_UNITS];
    int16_t seen[STREAMS]; /* node: first seen of the newest epoch, or -1 */
    int16_t certificate[MAX_UNITS]; /* hub: the highest that was shown */
    bool retiring;                  /* node: has been told so */
};

enum phase { OFFLINE, GREETING, REBASING, LIVE, DRAINING };

/* One end of a conversation; volatile. */
struct link {
    enum phase phase;
    int nonce;
    int sent[CHANNELS];
    int acked[CHANNELS];
    struct set told; /* early arrivals named to the peer */
    struct set want; /* early arrivals of the peer which we lack */
    bool want_sent;
    struct set give;    /* early arrivals of ours which the peer wants */
    struct set express; /* to be expedited and not acknowledged */
    struct set express_sent;
    struct set asked;  /* vault objects we asked for */
    struct set object; /* vault objects the peer asked for */
    struct set object_sent;
    int pull; /* hub: next position to give back to a rebasing node, or 0 */
    int base; /* node: the rebase keeps its stream up to here */
    int goal; /* node: the hub's head */
    uint64_t goal_hash;
    int staged;
    int16_t stage[MAX_SEQ + 1];
    struct set stage_body;
    int16_t stage_tombstone[MAX_SEQ + 1];
    struct set peer_early; /* what the peer named at hello */
    bool returning;        /* draining: has hub changes to hand back */
    struct set named;      /* draining: early arrivals in its hello */
    int losses;            /* world.losses at the hello */
};

struct party {
    bool used;
    int unit;        /* or HUB */
    int certificate; /* node */
    int level;       /* program version: 1 no longer refuses poison */
    struct disk disk;
    int snapshots;
    struct link link[MAX_PARTIES];
    bool superseded; /* node: another instance took its place */
    struct set held; /* as of the last check */
    struct set objects;
};

struct sample {
    int seq;
    uint64_t hash;
};

struct head {
    int n;
    int samples;
    struct sample at[MAX_SAMPLES]; /* at[0] is the head itself */
};

enum type {
    HELLO,
    WELCOME,
    RESET,
    BEAT, /* a heartbeat; answered only if the session is not the present one */
    EARLY, /* early arrivals held outside any stream */
    WANT,
    GIVE,
    PUSH,
    ACK,
    EXPRESS,
    EXPRESS_ACK,
    PULL,
    STAGE,
    LACK, /* vault objects that are missing */
    OBJECT,
    OBJECT_ACK
};

struct message {
    enum type type;
    int from;
    int to;
    int nonce;   /* of the session; of the hello for HELLO and WELCOME */
    int session; /* WELCOME */
    enum channel channel;
    int seq;
    uint64_t hash;
    int change;
    int tombstone; /* that made a stub of the change, or -1 */
    bool body;
    bool proved;
    bool streamed; /* EXPRESS_ACK: the change is in its stream */
    bool object;   /* EXPRESS_ACK: and its vault object is held */
    bool retiring;
    int certificate;
    int seen[CHANNELS]; /* HELLO: first seen of the newest epoch, or -1 */
    struct set set;
    struct set want; /* WELCOME */
    struct set lack;
    int detach[CHANNELS]; /* WELCOME: common position, or -1 */
    struct head head[CHANNELS];
};

enum { EXPRESS_SOCKET, BULK_SOCKET, SOCKETS };

struct queue {
    int n;
    struct message *slot[MAX_QUEUE];
};

struct bundle {
    bool used;
    bool tampered;
    int unit;
    int stream;
    int from;
    int to;
    uint64_t before;
    uint64_t after;
    int16_t change[MAX_SEQ + 1];
    int16_t tombstone[MAX_SEQ + 1];
    struct set body;
    struct set proved;
};

enum count {
    N_WRITE,
    N_EXPRESS,
    N_ERASURE,
    N_OFFER,
    N_ACCEPTANCE,
    N_RETURN,
    N_CLOSING,
    N_CLOSING_AGAIN,
    N_HELLO,
    N_RESUME,
    N_REBASE,
    N_REAPPENDED,
    N_WRITE_REBASING,
    N_DETACH,
    N_HANDED_BACK,
    N_INCARNATION,
    N_CONFLICT,
    N_QUARANTINE,
    N_QUARANTINED_TOMBSTONE,
    N_UPGRADE,
    N_LOST,
    N_REPEATED,
    N_LATE,
    N_CUT,
    N_CRASH,
    N_DISK_FULL,
    N_HUB_RESTORE,
    N_HUB_REWIND,
    N_NODE_REWIND,
    N_REPLACED,
    N_CLONE,
    N_CLONE_ALARM,
    N_NAMED,
    N_DRAINED,
    N_BUNDLE,
    N_BUNDLE_DOWN,
    N_BUNDLE_REFUSED,
    N_OBJECT,
    N_OBJECT_LATE,
    N_STUB,
    N_FORGED,
    N_GONE,
    COUNTS
};

/* A rule left out, to see that the model notices. */
enum rule {
    NO_BREAK,
    ACK_BEFORE_COMMIT,
    LOWER_VERSION_COUNTS,
    BODY_ABOVE_TOMBSTONE,
    EARLY_FORGOTTEN,
    NO_REBASE,
    REBASE_DROPS_OWN,
    DETACH_DROPS,
    FORGED_ADOPTED,
    SECOND_ACCEPTANCE,
    ANSWER_PER_OFFER,
    QUARANTINED_ANSWER,
    QUARANTINE_STOPS,
    QUARANTINED_TOMBSTONE,
    CLOSING_STANDS,
    NO_EARLY_LISTS,
    EARLY_AT_HELLO_ONLY,
    STUB_ALONE,
    CONFLICT_FIRST_WINS,
    INCARNATION_PER_NODE,
    SAMPLES_ONLY,
    EPOCH_OF_OWN,
    LATE_OBJECT_KEPT,
    DRAINED_WHEN_ACKED,
    BUNDLE_GAP,
    TWICE_IN_STREAM,
    HUB_SIGNS_URGENT_ONLY,
    TOMBSTONE_UNSIGNED,
    INCARNATION_HANDED_BACK,
    NO_BEAT,
    RETRY_ONCE,
    REFUSAL_FORGOTTEN,
    IMPORT_KEEPS_SESSION,
    DRAINED_UNNAMED,
    SESSION_OF_NODE,
    EPOCH_FORGOTTEN,
    RULES
};

struct world {
    uint64_t seed;
    uint64_t random;
    enum rule broken;
    bool verbose;
    bool weather; /* false while healing */
    int units;
    bool storm;   /* faults come thick */
    int hub_odds; /* one write in so many is the district's */
    int changes;
    int records;
    struct change change[MAX_CHANGES];
    struct record record[MAX_CHANGES];
    struct set home[HOMES]; /* changes by home */
    struct set vault;       /* changes with a vault part */
    struct set bodied;
    struct set forged;
    struct set loose; /* changes that may go: incarnations, forged ones */
    struct party party[MAX_PARTIES];
    struct queue queue[MAX_PARTIES][2][SOCKETS]; /* [node][0 up, 1 down] */
    struct bundle bundle[MAX_BUNDLES];
    int certificates[MAX_UNITS];
    int nonces;
    bool allowed[COUNTS]; /* which faults this schedule knows */
    int losses;           /* restores and losses of machines so far */
    int silent_rewinds;
    int clones;
    /* one turn */
    bool failing;
    int outbox;
    struct message out[MAX_OUTBOX];
    /* result */
    int steps;
    long counts[COUNTS];
    bool violated;
    char violation[200];
};

extern const char *const world_count_name[COUNTS];
extern const char *const world_rule_name[RULES];

void set_add(struct set *set, int member);
void set_drop(struct set *set, int member);
bool set_has(const struct set *set, int member);
bool set_empty(const struct set *set);
int set_next(const struct set *set, int from); /* -1: no more */
struct set set_and(const struct set *a, const struct set *b);
struct set set_or(const struct set *a, const struct set *b);
struct set set_minus(const struct set *a, const struct set *b);

uint64_t world_mix(uint64_t a, uint64_t b);
int world_below(struct world *world, int limit); /* 0 .. limit - 1 */
bool world_one_in(struct world *world, int odds);

/* Empties `world` for one schedule. Buffers that live as long as the program
 * are made at the first call. */
void world_begin(struct world *world, uint64_t seed);

/* The record with this identity, made if it is new; -1 when there is no room.*/
int world_record(struct world *world, int home, enum kind kind, uint64_t id);

/* Gives `change` a digest and a number; -1 when there is no room. */
int world_change(struct world *world, struct change change);

int world_stream_index(enum channel channel, int unit);
struct party *world_hub(struct world *world);

/* Snapshots and the copy a turn rolls back to. */
struct disk *world_snapshot(struct world *world, int party, int slot);
struct disk *world_rollback(struct world *world);

void world_count(struct world *world, enum count what);
bool world_breaks(const struct world *world, enum rule rule);
void world_trace(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Remembers the first violation; the schedule ends at its next step. */
void world_violate(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
