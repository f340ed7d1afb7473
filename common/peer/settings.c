#include "common/peer/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/wire/settings.h"

enum { BITS = 8, THOUSAND = 1000, MILLION = 1000000 };

struct id settings_record(const struct hash_function *f, const char *unit)
{
    struct bytes pieces[] = {bytes_of_text("lienxa settings 1\n"),
                             bytes_of_text(unit)};
    struct hash hash = f->sha256(pieces, 2);

    return id_derive(&hash);
}

static int see(void *who, const struct record_row *row,
               const struct entry *entry)
{
    struct line_settings *out = who;

    (void)row;
    if (entry != NULL)
        (void)wire_settings_decode(out, entry->change.part[PART_FACT].bytes,
                                   NULL);
    return 0;
}

int settings_read(struct ledger *ledger, const struct hash_function *f,
                  const char *hub, const char *unit, struct pace_rule *out,
                  uint64_t *version)
{
    struct id record = settings_record(f, unit);
    struct line_settings settings = {.unit = ""};
    struct record_row row = {0};
    int rc = ledger_record(ledger, hub, &record, &row, see, &settings);

    *out = (struct pace_rule){0};
    if (rc == 0 && strcmp(settings.unit, unit) == 0)
        *out = settings.rule;
    if (version != NULL)
        *version = rc == 0 ? row.version : 0;
    return rc == ERR_MISSING ? 0 : rc;
}

/* ---- words */

bool settings_parse_rate(struct pace_rule *rule, const char *text)
{
    double bits, unit = 1;
    char *end;

    if (strcmp(text, "off") == 0) {
        rule->rate = 0;
        return true;
    }
    if (*text < '0' || *text > '9')
        return false;
    bits = strtod(text, &end);
    if (*end == 'k' || *end == 'K')
        unit = THOUSAND;
    else if (*end == 'M')
        unit = MILLION;
    if (end[*end != '\0' && unit > 1] != '\0')
        return false;
    bits *= unit / BITS;
    if (!(bits >= SETTINGS_RATE_LEAST && bits <= SETTINGS_RATE_MOST))
        return false;
    rule->rate = (uint64_t)bits;
    return true;
}

static bool two_digits(const char *text, unsigned most, unsigned *out)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *out = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
    return *out <= most;
}

static bool time_of_day(const char *text, uint16_t *out)
{
    unsigned hour, minute;

    if (!two_digits(text, 23, &hour) || text[2] != ':' ||
        !two_digits(text + 3, 59, &minute))
        return false;
    *out = (uint16_t)(hour * 60 + minute);
    return true;
}

bool settings_parse_hours(struct pace_rule *rule, const char *text)
{
    uint16_t from, until;

    if (strcmp(text, "off") == 0) {
        rule->from = rule->until = 0;
        return true;
    }
    if (strlen(text) != strlen("19:00-06:00") || text[5] != '-' ||
        !time_of_day(text, &from) || !time_of_day(text + 6, &until) ||
        from == until)
        return false;
    rule->from = from;
    rule->until = until;
    return true;
}

const char *settings_rate_text(char out[SETTINGS_TEXT_BYTES],
                               const struct pace_rule *rule)
{
    uint64_t bits = rule->rate * BITS;

    if (bits == 0)
        return NULL;
    if (bits % THOUSAND == 0)
        (void)snprintf(out, SETTINGS_TEXT_BYTES, "%lluk",
                       (unsigned long long)(bits / THOUSAND));
    else
        (void)snprintf(out, SETTINGS_TEXT_BYTES, "%llu",
                       (unsigned long long)bits);
    return out;
}

const char *settings_hours_text(char out[SETTINGS_TEXT_BYTES],
                                const struct pace_rule *rule)
{
    if (rule->from == rule->until)
        return NULL;
    (void)snprintf(out, SETTINGS_TEXT_BYTES, "%02u:%02u-%02u:%02u",
                   rule->from / 60U, rule->from % 60U, rule->until / 60U,
                   rule->until % 60U);
    return out;
}
