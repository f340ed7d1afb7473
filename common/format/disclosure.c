#include "common/format/disclosure.h"

#include "common/base/clock.h"

static void set_time(struct json *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    json_set_text(out, key, wall_ms == 0 ? NULL : clock_text(text, wall_ms));
}

void format_disclosure(struct json *out, const struct disclosure *d,
                       int64_t now_ms)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, "report", id_text(text, &d->report));
    json_set_text(out, "rule",
                  d->rule == DISCLOSURE_BY_DUTY ? "duty" : "custodian");
    json_set_text(out, "state", disclosure_state_text(d, now_ms));
    json_set_text(out, "asked_by", d->asked_by);
    set_time(out, "asked", d->asked_ms);
    json_set_text(out, "decided_by",
                  d->decided_by[0] == '\0' ? NULL : d->decided_by);
    set_time(out, "decided", d->decided_ms);
    set_time(out, "until", disclosure_until(d));
    json_set_i64(out, "openings", d->openings);
    set_time(out, "opened", d->opened_ms);
}
