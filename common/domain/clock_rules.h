/* common/domain/clock_rules.h - by when a report must be acknowledged, reported
 * upward, handed over and dealt with (design 8, reference taxonomy 4.3).
 *
 * Rules are dated data: the law changed three times since 2018. The one in
 * force on the day of receipt holds for a report, also when another came since.
 * Clocks run from receipt at the node, pause in cho_bo_sung and are read, never
 * kept: the same steps and the same `now` give the same answer everywhere.
 * Pure: no clock, no disk; wall-clock milliseconds, 0 = not yet.
 */
#ifndef LIENXA_DOMAIN_CLOCK_RULES_H
#define LIENXA_DOMAIN_CLOCK_RULES_H

#include "common/domain/report.h"

enum due_what {
    DUE_ACKNOWLEDGE, /* met by any state behind moi */
    DUE_REPORT,      /* upward; met when it is decided what is done with it */
    DUE_REFER,       /* file handed over; met by da_chuyen, or by the end */
    DUE_RESOLVE,     /* met by da_xu_ly or dong; begins anew when reopened */
    DUE_COUNT
};
enum due_state { DUE_RUNNING, DUE_MET, DUE_MISSED, DUE_PAUSED };

/* "acknowledge" "report" "refer" "resolve"; "running" "met" "missed" "paused"
 */
const char *due_what_text(enum due_what what);
const char *due_state_text(enum due_state state);

enum clock_area { AREA_ORDINARY, AREA_HARD /* remote: longer */, AREA_ANY };

struct clock_rule {
    enum clock_class class;
    enum clock_area area;
    const char *valid_from;   /* "2025-02-27" */
    int64_t ms[DUE_COUNT];    /* from receipt; 0 = no such clock */
    int resolve_working_days; /* instead of ms[DUE_RESOLVE]; 0 = not by days */
    const char *source;       /* whence the figures are */
};

struct clock_rules {
    const struct clock_rule *rules;
    size_t count;
    enum clock_area area;    /* of this commune */
    const int32_t *holidays; /* clock_day numbers beside the fixed ones (1/1,
                              * 30/4, 1/5, 2/9): those of the lunar calendar */
    size_t holiday_count;
};

/* The table of this version: figures of secondary texts, each with its source.
 * An operator's own takes its place. Ordinary area, no lunar holidays. */
extern const struct clock_rules clock_rules_default;

/* Another number for every other table: what was read by one and kept is to be
 * read again by the next. */
int64_t clock_rules_number(const struct clock_rules *rules);

/* The rule for `class` on a day (clock_day); NULL: there is none that old. */
const struct clock_rule *clock_rules_on(const struct clock_rules *rules,
                                        enum clock_class class, int32_t day);

struct clock_step {
    int state; /* enum report_state */
    int64_t at_ms;
};

struct clock_case {
    const struct category *category;
    bool urgent;
    int64_t start_ms; /* receipt here */
    const struct clock_step *steps;
    size_t count; /* oldest first; the last is the state */
};

/* All that one version knows: the last time each state was entered, in `steps`.
 * Of several pauses only the last is known; who has every version gives its
 * steps. A working copy of another commune's report starts when it was
 * accepted. */
void clock_case_of_fact(struct clock_case *out,
                        struct clock_step steps[REPORT_STATE_END],
                        const struct report_fact *fact);

struct clock_due {
    enum due_what what;
    enum due_state state; /* missed: also while it still is to be done */
    int64_t due_ms;       /* paused: if it went on now */
    int64_t done_ms;      /* 0: still to be done */
};

/* The clocks of a report in the order of enum due_what; how many. */
size_t clock_rules_read(const struct clock_rules *rules,
                        const struct clock_case *c, int64_t now_ms,
                        struct clock_due out[DUE_COUNT]);

/* Of what is still to be done what is due first; of paused ones only when no
 * other is left; NULL when nothing is. */
const struct clock_due *clock_rules_next(const struct clock_due *dues,
                                         size_t count);

/* An urgent report nobody has acknowledged rings. */
bool clock_rules_rings(const struct report_fact *fact);

#endif
