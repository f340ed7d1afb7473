/* tests/support/year_past.c - what officers do about a report of the sample
 * year, and how long it takes them. */
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "tests/support/year.h"

enum { MINUTE_MS = 60000, OPEN_MIN = 7 * 60, SHUT_MIN = 17 * 60 + 30 };
static const int64_t minute_ms = MINUTE_MS;

struct work {
    const struct year *year;
    struct year_report *report;
    uint64_t *random;
    int64_t at_ms;
    size_t most;  /* steps: then it is forgotten */
    bool stopped; /* nothing more happened until now */
};

/* Around `typical`, mostly less, at times three times as long. */
static int64_t spread(uint64_t *random, int64_t typical)
{
    int64_t r = year_below(random, 100);

    return typical * (25 + r * r / 36) / 100;
}

/* The same moment when somebody is at the desk, else the next morning. */
static int64_t at_the_desk(int64_t at_ms, uint64_t *random)
{
    int64_t local = at_ms / minute_ms + 7 * 60;
    int64_t minute = local % 1440, day = local - minute;

    if (minute >= SHUT_MIN)
        day += 1440;
    else if (minute >= OPEN_MIN)
        return at_ms;
    return (day + OPEN_MIN + year_below(random, 90) - 7 * 60) * minute_ms +
           year_below(random, MINUTE_MS / 1000) * 1000;
}

/* One more step, unless it lies in the future. */
static struct year_step *step(struct work *w, int to, int64_t minutes,
                              bool desk)
{
    struct year_report *r = w->report;
    struct year_step *s = &r->steps[r->step_count];
    int64_t at_ms = w->at_ms + spread(w->random, minutes) * minute_ms +
                    year_below(w->random, 60) * 1000;

    if (desk)
        at_ms = at_the_desk(at_ms, w->random);
    if (w->stopped || at_ms >= w->year->until_ms || r->step_count == w->most) {
        w->stopped = true;
        return NULL;
    }
    memset(s, 0, sizeof *s);
    s->move.to = to;
    s->at_ms = w->at_ms = at_ms;
    s->by = "can-bo";
    r->step_count++;
    return s;
}

static void note(struct year_step *s, const char *text)
{
    if (s != NULL)
        (void)snprintf(s->note, sizeof s->note, "%s", text);
}

/* ---- endings */

/* The outcome of a report that is closed before it was dealt with, or none. */
static int early_outcome(struct work *w)
{
    bool swindle = w->report->story == &year_swindle[0];
    uint32_t at = year_below(w->random, 1000);

    if (w->report->kind->course == COURSE_QUESTION)
        return at < 15 ? OUTCOME_TIN_RAC : at < 30 ? OUTCOME_TRUNG_LAP : 0;
    if (swindle && at < 380)
        return OUTCOME_TRUNG_LAP;
    if (w->report->kind->river > 100 && at < 230)
        return OUTCOME_TRUNG_LAP;
    return at < 55    ? OUTCOME_KHONG_DU_CAN_CU
           : at < 100 ? OUTCOME_TRUNG_LAP
           : at < 125 ? OUTCOME_NGOAI_THAM_QUYEN
           : at < 145 ? OUTCOME_TIN_RAC
           : at < 160 ? OUTCOME_RUT_LAI
                      : 0;
}

static void end_early(struct work *w, int outcome, int64_t minutes)
{
    struct year_step *s = step(w, REPORT_DONG, minutes, true);

    if (s == NULL)
        return;
    s->move.outcome = outcome;
    note(s, year_pick(year_ended[outcome], w->random));
}

static void end_well(struct work *w, int64_t minutes, int64_t closing,
                     bool desk)
{
    struct year_step *s = step(w, REPORT_DA_XU_LY, minutes, desk);

    if (year_chance(w->random, 75))
        note(s, year_pick(year_done[w->report->kind->course], w->random));
    if (s != NULL && year_chance(w->random, 2)) {
        s = step(w, REPORT_DANG_XU_LY, 3 * 1440, true);
        note(s, year_pick(year_reopened, w->random));
        if (s != NULL)
            s->by = "lanh-dao";
        s = step(w, REPORT_DA_XU_LY, 2 * 1440, true);
        note(s, year_pick(year_done[w->report->kind->course], w->random));
    }
    (void)step(w, REPORT_DONG, closing, true);
}

/* ---- the four courses */

static void work_question(struct work *w)
{
    bool hard = year_chance(w->random, 12);

    (void)step(w, REPORT_DANG_XU_LY, 12, true);
    end_well(w, hard ? 900 : 50, 300, true);
}

static void work_rescue(struct work *w)
{
    (void)step(w, REPORT_DANG_XU_LY, 12, false);
    end_well(w, year_chance(w->random, 70) ? 150 : 3 * 1440, 2 * 1440, false);
}

static void work_crime(struct work *w)
{
    (void)step(w, REPORT_XAC_MINH, 240, true);
    if (year_chance(w->random, 18)) {
        note(step(w, REPORT_CHO_BO_SUNG, 600, true),
             year_pick(year_asked, w->random));
        (void)step(w, REPORT_XAC_MINH, 2 * 1440, true);
    }
    if (year_chance(w->random, 75))
        (void)step(w, REPORT_DANG_XU_LY, 1440, true);
    end_well(w, 5 * 1440, 3 * 1440, true);
}

static void work_order(struct work *w)
{
    (void)step(w, REPORT_DANG_XU_LY, 500, true);
    end_well(w, 2 * 1440, 2 * 1440, true);
}

/* Now and then something is forgotten; what is old has been found again. */
static size_t most_steps(const struct year *year,
                         const struct year_report *report, uint64_t *random)
{
    int64_t age_ms = year->until_ms - report->received_ms;

    if (age_ms < (int64_t)45 * 86400000 && year_chance(random, 8))
        return 2 + year_below(random, 4);
    return YEAR_STEPS;
}

void year_work(const struct year *year, struct year_report *report,
               uint64_t *random)
{
    struct work w = {.year = year,
                     .report = report,
                     .random = random,
                     .at_ms = report->received_ms,
                     .most = most_steps(year, report, random)};
    bool now = report->urgent;
    bool late = year_chance(random, 6);
    int outcome;

    report->step_count = 0;
    (void)step(&w, REPORT_DA_TIEP_NHAN,
               now ? (late ? 35 : 6) : (late ? 240 : 45), !now);
    (void)step(&w, REPORT_PHAN_LOAI, now ? 6 : 25, !now);
    if ((outcome = early_outcome(&w)) != 0) {
        end_early(&w, outcome, 600);
        return;
    }
    switch (report->kind->course) {
    case COURSE_QUESTION:
        work_question(&w);
        break;
    case COURSE_RESCUE:
        work_rescue(&w);
        break;
    case COURSE_CRIME:
        work_crime(&w);
        break;
    case COURSE_ORDER:
        work_order(&w);
        break;
    case COURSE_END:
        break;
    }
}
