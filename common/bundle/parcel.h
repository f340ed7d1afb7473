/* common/bundle/parcel.h - the blocks of a bundle, sealed and opened (PROTOCOL
 * 15.1), and what both programs keep of one while it is made or taken in.
 *
 * What the frames in it mean is the programs' (node/uplink_bundle.c,
 * hub/exchange_bundle.c).
 */
#ifndef LIENXA_BUNDLE_PARCEL_H
#define LIENXA_BUNDLE_PARCEL_H

#include "common/crypto/seal.h"
#include "common/format/json.h"
#include "common/wire/bundle.h"

/* How far the making of a bundle is. It lies with whoever asks for the blocks,
 * one by one, so that nothing is kept between two of them. */
struct bundle_cursor {
    struct id bundle;
    int64_t made_ms;
    uint64_t number; /* of the block made last */
    int stage;       /* the program's */
    uint64_t seq;    /* where the stage goes on; 0: at its beginning */
    uint64_t after[2], head[2]; /* of the streams in it */
    struct bundle_files files;
    bool done;
    int64_t room; /* not kept: bytes that files may still take; -1: no bound */
};
void bundle_cursor_write(struct json *out, const struct bundle_cursor *cursor);
/* ERR_INVALID: not what bundle_cursor_write wrote. */
int bundle_cursor_read(struct bundle_cursor *out, const struct json *in,
                       struct error *err);

/* "room" of the arguments of "bundle.make". ERR_INVALID. */
int bundle_room_read(struct bundle_cursor *cursor, const struct json *args,
                     struct error *err);
/* Is there none for a block of pieces? */
bool bundle_room_over(const struct bundle_cursor *cursor);

void bundle_count_write(struct json *out, const struct bundle_count *count);

/* ---- blocks */

struct bundle_label {
    const char *from, *to;
    struct id bundle;
    uint64_t number;
    bool last;
    int64_t made_ms;
    const uint8_t *to_curve; /* 32 bytes, the receiver's CURVE key */
    const struct signed_bytes *signing_key; /* a hub's; or NULL */
    void (*sign)(void *who, struct signed_bytes *out, const char *domain,
                 struct bytes body);
    void *who;
};
/* Appends the block as it stands in the file, its size and hash in front.
 * ERR_INVALID: `to_curve` is no key. */
int parcel_seal(struct buf *out, const struct bundle_label *label,
                struct bytes frames);

void parcel_key_id(uint8_t out[CHANGE_KEY_ID_BYTES], const uint8_t curve[32]);
/* The frames of a block that was checked. ERR_MISSING: sealed to none of these
 * keys. ERR_DAMAGED: it does not open. */
int parcel_open(struct buf *frames, const struct bundle_block *block,
                const struct seal_key *keys, size_t count);
/* Is the block signed by this key? */
bool parcel_proves(const struct signed_bytes *around,
                   const uint8_t sign_public[32]);

#endif
