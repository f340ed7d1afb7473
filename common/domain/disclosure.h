/* common/domain/disclosure.h - a sealed sender is looked at: by whom, when, and
 * with whose consent (design 6; reference privacy test P8).
 *
 * Two rules. Duty: the officer on duty may open it to call back; looking is
 * written down. Custodian: somebody asks and says why, a custodian who is not
 * the one who asks consents or refuses, and for an hour the one who asked may
 * look. Every looking is a version of a record of the commune, so that it is in
 * the books of both ends. The reason stays in the commune. Pure: the caller
 * brings the time.
 */
#ifndef LIENXA_DOMAIN_DISCLOSURE_H
#define LIENXA_DOMAIN_DISCLOSURE_H

#include <stdint.h>

#include "common/base/error.h"
#include "common/base/id.h"

enum {
    DISCLOSURE_NAME_LIMIT = 64,             /* bytes, of a user */
    DISCLOSURE_REASON_LIMIT = 1000,         /* bytes */
    DISCLOSURE_ASKED_MS = 24 * 3600 * 1000, /* then it must be asked anew */
    DISCLOSURE_VIEW_MS = 3600 * 1000
};

enum disclosure_rule { /* values are on the wire: PROTOCOL 4.9 */
                       DISCLOSURE_BY_DUTY = 1,
                       DISCLOSURE_BY_CUSTODIAN,
                       DISCLOSURE_RULE_END
};

enum disclosure_stage { /* values are on the wire */
                        DISCLOSURE_ASKED = 1,
                        DISCLOSURE_APPROVED, /* by duty: from the beginning */
                        DISCLOSURE_REFUSED,
                        DISCLOSURE_STAGE_END
};

struct disclosure {
    struct id report;
    int rule;  /* enum disclosure_rule */
    int stage; /* enum disclosure_stage */
    char asked_by[DISCLOSURE_NAME_LIMIT + 1];
    char decided_by[DISCLOSURE_NAME_LIMIT + 1]; /* "": by duty, or not yet */
    int64_t asked_ms, decided_ms;
    uint32_t openings; /* how often it was looked at */
    int64_t opened_ms; /* last time; 0 never */
};

/* "asked", "expired" (nobody decided in time), "open", "over" (the hour is),
 * "refused". */
const char *disclosure_state_text(const struct disclosure *d, int64_t now_ms);
/* Until when the one who asked may look; 0 when nobody consented, or nobody had
 * to. */
int64_t disclosure_until(const struct disclosure *d);

/* May `by` consent or refuse now, may `by` look now? 0, or ERR_REFUSED with
 * what to do. */
int disclosure_check_decide(const struct disclosure *d, const char *by,
                            int64_t now_ms, struct error *err);
int disclosure_check_open(const struct disclosure *d, const char *by,
                          int64_t now_ms, struct error *err);

#endif
