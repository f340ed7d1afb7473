/* common/sync/backoff.h - when to dial again: full jitter, 1 s to 60 s.
 *
 * PROTOCOL 11.3. Reset by any authenticated frame that comes in.
 */
#ifndef LIENXA_SYNC_BACKOFF_H
#define LIENXA_SYNC_BACKOFF_H

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_LAST_MS = 60000 };

struct backoff {
    uint32_t ceiling_ms; /* 0: fresh */
};

/* The pause before the next try: uniform in [0, ceiling], where the ceiling
 * doubles from 1 s to 60 s with each call. `random` is any 32 random bits. */
int64_t backoff_next_ms(struct backoff *backoff, uint32_t random);
void backoff_reset(struct backoff *backoff);

#endif
