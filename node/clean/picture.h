/* node/clean/picture.h - a picture decoded to pixels and encoded anew. Only
 * lienxa-node-media has it: it alone is linked with the libraries.
 *
 * Each appends to `out`. -1: it is not such a picture, damaged, or too large;
 * `why` is then a line for people. A picture that a camera turned by a note is
 * turned in earnest. The longer side has at most 4,096 pixels afterwards
 * (JPEG).
 */
#ifndef LIENXA_NODE_CLEAN_PICTURE_H
#define LIENXA_NODE_CLEAN_PICTURE_H

#include "common/base/buf.h"

enum { PICTURE_MOST_PIXELS = 64 * 1000 * 1000, PICTURE_SIDE = 4096 };

struct pixels {
    uint8_t *data;          /* owned; rows without gaps */
    unsigned width, height; /* as they lie in `data` */
    unsigned colours;       /* 3, or 4 with how much covers */
    int orientation;        /* 1 to 8: how they are to be turned */
};
/* Decoded; a JPEG's longer side is brought near `side` on the way. */
int picture_jpeg_pixels(struct pixels *out, struct bytes in, unsigned side,
                        const char **why);
int picture_png_pixels(struct pixels *out, struct bytes in, const char **why);
int picture_webp_pixels(struct pixels *out, struct bytes in, const char **why);
/* Three colours, turned as they should be. */
int picture_jpeg_write(struct buf *out, const struct pixels *pixels,
                       int quality, const char **why);

/* Of any of the three: a JPEG whose longer side has at most PICTURE_SMALL
 * pixels. */
enum { PICTURE_SMALL = 320 };
int picture_small(struct buf *out, struct bytes in, const char **why);

int picture_jpeg(struct buf *out, struct bytes in, const char **why);
int picture_png(struct buf *out, struct bytes in, const char **why);
int picture_webp(struct buf *out, struct bytes in, const char **why);

#endif
