/* common/base/clock.h - the time, from the kernel, and how people write it.
 *
 * The only module that asks for the time. Wall-clock times are milliseconds
 * since 1970 UTC; they are shown to people and never decide an order. Durations
 * are measured on CLOCK_BOOTTIME.
 */
#ifndef LIENXA_BASE_CLOCK_H
#define LIENXA_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void); /* CLOCK_BOOTTIME */
int64_t clock_mono_us(void);
int64_t clock_thread_us(void); /* what the processor did for this thread */

enum { CLOCK_TEXT_BYTES = 32 };

/* RFC 3339 in Vietnam's time, "2026-11-23T20:15:01+07:00" (whole seconds);
 * returns `out`. */
const char *clock_text(char out[CLOCK_TEXT_BYTES], int64_t wall_ms);

/* RFC 3339 with any offset, 'Z', optional fraction. False when malformed or
 * before 1970 or after 9999. */
bool clock_parse(int64_t *wall_ms, const char *text);

/* Days since 1970-01-01 in Asia/Ho_Chi_Minh (UTC+7, no summer time), and the
 * hour of that day, 0..23. */
int32_t clock_day(int64_t wall_ms);
int32_t clock_hour(int64_t wall_ms);

/* "2026-11-23" from such a day, and back. */
const char *clock_day_text(char out[CLOCK_TEXT_BYTES], int32_t day);
bool clock_day_parse(int32_t *day, const char *text);

/* "90s", "15m", "6h", "48h", "7d" to milliseconds; false when malformed,
 * negative or over ten years. */
bool clock_duration_parse(int64_t *ms, const char *text);

#endif
