/* tests/support/crash_image.h - what a power cut would have left of a folder,
 * from the record of its file operations (recording.h).
 *
 * The operations up to a point are played on the faulty disk, which then loses
 * power; the image is what it holds afterwards. Directory rules are strict: a
 * name that was not synced may be gone, with all below it.
 */
#ifndef LIENXA_TESTS_CRASH_IMAGE_H
#define LIENXA_TESTS_CRASH_IMAGE_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/recording.h"

struct crash_record { /* borrowed from the log */
    enum recording_kind kind;
    uint64_t handle, offset;
    const char *path; /* no NUL at its end */
    size_t path_size;
    struct bytes data;
};

struct crash_log {
    struct buf bytes;
    size_t count;
    struct crash_record *records;
};

/* The whole record; what a program that died left unfinished at its end is left
 * out. */
int crash_log_read(struct crash_log *out, const char *path, struct error *err);
void crash_log_free(struct crash_log *log);

struct crash_cut {
    const char *folder; /* that was watched */
    size_t point;       /* so many operations were done */
    enum faulty_disk_crash mode;
    uint64_t seed;
    const char *forget; /* syncs of paths with this in them are left out, as by
                         * a program that forgot them; NULL: none */
};

/* Writes the image into the new folder `out`. */
int crash_image_make(const struct crash_log *log, const struct crash_cut *cut,
                     const char *out, struct error *err);

#endif
