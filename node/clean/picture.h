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

int picture_jpeg(struct buf *out, struct bytes in, const char **why);
int picture_png(struct buf *out, struct bytes in, const char **why);
int picture_webp(struct buf *out, struct bytes in, const char **why);

#endif
