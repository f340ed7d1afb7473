/* tests/support/insider.h - a client with a node's valid keys that speaks the
 * protocol by itself, rightly or wrongly. For tests only.
 */
#ifndef LIENXA_TESTS_INSIDER_H
#define LIENXA_TESTS_INSIDER_H

#include "common/wire/codec.h"
#include "node/keys.h"
#include "tests/support/raw_line.h"

struct insider {
    struct node_keys keys;
    struct wire_codec *codec;
    struct raw_line *express, *bulk;
    struct id session;
    struct stream_position up; /* where the hub's copy of our stream ends */
    struct buf frame;
};

/* The frame of a message, in `out` from its beginning. */
void insider_encode(struct buf *out, const struct sync_message *message);

/* A claim of an empty stream; a hello in the name of `unit`. */
struct stream_claim insider_empty_claim(const char *home, const char *channel);
struct sync_message insider_hello(const char *unit,
                                  const struct stream_claim *claims,
                                  size_t count);

/* Keys from DATA, both lines dialled. An error of node_keys_load. */
int insider_open(struct insider *in, const char *folder, struct error *err);
void insider_close(struct insider *in);

void insider_say(struct insider *in, struct raw_line *line,
                 const struct sync_message *message);
/* The next message of one of two types, borrowed till the next call. NULL:
 * nothing came. */
const struct sync_message *insider_answer(struct insider *in,
                                          struct raw_line *line,
                                          enum message_type a,
                                          enum message_type b);
/* A true hello, with what it claims; true when it was welcomed. */
bool insider_greet(struct insider *in, const struct stream_claim *claims,
                   size_t count);
void insider_open_bulk(struct insider *in);

/* A change of any home and kind, signed by `key` or not at all. */
struct insider_change {
    struct change change;
    struct buf header;
    uint8_t fact[64];
};
void insider_forge(struct insider_change *f, const char *home, uint32_t kind,
                   const struct sign_key *key);

#endif
