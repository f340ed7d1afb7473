/* hub/alert_export.c - see alert_export.h. */
#include "hub/alert_export.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/format/cap.h"
#include "hub/alerts.h"
#include "hub/templates.h"

struct export
{
    struct hub *hub;
    struct buf *out;
    bool found;
};

static const char *type_of(const struct alert *alert)
{
    return alert->type == ALERT_UPDATE   ? "Update"
           : alert->type == ALERT_CANCEL ? "Cancel"
                                         : "Alert";
}

static const char *severity_of(const struct alert *alert)
{
    static const char *const names[ALERT_SEVERITY_END] = {
        [ALERT_EXTREME] = "Extreme",
        [ALERT_SEVERE] = "Severe",
        [ALERT_MODERATE] = "Moderate",
        [ALERT_MINOR] = "Minor"};

    return alert->severity > 0 && alert->severity < ALERT_SEVERITY_END
               ? names[alert->severity]
               : "Unknown";
}

static void say_what(struct cap_alert *cap, const struct alert *alert)
{
    bool grave =
        alert->severity == ALERT_EXTREME || alert->severity == ALERT_SEVERE;

    cap->category = "Safety";
    cap->urgency = grave ? "Immediate" : "Expected";
    cap->certainty = "Unknown";
    for (size_t i = 0; i < alert_template_count; i++) {
        const struct alert_template *t = &alert_templates[i];

        if (strcmp(t->event, alert->event) != 0)
            continue;
        cap->category = t->category;
        cap->urgency = t->urgency;
        cap->certainty = t->certainty;
        cap->response = t->response;
    }
}

/* When the others were sent; one that is not here any more cannot be named. */
static size_t find_references(struct hub *hub, const struct alert *alert,
                              struct cap_reference *out)
{
    struct alert_row row;
    size_t count = 0;

    for (size_t i = 0; i < alert->reference_count; i++) {
        if (hub_store_alert(hub->store, &alert->references[i], &row) != 0)
            continue;
        (void)id_text(out[count].identifier, &alert->references[i]);
        out[count++].sent_ms = row.issued_ms;
    }
    return count;
}

/* A key is CODE@YYYYMMDD: the code, and since when it is valid. */
static void set_area(struct cap_area *area, const char *key, const char *name)
{
    const char *at = strchr(key, '@');

    area->name = name;
    area->code[0] = area->list[0] = '\0';
    if (at == NULL || (size_t)(at - key) >= sizeof area->code)
        return;
    (void)snprintf(area->code, sizeof area->code, "%.*s", (int)(at - key), key);
    (void)snprintf(area->list, sizeof area->list, "vn-gso-%.4s", at + 1);
}

static size_t find_areas(struct hub *hub, const struct alert *alert,
                         struct cap_area *out)
{
    char day[CLOCK_TEXT_BYTES];
    size_t count = 0;

    for (size_t i = 0; i < alert->audience_count; i++) {
        const struct unit *unit = roster_find(&hub->roster, alert->audience[i]);

        set_area(&out[count++], alert->audience[i],
                 unit != NULL ? unit->name : alert->audience[i]);
    }
    (void)clock_text(day, alert->issued_ms);
    for (size_t i = 0; alert->audience_count == 0 && i < hub->roster.count;
         i++) {
        const struct unit *unit = &hub->roster.units[i];

        if (strncmp(unit->valid_from, day, strlen("YYYY-MM-DD")) <= 0)
            set_area(&out[count++], unit->key, unit->name);
    }
    if (count == 0) /* a district without communes */
        set_area(&out[count++], alert->issuer,
                 hub_store_setting(hub->store, "name"));
    return count;
}

static void write_alert(struct export *e, const struct alert *alert)
{
    size_t most = alert->audience_count + e->hub->roster.count + 1;
    struct cap_area *areas = mem_array(most, sizeof *areas);
    struct cap_reference references[ALERT_REFERENCES_LIMIT];
    char id[ID_TEXT_BYTES], number[48];
    struct cap_alert cap = {.identifier = id_text(id, &alert->id),
                            .sender = alert->issuer,
                            .sender_name =
                                hub_store_setting(e->hub->store, "name"),
                            .sent_ms = alert->issued_ms,
                            .expires_ms = alert->expires_ms,
                            .type = type_of(alert),
                            .references = references,
                            .event = alert->event,
                            .severity = severity_of(alert),
                            .headline = alert->headline,
                            .text = alert->text,
                            .instruction = alert->instruction,
                            .number = number,
                            .areas = areas};

    (void)snprintf(number, sizeof number, "%llu.%llu",
                   (unsigned long long)alert->epoch,
                   (unsigned long long)alert->number);
    say_what(&cap, alert);
    cap.reference_count = find_references(e->hub, alert, references);
    cap.area_count = find_areas(e->hub, alert, areas);
    cap_write(e->out, &cap);
    mem_free(&areas);
}

static int see_alert(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct export *e = who;
    struct alert alert;

    (void)row;
    if (entry == NULL || entry->change.header.kind != KIND_ALERT ||
        hub_alerts_decode(e->hub, &entry->change, &alert, NULL) != 0)
        return 0;
    write_alert(e, &alert);
    e->found = true;
    return 0;
}

int hub_alert_export(struct hub *hub, const char *id, struct buf *out,
                     struct error *err)
{
    struct export e = {hub, out, false};
    struct alert_row row;
    struct id alert;
    int rc;

    if (!id_parse(&alert, id) || hub_store_alert(hub->store, &alert, &row) != 0)
        return error_set(err, ERR_MISSING, "no alert \"%s\": see `alert list`",
                         id);
    rc =
        ledger_record(hub->ledger, hub->keys.home, &alert, NULL, see_alert, &e);
    if (rc == 0 && e.found)
        return 0;
    return error_set(err, ERR_DAMAGED,
                     "this alert is damaged here: `verify` says more; a "
                     "serving hub fetches it from the communes by itself");
}
