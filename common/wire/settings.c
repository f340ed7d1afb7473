#include "common/wire/settings.h"

#include "common/wire/inside.h"

void wire_settings_encode(struct buf *out, const struct line_settings *settings)
{
    Lienxa__SettingsFact f = LIENXA__SETTINGS_FACT__INIT;

    f.unit = (char *)settings->unit;
    f.rate = settings->rule.rate;
    f.from_minute = settings->rule.from;
    f.until_minute = settings->rule.until;
    wire_pack(out, &f.base);
}

static uint16_t read_minute(struct wire_reader *r, uint32_t in)
{
    if (in >= PACE_DAY_MINUTES)
        wire_read_fail(r, ERR_INVALID, "settings: a day has %d minutes",
                       PACE_DAY_MINUTES);
    return (uint16_t)(in % PACE_DAY_MINUTES);
}

int wire_settings_decode(struct line_settings *out, struct bytes bytes,
                         struct error *err)
{
    struct wire_small small;
    struct wire_reader *r = &small.reader;
    const Lienxa__SettingsFact *in;

    *out = (struct line_settings){.unit = ""};
    wire_small_open(&small, err);
    in = wire_unpack(r, &lienxa__settings_fact__descriptor, bytes, "settings");
    if (in) {
        wire_read_known(r, &in->base, "settings");
        wire_read_text(r, out->unit, sizeof out->unit, in->unit, "unit");
        out->rule.rate = wire_read_number(r, in->rate, "rate");
        if (out->rule.rate != 0 && (out->rule.rate < SETTINGS_RATE_LEAST ||
                                    out->rule.rate > SETTINGS_RATE_MOST))
            wire_read_fail(r, ERR_INVALID, "settings: rate of %llu",
                           (unsigned long long)out->rule.rate);
        out->rule.from = read_minute(r, in->from_minute);
        out->rule.until = read_minute(r, in->until_minute);
    }
    return wire_small_close(&small);
}
