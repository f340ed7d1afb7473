/* hub/api_alerts.c - alerts, and who has each of them (hub/api_reads.h). */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "hub/alerts.h"
#include "hub/api_reads.h"
#include "hub/reading.h"

/* The last of the four steps that a unit has come to. */
static const char *step_of(const struct json *receipt)
{
    static const char *const steps[] = {"acknowledged", "shown", "stored",
                                        "sent"};

    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (json_get_text(receipt, steps[i]) != NULL)
            return steps[i];
    return "waiting";
}

struct reach {
    int64_t sent, stored, shown, acknowledged, refused;
};

static void add_reach(struct reach *r, const struct json *receipt)
{
    r->sent += json_get_text(receipt, "sent") != NULL;
    r->stored += json_get_text(receipt, "stored") != NULL;
    r->shown += json_get_text(receipt, "shown") != NULL;
    r->acknowledged += json_get_text(receipt, "acknowledged") != NULL;
    r->refused += json_get_text(receipt, "refused") != NULL;
}

static struct json *reach_json(const struct reach *r, size_t of)
{
    struct json *out = json_object_new();

    json_set_i64(out, "of", (int64_t)of);
    json_set_i64(out, "sent", r->sent);
    json_set_i64(out, "stored", r->stored);
    json_set_i64(out, "shown", r->shown);
    json_set_i64(out, "acknowledged", r->acknowledged);
    json_set_i64(out, "refused", r->refused);
    return out;
}

int hub_api_alerts(struct hub *hub, const struct hub_query *q, struct json *out,
                   struct error *err)
{
    struct json *rows = hub_reading_alerts(hub);

    (void)q;
    for (size_t i = 0; i < json_count(rows); i++) {
        struct json *row = json_take_at(rows, i);
        struct json *receipts =
            hub_reading_receipts(hub, json_get_text(row, "id"), err);
        struct reach reach = {0};

        for (size_t k = 0; k < json_count(receipts); k++)
            add_reach(&reach, json_at(receipts, k));
        json_set(row, "reach", reach_json(&reach, json_count(receipts)));
        json_free(&receipts);
        json_free(&row);
    }
    return hub_api_rows(out, rows);
}

/* ---- one */

static void set_alert(struct hub *hub, struct json *out,
                      const struct alert_row *row)
{
    char id[ID_TEXT_BYTES];

    json_set_text(out, "id", id_text(id, &row->id));
    json_set_text(out, "type",
                  row->type == ALERT_UPDATE   ? "update"
                  : row->type == ALERT_CANCEL ? "cancel"
                                              : "alert");
    json_set_text(out, "event", row->event);
    json_set_text(out, "headline", row->headline);
    json_set_text(out, "text", row->text);
    json_set_text(out, "severity", alert_severity_text(row->severity));
    json_set_text(out, "state", hub_alerts_state(row, hub->wall_ms));
    hub_api_time(out, "issued", row->issued_ms);
    hub_api_time(out, "expires", row->expires_ms);
}

/* Each unit with its phone and its step; whom to phone first. */
static void set_receipts(struct hub *hub, const struct hub_query *q,
                         struct json *out, struct json *receipts)
{
    struct json *phone = json_array_new();
    struct reach reach = {0};

    for (size_t i = 0; i < json_count(receipts); i++) {
        struct json *row = json_take_at(receipts, i);
        const struct unit *unit =
            roster_find(&hub->roster, json_get_text(row, "unit"));

        add_reach(&reach, row);
        json_set_text(row, "name", unit->name);
        json_set_text(row, "phone", unit->phone);
        json_set_text(row, "step", step_of(row));
        json_set_flag(row, "online", hub_api_online(hub, q, unit));
        if (json_get_text(row, "acknowledged") == NULL) {
            struct json *one = json_object_new();

            json_set_text(one, "unit", unit->slug);
            json_set_text(one, "name", unit->name);
            json_set_text(one, "phone", unit->phone);
            json_set_text(one, "step", step_of(row));
            json_add(phone, one);
        }
        json_free(&row);
    }
    json_set(out, "reach", reach_json(&reach, json_count(receipts)));
    json_set(out, "receipts", receipts);
    json_set(out, "not_reached", phone);
}

int hub_api_alert(struct hub *hub, const struct hub_query *q, struct json *out,
                  struct error *err)
{
    struct json *receipts = hub_reading_receipts(hub, q->rest, err);
    struct alert_row row;
    struct id id;

    if (receipts == NULL)
        return ERR_MISSING;
    set_receipts(hub, q, out, receipts);
    if (id_parse(&id, q->rest) && hub_store_alert(hub->store, &id, &row) == 0)
        set_alert(hub, out, &row);
    return 0;
}
