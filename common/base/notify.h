/* common/base/notify.h - words to the supervisor that runs this process as a
 * service (sd_notify(3): a datagram to NOTIFY_SOCKET), and its watchdog.
 *
 * Written here rather than linked: libsystemd brings five more libraries and
 * 1 MiB of memory into a process that is to idle in 12. Without a supervisor
 * everything here does nothing. One thread only.
 */
#ifndef LIENXA_BASE_NOTIFY_H
#define LIENXA_BASE_NOTIFY_H

#include <stdint.h>

/* Before the first child: takes NOTIFY_SOCKET and WATCHDOG_USEC out of the
 * environment, so that no child speaks for us. Again: nothing. */
void notify_open(void);

/* "READY=1", "STOPPING=1", "STATUS=words for people"; lines are parted by '\n'.
 * Never blocks; what the supervisor does not take is lost. */
void notify_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The loop goes round: says so when it is time, a third of what the watchdog
 * allows after the last time. `now_ms` monotonic. */
void notify_alive(int64_t now_ms);

/* `wait_ms` (0 or more), or less when notify_alive is due earlier. */
int notify_wait_ms(int wait_ms, int64_t now_ms);

#endif
