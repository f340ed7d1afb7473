/* tests/support/crash_said.h - what the programs had promised when the power
 * went, from what they had said (recording.h), and whether an image keeps it.
 *
 * An id that was printed or answered is a record; a position in an
 * acknowledgement, a welcome, a hello or an announcement, and the last of a
 * batch, is a position of a stream that is held; an early copy that was sent or
 * acknowledged is held; who was certified is enrolled. All of it was durable
 * before the word left, or the promise is broken (design 2).
 */
#ifndef LIENXA_TESTS_CRASH_SAID_H
#define LIENXA_TESTS_CRASH_SAID_H

#include "common/wire/codec.h"
#include "tests/support/crash_image.h"

enum { SAID_STREAMS = 16, SAID_MACHINES = 16 };

struct crash_said {
    size_t word_count; /* of any kind */
    struct id *ids;
    size_t id_count, id_room;
    struct {
        struct stream_name name;
        uint64_t seq;
    } streams[SAID_STREAMS];
    size_t stream_count;
    struct early_ref *early; /* digest zero: of this version or a later one */
    size_t early_count, early_room;
    uint8_t certified[SAID_MACHINES][32]; /* CURVE keys */
    size_t certified_count;
};

/* Of the first `point` records. */
void crash_said_read(struct crash_said *out, const struct crash_log *log,
                     size_t point);
void crash_said_free(struct crash_said *said);

/* Prints what the image does not keep, a line each; how many. -1: the folder
 * holds no program's data, `err` says it. */
int crash_said_check(const struct crash_said *said, bool is_hub,
                     const char *folder, struct error *err);

#endif
