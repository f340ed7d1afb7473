/* common/backup/sealed_file.h - a folder's files in one file that only the
 * owner of a key kept elsewhere can open.
 *
 *   lienxa-backup 1\n               what it is, and the format's number
 *   program hub\n home ..\n name ..\n made ..\n version ..\n \n
 *                                   whose, for people: readable with `head`
 *   80 bytes                        the file's key, sealed to the owner's key
 *   24 bytes                        secretstream header
 *   pieces of 64 KiB + 17 bytes     secretstream; the last one may be shorter
 *   lienxa-backup end\n
 *
 * The first piece authenticates all that stands before it. Opened, the pieces
 * are one zstd stream of members: u16 length and name, u64 size, bytes; a
 * length of 0 ends them. It proves that nothing was altered since it was made;
 * not who made it: keep it where only you can write.
 */
#ifndef LIENXA_BACKUP_SEALED_FILE_H
#define LIENXA_BACKUP_SEALED_FILE_H

#include "common/crypto/seal.h"
#include "common/sync/limits.h"

struct backup_label {
    char program[8]; /* "hub", "node" */
    char home[LIMIT_HOME];
    char name[128]; /* as people call it */
    int64_t made_ms;
    char version[64]; /* of the program */
};

/* ---- making one */

struct backup_writer;

/* Begins FILE.tmp (0600) beside `path`. Owned. ERR_EXISTS: `path` is something
 * else than an older copy. ERR_AGAIN: another process is making it. */
int backup_writer_new(struct backup_writer **out, const char *path,
                      const struct backup_label *label,
                      const uint8_t recipient[SEAL_PUBLIC_BYTES],
                      struct error *err);
/* Adds the file at `from` as `name`. */
int backup_writer_add(struct backup_writer *writer, const char *name,
                      const char *from, struct error *err);
/* The last piece; synced, renamed to `path`, the folder synced. `*size` is how
 * large it became. The writer stays to be freed. */
int backup_writer_finish(struct backup_writer *writer, uint64_t *size,
                         struct error *err);
/* Frees; what was not finished is removed. NULL is fine. */
void backup_writer_free(struct backup_writer **writer);

/* ---- opening one */

/* Whose it is, before any key is asked for. ERR_MISSING; ERR_VERSION: not a
 * copy made by lienxa, or by a later one; ERR_DAMAGED: cut short. */
int backup_read_label(struct backup_label *out, const char *path,
                      struct error *err);

struct backup_member { /* what may be in it */
    const char *name;
    uint64_t limit; /* bytes */
    bool needed;
    bool found; /* out */
};
/* Opens `path` with `key` and writes its members below `folder` (0600, synced),
 * whose sub-folders must be there. ERR_REFUSED: sealed to another key.
 * ERR_DAMAGED: altered, or not what it should hold. ERR_FULL. What was written
 * before a failure is the caller's to remove. */
int backup_extract(const char *path, const struct seal_key *key,
                   const char *folder, struct backup_member *members,
                   size_t count, struct error *err);

#endif
