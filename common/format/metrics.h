/* common/format/metrics.h - figures for Prometheus, in its text format.
 *
 * Base units in the names (_seconds, _bytes, _ratio), counters end in _total.
 * Labels are few and bounded: units, categories, codes. Never a report, a
 * receipt, a telephone number, a person.
 */
#ifndef LIENXA_FORMAT_METRICS_H
#define LIENXA_FORMAT_METRICS_H

#include "common/base/buf.h"

/* Before the values of one name: its type ("gauge", "counter", "histogram") and
 * what it is. */
void metrics_about(struct buf *out, const char *name, const char *type,
                   const char *help);

struct metrics_label {
    const char *name, *value; /* UTF-8; any bytes are made safe */
};
enum { METRICS_LABELS = 3 };
/* One value; labels end with a NULL name or after METRICS_LABELS. */
void metrics_value(struct buf *out, const char *name,
                   const struct metrics_label *labels, double value);
/* The same with one label, or none (NULL). */
void metrics_put(struct buf *out, const char *name, const char *label,
                 const char *value_of_label, double value);

/* A gauge of its own, without labels. */
void metrics_gauge(struct buf *out, const char *name, const char *help,
                   double value);

#endif
