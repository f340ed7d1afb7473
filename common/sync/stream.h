/* common/sync/stream.h - streams: names, rolling hash, samples, common
 * position.
 *
 * PROTOCOL 3. A stream is the gap-free list of one home's changes in one
 * channel: seq from 1, h(n) = H(h(n-1) || n || digest(n)). Pure.
 */
#ifndef LIENXA_SYNC_STREAM_H
#define LIENXA_SYNC_STREAM_H

#include "common/sync/change.h"

/* Channels: a node's "up"; the hub's "all" and "unit:KEY". "vault" is no stream
 * of its own: the objects of `up`, by its positions (PROTOCOL 7.10). */
struct stream_name {
    char home[LIMIT_HOME];
    char channel[LIMIT_CHANNEL];
};

#define STREAM_UP "up"
#define STREAM_VAULT "vault"
#define STREAM_MEDIA "media" /* no stream: how its pieces are named */
#define STREAM_ALL "all"
#define STREAM_UNIT_PREFIX "unit:"

struct stream_position {
    uint64_t seq; /* 0: before the first */
    struct hash h;
};

bool stream_name_equal(const struct stream_name *a,
                       const struct stream_name *b);
/* Fits the limits, printable ASCII without spaces; neither part empty. */
bool stream_name_valid(const struct stream_name *name);
struct stream_name stream_name_make(const char *home, const char *channel);

/* h(0) = SHA-256("lienxa stream 1\n" home "\n" channel "\n"). */
struct hash stream_zero(const struct hash_function *f,
                        const struct stream_name *name);
/* h(n) from h(n-1), n (8 bytes big-endian) and digest(n). */
struct hash stream_next(const struct hash_function *f, const struct hash *h,
                        uint64_t n, const struct hash *digest);

/* The positions named in a hello: n, n-1, n-2, n-4, n-8, .., 0. Fills `out`
 * with at most LIMIT_SAMPLES and returns the count. */
size_t stream_sample_seqs(uint64_t head, uint64_t out[LIMIT_SAMPLES]);

/* What one side says of a stream in a hello: samples[0] is its head. */
struct stream_claim {
    struct stream_name name;
    size_t sample_count; /* 1 .. LIMIT_SAMPLES */
    struct stream_position samples[LIMIT_SAMPLES];
};

/* Looks up h(seq) in the asker's own copy; false when it is not that long. */
struct stream_lookup {
    bool (*hash_at)(void *who, const struct stream_name *name, uint64_t seq,
                    struct hash *out);
    void *who;
};

struct stream_relation {
    bool prefix;     /* the claim's head lies on our copy: resume there */
    uint64_t common; /* the largest claimed position that we share */
};

/* Compares a peer's claim with our copy (PROTOCOL 5.3). Position 0 is shared
 * when h(0) is; a claim that shares nothing has common 0. */
struct stream_relation stream_relate(const struct stream_claim *claim,
                                     const struct stream_lookup *ours);

/* A claim is well-formed: names valid, positions falling, the last one 0. */
bool stream_claim_valid(const struct stream_claim *claim);

/* Domain lines of signatures (PROTOCOL 2.3). */
#define HEAD_SIGN_DOMAIN "lienxa head 1\n"

#endif
