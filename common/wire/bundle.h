/* common/wire/bundle.h - bundles as bytes (PROTOCOL 15): what a block says, and
 * the frames sealed in it.
 *
 * Nothing is signed, sealed or checked here beyond its form.
 */
#ifndef LIENXA_WIRE_BUNDLE_H
#define LIENXA_WIRE_BUNDLE_H

#include "common/base/error.h"
#include "common/sync/message.h"

#define BUNDLE_MAGIC "lienxa bundle 1\n"
#define BUNDLE_SIGN_DOMAIN "lienxa bundle 1\n"

enum {
    BUNDLE_MAGIC_BYTES = 16,
    BUNDLE_HEAD_BYTES = 36, /* of a block in the file: size and hash */
    BUNDLE_BLOCK_LIMIT = LIMIT_FRAME + 32 * 1024,
    BUNDLE_FRAMES_BYTES = LIMIT_FRAME, /* of a block; one frame may be alone */
    BUNDLE_FRAMES_LIMIT = 2048,
    BUNDLE_PROOF_LIMIT = 1024
};

/* The body of a block. Decoded: `box` and the body of `signing_key` borrow from
 * the bytes that were decoded. */
struct bundle_block {
    char from[LIMIT_HOME], to[LIMIT_HOME];
    struct id bundle;
    uint64_t number;
    bool last;
    int64_t made_ms;
    uint8_t to_key[CHANGE_KEY_ID_BYTES];
    struct bytes box;
    bool has_signing_key;
    struct signed_bytes signing_key;
};
void wire_bundle_block_encode(struct buf *out, const struct bundle_block *in);
/* `blob` as it stands in the file: a Signed around a block. `signed_body`
 * borrows from `blob`; its signature is the caller's to check. ERR_INVALID, and
 * `err` says why. */
int wire_bundle_block_decode(struct bundle_block *out,
                             struct signed_bytes *signed_body,
                             struct bytes blob, struct error *err);

/* Appends what a box holds. */
void wire_bundle_frames_encode(struct buf *out, const struct bytes *frames,
                               size_t count);
/* Calls `each` for every frame, in order, until it answers not 0 (that is
 * returned). Each is borrowed for the call. ERR_INVALID. */
int wire_bundle_frames_read(struct bytes content,
                            int (*each)(void *who, struct bytes frame),
                            void *who, struct error *err);

/* What a block brought to whoever took it in. */
struct bundle_count {
    uint64_t fresh, known; /* changes that were not here, and that were */
    uint64_t aside;        /* of the fresh: early arrivals, something before
                            * them is missing */
    uint64_t refused, held_back; /* not stored; stored and not understood */
    uint64_t alerts, objects;
    uint64_t expected; /* with `aside`: the position to be brought next */
    bool told;         /* a claim was in it: */
    uint64_t acked;    /* what the hub holds of `up`, as far as is known here */
    bool moved;        /* node: by it */
    bool forked;       /* a line is needed to settle a rewind */
    bool later;        /* there is no room here */
    /* pieces of files: new, here already, wrong, and those that nothing here
     * asks for (yet); files that are whole by them */
    uint64_t pieces, pieces_known, pieces_wrong, pieces_passed, files;
};

/* How far the files of a bundle are while it is made (PROTOCOL 15.4). */
struct bundle_files {
    struct hash name; /* of the one under way, or behind which is gone on */
    uint32_t next; /* the piece of it that comes next; 0: none is under way */
    uint64_t round;
    uint64_t files, pieces; /* whole files, and pieces, that are in it */
    uint64_t left_files, left_bytes; /* and what is not, once it is done */
};

/* One whole block in the file from `at` on: 0 and `*block` (borrowed), `*next`
 * where the following one begins. ERR_MISSING: `at` is the end. ERR_DAMAGED:
 * torn; `*next` is where one may follow, or 0. Bytes of any kind: a property
 * test's entry point as well. */
int wire_bundle_block_at(struct bytes file, size_t at, struct bytes *block,
                         size_t *next, const struct hash_function *hash);

/* Any bytes as a whole file: every block found and taken apart, its boxes read
 * as if they were not sealed. 0, or what is wrong first. For fuzzing. */
int wire_bundle_look(struct bytes file, const struct hash_function *hash,
                     struct error *err);

#endif
