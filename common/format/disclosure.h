/* common/format/disclosure.h - a disclosure as both programs list it. */
#ifndef LIENXA_FORMAT_DISCLOSURE_H
#define LIENXA_FORMAT_DISCLOSURE_H

#include "common/domain/disclosure.h"
#include "common/format/json.h"

/* Sets "report", "rule" (duty, custodian), "state" (disclosure_state_text),
 * "asked_by", "asked", "decided_by", "decided", "until", "openings", "opened";
 * times are RFC 3339 or null. */
void format_disclosure(struct json *out, const struct disclosure *d,
                       int64_t now_ms);

#endif
