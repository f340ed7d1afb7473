/* tests/support/sample.h - changes as a node makes them of reports that are
 * told by import lines (those of lienxa-generate and lienxa-year), without a
 * node and without a clock: the same line and seed give the same bytes, but for
 * salts.
 */
#ifndef LIENXA_TESTS_SAMPLE_H
#define LIENXA_TESTS_SAMPLE_H

#include "common/base/error.h"
#include "common/sync/change.h"

/* The first versions of one record. Zeroed is empty. */
enum { SAMPLE_VERSIONS = 12 };
struct sample {
    struct buf header[SAMPLE_VERSIONS], fact[SAMPLE_VERSIONS], body;
    struct change changes[SAMPLE_VERSIONS]; /* borrow from the buffers */
    size_t count;
};
void sample_free(struct sample *sample);

/* Taken in, then each of its moves, which leaves a stub of the body (PROTOCOL
 * 2.4). `home` is a unit's key. ERR_INVALID: not such a line. */
int sample_make(struct sample *sample, const char *line, const char *home,
                uint64_t seed, struct error *err);

/* As one message without ids of parts, salts, hashes: what the same costs
 * anybody. */
size_t sample_bare_bytes(const struct change *change);

#endif
