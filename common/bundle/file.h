/* common/bundle/file.h - a bundle on a stick: blocks written one behind the
 * other, and found again, whatever became of the file (PROTOCOL 15.1).
 *
 * A stick is full, pulled out, read-only or bad: each is told in words that say
 * what to do, and what was written whole is good.
 */
#ifndef LIENXA_BUNDLE_FILE_H
#define LIENXA_BUNDLE_FILE_H

#include "common/wire/bundle.h"

struct bundle_writer;

/* Makes the file; ERR_EXISTS: something is there already. Owned. */
int bundle_writer_new(struct bundle_writer **out, const char *path,
                      struct error *err);
/* A block as parcel_seal makes it. On failure what was written whole stays and
 * is good. ERR_FULL: no room. */
int bundle_writer_add(struct bundle_writer *writer, struct bytes block,
                      struct error *err);
/* Makes sure that it is on the stick. */
int bundle_writer_finish(struct bundle_writer *writer, struct error *err);
/* Bytes free where it lies; UINT64_MAX when that cannot be told. */
uint64_t bundle_writer_room(const struct bundle_writer *writer);
uint64_t bundle_writer_size(const struct bundle_writer *writer);
/* Closes; a file without any block is removed. */
void bundle_writer_free(struct bundle_writer **writer);

struct bundle_reader;

/* ERR_MISSING, ERR_IO, ERR_INVALID: not a bundle. Owned. */
int bundle_reader_new(struct bundle_reader **out, const char *path,
                      struct error *err);
/* The next whole block, borrowed until the next call. ERR_MISSING: there is no
 * more. Torn ones are passed by and counted. ERR_IO: the stick is gone. */
int bundle_reader_next(struct bundle_reader *reader, struct bytes *out,
                       struct error *err);
uint64_t bundle_reader_torn(const struct bundle_reader *reader);
uint64_t bundle_reader_at(const struct bundle_reader *reader);
uint64_t bundle_reader_size(const struct bundle_reader *reader);
void bundle_reader_free(struct bundle_reader **reader);

#endif
