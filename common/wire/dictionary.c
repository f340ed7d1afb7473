/* common/wire/dictionary.c - see dictionary.h; the bytes are in dictionary.S.
 */
#include "common/wire/dictionary.h"

#include <stddef.h>

extern const uint8_t wire_dictionary_1[], wire_dictionary_1_end[];

/* zstd leaves the ids from 32,768 to 2^31 - 1 to whoever wants them; those up
 * to 65,535 take two bytes of a frame. */
enum { FIRST = 32769 };

static const uint32_t ids[] = {FIRST};

const uint32_t *wire_dictionaries(size_t *count)
{
    *count = sizeof ids / sizeof *ids;
    return ids;
}

struct bytes wire_dictionary(uint32_t id)
{
    if (id != FIRST)
        return (struct bytes){NULL, 0};
    return bytes_of(wire_dictionary_1,
                    (size_t)(wire_dictionary_1_end - wire_dictionary_1));
}
