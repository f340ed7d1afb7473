/* hub/notices_read.c - notices, procedures and numbers as they are listed. */
#include <string.h>

#include "common/base/clock.h"
#include "common/format/notice.h"
#include "common/peer/notices.h"
#include "hub/directory.h"
#include "hub/notices.h"

enum { NOTICES_MOST = 500 };

struct listing {
    struct hub *hub;
    struct json *out;
    int64_t now_ms;
    bool all;
    struct json *newest; /* of one notice's versions */
};

static struct json *to_slugs(const struct hub *hub,
                             const struct notice_words *words)
{
    struct json *out = json_array_new();

    for (size_t i = 0; words != NULL && i < words->to_count; i++)
        json_add_text(out, hub_unit_name(hub, words->to[i]));
    return out;
}

static struct json *row_json(struct listing *l, const struct notices_row *row)
{
    bool own = strcmp(row->home, l->hub->keys.home) == 0;
    const struct unit *unit = roster_find(&l->hub->roster, row->home);
    char text[CLOCK_TEXT_BYTES], id[ID_TEXT_BYTES];
    struct json *one = json_object_new();

    json_set_text(one, "id", id_text(id, row->id));
    json_set_text(one, "unit",
                  own ? "district" : hub_unit_name(l->hub, row->home));
    json_set_text(one, "name",
                  own            ? hub_store_setting(l->hub->store, "name")
                  : unit != NULL ? unit->name
                                 : row->home);
    json_set_flag(one, "own", own);
    json_set_i64(one, "version", (int64_t)row->version);
    json_set_text(one, "at", clock_text(text, row->clock_ms));
    format_notice(one, row->notice, row->words, l->now_ms);
    json_set(one, "to", to_slugs(l->hub, row->words));
    return one;
}

static int add_notice(void *who, const struct notices_row *row)
{
    struct listing *l = who;
    const char *standing = notice_standing(row->notice, l->now_ms);

    if (!l->all && strcmp(standing, "published") != 0 &&
        strcmp(standing, "planned") != 0)
        return 0;
    json_add(l->out, row_json(l, row));
    return json_count(l->out) >= NOTICES_MOST;
}

struct json *hub_notices(struct hub *hub, bool all)
{
    struct listing l = {hub, json_array_new(), clock_wall_ms(), all, NULL};
    const struct notices_reader reader = {hub->ledger, hub->arena, add_notice,
                                          &l};

    (void)notices_read(&reader);
    return l.out;
}

static int add_version(void *who, const struct notices_row *row)
{
    struct listing *l = who;

    if (l->newest == NULL)
        l->newest = row_json(l, row);
    json_add(l->out, row_json(l, row));
    return 0;
}

struct json *hub_notice(struct hub *hub, const struct id *id)
{
    struct listing l = {hub, json_array_new(), clock_wall_ms(), true, NULL};
    const struct notices_reader reader = {hub->ledger, hub->arena, add_version,
                                          &l};

    (void)notices_read_versions(&reader, id);
    if (l.newest == NULL)
        json_free(&l.out);
    else
        json_set(l.newest, "history", l.out);
    return l.newest;
}

static int add_procedure(void *who, const struct procedure *p)
{
    struct listing *l = who;
    int32_t today = clock_day(l->now_ms);
    struct json *one;

    if (!l->all && !procedure_holds(&p->valid, today))
        return 0;
    one = json_object_new();
    format_procedure(one, p, today);
    json_add(l->out, one);
    return json_count(l->out) >= PROCEDURES_LIMIT;
}

struct json *hub_procedures(struct hub *hub, bool all)
{
    struct listing l = {hub, json_array_new(), clock_wall_ms(), all, NULL};
    const struct procedures_reader reader = {hub->ledger, hub->arena,
                                             add_procedure, &l};

    (void)notices_read_procedures(&reader, hub->keys.home);
    return l.out;
}

struct json *hub_directory(struct hub *hub)
{
    struct json *out = format_fixed_numbers(), *district = json_object_new();
    const char *phone = hub_directory_district(hub);

    json_set_text(district, "phone", phone[0] != '\0' ? phone : NULL);
    json_set_text(district, "name", hub_store_setting(hub->store, "name"));
    json_set_text(district, "slug", "district");
    json_set_flag(district, "fixed", false);
    json_add(out, district);
    for (size_t i = 0; i < hub->roster.count; i++) {
        const struct unit *unit = &hub->roster.units[i];
        struct json *one = json_object_new();

        json_set_text(one, "phone",
                      unit->phone[0] != '\0' ? unit->phone : NULL);
        json_set_text(one, "name", unit->name);
        json_set_text(one, "slug", unit->slug);
        json_set_flag(one, "fixed", false);
        json_add(out, one);
    }
    return out;
}
