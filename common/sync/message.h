/* common/sync/message.h - what two sides say to each other (PROTOCOL 6).
 *
 * Plain structs; wire/codec.h turns them into bytes and back. Pointers are
 * borrowed: from the frame while decoding, from the maker while encoding.
 */
#ifndef LIENXA_SYNC_MESSAGE_H
#define LIENXA_SYNC_MESSAGE_H

#include "common/sync/stream.h"

/* PROTOCOL 13. Nothing of a later minor is said to a peer whose minor is lower:
 * sync_session_minor. */
enum { PROTOCOL_MAJOR = 1, PROTOCOL_MINOR = 5, PROTOCOL_MINOR_OLDEST = 0 };

enum message_type {
    MSG_HELLO = 1,
    MSG_CHALLENGE = 2,
    MSG_WELCOME = 3,
    MSG_EARLY_LIST = 4,
    MSG_WANT = 5,
    MSG_EARLY = 6,
    MSG_EARLY_ACK = 7,
    MSG_BATCH = 8,
    MSG_ACK = 9,
    MSG_NAK = 10,
    MSG_CREDIT = 11,
    MSG_PULL = 12,
    MSG_BULK_OPEN = 13,
    MSG_STATUS = 14,
    MSG_BEACON = 15,
    MSG_ANNOUNCE = 16,
    MSG_BYE = 17,
    MSG_ENROL = 18,
    MSG_ENROLLED = 19,
    MSG_REFUSED = 20,
    MSG_DRAIN = 21,      /* from minor 1 on, to DRAINED */
    MSG_DRAINED = 22,    /* as well */
    MSG_VAULT = 23,      /* from minor 2 on */
    MSG_VAULT_WANT = 24, /* as well */
    MSG_REFUSALS = 25,   /* from minor 1 on, to ROTATED */
    MSG_ROTATE = 26,
    MSG_ROTATED = 27,
    MSG_MEDIA_WANT = 28,   /* from minor 3 on */
    MSG_MEDIA = 29,        /* as well */
    MSG_MEDIA_LACKS = 30,  /* from minor 4 on, in bundles only */
    MSG_MEDIA_CARRIED = 31 /* as well */
    /* 32, PACK, from minor 4 on: a codec makes it of BATCH and EARLY, and gives
     * them back (struct packing) */
};

enum lane { LANE_EXPRESS, LANE_BULK, LANE_COUNT };

struct signed_bytes { /* PROTOCOL 2.3 */
    struct bytes body;
    uint8_t key_id[CHANGE_KEY_ID_BYTES];
    uint8_t signature[CHANGE_SIGNATURE_BYTES];
};

/* How BATCH and EARLY may travel to this peer (PROTOCOL 7.13). */
struct packing {
    bool packed;         /* else as they are */
    uint32_t dictionary; /* it has this one; 0: none */
    bool short_head; /* it holds all of the stream that stands before a batch */
};

/* The content of a signed head. */
struct head {
    struct stream_name name;
    struct stream_position at;
    int64_t clock_ms;
};

struct early_ref { /* names one change exactly */
    char home[LIMIT_HOME];
    struct id record;
    uint64_t version;
    struct hash digest;
};

struct backlog {
    uint64_t records, bytes;
    int64_t oldest_ms; /* wall clock of the oldest unacknowledged, 0 none */
};

struct msg_hello { /* node -> hub, express */
    uint32_t minor_min, minor_max;
    char unit[LIMIT_HOME];
    uint64_t certificate; /* its number */
    struct id instance;   /* random per process start */
    struct id nonce;      /* echo of a challenge, else zero */
    int64_t clock_ms;
    char software[LIMIT_TEXT];
    uint64_t acked; /* highest position of `up` ever acknowledged */
    uint64_t credit[LANE_COUNT]; /* byte counts the hub may send */
    struct backlog backlog;
    size_t claim_count;
    const struct stream_claim *claims; /* up, then copies of hub channels */
    size_t dictionary_count;           /* that the hub may use */
    uint32_t dictionaries[LIMIT_DICTIONARIES];
};

struct msg_challenge {
    struct id nonce;
};

