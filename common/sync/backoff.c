#include "common/sync/backoff.h"

int64_t backoff_next_ms(struct backoff *backoff, uint32_t random)
{
    uint32_t ceiling = BACKOFF_FIRST_MS;

    if (backoff->ceiling_ms >= BACKOFF_LAST_MS / 2)
        ceiling = BACKOFF_LAST_MS;
    else if (backoff->ceiling_ms != 0)
        ceiling = backoff->ceiling_ms * 2;
    backoff->ceiling_ms = ceiling;
    /* uniform enough: the error is below 60,000 in 2^32 */
    return (int64_t)((uint64_t)random * (ceiling + 1) >> 32);
}

void backoff_reset(struct backoff *backoff) { backoff->ceiling_ms = 0; }
