/* node/clean/main.c - lienxa-node-media: one stranger's picture, made anew from
 * its pixels.
 *
 * It lives for one file: reads it from standard input, decodes and encodes it,
 * writes it to standard output, and ends. Nothing of the file but its pixels
 * comes out (PROTOCOL 4.11); with --small what comes out is a small JPEG of it.
 * Before the first byte is looked at it has given up all that it does not need
 * (node/clean/cage.h), because the libraries that decode pictures are where a
 * stranger's file does harm. No other program of ours is linked with them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/domain/media.h"
#include "common/sync/limits.h"
#include "node/clean/cage.h"
#include "node/clean/picture.h"

static int fail(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
    (void)!write(STDERR_FILENO, "\n", 1);
    return 1;
}

/* All of standard input; no more than an attachment may have. */
static int read_all(struct buf *out)
{
    ssize_t n;

    buf_reserve(out, LIMIT_MEDIA + 1);
    while (out->size <= LIMIT_MEDIA &&
           (n = read(STDIN_FILENO, out->data + out->size,
                     LIMIT_MEDIA + 1 - out->size)) != 0) {
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0)
            out->size += (size_t)n;
    }
    return out->size > 0 && out->size <= LIMIT_MEDIA ? 0 : -1;
}

static int write_all(struct bytes bytes)
{
    while (bytes.size > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes.data, bytes.size);

        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0) {
            bytes.data += n;
            bytes.size -= (size_t)n;
        }
    }
    return 0;
}

static int make(struct buf *out, struct bytes in, bool small, const char **why)
{
    if (small)
        return picture_small(out, in, why);
    switch (media_type_of(in)) {
    case MEDIA_JPEG:
        return picture_jpeg(out, in, why);
    case MEDIA_PNG:
        return picture_png(out, in, why);
    case MEDIA_WEBP:
        return picture_webp(out, in, why);
    default:
        *why = "not a JPEG, PNG or WebP picture";
        return -1;
    }
}

int main(int argc, char **argv)
{
    struct buf in = {0}, out = {0};
    bool small = argc > 1 && strcmp(argv[1], "--small") == 0;
    const char *why = "";

    if (cage_close() != 0)
        return fail("the cage could not be closed: nothing was looked at");
    if (read_all(&in) != 0)
        return fail("the file is empty, too large or cannot be read");
    if (make(&out, buf_bytes(&in), small, &why) != 0)
        return fail(why);
    if (out.size > LIMIT_MEDIA)
        return fail("the picture is too large");
    return write_all(buf_bytes(&out)) == 0 ? 0 : fail("cannot be written");
}