struct msg_welcome { /* hub -> node, express */
    uint32_t minor;
    struct id session;
    struct id instance; /* of the hub's process */
    int64_t clock_ms;
    uint64_t credit[LANE_COUNT];
    struct stream_claim up; /* the hub's copy of the node's stream */
    size_t channel_count;   /* the hub's channels for this node */
    struct channel_state {
        struct stream_name name;
        uint64_t head;
        uint64_t resume; /* the hub pushes from resume + 1; what the node holds
                          * after it is not in the hub's copy */
    } channels[LIMIT_STREAMS];
    uint64_t vaulted;        /* the hub holds the objects of `up` to here */
    size_t dictionary_count; /* that the node may use */
    uint32_t dictionaries[LIMIT_DICTIONARIES];
};

struct msg_early_list { /* early arrivals held outside any stream */
    bool last;
    size_t count;
    const struct early_ref *refs;
};

struct msg_want {
    size_t count;
    const struct early_ref *refs;
};

struct msg_early {
    struct change change; /* signed */
    bool handed_back;     /* answer to a want */
};

struct msg_early_ack {
    struct early_ref ref;
    bool stored;     /* false: refused, see code; do not send again */
    uint32_t code;   /* enum nak_code */
    uint64_t credit; /* express */
};

/* What is left of a head whose name, seq and h the receiver knows by himself.
 */
enum { SHORT_HEAD_CHECK = 4 };
struct short_head {
    int64_t clock_ms;
    uint8_t check[SHORT_HEAD_CHECK]; /* h begins so */
};

struct msg_batch {
    struct stream_name name;
    uint64_t first; /* seq of changes[0] */
    size_t count;
    const struct change *changes;
    struct signed_bytes head;    /* at first + count - 1; without a body: */
    struct short_head shortened; /* peer/receiver.h makes it whole */
};

struct msg_ack { /* bulk, cumulative, after COMMIT */
    struct stream_name name;
    uint64_t seq;
    uint64_t credit; /* bulk */
};

enum nak_code {
    NAK_NONE = 0,
    NAK_GAP = 1,   /* send from `expected` */
    NAK_FORK = 2,  /* h or signature does not fit: say hello again */
    NAK_LATER = 3, /* not before `wait_ms` */
    NAK_UNSUPPORTED = 4,
    NAK_MALFORMED = 5,
    NAK_FOREIGN = 6, /* not your home, not your stream */
    NAK_SIGNATURE = 7
};

struct msg_nak {
    struct stream_name name;
    uint64_t expected;
    uint32_t code;
    uint32_t wait_ms;
};

/* Said on the lane it is for; the other count is 0. Counted are whole frames of
 * EARLY on express, since the hello, and of BATCH on bulk, since its BULK_OPEN;
 * nothing else takes credit. One frame may go beyond. A WANT allows what it
 * asks for. */
struct msg_credit { /* total bytes allowed, per lane */
    uint64_t credit[LANE_COUNT];
    uint64_t handled; /* of these bytes so far, on the lane it is said on; 0:
                       * not told (before minor 4) */
};

struct msg_pull { /* rebase: send your copy of my stream after `after` */
    struct stream_name name;
    uint64_t after;
};

struct msg_bulk_open { /* first frame on a bulk connection */
    struct id session;
};

struct vault_object { /* of one change; nobody but its home can open it */
    struct early_ref ref;
    struct bytes bytes;
};

/* Bulk. All objects of the changes of `up` in (after, last] that need one;
 * acknowledged by ACK of the same name. Both 0: objects that were wanted. */
struct msg_vault {
    struct stream_name name; /* unit, "vault" */
    uint64_t after, last;
    size_t count;
    const struct vault_object *objects;
};

struct msg_vault_want { /* express: send these objects again */
    size_t count;
    const struct early_ref *refs;
};

struct msg_status { /* node -> hub, at most every ten seconds */
    uint64_t head;
    struct backlog backlog;
    int64_t clock_ms;
};

struct msg_beacon { /* signed by the hub: PROTOCOL 9.4 */
    struct signed_bytes beacon;
};

struct msg_announce { /* a channel of yours has grown */
    struct stream_name name;
    uint64_t head;
};

/* Changes of the receiver's home that the sender holds in quarantine, newest
 * first: the whole list, in the place of the one before (PROTOCOL 7.7). */
