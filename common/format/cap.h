/* common/format/cap.h - a warning as a CAP 1.2 document (OASIS, 1 July 2010),
 * for systems that are not ours: warning centres, aggregators, sirens.
 *
 * The order of elements, the values and the form of times are the schema's:
 * seconds, and Vietnam's +07:00, never Z or fractions; no prefix; the language
 * is written out, for without one CAP means American English.
 */
#ifndef LIENXA_FORMAT_CAP_H
#define LIENXA_FORMAT_CAP_H

#include <stddef.h>
#include <stdint.h>

#include "common/base/buf.h"

struct cap_reference { /* a warning whose place this one takes */
    char identifier[40];
    int64_t sent_ms;
};

struct cap_area {
    const char *name;
    char list[16]; /* geocode: which list of codes, .. */
    char code[16]; /* .. and the code in it; "": none */
};

/* Borrowed. Texts are UTF-8 without control characters but for ends of lines;
 * neither identifier nor sender has a space, a comma, '<' or '&'. */
struct cap_alert {
    const char *identifier, *sender, *sender_name;
    int64_t sent_ms, expires_ms;
    const char *type;                       /* msgType: Alert, Update, Cancel */
    const struct cap_reference *references; /* none for an Alert */
    size_t reference_count;
    const char *category, *event;
    const char *response; /* NULL: none */
    const char *urgency, *severity, *certainty;
    const char *headline, *text;
    const char *instruction;      /* NULL or "": none */
    const char *number;           /* issuer_seq, "EPOCH.N": a parameter */
    const struct cap_area *areas; /* one at least */
    size_t area_count;
};

/* Appends the document. */
void cap_write(struct buf *out, const struct cap_alert *alert);

#endif
