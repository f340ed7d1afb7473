/* hub/notices_read.c - notices, procedures and numbers as they are listed. */
#include <string.h>

#include "common/base/clock.h"
#include "common/format/notice.h"
#include "common/wire/notice.h"
#include "hub/notices.h"

enum { NOTICES_MOST = 500 };

struct listing {
    struct hub *hub;
    struct json *out;
    int64_t now_ms;
    bool all;
};

static int add_notice(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct listing *l = who;
    const struct part *body;
    struct notice_words words;
    struct notice notice;
    struct json *one;
    char id[ID_TEXT_BYTES];
    bool here;

    if (entry == NULL ||
        wire_notice_decode(&notice, entry->change.part[PART_FACT].bytes,
                           NULL) != 0)
        return 0;
    if (!l->all && strcmp(notice_standing(&notice, l->now_ms), "published") &&
        strcmp(notice_standing(&notice, l->now_ms), "planned"))
        return 0;
    body = &entry->change.part[PART_BODY];
    wire_arena_clear(l->hub->arena);
    here =
        body->form == PART_WHOLE &&
        wire_notice_words_decode(&words, l->hub->arena, body->bytes, NULL) == 0;
    one = json_object_new();
    json_set_text(one, "id", id_text(id, &row->id));
    json_set_text(one, "unit",
                  strcmp(row->home, l->hub->keys.home) == 0
                      ? "district"
                      : hub_unit_name(l->hub, row->home));
    json_set_flag(one, "own", strcmp(row->home, l->hub->keys.home) == 0);
    json_set_i64(one, "version", (int64_t)row->version);
    format_notice(one, &notice, here ? &words : NULL, l->now_ms);
    json_add(l->out, one);
    return json_count(l->out) >= NOTICES_MOST;
}

struct json *hub_notices(struct hub *hub, bool all)
{
    struct listing l = {hub, json_array_new(), clock_wall_ms(), all};

    (void)ledger_records(hub->ledger, KIND_NOTICE, NULL, add_notice, &l);
    return l.out;
}

static int add_procedure(void *who, const struct record_row *row,
                         const struct entry *entry)
{
    struct listing *l = who;
    const struct part *part;
    struct procedure p;
    struct json *one;
    int32_t today = clock_day(l->now_ms);

    (void)row;
    if (entry == NULL)
        return 0;
    part = entry->change.part;
    wire_arena_clear(l->hub->arena);
    if (wire_procedure_decode(&p, l->hub->arena, part[PART_FACT].bytes, NULL) !=
            0 ||
        part[PART_BODY].form != PART_WHOLE ||
        wire_procedure_words_decode(&p, l->hub->arena, part[PART_BODY].bytes,
                                    NULL) != 0 ||
        (!l->all && !procedure_holds(&p.valid, today)))
        return 0;
    one = json_object_new();
    format_procedure(one, &p, today);
    json_add(l->out, one);
    return json_count(l->out) >= PROCEDURES_LIMIT;
}

struct json *hub_procedures(struct hub *hub, bool all)
{
    struct listing l = {hub, json_array_new(), clock_wall_ms(), all};

    (void)ledger_records(hub->ledger, KIND_PROCEDURE, hub->keys.home,
                         add_procedure, &l);
    return l.out;
}

struct json *hub_directory(struct hub *hub)
{
    struct json *out = format_fixed_numbers();

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
