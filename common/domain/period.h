/* common/domain/period.h - the stretch of days that a commune closes.
 *
 * The ministry's statistical months run from the 15th to the 14th (reference
 * 4.7), so "2026-11" is 2026-10-15 to 2026-11-14. Any other stretch is said as
 * "2026-10-01..2026-12-31". Pure text: what day of the week or of the clock it
 * is, is the caller's matter.
 */
#ifndef LIENXA_DOMAIN_PERIOD_H
#define LIENXA_DOMAIN_PERIOD_H

#include "common/base/error.h"

enum {
    PERIOD_DATE_BYTES = 16, /* "2026-10-15" and its NUL */
    PERIOD_START_DAY = 15   /* of a statistical month */
};

struct period {
    char first[PERIOD_DATE_BYTES], last[PERIOD_DATE_BYTES]; /* inclusive */
};

/* ERR_INVALID with the two forms in `err`. Whether the dates of the second form
 * exist is checked by whoever turns them into days. */
int period_parse(struct period *out, const char *text, struct error *err);

#endif
