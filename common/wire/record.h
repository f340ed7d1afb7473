/* common/wire/record.h - the parts of records as bytes (PROTOCOL 4).
 *
 * Facts are an allow-list: a field we do not know makes decoding fail
 * (ERR_VERSION), so nothing unforeseen leaves a commune or enters a hub
 * unnoticed. Bodies keep unknown fields (they are stored as bytes).
 */
#ifndef LIENXA_WIRE_RECORD_H
#define LIENXA_WIRE_RECORD_H

#include "common/domain/alert.h"
#include "common/domain/report.h"
#include "common/sync/change.h"

/* ERR_INVALID: malformed, unknown category, numbers out of range, bad UTF-8.
 * ERR_VERSION: a field or enum value of a later version. */
void wire_report_fact_encode(struct buf *out, const struct report_fact *fact);
int wire_report_fact_decode(struct report_fact *out, struct bytes bytes,
                            struct error *err);

enum { REPORT_NOTES_LIMIT = 200 };
struct report_note {
    int64_t at_ms;
    const char *by, *text;
};
/* A file of the report: named here, carried by itself (PROTOCOL 4.11). */
enum { REPORT_ATTACHMENTS_LIMIT = 20, ATTACHMENT_SHOWN_LIMIT = 200 };
struct report_attachment {
    struct hash name;
    uint8_t salt[16];
    uint64_t size;
    uint32_t type; /* enum media_type; what a later version adds stays */
    const char *shown;
    bool kept; /* stays at the commune */
};
struct report_body {
    const char *text;    /* never NULL */
    const char *place;   /* "" */
    int64_t occurred_ms; /* 0 unknown */
    bool has_point;
    double lat, lon;
    size_t note_count;
    const struct report_note *notes;
    size_t attachment_count;
    const struct report_attachment *attachments;
};
/* Does this body name any? Without decoding it. */
bool wire_report_body_has_files(struct bytes body);

/* Decoded records borrow from the arena they were decoded into. */
struct wire_arena;
struct wire_arena *wire_arena_new(void);
void wire_arena_clear(struct wire_arena *arena);
void wire_arena_free(struct wire_arena **arena);
/* A copy that lives in the arena; no data when it is full. */
struct bytes wire_arena_copy(struct wire_arena *arena, struct bytes bytes);

void wire_report_body_encode(struct buf *out, const struct report_body *body);
int wire_report_body_decode(struct report_body *out, struct wire_arena *arena,
                            struct bytes bytes, struct error *err);

struct report_vault { /* PROTOCOL 4.4; never leaves the commune in clear */
    uint8_t seal_key_id[8]; /* which key of the commune it is sealed to */
    bool custodian;         /* else the duty key */
    struct bytes seal;      /* crypto_box_seal of a seal body */
};
void wire_report_vault_encode(struct buf *out, const struct report_vault *v);
int wire_report_vault_decode(struct report_vault *out, struct bytes bytes);

struct seal_body { /* what is inside the seal */
    const char *name, *phone;
};
void wire_seal_body_encode(struct buf *out, const struct seal_body *body);
int wire_seal_body_decode(struct seal_body *out, struct wire_arena *arena,
                          struct bytes bytes);

/* An alert: exact signed bytes (PROTOCOL 9.1), and the fact around them. */
void wire_alert_encode(struct buf *out, const struct alert *alert);
int wire_alert_decode(struct alert *out, struct wire_arena *arena,
                      struct bytes bytes, struct error *err);
#define ALERT_SIGN_DOMAIN "lienxa alert 1\n"

struct receipt { /* PROTOCOL 9.5: a node's record, one per alert */
    struct id alert;
    int verdict;                                  /* enum alert_verdict */
    int64_t stored_ms, shown_ms, acknowledged_ms; /* 0: not yet */
    char by[REPORT_NAME_LIMIT + 1];               /* who acknowledged */
};
void wire_receipt_encode(struct buf *out, const struct receipt *receipt);
int wire_receipt_decode(struct receipt *out, struct bytes bytes,
                        struct error *err);

enum node_key_state { NODE_ENROLLED = 1, NODE_RETIRING = 2, NODE_REVOKED = 3 };
struct node_key { /* key directory entry, PROTOCOL 8.4 */
    char unit[LIMIT_HOME];
    uint64_t number;
    int state; /* enum node_key_state */
    uint8_t curve_public[32];
    uint8_t sign_public[32];
    int64_t since_ms;
};
void wire_node_key_encode(struct buf *out, const struct node_key *key);
int wire_node_key_decode(struct node_key *out, struct bytes bytes,
                         struct error *err);

enum { HUB_ADDRESS_BYTES = 128 };
struct hub_key {     /* a CURVE key of the hub, PROTOCOL 8.7 */
    uint64_t number; /* from 2 */
    uint8_t curve_public[32];
    char express[HUB_ADDRESS_BYTES], bulk[HUB_ADDRESS_BYTES];
    int64_t since_ms;
    bool stolen; /* forget the former as soon as this one has answered */
};
void wire_hub_key_encode(struct buf *out, const struct hub_key *key);
/* The addresses are tcp://HOST:PORT, printable and without spaces. */
int wire_hub_key_decode(struct hub_key *out, struct bytes bytes,
                        struct error *err);

struct unit_keys { /* a commune's public keys, PROTOCOL 8.5 */
    uint8_t recovery[32], duty[32], custodian[32];
};
void wire_unit_keys_encode(struct buf *out, const struct unit_keys *keys);
int wire_unit_keys_decode(struct unit_keys *out, struct bytes bytes,
                          struct error *err);

enum { CLOSING_CATEGORIES = 64 /* room for more than there are */ };
struct closing { /* PROTOCOL 4.6: a period's figures, signed by the commune */
    int32_t from, to; /* days, inclusive */
    uint64_t seq;     /* head of `up` when it was closed */
    struct hash h;
    uint64_t total;
    uint64_t categories[CLOSING_CATEGORIES]; /* by index in categories[] */
    uint64_t states[REPORT_STATE_END];
    int64_t closed_ms;
    char by[REPORT_NAME_LIMIT + 1];
};
void wire_closing_encode(struct buf *out, const struct closing *closing);
/* Also ERR_INVALID: categories or states do not add up to the total. */
int wire_closing_decode(struct closing *out, struct bytes bytes,
                        struct error *err);

struct incarnation { /* PROTOCOL 3.4 */
    uint64_t epoch;
    struct id random;
    char channel[LIMIT_CHANNEL]; /* which channel it opens: "all", "unit:KEY" */
};
void wire_incarnation_encode(struct buf *out, const struct incarnation *i);
int wire_incarnation_decode(struct incarnation *out, struct bytes bytes,
                            struct error *err);

#endif
