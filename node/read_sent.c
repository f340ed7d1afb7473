/* node/read_sent.c - what left this commune, byte for byte (design 6): every
 * change of our stream, newest first, with its fact as it went and what stayed
 * (node/read.h).
 *
 * Of a fact the bytes are shown that are sent. Words go only with a referral,
 * or when the commune's setting says so; what is sealed never does
 * (node/uplink.c withholds it).
 */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "node/policy.h"
#include "node/read.h"

enum { ROWS = 50 };

struct page {
    struct node *node;
    const struct node_query *q;
    struct json *rows; /* oldest first */
    uint64_t before, acked;
    bool sees_words;
};

static const char *kind_text(uint32_t kind)
{
    switch (kind) {
    case KIND_REPORT:
        return "report";
    case KIND_REFERRAL:
        return "referral";
    case KIND_RECEIPT:
        return "receipt";
    case KIND_CLOSING:
        return "closing";
    case KIND_UNIT_KEYS:
        return "unit_keys";
    case KIND_NOTICE:
        return "notice";
    case KIND_PROCEDURE:
        return "procedure";
    case KIND_DIRECTORY:
        return "directory";
    case KIND_DISCLOSURE:
        return "disclosure";
    case KIND_CANARY:
        return "canary";
    default:
        return "other";
    }
}

/* ---- a report's fact in words */

static void set_entered(struct json *out, const struct report_fact *fact)
{
    struct json *entered = json_object_new();

    for (int state = 1; state < REPORT_STATE_END; state++)
        if (fact->entered_ms[state] != 0)
            node_read_time(entered, report_state_text(state),
                           fact->entered_ms[state]);
    json_set(out, "entered", entered);
}

static struct json *report_json(struct bytes bytes)
{
    struct report_fact fact;
    struct json *out;
    char day[CLOCK_TEXT_BYTES];

    if (wire_report_fact_decode(&fact, bytes, NULL) != 0)
        return NULL;
    out = json_object_new();
    json_set_text(out, "category", fact.category->code);
    json_set_text(out, "state", report_state_text(fact.state));
    json_set_text(out, "outcome", report_outcome_text(fact.outcome));
    json_set_text(out, "channel", report_channel_text(fact.channel));
    json_set_flag(out, "urgent", fact.urgent);
    json_set_text(out, "village", fact.village[0] ? fact.village : NULL);
    json_set_text(out, "day", clock_day_text(day, fact.day));
    if (fact.hour >= 0)
        json_set_i64(out, "hour", fact.hour);
    node_read_time(out, "received", fact.received_ms);
    set_entered(out, &fact);
    json_set_i64(out, "attachments", fact.attachments);
    json_set_flag(out, "has_words", fact.bodies != 0);
    if (fact.continues_home[0] != '\0')
        json_set_text(out, "continues", fact.continues_home);
    return out;
}

static struct json *receipt_json(struct bytes bytes)
{
    struct receipt receipt;
    struct json *out;

    if (wire_receipt_decode(&receipt, bytes, NULL) != 0)
        return NULL;
    out = json_object_new();
    node_read_id(out, "alert", &receipt.alert);
    node_read_time(out, "stored", receipt.stored_ms);
    node_read_time(out, "shown", receipt.shown_ms);
    node_read_time(out, "acknowledged", receipt.acknowledged_ms);
    json_set_text(out, "by", receipt.by[0] != '\0' ? receipt.by : NULL);
    return out;
}

/* ---- parts */

static struct json *fact_json(const struct change *change)
{
    const struct part *part = &change->part[PART_FACT];
    struct json *out = json_object_new(), *fields = NULL;
    char *hex;

