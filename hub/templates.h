/* hub/templates.h - warnings that are half written: what is known before it
 * happens, in both languages, with CAP 1.2 values. The duty officer fills in
 * what stands in [brackets].
 */
#ifndef LIENXA_HUB_TEMPLATES_H
#define LIENXA_HUB_TEMPLATES_H

#include <stddef.h>

struct alert_words {
    const char *headline, *text;
};

struct alert_template {
    const char *id;
    const char *event;    /* CAP event, also `alert issue --event` */
    const char *category; /* CAP category */
    int severity;         /* enum alert_severity */
    const char *urgency, *certainty, *response; /* CAP values */
    const char *expires;                        /* a duration */
    struct alert_words vi, en;
};

extern const struct alert_template alert_templates[];
extern const size_t alert_template_count;

#endif
