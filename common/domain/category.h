/* common/domain/category.h - the kinds of report (reference taxonomy, 4.1).
 */
#ifndef LIENXA_DOMAIN_CATEGORY_H
#define LIENXA_DOMAIN_CATEGORY_H

#include <stdbool.h>
#include <stddef.h>

enum seal_rule { SEAL_NO, SEAL_OPT, SEAL_YES, SEAL_ALWAYS };
enum clock_class {
    CLOCK_NOW,         /* serious: at once */
    CLOCK_NOW_IF_LIVE, /* at once while under way, else 24 h: not urgent alone
                        */
    CLOCK_24H,
    CLOCK_72H,
    CLOCK_BOOKING,
    CLOCK_WORKING_DAY
};

struct category {
    const char *code; /* "trom_cap" */
    const char *vi, *en;
    char group;      /* H K M G C T N V A, or '-' */
    const char *cap; /* CAP 1.2 category, or "" */
    enum seal_rule seal;
    enum clock_class clock;
    bool bypasses_post; /* can_bo: never shown to the post it concerns */
};

extern const struct category categories[];
extern const size_t category_count; /* 39 */

/* NULL when unknown. */
const struct category *category_find(const char *code);

/* Which key seals the sender: false = duty key (no, opt), true = custodian key
 * (yes, always). Design 6. */
bool category_needs_custodian(const struct category *category);

#endif
