#include "common/sync/change.h"

#include <string.h>

struct hash part_hash(const struct hash_function *f, const struct part *part)
{
    struct hash none;

    memset(&none, 0, sizeof none);
    switch (part->form) {
    case PART_ABSENT:
        return none;
    case PART_STUB:
        return part->hash;
    case PART_WHOLE:
        break;
    }

    const struct bytes pieces[] = {bytes_of(part->salt, sizeof part->salt),
                                   part->bytes};

    return f->sha256(pieces, 2);
}

struct hash change_digest(const struct hash_function *f,
                          const struct change *change)
{
    struct hash parts[PART_COUNT];

    for (size_t i = 0; i < PART_COUNT; i++)
        parts[i] = part_hash(f, &change->part[i]);

    const struct bytes pieces[] = {change->header_bytes,
                                   bytes_of(parts, sizeof parts)};

    return f->sha256(pieces, 2);
}
