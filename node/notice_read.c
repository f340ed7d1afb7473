/* node/notice_read.c - notices and procedures as they are listed. */
#include <string.h>

#include "common/base/clock.h"
#include "common/format/notice.h"
#include "common/peer/notices.h"
#include "node/notice.h"
#include "node/store_notices.h"
#include "node/units.h"

enum { NOTICES_MOST = 500 };

struct listing {
    struct node *node;
    struct json *out;
    int64_t now_ms;
    bool all;
    const struct id *id; /* the only one */
    struct json *newest; /* of its versions */
};

/* The home; how people name it is said once all rows are there, for that reads
 * the ledger as well. */
static struct json *begin_row(struct listing *l, const struct notices_row *row)
{
    struct json *one = json_object_new();
    char text[CLOCK_TEXT_BYTES], id[ID_TEXT_BYTES];

    json_set_text(one, "id", id_text(id, row->id));
    json_set_text(one, "unit", row->home);
    json_set_null(one, "name");
    json_set_flag(one, "own", strcmp(row->home, l->node->keys.unit) == 0);
    json_set_i64(one, "version", (int64_t)row->version);
    json_set_text(one, "at",
                  row->clock_ms == 0 ? NULL : clock_text(text, row->clock_ms));
    format_notice(one, row->notice, row->words, l->now_ms);
    return one;
}

static void name_unit(struct node *node, struct json *one)
{
    struct unit_fact unit;

    node_units_name(node, json_get_text(one, "unit"), &unit);
    json_set_text(one, "unit", unit.slug);
    json_set_text(one, "name", unit.name);
}

static int add_draft(void *who, const struct notice_draft *draft)
{
    struct listing *l = who;
    struct notice_words words;
    struct notice notice;
    struct json *one;
    const struct notices_row row = {.home = l->node->keys.unit,
                                    .id = &draft->record,
                                    .notice = &notice,
                                    .words = &words};

    const char *returned_by = NULL;

    wire_arena_clear(l->node->arena);
    if (wire_notice_decode(&notice, draft->fact, NULL) != 0 ||
        wire_notice_words_decode(&words, l->node->arena, draft->body, NULL) !=
            0)
        return 0;
    if (!draft->approved && *words.approved_by != '\0') {
        returned_by = words.approved_by;
        words.approved_by = "";
    }
    one = begin_row(l, &row);
    json_set_text(one, "state",
                  draft->approved       ? "approved"
                  : returned_by != NULL ? "returned"
                                        : "draft");
    json_set_text(one, "returned_by", returned_by);
    json_add(l->out, one);
    return 0;
}

static int add_notice(void *who, const struct notices_row *row)
{
    struct listing *l = who;
    const char *standing = notice_standing(row->notice, l->now_ms);
    bool own = strcmp(row->home, l->node->keys.unit) == 0;

    if (row->words != NULL && !notice_is_for(row->words, l->node->keys.unit))
        return 0; /* the district told other communes only */
    if (!l->all && strcmp(standing, "published") != 0 &&
        (!own || strcmp(standing, "planned") != 0))
        return 0;
    json_add(l->out, begin_row(l, row));
    return json_count(l->out) >= NOTICES_MOST;
}

static struct notices_reader
reader_of(struct listing *l, int (*each)(void *who, const struct notices_row *))
{
    return (struct notices_reader){l->node->ledger, l->node->arena, each, l};
}

struct json *node_notices(struct node *node, bool all)
{
    struct listing l = {node, json_array_new(), clock_wall_ms(), all, NULL,
                        NULL};
    const struct notices_reader reader = reader_of(&l, add_notice);

    (void)node_store_drafts(node->notices, add_draft, &l);
    (void)notices_read(&reader);
    for (size_t i = 0; i < json_count(l.out); i++) {
        struct json *one = json_take_at(l.out, i);

        name_unit(node, one);
        json_free(&one);
    }
    return l.out;
}

/* ---- one of them, with what it was before */

static int add_version(void *who, const struct notices_row *row)
{
    struct listing *l = who;

    if (row->words != NULL && !notice_is_for(row->words, l->node->keys.unit))
        return 0;
    if (l->newest == NULL)
        l->newest = begin_row(l, row);
    json_add(l->out, begin_row(l, row));
    return 0;
}

/* Only all of them: a statement that stands at a row keeps the reader at this
 * state of the database. */
static int add_this_draft(void *who, const struct notice_draft *draft)
{
    struct listing *l = who;

    return id_equal(&draft->record, l->id) ? add_draft(l, draft) : 0;
}

struct json *node_notice(struct node *node, const struct id *id)
{
    struct listing l = {node, json_array_new(), clock_wall_ms(), true, id,
                        NULL};
    const struct notices_reader reader = reader_of(&l, add_version);

    (void)node_store_drafts(node->notices, add_this_draft, &l);
    if (json_count(l.out) > 0) {
        l.newest = json_take_at(l.out, 0);
        json_free(&l.out);
        l.out = json_array_new();
    } else {
        (void)notices_read_versions(&reader, id);
    }
    if (l.newest == NULL) {
        json_free(&l.out);
        return NULL;
    }
    json_set(l.newest, "history", l.out);
    name_unit(node, l.newest);
    return l.newest;
}

/* ---- procedures */

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

struct json *node_procedures(struct node *node, bool all)
{
    struct listing l = {node, json_array_new(), clock_wall_ms(), all, NULL,
                        NULL};
    const struct procedures_reader reader = {node->ledger, node->arena,
                                             add_procedure, &l};

    (void)notices_read_procedures(&reader, node->keys.hub);
    return l.out;
}
