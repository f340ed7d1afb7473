/* common/wire/settings.h - the fact of a unit's settings (PROTOCOL 4.10). */
#ifndef LIENXA_WIRE_SETTINGS_H
#define LIENXA_WIRE_SETTINGS_H

#include "common/base/buf.h"
#include "common/base/error.h"
#include "common/sync/pace.h"

enum {
    SETTINGS_RATE_LEAST = 1000, /* bytes a second */
    SETTINGS_RATE_MOST = 1000000000
};

struct line_settings {
    char unit[LIMIT_HOME];
    struct pace_rule rule;
};

void wire_settings_encode(struct buf *out,
                          const struct line_settings *settings);
/* ERR_INVALID: a rate or an hour that makes no sense. */
int wire_settings_decode(struct line_settings *out, struct bytes bytes,
                         struct error *err);

#endif
