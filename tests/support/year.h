/* tests/support/year.h - the sample year: what a commune lives through in the
 * 365 days before a given moment, made from a seed.
 *
 * A year is a pure function of (seed, commune, moment): the same bytes each
 * time, on every machine (whole numbers only). Shaped by the reference, domain
 * 4 and 6: volumes, seasons, hours, channels; nights of sand mining that the
 * river communes share, a fortnight of one swindle, a month in which weapons
 * are collected, a flood at the end of October, Tết. Of the questions about
 * papers one in ten is written down as a report.
 */
#ifndef LIENXA_YEAR_H
#define LIENXA_YEAR_H

#include "common/base/buf.h"
#include "common/base/id.h"
#include "common/domain/report.h"
#include "tests/support/year_words.h"

enum { YEAR_DAYS = 365, YEAR_STEPS = 12, YEAR_NOTE_BYTES = 160 };

struct year {
    uint64_t seed;
    const struct year_commune *commune;
    int64_t until_ms;  /* nothing is later */
    int32_t first_day; /* clock_day; the last one is that of until_ms */
};

/* ---- a stream of numbers: splitmix64 */
uint64_t year_next(uint64_t *random);
uint32_t year_below(uint64_t *random, uint32_t limit);
bool year_chance(uint64_t *random, uint32_t percent);
/* Of one thing in the year: `what` and `n` name it. */
uint64_t year_random(const struct year *year, const char *what, int64_t n);
const char *year_pick(const char *const *list, uint64_t *random);

/* ---- when (year_shape.c) */
struct year_window {
    int32_t from, to; /* days, both included */
};
struct year_window year_flood_days(const struct year *year);
struct year_window year_swindle_days(const struct year *year);
struct year_window year_weapons_days(const struct year *year);
bool year_is_sand_night(const struct year *year, int32_t day);
/* How many reports of a kind (and none of a story) are told on a day, when
 * `whole` is what year_whole says of this kind; and of a story. */
uint64_t year_whole(const struct year *year, const struct year_kind *kind);
uint32_t year_count(const struct year *year, const struct year_kind *kind,
                    uint64_t whole, int32_t day);
uint32_t year_story_count(const struct year *year,
                          const struct year_story *story,
                          struct year_window window, int32_t day);
/* A moment of that day. */
int64_t year_moment(enum year_hours hours, int32_t day, uint64_t *random);

/* ---- one report */
struct year_step {
    struct report_move move;
    int64_t at_ms;
    const char *by;
    char note[YEAR_NOTE_BYTES];
};
struct year_report {
    struct id id;
    const struct year_kind *kind;
    const struct year_story *story; /* or NULL */
    const char *village;            /* or NULL */
    int channel;
    bool live, urgent, has_occurred;
    int64_t received_ms, occurred_ms;
    struct buf text;
    char name[64], phone[16]; /* "": left out */
    size_t step_count;
    struct year_step steps[YEAR_STEPS];
};

/* Words (year_text.c): channel, village, text, times of the event, sender. */
void year_tell(const struct year *year, struct year_report *report,
               uint64_t *random);
/* What was done about it, as far as the moment allows (year_past.c). */
void year_work(const struct year *year, struct year_report *report,
               uint64_t *random);

#endif
