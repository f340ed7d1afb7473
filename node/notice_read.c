/* node/notice_read.c - notices, procedures and numbers as they are listed. */
#include <string.h>

#include "common/base/clock.h"
#include "common/format/notice.h"
#include "common/wire/notice.h"
#include "node/notice.h"
#include "node/store_notices.h"
#include "node/units.h"

enum { NOTICES_MOST = 500 };

struct listing {
    struct node *node;
    struct json *out;
    int64_t now_ms;
    bool all;
};

static void set_id(struct json *out, const struct id *id)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, "id", id_text(text, id));
}

/* The home; how people name it is said once all rows are there, for that reads
 * the ledger as well. */
static void set_home(struct listing *l, struct json *out, const char *home)
{
    json_set_text(out, "unit", home);
    json_set_null(out, "name");
    json_set_flag(out, "own", strcmp(home, l->node->keys.unit) == 0);
}

static void name_units(struct listing *l)
{
    for (size_t i = 0; i < json_count(l->out); i++) {
        struct json *one = json_take_at(l->out, i);
        struct unit_fact unit;

        node_units_name(l->node, json_get_text(one, "unit"), &unit);
        json_set_text(one, "unit", unit.slug);
        json_set_text(one, "name", unit.name);
        json_free(&one);
    }
}

static int add_draft(void *who, const struct notice_draft *draft)
{
    struct listing *l = who;
    struct notice_words words;
    struct notice notice;
    struct json *one;

    wire_arena_clear(l->node->arena);
    if (wire_notice_decode(&notice, draft->fact, NULL) != 0 ||
        wire_notice_words_decode(&words, l->node->arena, draft->body, NULL) !=
            0)
        return 0;
    one = json_object_new();
    set_id(one, &draft->record);
    set_home(l, one, l->node->keys.unit);
    json_set_i64(one, "version", 0);
    format_notice(one, &notice, &words, l->now_ms);
    json_set_text(one, "state", draft->approved ? "approved" : "draft");
    json_add(l->out, one);
    return 0;
}

static int add_notice(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct listing *l = who;
    const struct part *body;
    struct notice_words words;
    struct notice notice;
    struct json *one;
    bool here;

    if (entry == NULL ||
        wire_notice_decode(&notice, entry->change.part[PART_FACT].bytes,
                           NULL) != 0)
        return 0;
    if (!l->all && strcmp(notice_standing(&notice, l->now_ms), "published") &&
        (strcmp(notice_standing(&notice, l->now_ms), "planned") ||
         strcmp(row->home, l->node->keys.unit)))
        return 0;
    body = &entry->change.part[PART_BODY];
    wire_arena_clear(l->node->arena);
    here = body->form == PART_WHOLE &&
           wire_notice_words_decode(&words, l->node->arena, body->bytes,
                                    NULL) == 0;
    one = json_object_new();
    set_id(one, &row->id);
    set_home(l, one, row->home);
    json_set_i64(one, "version", (int64_t)row->version);
    format_notice(one, &notice, here ? &words : NULL, l->now_ms);
    json_add(l->out, one);
    return json_count(l->out) >= NOTICES_MOST;
}

struct json *node_notices(struct node *node, bool all)
{
    struct listing l = {node, json_array_new(), clock_wall_ms(), all};

    (void)node_store_drafts(node->notices, add_draft, &l);
    (void)ledger_records(node->ledger, KIND_NOTICE, NULL, add_notice, &l);
    name_units(&l);
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
    wire_arena_clear(l->node->arena);
    if (wire_procedure_decode(&p, l->node->arena, part[PART_FACT].bytes,
                              NULL) != 0 ||
        part[PART_BODY].form != PART_WHOLE ||
        wire_procedure_words_decode(&p, l->node->arena, part[PART_BODY].bytes,
                                    NULL) != 0)
        return 0;
    if (!l->all && !procedure_holds(&p.valid, today))
        return 0;
    one = json_object_new();
    format_procedure(one, &p, today);
    json_add(l->out, one);
    return json_count(l->out) >= PROCEDURES_LIMIT;
}

struct json *node_procedures(struct node *node, bool all)
{
    struct listing l = {node, json_array_new(), clock_wall_ms(), all};

    (void)ledger_records(node->ledger, KIND_PROCEDURE, node->keys.hub,
                         add_procedure, &l);
    return l.out;
}

static int add_unit(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct unit_fact unit;
    struct json *one;

    (void)row;
    if (entry == NULL ||
        wire_unit_decode(&unit, entry->change.part[PART_FACT].bytes, NULL) != 0)
        return 0;
    one = json_object_new();
    json_set_text(one, "phone", unit.phone[0] != '\0' ? unit.phone : NULL);
    json_set_text(one, "name", unit.name);
    json_set_text(one, "slug", unit.slug);
    json_set_flag(one, "fixed", false);
    json_add(who, one);
    return 0;
}

struct json *node_directory(struct node *node)
{
    struct json *out = format_fixed_numbers();

    (void)ledger_records(node->ledger, KIND_DIRECTORY, node->keys.hub, add_unit,
                         out);
    return out;
}