    if (part->form != PART_WHOLE) {
        json_set_null(out, "hex");
        return out;
    }
    hex = mem_new(2 * part->bytes.size + 1);
    hex_encode(hex, part->bytes.data, part->bytes.size);
    json_set_text(out, "hex", hex);
    json_set_i64(out, "bytes", (int64_t)part->bytes.size);
    mem_free(&hex);
    if (change->header.kind == KIND_REPORT)
        fields = report_json(part->bytes);
    else if (change->header.kind == KIND_RECEIPT)
        fields = receipt_json(part->bytes);
    if (fields != NULL)
        json_set(out, "fields", fields);
    else
        json_set_null(out, "fields");
    return out;
}

/* "none"; "stays": only its hash goes; "goes"; "hash": all that is left here.
 */
static const char *fate_of(const struct page *p, const struct change *change,
                           int part)
{
    if (change->part[part].form == PART_ABSENT)
        return "none";
    if (change->part[part].form == PART_STUB)
        return "hash"; /* as in the version before it, or erased since */
    if (part == PART_VAULT)
        return "stays";
    return change->header.kind != KIND_REPORT || p->node->body_always ? "goes"
                                                                      : "stays";
}

static void set_words(struct page *p, const struct change *change,
                      struct json *out)
{
    const struct part *part = &change->part[PART_BODY];
    struct report_body body;

    wire_arena_clear(p->node->arena);
    if (p->sees_words && change->header.kind == KIND_REPORT &&
        strcmp(fate_of(p, change, PART_BODY), "goes") == 0 &&
        wire_report_body_decode(&body, p->node->arena, part->bytes, NULL) == 0)
        json_set_text(out, "text", body.text);
    else
        json_set_null(out, "text");
}

static int add_entry(void *who, const struct entry *entry)
{
    const struct change *change = &entry->change;
    struct page *p = who;
    struct json *one;

    if (entry->seq >= p->before)
        return 1;
    one = json_object_new();
    json_set_i64(one, "seq", (int64_t)entry->seq);
    node_read_time(one, "at", change->header.clock_ms);
    json_set_text(one, "kind", kind_text(change->header.kind));
    node_read_id(one, "record", &change->header.record);
    json_set_i64(one, "version", (int64_t)change->header.version);
    json_set_flag(one, "ahead", (change->header.flags & CHANGE_EXPEDITED) != 0);
    json_set_flag(one, "erasure",
                  (change->header.flags & CHANGE_TOMBSTONE) != 0);
    json_set_flag(one, "acknowledged", entry->seq <= p->acked);
    json_set(one, "fact", fact_json(change));
    json_set_text(one, "words", fate_of(p, change, PART_BODY));
    json_set_text(one, "sender", fate_of(p, change, PART_VAULT));
    set_words(p, change, one);
    json_add(p->rows, one);
    return 0;
}

int node_read_sent(struct node *node, const struct node_query *q,
                   struct json **out, struct error *err)
{
    struct page p = {.node = node,
                     .q = q,
                     .rows = json_array_new(),
                     .sees_words = node_policy_sees_words(q->role)};
    struct json *newest_first = json_array_new();
    struct ledger_stream up = {.acked = 0};
    int64_t before = INT64_MAX;
    uint64_t first;
    int rc = node_read_number(q, "before", INT64_MAX - 1, &before, err);

    (void)ledger_stream(node->ledger, &up, &node->up, true);
    p.acked = up.acked;
    p.before =
        (uint64_t)before > up.head.seq ? up.head.seq + 1 : (uint64_t)before;
    first = p.before > ROWS ? p.before - ROWS : 1;
    if (rc == 0 &&
        (rc = ledger_read(node->ledger, &node->up, first, add_entry, &p)) != 0)
        (void)error_set(err, rc, "the database cannot be read");
    for (size_t i = json_count(p.rows); i > 0; i--)
        json_add(newest_first, json_take_at(p.rows, i - 1));
    json_free(&p.rows);
    *out = json_object_new();
    json_set_i64(*out, "head", (int64_t)up.head.seq);
    json_set_i64(*out, "acked", (int64_t)up.acked);
    if (first > 1)
        json_set_i64(*out, "next", (int64_t)first);
    else
        json_set_null(*out, "next");
    json_set(*out, "rows", newest_first);
    return rc;
}
