/* common/domain/clock_rules.c - the table, and how a clock is read. */
#include "common/domain/clock_rules.h"

#include <assert.h>
#include <string.h>

#define MINUTES(n) ((int64_t)(n)*60000)
#define HOURS(n) MINUTES(60 * (n))
#define DAYS(n) HOURS(24 * (n))
#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

enum {
    ZONE_MS = 7 * 3600000, /* Asia/Ho_Chi_Minh, no summer time */
    DAY_MS = 86400000,
    OFFICE_ENDS_HOUR = 17,
    SATURDAY = 5,
    DAYS_MOST = 400 /* nobody's holidays are longer */
};

/* Sources as in the reference: TTLT01 (from 2018: 24 h, 48 h if remote),
 * TTLT01-21 (from 14/1/2022: the serious at once), HD11 (guidance of 27/2/2025:
 * 12 h, 24 h in hard areas; file within 7 days), BLTTHS147 (20 days). "own": a
 * duty's target of ours, "at once" as half an hour among them. */
static const struct clock_rule table[] = {
    {CLOCK_NOW,
     AREA_ORDINARY,
     "2018-01-01",
     {MINUTES(15), HOURS(24), 0, DAYS(20)},
     0,
     "own; TTLT01; BLTTHS147"},
    {CLOCK_NOW,
     AREA_HARD,
     "2018-01-01",
     {MINUTES(15), HOURS(48), 0, DAYS(20)},
     0,
     "own; TTLT01; BLTTHS147"},
    {CLOCK_NOW,
     AREA_ANY,
     "2022-01-14",
     {MINUTES(15), MINUTES(30), 0, DAYS(20)},
     0,
     "own; TTLT01-21; BLTTHS147"},
    {CLOCK_NOW,
     AREA_ANY,
     "2025-02-27",
     {MINUTES(15), MINUTES(30), DAYS(7), DAYS(20)},
     0,
     "own; TTLT01-21; HD11; BLTTHS147"},
    {CLOCK_24H,
     AREA_ORDINARY,
     "2018-01-01",
     {HOURS(2), HOURS(24), 0, DAYS(20)},
     0,
     "own; TTLT01; BLTTHS147"},
    {CLOCK_24H,
     AREA_HARD,
     "2018-01-01",
     {HOURS(2), HOURS(48), 0, DAYS(20)},
     0,
     "own; TTLT01; BLTTHS147"},
    {CLOCK_24H,
     AREA_ORDINARY,
     "2025-02-27",
     {HOURS(2), HOURS(12), DAYS(7), DAYS(20)},
     0,
     "own; HD11; BLTTHS147"},
    {CLOCK_24H,
     AREA_HARD,
     "2025-02-27",
     {HOURS(2), HOURS(24), DAYS(7), DAYS(20)},
     0,
     "own; HD11; BLTTHS147"},
    {CLOCK_72H,
     AREA_ANY,
     "2018-01-01",
     {HOURS(2), 0, 0, HOURS(72)},
     0,
     "own; reference taxonomy 4.1"},
    {CLOCK_BOOKING, AREA_ANY, "2018-01-01", {HOURS(2), 0, 0, 0}, 0, "own"},
    {CLOCK_WORKING_DAY,
     AREA_ANY,
     "2018-01-01",
     {HOURS(2), 0, 0, 0},
     1,
     "own; reference taxonomy 4.1"},
};

const struct clock_rules clock_rules_default = {table, COUNT_OF(table),
                                                AREA_ORDINARY, NULL, 0};

const char *due_what_text(enum due_what what)
{
    static const char *const texts[DUE_COUNT] = {"acknowledge", "report",
                                                 "refer", "resolve"};

    return texts[what];
}

const char *due_state_text(enum due_state state)
{
    static const char *const texts[] = {"running", "met", "missed", "paused"};

    return texts[state];
}

/* ---- days */

