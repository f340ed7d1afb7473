/* common/account/throttle.h - a growing pause after wrong passwords and codes.
 *
 * Counted by name and by address; every failure leaks away in time. Somebody
 * who was let in from an address before is not held up there by what others try
 * under the same name. Bounded: THROTTLE_PLACES counters, of which the least
 * telling gives way; where a counter lies is a secret of the process. Memory
 * only: a restart forgets. No clock of its own (`now_ms` is monotonic).
 */
#ifndef LIENXA_ACCOUNT_THROTTLE_H
#define LIENXA_ACCOUNT_THROTTLE_H

#include <stdint.h>

enum { THROTTLE_PLACES = 4096 };

struct throttle;

struct throttle *throttle_new(void); /* owned */
void throttle_free(struct throttle **throttle);

enum throttle_what { THROTTLE_PASSWORD, THROTTLE_CODE };

struct throttle_try {
    enum throttle_what what;
    const char *name; /* as typed */
    const char *from; /* an address as text; of IPv6 the first 64 bits count */
};

/* How long this one must wait before a try is even looked at; 0: now. */
int64_t throttle_wait_ms(const struct throttle *throttle,
                         const struct throttle_try *one, int64_t now_ms);
void throttle_failed(struct throttle *throttle, const struct throttle_try *one,
                     int64_t now_ms);
void throttle_passed(struct throttle *throttle, const struct throttle_try *one,
                     int64_t now_ms);

#endif
