#include "common/format/metrics.h"

#include <math.h>
#include <stddef.h>

void metrics_about(struct buf *out, const char *name, const char *type,
                   const char *help)
{
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        if (*text == '\n')
            buf_printf(out, "\\n");
        else if (*text == '"' || *text == '\\')
            buf_printf(out, "\\%c", *text);
        else
            buf_printf(out, "%c", *text);
}

void metrics_value(struct buf *out, const char *name,
                   const struct metrics_label *labels, double value)
{
    size_t i = 0;

    buf_printf(out, "%s", name);
    for (; labels != NULL && i < METRICS_LABELS && labels[i].name != NULL;
         i++) {
        buf_printf(out, "%s%s=\"", i == 0 ? "{" : ",", labels[i].name);
        add_escaped(out, labels[i].value);
        buf_printf(out, "\"");
    }
    if (i > 0)
        buf_printf(out, "}");
    if (isfinite(value))
        buf_printf(out, " %.15g\n", value);
    else
        buf_printf(out, " NaN\n");
}

void metrics_put(struct buf *out, const char *name, const char *label,
                 const char *value_of_label, double value)
{
    const struct metrics_label labels[METRICS_LABELS] = {
        {label, value_of_label}, {NULL, NULL}};

    metrics_value(out, name, labels, value);
}

void metrics_gauge(struct buf *out, const char *name, const char *help,
                   double value)
{
    metrics_about(out, name, "gauge", help);
    metrics_put(out, name, NULL, NULL, value);
}
