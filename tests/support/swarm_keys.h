/* tests/support/swarm_keys.h - the keys of many machines that were enrolled in
 * one go, by the hub's own directory, and what they know of its channels.
 */
#ifndef LIENXA_TESTS_SWARM_KEYS_H
#define LIENXA_TESTS_SWARM_KEYS_H

#include "common/crypto/sign.h"
#include "common/net/curve.h"
#include "common/sync/stream.h"

/* A hub's channel as far as somebody has it: h[0] .. h[head]. */
struct swarm_chain {
    uint64_t head;
    struct hash *h; /* owned */
    size_t room;
};
void swarm_chain_add(struct swarm_chain *chain, const struct hash *h);

struct swarm_key {
    char unit[LIMIT_HOME];
    uint64_t number; /* of its certificate */
    struct curve_key curve;
    struct sign_key sign;
    struct swarm_chain orders; /* of its own channel */
};

struct swarm_keys {
    char hub[LIMIT_HOME];
    uint8_t hub_curve[CURVE_BYTES];
    uint8_t hub_sign[SIGN_PUBLIC_BYTES];
    struct swarm_chain all;
    size_t count;
    struct swarm_key *keys;
};

/* Enrols a machine of each of the first `count` units of the hub in DATA, which
 * must not serve, and writes their keys to `path`: what the enrolment endpoint
 * does, without its limit on how many a minute. */
int swarm_keys_make(const char *data, size_t count, const char *path,
                    struct error *err);
/* Reads them back. Owned. */
int swarm_keys_read(struct swarm_keys *out, const char *path,
                    struct error *err);
void swarm_keys_free(struct swarm_keys *keys);

/* Appends a roster of `count` invented units: code 1 .., slug u0001 .. */
void swarm_keys_roster(struct buf *out, size_t count);

#endif
