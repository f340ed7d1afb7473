/* common/domain/alert.h - what an alert says and what a unit makes of it.
 *
 * CAP 1.2 meaning (design 7). Pure: the signature has been checked by the
 * caller and comes in as a fact.
 */
#ifndef LIENXA_DOMAIN_ALERT_H
#define LIENXA_DOMAIN_ALERT_H

#include <stdint.h>

#include "common/base/buf.h"
#include "common/base/id.h"
#include "common/domain/unit.h"

enum { /* text in characters, as CAP counts; lists in entries */
       ALERT_EVENT_LIMIT = 100,
       ALERT_HEADLINE_LIMIT = 160,
       ALERT_TEXT_LIMIT = 8000,
       ALERT_REFERENCES_LIMIT = 16,
       ALERT_AUDIENCE_LIMIT = 512
};

enum alert_type { ALERT_ALERT = 1, ALERT_UPDATE, ALERT_CANCEL }; /* msgType */
enum alert_severity { /* CAP 1.2 severity; PROTOCOL 9 */
                      ALERT_EXTREME = 1,
                      ALERT_SEVERE,
                      ALERT_MODERATE,
                      ALERT_MINOR,
                      ALERT_SEVERITY_END
};

/* All strings borrowed from the decoded message. */
struct alert {
    struct id id;
    const char *issuer;     /* unit key of the hub */
    uint64_t epoch, number; /* issuer_seq */
    int64_t issued_ms, expires_ms;
    int type;     /* enum alert_type */
    int severity; /* enum alert_severity */
    const char *event, *headline, *text, *instruction;
    const char **audience; /* unit keys; count 0 = every unit */
    size_t audience_count;
    const struct id *references; /* alerts this one replaces */
    size_t reference_count;
};

/* Distinct codes, shown to operators and written in receipts (PROTOCOL 9.3). */
enum alert_verdict {
    ALERT_ACCEPTED = 200,
    ALERT_DUPLICATE = 201,
    ALERT_SUPERSEDED = 202, /* stored, not shown */
    ALERT_MALFORMED = 206,
    ALERT_NO_REFERENCE = 207, /* Update or Cancel that names none */
    ALERT_BAD_SIGNATURE = 208,
    ALERT_EXPIRED = 209,
    ALERT_UNKNOWN_KEY = 210,
    ALERT_OUTSIDE = 214 /* this unit is not in the audience */
};
const char *alert_verdict_text(int verdict); /* "bad signature" */

struct alert_context {
    const char *unit; /* the receiver's key */
    int64_t now_ms;   /* best known time, design 7; 0 = not known */
    bool key_known;   /* signer is a hub signing key we trust, not revoked */
    bool signature_good;
    bool known_already; /* an alert with this id is stored */
    bool superseded;    /* a stored Update or Cancel names it */
};

/* The first that applies, in this order: unknown key, bad signature, malformed,
 * duplicate, no reference, outside, expired (never when now_ms is 0),
 * superseded, accepted. */
int alert_judge(const struct alert *alert, const struct alert_context *context);

/* Lengths, enums, times (expires after issued), references: 0 or ERR_INVALID.
 */
int alert_check(const struct alert *alert, struct error *err);

const char *alert_severity_text(int severity); /* "extreme" */
int alert_severity_parse(const char *text);    /* 0 unknown */

#endif
