/* tests/fuzz/fuzz.h - what the fuzz targets share.
 *
 * Each fuzz_NAME.c is one entry point for foreign bytes:
 * LLVMFuzzerTestOneInput, which libFuzzer's main calls (preset fuzz), or
 * lienxa-replay under the name fuzz_NAME.
 */
#ifndef LIENXA_TESTS_FUZZ_H
#define LIENXA_TESTS_FUZZ_H

#include <assert.h>
#include <ftw.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes numbers from the front of the bytes; 0 when there are no more. */
static inline uint64_t fuzz_number(struct bytes *in, size_t width)
{
    uint64_t number = 0;

    for (; width > 0 && in->size > 0; width--) {
        number = number << 8 | *in->data;
        *in = bytes_of(in->data + 1, in->size - 1);
    }
    return number;
}

/* At most `most` bytes from the front. */
static inline struct bytes fuzz_bytes(struct bytes *in, size_t most)
{
    struct bytes out = bytes_of(in->data, in->size < most ? in->size : most);

    *in = bytes_of(in->data + out.size, in->size - out.size);
    return out;
}

/* `in` as a C string, up to its first NUL. Owned. */
static inline char *fuzz_text(struct bytes in)
{
    size_t size = in.size == 0 ? 0 : strnlen((const char *)in.data, in.size);
    char *text = malloc(size + 1);

    assert(text != NULL);
    if (size > 0)
        memcpy(text, in.data, size);
    text[size] = '\0';
    return text;
}

/* ---- a folder of the target's own */

static inline int fuzz_remove(const char *path, const struct stat *st, int kind,
                              struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}
static char fuzz_place[64] __attribute__((unused));
static inline void fuzz_remove_place(void)
{
    (void)nftw(fuzz_place, fuzz_remove, 16, FTW_DEPTH | FTW_PHYS);
}
/* The target's one folder goes when the process ends. */
static inline void fuzz_goes_at_end(const char *folder)
{
    (void)snprintf(fuzz_place, sizeof fuzz_place, "%s", folder);
    (void)atexit(fuzz_remove_place);
}
static inline const char *fuzz_folder(void)
{
    char folder[] = "/tmp/lienxa-fuzz.XXXXXX";

    if (mkdtemp(folder) == NULL)
        abort();
    fuzz_goes_at_end(folder);
    return fuzz_place;
}

/* What was decoded once and encoded must decode again and encode the same:
 * `again` appends what `in` decodes to and encodes; false when it is refused.
 */
static inline void fuzz_holds(bool (*again)(struct buf *out, struct bytes in),
                              struct bytes in)
{
    struct buf first = {0}, second = {0};

    if (again(&first, in) &&
        (!again(&second, buf_bytes(&first)) ||
         !bytes_equal(buf_bytes(&first), buf_bytes(&second))))
        abort();
    buf_free(&first);
    buf_free(&second);
}

#endif
