#include "common/base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

static const int64_t second_ms = 1000;
static const int64_t hour_ms = 3600 * 1000;
static const int64_t day_ms = 24 * 3600 * 1000;
static const int64_t vietnam_ms = 7 * 3600 * 1000;
static const int64_t last_day = 2932896; /* 9999-12-31 */

struct civil {
    int year, month, day;
};

static int64_t clock_read(clockid_t which, int64_t per_second)
{
    struct timespec now;
    int rc = clock_gettime(which, &now);

    assert(rc == 0);
    return (int64_t)now.tv_sec * per_second +
           (int64_t)now.tv_nsec / (1000000000 / per_second);
}

int64_t clock_wall_ms(void) { return clock_read(CLOCK_REALTIME, 1000); }

int64_t clock_mono_ms(void) { return clock_read(CLOCK_BOOTTIME, 1000); }

int64_t clock_mono_us(void) { return clock_read(CLOCK_BOOTTIME, 1000000); }

int64_t clock_thread_us(void)
{
    return clock_read(CLOCK_THREAD_CPUTIME_ID, 1000000);
}

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t days_before_year(int64_t year)
{
    int64_t done = year - 1;

    return done * 365 + done / 4 - done / 100 + done / 400 - 719162;
}

static int64_t civil_to_day(struct civil date)
{
    int64_t day = days_before_year(date.year) + date.day - 1;

    for (int month = 1; month < date.month; month++)
        day += days_of_month(date.year, month);
    return day;
}

/* `day` from 1970-01-01 to 9999-12-31 */
static struct civil day_to_civil(int64_t day)
{
    struct civil date = {(int)(1970 + day / 366), 1, 1}; /* never too late */

    while (days_before_year(date.year + 1) <= day)
        date.year++;
    day -= days_before_year(date.year);
    for (; day >= days_of_month(date.year, date.month); date.month++)
        day -= days_of_month(date.year, date.month);
    date.day = (int)day + 1;
    return date;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Milliseconds since 1970-01-01 on a Vietnamese clock face, in years 1970 to
 * 9999: a peer's nonsense is shown as the nearest time that can be written. */
static int64_t face_ms(int64_t wall_ms)
{
    int64_t end = (last_day + 1) * day_ms;

    return clamp(wall_ms, -vietnam_ms, end - vietnam_ms - 1) + vietnam_ms;
}

const char *clock_text(char out[CLOCK_TEXT_BYTES], int64_t wall_ms)
{
    int64_t face = face_ms(wall_ms);
    struct civil date = day_to_civil(face / day_ms);
    int second = (int)(face % day_ms / second_ms);

    (void)snprintf(out, CLOCK_TEXT_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u+07:00",
                   (unsigned)date.year % 10000, (unsigned)date.month % 100,
                   (unsigned)date.day % 100, (unsigned)(second / 3600) % 100,
                   (unsigned)(second / 60 % 60), (unsigned)(second % 60));
    return out;
}

/* Exactly `count` digits; moves `*text` behind them. */
static bool take_digits(const char **text, int count, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        *out = *out * 10 + (**text - '0');
    }
    return true;
}

static bool take_letter(const char **text, char letter, char other)
{
    if (**text != letter && **text != other)
        return false;
    (*text)++;
    return true;
}

static bool take_date(const char **text, struct civil *date)
{
    return take_digits(text, 4, &date->year) && take_letter(text, '-', '-') &&
           take_digits(text, 2, &date->month) && take_letter(text, '-', '-') &&
           take_digits(text, 2, &date->day) && date->year >= 1 &&
           date->month >= 1 && date->month <= 12 && date->day >= 1 &&
           date->day <= days_of_month(date->year, date->month);
}

/* ".5" is 500 ms; digits after the third are read and cut. */
static bool take_fraction(const char **text, int *ms)
{
    int weight = 100;

    *ms = 0;
    if (**text != '.')
        return true;
    (*text)++;
    if (**text < '0' || **text > '9')
        return false;
    for (; **text >= '0' && **text <= '9'; (*text)++) {
        *ms += (**text - '0') * weight;
        weight /= 10;
    }
    return true;
}

/* Milliseconds since midnight. A leap second (60) is the next one, as POSIX
 * counts. */
static bool take_time(const char **text, int *out_ms)
{
    int hour, minute, second, fraction_ms;

    if (!take_digits(text, 2, &hour) || !take_letter(text, ':', ':') ||
        !take_digits(text, 2, &minute) || !take_letter(text, ':', ':') ||
        !take_digits(text, 2, &second) || !take_fraction(text, &fraction_ms))
        return false;
    *out_ms = ((hour * 60 + minute) * 60 + second) * 1000 + fraction_ms;
    return hour <= 23 && minute <= 59 && second <= 60;
}

static bool take_offset(const char **text, int *offset_s)
{
    int hour, minute, sign = **text == '-' ? -1 : 1;

    *offset_s = 0;
    if (take_letter(text, 'Z', 'z'))
        return true;
    if (!take_letter(text, '+', '-') || !take_digits(text, 2, &hour) ||
        !take_letter(text, ':', ':') || !take_digits(text, 2, &minute))
        return false;
    *offset_s = sign * (hour * 3600 + minute * 60);
    return hour <= 23 && minute <= 59;
}

bool clock_parse(int64_t *wall_ms, const char *text)
{
    struct civil date;
    int time_ms, offset_s;

    if (!take_date(&text, &date) || !take_letter(&text, 'T', 't') ||
        !take_time(&text, &time_ms) || !take_offset(&text, &offset_s) ||
        *text != '\0')
        return false;
    int64_t ms = civil_to_day(date) * day_ms + time_ms - offset_s * second_ms;

    if (ms < 0 || ms >= (last_day + 1) * day_ms)
        return false;
    *wall_ms = ms;
    return true;
}

int32_t clock_day(int64_t wall_ms)
{
    return (int32_t)(face_ms(wall_ms) / day_ms);
}

int32_t clock_hour(int64_t wall_ms)
{
    return (int32_t)(face_ms(wall_ms) % day_ms / hour_ms);
}

const char *clock_day_text(char out[CLOCK_TEXT_BYTES], int32_t day)
{
    struct civil date = day_to_civil(clamp(day, 0, last_day));

    (void)snprintf(out, CLOCK_TEXT_BYTES, "%04u-%02u-%02u",
                   (unsigned)date.year % 10000, (unsigned)date.month % 100,
                   (unsigned)date.day % 100);
    return out;
}

bool clock_day_parse(int32_t *day, const char *text)
{
    struct civil date;

    if (!take_date(&text, &date) || *text != '\0' || date.year < 1970)
        return false;
    *day = (int32_t)civil_to_day(date);
    return true;
}

static int64_t unit_ms(char unit)
{
    switch (unit) {
    case 's':
        return second_ms;
    case 'm':
        return 60 * second_ms;
    case 'h':
        return hour_ms;
    case 'd':
        return day_ms;
    default:
        return 0;
    }
}

bool clock_duration_parse(int64_t *ms, const char *text)
{
    const int64_t limit = 3652 * day_ms; /* ten years */
    int64_t count = 0;
    const char *at = text;

    for (; *at >= '0' && *at <= '9'; at++) {
        count = count * 10 + (*at - '0');
        if (count > limit)
            return false;
    }
    int64_t unit = unit_ms(*at);

    if (at == text || unit == 0 || at[1] != '\0' || count > limit / unit)
        return false;
    *ms = count * unit;
    return true;
}
