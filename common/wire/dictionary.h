/* common/wire/dictionary.h - words and phrases that both ends of a line have
 * already: short batches are compressed by them (PROTOCOL 7.13).
 *
 * A dictionary is a file of proto/ in zstd's format, made by ops/dictionary of
 * texts that this project invented. What was shipped once is never changed and
 * stays as long as a peer may name it: a better one gets the next number.
 */
#ifndef LIENXA_WIRE_DICTIONARY_H
#define LIENXA_WIRE_DICTIONARY_H

#include "common/base/buf.h"

/* Ids of all that are here, the best first; borrowed for ever. */
const uint32_t *wire_dictionaries(size_t *count);

/* The bytes of one; none when it is not here. Borrowed for ever. */
struct bytes wire_dictionary(uint32_t id);

#endif