struct refusal {
    struct early_ref ref;
    uint32_t kind;
    int64_t since_ms;
    const char *reason; /* words for people, less than LIMIT_TEXT bytes */
};

struct msg_refusals {
    uint64_t total; /* may be more than are named */
    size_t count;
    const struct refusal *items;
};

enum bye_code {
    BYE_RESTART = 1,    /* say hello again */
    BYE_SUPERSEDED = 2, /* another machine with your identity is present */
    BYE_VERSION = 3,    /* too old or too new; `text` says what to do */
    BYE_STOPPING = 4    /* shutting down in good order */
};

struct msg_bye {
    uint32_t code;
    char text[LIMIT_TEXT];
};

struct msg_enrol { /* node -> hub, enrolment endpoint: PROTOCOL 8.2 */
    char unit[LIMIT_HOME];
    uint8_t secret[32];
    uint8_t curve_public[32];
    uint8_t sign_public[32];
    bool has_certificate; /* shown to a restored hub instead of a secret */
    struct signed_bytes certificate;
    uint8_t signature[CHANGE_SIGNATURE_BYTES]; /* over what stands above */
    struct bytes tls_request; /* PROTOCOL 8.9; borrowed; empty: none */
};

struct msg_enrolled {
    struct signed_bytes certificate; /* by the hub's signing key */
    struct signed_bytes signing_key; /* by the root */
    struct bytes tls_certificate;    /* borrowed; empty: none */
    struct bytes tls_authority;
};

struct msg_drained { /* hub -> a retiring node: all up to `head` is safe */
    uint64_t head;
};

/* PROTOCOL 8.7. From the hub: make new keys (no body). From the node: certify
 * these; `body` is a rotation (wire/codec.h), signed by both signing keys. */
struct msg_rotate {
    struct bytes body;
    uint8_t old_signature[CHANGE_SIGNATURE_BYTES];
    uint8_t new_signature[CHANGE_SIGNATURE_BYTES];
};

struct msg_rotated { /* hub -> node */
    bool certified;
    struct signed_bytes certificate; /* when certified */
    char text[LIMIT_TEXT];           /* why not */
};

/* Express: send me these pieces of this file, in order (PROTOCOL 7.12). */
struct msg_media_want {
    struct hash name;
    uint32_t first, count;
};

enum media_code { MEDIA_DATA, MEDIA_MISSING, MEDIA_LATER };

struct msg_media { /* bulk: one of them, or why there is none */
    struct hash name;
    uint32_t piece;
    uint32_t code; /* enum media_code */
    struct bytes data;
};

/* In bundles (PROTOCOL 15.4). Of the receiver's files with names in (after,
 * last] these are lacking and no others; they are in the order of their names.
 */
struct media_lack {
    struct hash name;
    uint32_t next; /* the first piece that is not there */
};
struct msg_media_lacks {
    uint64_t held;            /* of `up`, by a hub */
    bool from_first, to_last; /* then `after`, `last` say nothing */
    struct hash after, last;
    size_t count;
    const struct media_lack *items;
};

struct msg_media_carried {
    struct hash name;
    uint32_t piece;
    struct bytes data;
};

struct sync_message {
    enum message_type type;
    union {
        struct msg_hello hello;
        struct msg_challenge challenge;
        struct msg_welcome welcome;
        struct msg_early_list early_list;
        struct msg_want want;
        struct msg_early early;
        struct msg_early_ack early_ack;
        struct msg_batch batch;
        struct msg_ack ack;
        struct msg_nak nak;
        struct msg_credit credit;
        struct msg_pull pull;
        struct msg_bulk_open bulk_open;
        struct msg_status status;
        struct msg_beacon beacon;
        struct msg_announce announce;
        struct msg_refusals refusals;
        struct msg_bye bye;
        struct msg_enrol enrol;
        struct msg_enrolled enrolled;
        struct msg_welcome drain; /* says what a welcome says */
        struct msg_drained drained;
        struct msg_rotate rotate;
        struct msg_rotated rotated;
        struct msg_vault vault;
        struct msg_vault_want vault_want;
        struct msg_media_want media_want;
        struct msg_media media;
        struct msg_media_lacks media_lacks;
        struct msg_media_carried media_carried;
    };
};

#endif