static int32_t day_of(int64_t wall_ms)
{
    int64_t ms = wall_ms + ZONE_MS;

    return (int32_t)(ms >= 0 ? ms / DAY_MS : (ms - DAY_MS + 1) / DAY_MS);
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, whose year begins
 * in March here, so that the leap day comes last. */
static int32_t day_of_date(int32_t year, int32_t month, int32_t day)
{
    int32_t y = month > 2 ? year : year - 1;
    int32_t m = month > 2 ? month - 3 : month + 9;
    int32_t centuries = y / 100;

    return y * 365 + y / 4 - centuries + centuries / 4 + (153 * m + 2) / 5 +
           day - 719469;
}

static int32_t number(const char *digits, int count)
{
    int32_t value = 0;

    for (int i = 0; i < count; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

static int32_t day_of_text(const char *date)
{
    return day_of_date(number(date, 4), number(date + 5, 2),
                       number(date + 8, 2));
}

static int32_t year_of(int32_t day)
{
    int32_t year = 1970 + day / 365; /* too high by the leap days before it */

    while (day < day_of_date(year, 1, 1))
        year--;
    return year;
}

static bool is_holiday(const struct clock_rules *rules, int32_t day)
{
    static const int32_t fixed[][2] = {{1, 1}, {4, 30}, {5, 1}, {9, 2}};
    int32_t year = year_of(day);

    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        if (day == day_of_date(year, fixed[i][0], fixed[i][1]))
            return true;
    for (size_t i = 0; i < rules->holiday_count; i++)
        if (day == rules->holidays[i])
            return true;
    return false;
}

/* 1970-01-01 was a Thursday; Monday is 0. */
static bool is_working(const struct clock_rules *rules, int32_t day)
{
    return (day + 3) % 7 < SATURDAY && !is_holiday(rules, day);
}

/* The office's closing time on the `count`th working day behind that of
 * `from_ms`. */
static int64_t after_working_days(const struct clock_rules *rules,
                                  int64_t from_ms, int count)
{
    int32_t day = day_of(from_ms);

    for (int i = 0; count > 0 && i < DAYS_MOST; i++)
        if (is_working(rules, ++day))
            count--;
    return (int64_t)day * DAY_MS - ZONE_MS + HOURS(OFFICE_ENDS_HOUR);
}

/* ---- the rule */

const struct clock_rule *clock_rules_on(const struct clock_rules *rules,
                                        enum clock_class class, int32_t day)
{
    const struct clock_rule *best = NULL;
    int32_t best_day = 0;

    for (size_t i = 0; i < rules->count; i++) {
        const struct clock_rule *rule = &rules->rules[i];
        int32_t from = day_of_text(rule->valid_from);

        if (rule->class != class || from > day ||
            (rule->area != AREA_ANY && rule->area != rules->area) ||
            (best != NULL && from < best_day))
            continue;
        best = rule;
        best_day = from;
    }
    return best;
}

int64_t clock_rules_number(const struct clock_rules *rules)
{
    uint64_t sum = 0xcbf29ce484222325U; /* FNV-1a */

    for (size_t i = 0; i < rules->count; i++) {
        const struct clock_rule *r = &rules->rules[i];

        sum = (sum ^ (uint64_t)r->class) * 0x100000001b3U;
        sum = (sum ^ (uint64_t)r->area) * 0x100000001b3U;
        sum = (sum ^ (uint64_t)r->resolve_working_days) * 0x100000001b3U;
        for (const char *at = r->valid_from; *at != '\0'; at++)
            sum = (sum ^ (uint8_t)*at) * 0x100000001b3U;
        for (int what = 0; what < DUE_COUNT; what++)
            sum = (sum ^ (uint64_t)r->ms[what]) * 0x100000001b3U;
    }
    return (int64_t)(sum >> 1);
}

/* What is called urgent goes the serious lane; where there is no such lane it
 * is at least looked at as soon. */
static enum clock_class class_of(const struct clock_case *c)
{
    switch (c->category->clock) {
    case CLOCK_NOW_IF_LIVE:
    case CLOCK_24H:
        return c->urgent ? CLOCK_NOW : CLOCK_24H;
    case CLOCK_NOW:
    case CLOCK_72H:
    case CLOCK_BOOKING:
    case CLOCK_WORKING_DAY:
        break;
    }
    return c->category->clock;
}

/* ---- steps */

void clock_case_of_fact(struct clock_case *out,
                        struct clock_step steps[REPORT_STATE_END],
                        const struct report_fact *fact)
{
    size_t count = 0;

    for (int state = 1; state < REPORT_STATE_END; state++) {
        struct clock_step step = {state, fact->entered_ms[state]};
        size_t at = count;

        if (step.at_ms == 0 && state != fact->state)
            continue;
        /* the state it is in comes last, whatever the clock said */
        while (at > 0 && state != fact->state &&
               (steps[at - 1].at_ms > step.at_ms ||
                steps[at - 1].state == fact->state))
            at--;
        memmove(steps + at + 1, steps + at, (count - at) * sizeof *steps);
        steps[at] = step;
        count++;
    }
    *out = (struct clock_case){.category = fact->category,
                               .urgent = fact->urgent,
                               .start_ms = fact->received_ms,
                               .steps = steps,
                               .count = count};
    if (fact->continues_home[0] != '\0' && count > 0)
        out->start_ms = steps[0].at_ms;
}

struct reading {
    const struct clock_rules *rules;
    const struct clock_case *c;
    int64_t now_ms;
};

/* The time of a step, never before the one before it. */
static int64_t at(const struct clock_case *c, size_t index)
{
    int64_t most = c->start_ms;

    for (size_t i = 0; i <= index; i++)
        if (c->steps[i].at_ms > most)
            most = c->steps[i].at_ms;
    return most;
}

#define IN(state) (1U << REPORT_##state)
static const unsigned met_by[DUE_COUNT] = {
    [DUE_ACKNOWLEDGE] = ~IN(MOI),
    [DUE_REPORT] =
        IN(XAC_MINH) | IN(DANG_XU_LY) | IN(DA_CHUYEN) | IN(DA_XU_LY) | IN(DONG),
    [DUE_REFER] = IN(DA_CHUYEN) | IN(DA_XU_LY) | IN(DONG),
    [DUE_RESOLVE] = IN(DA_XU_LY) | IN(DONG),
};

/* When it began to run and when it was done (0: not). What is dealt with may be
 * reopened: then it begins anew. */
static void find_run(const struct clock_case *c, enum due_what what,
                     int64_t *from_ms, int64_t *done_ms)
{
    *from_ms = c->start_ms;
    *done_ms = 0;
    for (size_t i = 0; i < c->count; i++) {
        bool met = (met_by[what] >> c->steps[i].state & 1) != 0;

        if (met && *done_ms == 0) {
            *done_ms = at(c, i);
        } else if (!met && *done_ms != 0 && what == DUE_RESOLVE) {
            *from_ms = at(c, i);
            *done_ms = 0;
        }
    }
}

/* Moves the time by what it stood still; true: it stands still now. A clock
 * that was missed before does not. */
static bool add_pauses(const struct reading *r, int64_t from_ms,
                       int64_t until_ms, int64_t *due_ms)
{
    const struct clock_case *c = r->c;

    for (size_t i = 0; i < c->count; i++) {
        bool last = i + 1 == c->count;
        int64_t begin = at(c, i);
        int64_t end = last ? r->now_ms : at(c, i + 1);

        if (c->steps[i].state != REPORT_CHO_BO_SUNG || begin < from_ms ||
            begin >= until_ms)
            continue;
        if (begin > *due_ms)
            return false;
        *due_ms += end > begin ? end - begin : 0;
        if (last)
            return true;
    }
    return false;
}

static void read_one(const struct reading *r, const struct clock_rule *rule,
                     int64_t duration_ms, struct clock_due *out)
{
    int64_t from_ms;

    find_run(r->c, out->what, &from_ms, &out->done_ms);
    out->due_ms =
        duration_ms > 0
            ? from_ms + duration_ms
            : after_working_days(r->rules, from_ms, rule->resolve_working_days);
    if (add_pauses(r, from_ms, out->done_ms != 0 ? out->done_ms : INT64_MAX,
                   &out->due_ms))
        out->state = DUE_PAUSED;
    else if ((out->done_ms != 0 ? out->done_ms : r->now_ms) > out->due_ms)
        out->state = DUE_MISSED;
    else
        out->state = out->done_ms != 0 ? DUE_MET : DUE_RUNNING;
}

size_t clock_rules_read(const struct clock_rules *rules,
                        const struct clock_case *c, int64_t now_ms,
                        struct clock_due out[DUE_COUNT])
{
    const struct reading r = {rules, c, now_ms};
    int32_t day = day_of(c->start_ms);
    const struct clock_rule *rule = clock_rules_on(rules, class_of(c), day);
    const struct clock_rule *serious = clock_rules_on(rules, CLOCK_NOW, day);
    size_t count = 0;

    for (int what = 0; rule != NULL && what < DUE_COUNT; what++) {
        bool by_days = what == DUE_RESOLVE && rule->resolve_working_days > 0;
        int64_t ms = by_days ? 0 : rule->ms[what];

        if (what == DUE_ACKNOWLEDGE && c->urgent && serious != NULL &&
            serious->ms[what] < ms)
            ms = serious->ms[what];
        if (ms == 0 && !by_days)
            continue;
        out[count].what = (enum due_what)what;
        read_one(&r, rule, ms, &out[count++]);
    }
    return count;
}

const struct clock_due *clock_rules_next(const struct clock_due *dues,
                                         size_t count)
{
    const struct clock_due *next = NULL;

    for (size_t i = 0; i < count; i++) {
        const struct clock_due *due = &dues[i];
        bool paused = due->state == DUE_PAUSED;
        bool was_paused = next != NULL && next->state == DUE_PAUSED;

        if (due->done_ms == 0 &&
            (next == NULL || (was_paused && !paused) ||
             (was_paused == paused && due->due_ms < next->due_ms)))
            next = due;
    }
    return next;
}

bool clock_rules_rings(const struct report_fact *fact)
{
    return fact->urgent && fact->state == REPORT_MOI;
}
