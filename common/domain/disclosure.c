#include "common/domain/disclosure.h"

#include <string.h>

int64_t disclosure_until(const struct disclosure *d)
{
    return d->stage == DISCLOSURE_APPROVED && d->rule == DISCLOSURE_BY_CUSTODIAN
               ? d->decided_ms + DISCLOSURE_VIEW_MS
               : 0;
}

/* A clock that was set back keeps nothing open. */
static bool lasts(int64_t since_ms, int64_t for_ms, int64_t now_ms)
{
    return now_ms >= since_ms - for_ms && now_ms < since_ms + for_ms;
}

const char *disclosure_state_text(const struct disclosure *d, int64_t now_ms)
{
    if (d->stage == DISCLOSURE_REFUSED)
        return "refused";
    if (d->stage == DISCLOSURE_APPROVED)
        return d->rule == DISCLOSURE_BY_CUSTODIAN &&
                       lasts(d->decided_ms, DISCLOSURE_VIEW_MS, now_ms)
                   ? "open"
                   : "over";
    return lasts(d->asked_ms, DISCLOSURE_ASKED_MS, now_ms) ? "asked"
                                                           : "expired";
}

int disclosure_check_decide(const struct disclosure *d, const char *by,
                            int64_t now_ms, struct error *err)
{
    if (d->stage != DISCLOSURE_ASKED)
        return error_set(err, ERR_REFUSED, "this was decided already, by %s",
                         d->decided_by[0] == '\0' ? "the duty rule"
                                                  : d->decided_by);
    if (!lasts(d->asked_ms, DISCLOSURE_ASKED_MS, now_ms))
        return error_set(err, ERR_REFUSED,
                         "this was asked more than 24 hours ago: whoever still "
                         "needs it asks anew");
    if (strcmp(d->asked_by, by) == 0)
        return error_set(err, ERR_REFUSED,
                         "nobody decides about their own request: another "
                         "custodian must");
    return 0;
}

int disclosure_check_open(const struct disclosure *d, const char *by,
                          int64_t now_ms, struct error *err)
{
    if (d->stage == DISCLOSURE_ASKED)
        return error_set(err, ERR_REFUSED,
                         "the custodian has not consented yet");
    if (d->stage == DISCLOSURE_REFUSED)
        return error_set(err, ERR_REFUSED, "%s refused this", d->decided_by);
    if (d->rule != DISCLOSURE_BY_CUSTODIAN ||
        !lasts(d->decided_ms, DISCLOSURE_VIEW_MS, now_ms))
        return error_set(err, ERR_REFUSED,
                         "the hour for looking is over: ask anew");
    if (strcmp(d->asked_by, by) != 0)
        return error_set(err, ERR_REFUSED, "only %s may look, who asked",
                         d->asked_by);
    return 0;
}
