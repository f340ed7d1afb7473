/* tests/support/year_shape.c - when things happen in the sample year. */
#include <string.h>

#include "common/base/clock.h"
#include "tests/support/year.h"

enum { DAY_MS = 86400000, HOUR_MS = 3600000, PART = 1000000 };

uint64_t year_next(uint64_t *random)
{
    uint64_t z = (*random += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

uint32_t year_below(uint64_t *random, uint32_t limit)
{
    return (uint32_t)(year_next(random) % limit);
}

bool year_chance(uint64_t *random, uint32_t percent)
{
    return year_below(random, 100) < percent;
}

static uint64_t mix(uint64_t seed, const char *what, int64_t n)
{
    uint64_t random = seed;

    for (const char *c = what; *c != '\0'; c++)
        random = (random ^ (uint8_t)*c) * 0x100000001b3u;
    random ^= (uint64_t)n * 0x9e3779b97f4a7c15u;
    (void)year_next(&random);
    return year_next(&random);
}

uint64_t year_random(const struct year *year, const char *what, int64_t n)
{
    return mix(mix(year->seed, year->commune->slug, 0), what, n);
}

const char *year_pick(const char *const *list, uint64_t *random)
{
    uint32_t count = 0;

    while (list[count] != NULL)
        count++;
    return list[year_below(random, count)];
}

/* ---- the calendar */

/* The date's parts; days since 1970-01-01, proleptic Gregorian. */
static void civil(int32_t day, int *year, int *month, int *of_month)
{
    char text[CLOCK_TEXT_BYTES];

    (void)clock_day_text(text, day);
    *year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 +
            (text[2] - '0') * 10 + (text[3] - '0');
    *month = (text[5] - '0') * 10 + (text[6] - '0');
    *of_month = (text[8] - '0') * 10 + (text[9] - '0');
}

static int weekday(int32_t day) /* 0 = Sunday */ { return (day + 4) % 7; }

/* The first day of the lunar year; it lies in no table beyond these. */
static int32_t tet_near(int32_t day)
{
    static const char *const first[] = {
        "2023-01-22", "2024-02-10", "2025-01-29", "2026-02-17", "2027-02-06",
        "2028-01-26", "2029-02-13", "2030-02-03", "2031-01-23", "2032-02-11"};
    int32_t best = 0;

    for (size_t i = 0; i < sizeof first / sizeof *first; i++) {
        int32_t at = 0;

        (void)clock_day_parse(&at, first[i]);
        if (best == 0 || (at > day ? at - day : day - at) <
                             (best > day ? best - day : day - best))
            best = at;
    }
    return best;
}

static bool is_tet(int32_t day)
{
    int32_t from = day - tet_near(day);

    return from >= -12 && from <= 7;
}

/* The `month`-`of_month` that lies in the year. */
static int32_t day_within(const struct year *year, int month, int of_month)
{
    for (int32_t day = year->first_day; day < year->first_day + 366; day++) {
        int y, m, d;

        civil(day, &y, &m, &d);
        if (m == month && d == of_month)
            return day;
    }
    return year->first_day;
}

struct year_window year_flood_days(const struct year *year)
{
    int32_t first = day_within(year, 10, 27);

    return (struct year_window){first, first + 3};
}

/* One for the district: no commune in the seed. */
struct year_window year_swindle_days(const struct year *year)
{
    uint64_t random = mix(year->seed, "swindle", 0);
    int32_t first = day_within(year, 5, 10) + (int32_t)year_below(&random, 60);

    return (struct year_window){first, first + 13};
}

struct year_window year_weapons_days(const struct year *year)
{
    int32_t first = day_within(year, 3, 15);

    return (struct year_window){first, first + 30};
}

bool year_is_sand_night(const struct year *year, int32_t day)
{
    uint64_t random = mix(year->seed, "sand", day);

    return year_below(&random, 100) < 14;
}

/* ---- how much on a day */

static const uint32_t seasons[SEASON_END][12] = {
    [SEASON_FLAT] = {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 100,
                     100},
    [SEASON_DRY] = {80, 120, 150, 160, 160, 150, 150, 140, 90, 15, 15, 40},
    [SEASON_WET] = {40, 20, 15, 15, 40, 25, 20, 50, 180, 320, 330, 150},
    [SEASON_SUMMER] = {60, 70, 80, 110, 150, 170, 170, 150, 100, 60, 50, 50},
    [SEASON_FEASTS] = {130, 140, 120, 110, 120, 130, 120, 110, 70, 50, 50, 90},
    [SEASON_YEAR_END] = {170, 120, 80, 80, 85, 85, 80, 80, 80, 90, 110, 160},
};

/* In percent of an ordinary day. */
static uint64_t weight(const struct year *year, const struct year_kind *kind,
                       int32_t day)
{
    int y, month, of_month, of_week = weekday(day);
    uint64_t w;

    civil(day, &y, &month, &of_month);
    w = seasons[kind->season][month - 1];
    if (of_week == 0 || of_week == 6)
        w = w * kind->weekend / 100;
    if (is_tet(day))
        w = w * kind->tet / 100;
    if (kind->river > 100) /* boats come on the same nights to all */
        w = w * (year_is_sand_night(year, day) ? 520 : 25) / 100;
    return w;
}

uint64_t year_whole(const struct year *year, const struct year_kind *kind)
{
    uint64_t sum = 0;

    for (int32_t i = 0; i < YEAR_DAYS; i++)
        sum += weight(year, kind, year->first_day + i);
    return sum > 0 ? sum : 1;
}

/* What a thousand of the commune's tips are divided among. */
static uint64_t all_shares(const struct year_commune *commune)
{
    uint64_t sum = 0;

    for (const struct year_kind *k = year_order; k->category != NULL; k++)
        sum += k->share;
    for (const struct year_kind *k = year_life; k->category != NULL; k++)
        sum += k->share + (commune->river ? k->river : 0) +
               (commune->lagoon ? k->lagoon : 0);
    return sum;
}

/* A mean in millionths to a whole number. */
static uint32_t draw(uint64_t mean, uint64_t *random)
{
    return (uint32_t)(mean / PART) +
           (year_below(random, PART) < mean % PART ? 1 : 0);
}

uint32_t year_count(const struct year *year, const struct year_kind *kind,
                    uint64_t whole, int32_t day)
{
    const struct year_commune *c = year->commune;
    uint64_t random = year_random(year, kind->category, day);
    uint64_t share = kind->share + (c->river ? kind->river : 0) +
                     (c->lagoon ? kind->lagoon : 0);
    uint64_t mean = kind->course == COURSE_QUESTION
                        ? (uint64_t)c->questions * PART
                        : (uint64_t)c->tips * PART * share / all_shares(c);

    if (kind->course != COURSE_QUESTION) /* the others belong to stories */
        mean = mean * 62 / 100;
    mean = mean * weight(year, kind, day) / whole;
    return draw(mean, &random);
}

uint32_t year_story_count(const struct year *year,
                          const struct year_story *story,
                          struct year_window window, int32_t day)
{
    static const uint32_t rise[] = {60, 150, 130, 60};
    uint64_t random = year_random(year, story->category, day + 1000000);
    uint64_t mean = (uint64_t)year->commune->tips * PART * story->share / 1000;

    if (day < window.from || day > window.to)
        return 0;
    mean = mean / (uint64_t)(window.to - window.from + 1);
    if (window.to - window.from == 3) /* the flood: it rises and falls */
        mean = mean * rise[day - window.from] / 100 *
               (year->commune->cut_off ? 2 : 1) / 2;
    return draw(mean, &random);
}

/* ---- the hour */

static const uint32_t by_hour[HOURS_END][24] = {
    [HOURS_OFFICE] = {0, 0, 0,  0,  0, 0, 1, 10, 16, 15, 11, 5,
                      2, 9, 14, 13, 9, 4, 2, 2,  1,  1,  0,  0},
    [HOURS_DAY] = {1, 1, 0, 0, 1, 2, 5, 8, 9, 9, 8, 6,
                   4, 5, 7, 8, 8, 8, 7, 6, 5, 4, 2, 1},
    [HOURS_EVENING] = {4, 2, 1, 1, 1, 1, 2,  3,  3,  3,  3,  3,
                       3, 3, 3, 4, 6, 9, 10, 12, 14, 15, 13, 8},
    [HOURS_NIGHT] = {15, 16, 14, 11, 7, 5, 4, 3, 2, 1, 1,  1,
                     1,  1,  1,  1,  1, 1, 2, 3, 5, 8, 11, 14},
    [HOURS_MORNING] = {2, 2, 2, 3, 5, 10, 14, 13, 9, 7, 5, 4,
                       3, 3, 3, 3, 3, 4,  4,  4,  4, 3, 2, 2},
    [HOURS_ANY] = {4, 4, 4, 4, 5, 6, 6, 6, 6, 5, 5, 5,
                   5, 5, 5, 5, 6, 6, 6, 6, 6, 5, 5, 4},
};

int64_t year_moment(enum year_hours hours, int32_t day, uint64_t *random)
{
    uint32_t sum = 0, at;
    int hour = 0;

    for (int i = 0; i < 24; i++)
        sum += by_hour[hours][i];
    at = year_below(random, sum);
    while (at >= by_hour[hours][hour])
        at -= by_hour[hours][hour++];
    return (int64_t)day * DAY_MS - 7 * (int64_t)HOUR_MS +
           hour * (int64_t)HOUR_MS + year_below(random, HOUR_MS / 1000) * 1000;
}
