/* hub/api_catalogue.c - what the pages choose from (hub/api_reads.h). */
#include "common/domain/alert.h"
#include "common/web/catalogue.h"
#include "hub/api_reads.h"
#include "hub/board.h"
#include "hub/templates.h"

static struct json *words(const char *(*text)(int number), int from, int end)
{
    struct json *out = json_array_new();

    for (int i = from; i < end; i++)
        json_add_text(out, text(i));
    return out;
}

static struct json *unit_list(struct hub *hub)
{
    struct json *out = json_array_new();

    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct json *one = json_object_new();

        json_set_text(one, "unit", unit->slug); /* as every list names it */
        json_set_text(one, "slug", unit->slug);
        json_set_text(one, "key", unit->key);
        json_set_text(one, "code", unit->code);
        json_set_text(one, "name", unit->name);
        json_set_text(one, "phone", unit->phone);
        json_add(out, one);
    }
    return out;
}

struct villages {
    struct hub *hub;
    struct json *list;
};

static void add_village(void *who, const char *home, const char *village)
{
    struct villages *v = who;
    struct json *one = json_object_new();

    json_set_text(one, "unit", hub_unit_name(v->hub, home));
    json_set_text(one, "village", village);
    json_add(v->list, one);
}

static struct json *village_list(struct hub *hub)
{
    struct villages v = {hub, json_array_new()};

    (void)hub_board_villages(hub, add_village, &v);
    return v.list;
}

static void set_words(struct json *out, const char *language,
                      const struct alert_words *said)
{
    struct json *one = json_object_new();

    json_set_text(one, "headline", said->headline);
    json_set_text(one, "text", said->text);
    json_set(out, language, one);
}

static struct json *template_list(void)
{
    struct json *out = json_array_new();

    for (size_t i = 0; i < alert_template_count; i++) {
        const struct alert_template *t = &alert_templates[i];
        struct json *one = json_object_new();

        json_set_text(one, "id", t->id);
        json_set_text(one, "event", t->event);
        json_set_text(one, "category", t->category);
        json_set_text(one, "severity", alert_severity_text(t->severity));
        json_set_text(one, "urgency", t->urgency);
        json_set_text(one, "certainty", t->certainty);
        json_set_text(one, "response", t->response);
        json_set_text(one, "expires", t->expires);
        set_words(one, "vi", &t->vi);
        set_words(one, "en", &t->en);
        json_add(out, one);
    }
    return out;
}

int hub_api_catalogue(struct hub *hub, const struct hub_query *q,
                      struct json *out, struct error *err)
{
    (void)q;
    (void)err;
    web_catalogue(out);
    json_set(out, "severities",
             words(alert_severity_text, ALERT_EXTREME, ALERT_SEVERITY_END));
    json_set(out, "units", unit_list(hub));
    json_set(out, "villages", village_list(hub));
    json_set(out, "templates", template_list());
    return 0;
}
