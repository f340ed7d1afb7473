/* hub/settings.c - see settings.h. */
#include "hub/settings.h"

#include <stdio.h>
#include <string.h>

#include "common/crypto/digest.h"
#include "common/peer/settings.h"
#include "common/wire/settings.h"
#include "hub/restored.h"

static const struct hash_function hash_function = {crypto_sha256};

struct pace_rule hub_settings_rule(struct hub *hub, const char *unit)
{
    struct pace_rule rule;

    (void)settings_read(hub->ledger, &hash_function, hub->keys.home, unit,
                        &rule, NULL);
    return rule;
}

void hub_settings_json(struct hub *hub, const char *unit, struct json *out)
{
    struct pace_rule rule = hub_settings_rule(hub, unit);
    char text[SETTINGS_TEXT_BYTES];

    json_set_text(out, "rate", settings_rate_text(text, &rule));
    json_set_text(out, "hours", settings_hours_text(text, &rule));
    json_set_flag(out, "awaits_hours", !pace_rule_open(&rule, hub->wall_ms));
}

void hub_settings_applied(struct hub *hub, const struct change *change)
{
    struct line_settings settings;

    hub->settings++;
    if (wire_settings_decode(&settings, change->part[PART_FACT].bytes, NULL) ==
        0)
        hub_units_add(&hub->set_for, settings.unit);
    else
        hub->set_for.all = true;
}

int hub_settings_channel(const struct hub *hub, const struct change *change,
                         struct stream_name *out)
{
    struct line_settings settings;

    if (wire_settings_decode(&settings, change->part[PART_FACT].bytes, NULL) !=
        0)
        return ERR_INVALID;
    *out = hub_unit_channel(hub, settings.unit);
    return stream_name_valid(out) ? 0 : ERR_INVALID;
}

static int publish(struct hub *hub, const char *unit,
                   const struct pace_rule *rule, uint64_t version,
                   struct error *err)
{
    struct line_settings settings = {.rule = *rule};
    struct id record = settings_record(&hash_function, unit);
    struct stream_name channel = hub_unit_channel(hub, unit);
    struct buf fact = {0};
    int rc;

    (void)snprintf(settings.unit, sizeof settings.unit, "%s", unit);
    wire_settings_encode(&fact, &settings);
    rc = hub_append(hub, &channel, KIND_SETTINGS, &record, version,
                    CHANGE_EXPEDITED, buf_bytes(&fact), err);
    buf_free(&fact);
    return rc;
}

static int change(const struct json *args, struct pace_rule *rule,
                  struct error *err)
{
    const char *rate = json_get_text(args, "rate");
    const char *hours = json_get_text(args, "hours");

    if (rate != NULL && !settings_parse_rate(rule, rate))
        return error_set(err, ERR_INVALID,
                         "\"%s\" is no rate: bits a second such as 256k or "
                         "1.5M, from 8k on, or off",
                         rate);
    if (hours != NULL && !settings_parse_hours(rule, hours))
        return error_set(err, ERR_INVALID,
                         "\"%s\" are no hours: such as 19:00-06:00 "
                         "(Vietnam's time), or off",
                         hours);
    return 0;
}

int hub_settings_run(struct hub *hub, const struct json *args, struct json *out,
                     struct error *err)
{
    const char *word = json_get_text(args, "unit");
    const struct unit *unit =
        word == NULL ? NULL : roster_find(&hub->roster, word);
    struct pace_rule rule, old;
    uint64_t version = 0;
    int rc;

    if (unit == NULL)
        return error_set(err, ERR_MISSING,
                         "no unit \"%s\" in the roster: give its slug or code",
                         word == NULL ? "" : word);
    rc = settings_read(hub->ledger, &hash_function, hub->keys.home, unit->key,
                       &old, &version);
    rule = old;
    if (rc == 0)
        rc = change(args, &rule, err);
    if (rc == 0 && (rule.rate != old.rate || rule.from != old.from ||
                    rule.until != old.until))
        rc = publish(hub, unit->key, &rule, hub_restored_version(hub, version),
                     err);
    if (rc != 0)
        return rc;
    json_set_text(out, "unit", unit->slug);
    hub_settings_json(hub, unit->key, out);
    return 0;
}
