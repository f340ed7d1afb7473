/* common/sync/change.h - a change (one version of one record) and its digest.
 *
 * PROTOCOL 2. The bytes of header and parts are exactly those the home wrote;
 * nobody encodes them again. Pure: the hash function is handed in.
 */
#ifndef LIENXA_SYNC_CHANGE_H
#define LIENXA_SYNC_CHANGE_H

#include "common/base/buf.h"
#include "common/base/id.h"
#include "common/sync/limits.h"

enum change_kind { /* PROTOCOL 4 */
                   KIND_REPORT = 1,
                   KIND_REFERRAL = 2,
                   KIND_NOTICE = 3,
                   KIND_PROCEDURE = 4,
                   KIND_DIRECTORY = 5,
                   KIND_ALERT = 6,
                   KIND_RECEIPT = 7,
                   KIND_CLOSING = 8,
                   KIND_NODE_KEY = 9, /* who is enrolled, retiring, revoked */
                   KIND_SIGNING_KEY =
                       10, /* the hub's signing key, signed by the root */
                   KIND_UNIT_KEYS =
                       11, /* a commune's recovery, duty and custodian keys */
                   KIND_INCARNATION = 12, /* a new epoch of a hub channel */
                   KIND_SETTINGS = 13,
                   KIND_CARRIED = 14, /* of another home, for one unit */
                   KIND_HUB_KEY = 15,
                   KIND_DISCLOSURE = 16, /* who looked at a sealed sender */
                   KIND_CANARY = 17,     /* the whole way works */
                   KIND_AUDIT = 18       /* the hub has seen an audit log */
};

enum change_flag {
    CHANGE_EXPEDITED = 1, /* a copy goes ahead on the express socket */
    CHANGE_TOMBSTONE = 2  /* final: every body and vault of the record goes */
};

struct change_header {
    char home[LIMIT_HOME]; /* unit key, or the hub's */
    struct id record;
    uint32_t kind; /* a number, known or not */
    uint32_t flags;
    uint64_t version; /* from 1 */
    int64_t clock_ms; /* the home's wall clock; shown, never compared */
};

enum { PART_FACT, PART_BODY, PART_VAULT, PART_COUNT };
enum part_form { PART_ABSENT, PART_WHOLE, PART_STUB };

struct part {
    enum part_form form;
    uint8_t salt[16];   /* WHOLE */
    struct bytes bytes; /* WHOLE; borrowed */
    struct hash hash;   /* STUB: H(salt || bytes) of what is not here */
};

enum { CHANGE_SIGNATURE_BYTES = 64, CHANGE_KEY_ID_BYTES = 8 };

struct change {
    struct bytes header_bytes;   /* borrowed */
    struct change_header header; /* decoded from them by wire/codec.h */
    struct part part[PART_COUNT];
    bool is_signed;
    uint8_t key_id[CHANGE_KEY_ID_BYTES];
    uint8_t signature[CHANGE_SIGNATURE_BYTES]; /* over the digest */
};

struct hash_function {
    struct hash (*sha256)(const struct bytes *pieces, size_t count);
};

/* H(salt || bytes) of a whole part, the stub's hash, zeros when absent. */
struct hash part_hash(const struct hash_function *f, const struct part *part);

/* PROTOCOL 2.2: SHA-256(header || H(fact) || H(body) || H(vault)). */
struct hash change_digest(const struct hash_function *f,
                          const struct change *change);

/* The domain line of a change's own signature; its message is the digest. */
#define CHANGE_SIGN_DOMAIN "lienxa change 1\n"

#endif
