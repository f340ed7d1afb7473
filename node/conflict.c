/* node/conflict.c - see conflict.h. */
#include "node/conflict.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"

/* ---- showing */

struct listing {
    struct node *node;
    struct json *out, *contents; /* contents of the record seen last */
    struct id last;
    int64_t number;
};

static void describe_report(struct node *node, struct json *out,
                            const struct change *change)
{
    struct report_fact fact;
    struct report_body body;

    if (wire_report_fact_decode(&fact, change->part[PART_FACT].bytes, NULL) ==
        0) {
        json_set_text(out, "category", fact.category->code);
        json_set_text(out, "state", report_state_text(fact.state));
    }
    wire_arena_clear(node->arena);
    if (change->part[PART_BODY].form == PART_WHOLE &&
        wire_report_body_decode(&body, node->arena,
                                change->part[PART_BODY].bytes, NULL) == 0)
        json_set_text(out, "text", body.text);
    else
        json_set_null(out, "text");
}

static const char *kind_word(uint32_t kind)
{
    switch (kind) {
    case KIND_REPORT:
        return "report";
    case KIND_RECEIPT:
        return "receipt";
    case KIND_CLOSING:
        return "closing";
    case KIND_REFERRAL:
        return "referral";
    default:
        return "record";
    }
}

static void begin_record(struct listing *l, const struct record_row *row)
{
    struct json *one = json_object_new();
    char id[ID_TEXT_BYTES];

    l->contents = json_array_new();
    json_set_text(one, "id", id_text(id, &row->id));
    json_set_text(one, "kind", kind_word(row->kind));
    json_set_i64(one, "version", (int64_t)row->version);
    json_set(one, "contents", l->contents);
    json_add(l->out, one);
    l->last = row->id;
    l->number = 0;
}

static int add_content(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct listing *l = who;
    struct json *one = json_object_new();
    char at[CLOCK_TEXT_BYTES];

    if (l->contents == NULL || !id_equal(&l->last, &row->id))
        begin_record(l, row);
    l->number++;
    json_set_i64(one, "number", l->number);
    json_set_flag(one, "counts", l->number == 1);
    json_set_text(one, "written",
                  clock_text(at, entry->change.header.clock_ms));
    if (row->kind == KIND_REPORT)
        describe_report(l->node, one, &entry->change);
    json_add(l->contents, one);
    return 0;
}

struct json *node_conflict_list(struct node *node)
{
    struct listing l = {.node = node, .out = json_array_new()};

    (void)ledger_conflicts(node->ledger, node->keys.unit, add_content, &l);
    return l.out;
}

/* ---- settling */

struct choice {
    struct id id;
    int64_t wanted, number;
    bool found;
    uint32_t kind, flags;
    uint64_t version;
    struct part part[PART_COUNT];
    struct buf fact;
};

static int choose(void *who, const struct record_row *row,
                  const struct entry *entry)
{
    struct choice *c = who;

    if (!id_equal(&row->id, &c->id) || ++c->number != c->wanted)
        return 0;
    c->found = true;
    c->kind = row->kind;
    c->version = row->version;
    c->flags = entry->change.header.flags & CHANGE_EXPEDITED;
    buf_add_bytes(&c->fact, entry->change.part[PART_FACT].bytes);
    for (int i = 0; i < PART_COUNT; i++) { /* as hashes: the bytes go */
        c->part[i] = entry->change.part[i];
        if (c->part[i].form == PART_WHOLE)
            c->part[i] =
                (struct part){.form = PART_STUB,
                              .hash = node_part_hash(&entry->change.part[i])};
    }
    return 1;
}

static int write_choice(struct node *node, struct choice *c, struct error *err)
{
    struct node_write write = {.kind = c->kind,
                               .record = c->id,
                               .version = c->version + 1,
                               .flags = c->flags};

    write.part[PART_FACT].whole = true;
    write.part[PART_FACT].bytes = buf_bytes(&c->fact);
    write.part[PART_BODY].keep = &c->part[PART_BODY];
    write.part[PART_VAULT].keep = &c->part[PART_VAULT];
    return node_append(node, &write, err);
}

int node_conflict_settle(struct node *node, const struct id *id, int64_t number,
                         struct error *err)
{
    struct choice c = {.id = *id, .wanted = number};
    int rc = ledger_conflicts(node->ledger, node->keys.unit, choose, &c);

    if (rc == 0 && !c.found)
        rc = error_set(err, ERR_MISSING,
                       c.number == 0 ? "this record is in no conflict: see "
                                       "`conflict list`"
                                     : "--keep: this record has no content of "
                                       "that number, see `conflict list`");
    if (rc == 0)
        rc = write_choice(node, &c, err);
    buf_free(&c.fact);
    return rc;
}
