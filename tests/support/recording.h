/* tests/support/recording.h - what lienxa-recorder.so writes down of a
 * program's file operations: a file of records, each a head, a path and data.
 *
 * The library is put before a program (LD_PRELOAD) that knows nothing of it:
 *   LIENXA_RECORD_DIR  the folder that is watched; everything below it
 *   LIENXA_RECORD_LOG  where the record goes; several programs may share one
 *   LIENXA_FAULTS      a file with "CALL ERRNO" lines, e.g. "sync 5": while it
 *                      says so, such calls below the folder fail that way and
 *                      do nothing. CALL: write, sync, open, truncate, rename,
 *                      remove; open: only to write.
 * A record is written after the call succeeded and before it returns; what a
 * program says to the world is written before it says it. So whatever stands
 * before a word in the record had been done when the word was said. Shared
 * memory (-shm) is not data and left out. What stdio, mmap and io_uring write
 * would escape; the reader's first check is that nothing did.
 */
#ifndef LIENXA_TESTS_RECORDING_H
#define LIENXA_TESTS_RECORDING_H

#include <stdint.h>

enum recording_kind {
    REC_OPENED,    /* handle, path; made if it was not there */
    REC_WROTE,     /* handle, offset, data */
    REC_TRUNCATED, /* handle, offset: the new size */
    REC_SYNCED,    /* handle: of a file or of a folder */
    REC_RENAMED,   /* path, data: the new path */
    REC_REMOVED,   /* path: a file or an empty folder */
    REC_FOLDER,    /* path: made */
    REC_SAID       /* handle: the process; offset: enum recording_ear; data */
};

enum recording_ear {
    REC_STDOUT, /* what the program prints */
    REC_SOCKET, /* a reply on the control socket */
    REC_FRAME   /* a message part given to libzmq */
};

enum { RECORDING_MAGIC = 0x4c785243 };

struct recording_head {
    uint32_t magic, kind;
    uint64_t handle; /* process << 32 | a number of its own */
    uint64_t offset;
    uint32_t path_size, data_size; /* a path has no NUL at its end */
};

#endif
