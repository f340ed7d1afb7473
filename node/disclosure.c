/* node/disclosure.c - asking, consenting, looking; each is a version of a
 * record of ours. */
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "common/domain/text.h"
#include "common/format/disclosure.h"
#include "node/disclosure_inside.h"
#include "node/held.h"
#include "node/people.h"
#include "node/store_disclosed.h"

enum { ALARM_ASKED = 210 };

/* ---- the record */

static int see_disclosure(void *who, const struct record_row *row,
                          const struct entry *entry)
{
    struct held_disclosure *held = who;
    const struct part *part;

    if (row->kind != KIND_DISCLOSURE || entry == NULL)
        return 0;
    part = entry->change.part;
    if (part[PART_FACT].form != PART_WHOLE ||
        wire_disclosure_decode(&held->d, part[PART_FACT].bytes, NULL) != 0)
        return 0;
    held->id = row->id;
    held->version = row->version;
    if (part[PART_VAULT].form == PART_WHOLE)
        buf_add_bytes(&held->vault, part[PART_VAULT].bytes);
    return 0;
}

int node_disclosure_load(struct node *node, const struct id *id,
                         struct held_disclosure *out)
{
    int rc;

    memset(out, 0, sizeof *out);
    rc = ledger_record(node->ledger, node->keys.unit, id, NULL, see_disclosure,
                       out);
    return rc != 0 ? rc : out->version == 0 ? ERR_MISSING : 0;
}

void node_disclosure_free(struct held_disclosure *held)
{
    buf_free(&held->vault);
}

static int need(struct node *node, const struct id *id,
                struct held_disclosure *out, struct error *err)
{
    int rc = node_disclosure_load(node, id, out);

    if (rc == ERR_MISSING)
        return error_set(err, rc,
                         "nothing was asked under this id: see `disclosure "
                         "list`");
    return rc == 0 ? 0 : error_set(err, rc, "the database cannot be read");
}

static int append(struct node *node, const struct id *record,
                  const struct disclosure *d, struct bytes vault,
                  struct error *err)
{
    struct node_write write = {.kind = KIND_DISCLOSURE, .record = *record};
    struct buf fact = {0};
    int rc = node_held_top(node, record, &write.version);

    if (rc != 0)
        return error_set(err, rc, "the database cannot be read");
    write.version++;
    wire_disclosure_encode(&fact, d);
    write.part[PART_FACT] = (struct node_part){true, buf_bytes(&fact), NULL};
    if (vault.size > 0)
        write.part[PART_VAULT] = (struct node_part){true, vault, NULL};
    rc = node_append(node, &write, err);
    buf_free(&fact);
    return rc;
}

static struct id new_record(struct node *node)
{
    uint8_t random[10];

    random_bytes(random, sizeof random);
    return id_make(node->wall_ms, random);
}

static void set_name(char out[DISCLOSURE_NAME_LIMIT + 1], const char *name)
{
    memset(out, 0, DISCLOSURE_NAME_LIMIT + 1);
    memcpy(out, name, strlen(name)); /* bounded by check_name */
}

static int check_name(const char *name, struct error *err)
{
    if (name == NULL || !text_is_line(bytes_of_text(name)) ||
        strlen(name) > DISCLOSURE_NAME_LIMIT)
        return error_set(err, ERR_INVALID, "say who asks: a name of this node");
    return 0;
}

/* Kept for good, so it must not tell what it is about to protect. */
static int check_reason(struct buf *out, const char *typed, struct error *err)
{
    if (typed == NULL || text_nfc(out, bytes_of_text(typed)) != 0 ||
        text_is_blank(buf_bytes(out)))
        return error_set(err, ERR_INVALID, "--reason: say why; this is kept");
    if (out->size > DISCLOSURE_REASON_LIMIT)
        return error_set(err, ERR_INVALID, "--reason: at most %d bytes",
                         DISCLOSURE_REASON_LIMIT);
    if (report_find_phones(buf_text(out), NULL) > 0)
        return error_set(err, ERR_INVALID,
                         "--reason holds a telephone number: it is kept, so "
                         "say why without it");
    return 0;
}

/* ---- asking */

int node_disclosure_ask(struct node *node, const struct disclosure_order *order,
                        struct id *out, struct error *err)
{
    struct disclosure d = {.report = order->id,
                           .rule = DISCLOSURE_BY_CUSTODIAN,
                           .stage = DISCLOSURE_ASKED,
                           .asked_ms = node->wall_ms};
    struct buf reason = {0}, vault = {0};
    struct found_seal seal;
    int rc;

    if ((rc = node_disclosure_seal(node, &order->id, &seal, err)) == 0 &&
        !seal.vault.custodian)
        rc = error_set(err, ERR_REFUSED,
                       "the officer on duty may look at this one without "
                       "asking: `disclosure open`");
    if (rc == 0 && (rc = check_name(order->by, err)) == 0 &&
        (rc = check_reason(&reason, order->reason, err)) == 0) {
        struct disclosure_vault why = {buf_text(&reason), ""};

        set_name(d.asked_by, order->by);
        wire_disclosure_vault_encode(&vault, &why);
        *out = new_record(node);
        rc = append(node, out, &d, buf_bytes(&vault), err);
    }
    node->disclosed_until = 0; /* look when this one is over */
    if (rc == 0)
        node_alarm(node, ALARM_ASKED,
                   "somebody asks to see who sent a report: a custodian "
                   "consents or refuses, see `disclosure list`");
    buf_free(&reason);
    buf_free(&vault);
    node_disclosure_seal_free(&seal);
    return rc;
}

/* ---- deciding */

struct waiting {
    int64_t now_ms, over_ms; /* when the first of them is over */
    size_t count;
};

static int is_waiting(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    struct held_disclosure held = {.version = 0};
    struct waiting *w = who;

    (void)see_disclosure(&held, row, entry);
    buf_free(&held.vault);
    if (held.version == 0 ||
        strcmp(disclosure_state_text(&held.d, w->now_ms), "asked") != 0)
        return 0;
    w->count++;
    if (held.d.asked_ms + DISCLOSURE_ASKED_MS < w->over_ms)
        w->over_ms = held.d.asked_ms + DISCLOSURE_ASKED_MS;
    return 0;
}

static struct waiting who_waits(struct node *node)
{
    struct waiting w = {.now_ms = node->wall_ms, .over_ms = INT64_MAX};

    (void)ledger_records(node->ledger, KIND_DISCLOSURE, node->keys.unit,
                         is_waiting, &w);
    return w;
}

size_t node_disclosure_waiting(struct node *node)
{
    return who_waits(node).count;
}

static int decided(struct node *node, const struct held_disclosure *held,
                   struct bytes vault, struct error *err)
{
    int rc = append(node, &held->id, &held->d, vault, err);

    if (rc != 0)
        return rc;
    log_info("disclosure.decided", "stage=%d", held->d.stage);
    return node_disclosure_waiting(node) > 0
               ? 0
               : node_store_clear_alarms(node->store, ALARM_ASKED,
                                         node->wall_ms);
}

static int begin_deciding(struct node *node,
                          const struct disclosure_order *order, int stage,
                          struct held_disclosure *held, struct error *err)
{
    int rc = need(node, &order->id, held, err);

    if (rc == 0)
        rc = check_name(order->by, err);
    if (rc == 0 && !node_people_is(node, order->by, "custodian"))
        rc = error_set(err, ERR_REFUSED, "only a custodian decides this");
    if (rc == 0)
        rc = disclosure_check_decide(&held->d, order->by, node->wall_ms, err);
    if (rc != 0)
        return rc;
    held->d.stage = stage;
    held->d.decided_ms = node->wall_ms;
    set_name(held->d.decided_by, order->by);
    return 0;
}

/* The sender, sealed anew to the duty key, which whoever asked holds. */
static int seal_anew(struct node *node, const struct seal_key *custodian,
                     const struct held_disclosure *held, struct bytes seal,
                     struct error *err)
{
    struct sealing_key duty;
    struct buf plain = {0}, box = {0};
    int rc = seal_open(&plain, custodian, seal);

    if (rc != 0)
        rc = error_set(err, rc, "the seal does not open: run `verify`");
    else if ((rc = node_store_sealing_key(node->store, false, &duty)) != 0 ||
             (rc = seal_close(&box, duty.public_key, buf_bytes(&plain))) != 0)
        (void)error_set(err, rc, "this node has no duty key: run `verify`");
    else
        rc = node_store_disclosed_put(
            node->disclosed, &held->id, &held->d.report,
            disclosure_until(&held->d), buf_bytes(&box));
    if (plain.size > 0)
        mem_wipe(plain.data, plain.size);
    buf_free(&plain);
    buf_free(&box);
    node->disclosed_until = 0; /* look when the first one is over */
    return rc;
}

int node_disclosure_approve(struct node *node,
                            const struct disclosure_order *order,
                            struct error *err)
{
    struct held_disclosure held;
    struct found_seal seal = {.erased = false};
    struct seal_key key;
    int rc = begin_deciding(node, order, DISCLOSURE_APPROVED, &held, err);

    if (rc == 0)
        rc = node_disclosure_seal(node, &held.d.report, &seal, err);
    if (rc == 0 && (rc = node_disclosure_unwrap(
                        node, order, seal.vault.seal_key_id, &key, err)) == 0) {
        rc = seal_anew(node, &key, &held, seal.vault.seal, err);
        mem_wipe(&key, sizeof key);
    }
    if (rc == 0)
        rc = decided(node, &held, buf_bytes(&held.vault), err);
    node_disclosure_seal_free(&seal);
    node_disclosure_free(&held);
    return rc;
}

int node_disclosure_refuse(struct node *node,
                           const struct disclosure_order *order,
                           struct error *err)
{
    struct held_disclosure held;
    struct disclosure_vault why;
    struct buf reason = {0}, vault = {0};
    int rc = begin_deciding(node, order, DISCLOSURE_REFUSED, &held, err);

    if (rc == 0 && (rc = check_reason(&reason, order->reason, err)) == 0) {
        wire_arena_clear(node->arena);
        (void)wire_disclosure_vault_decode(&why, node->arena,
                                           buf_bytes(&held.vault));
        why.refusal = buf_text(&reason);
        wire_disclosure_vault_encode(&vault, &why);
        rc = decided(node, &held, buf_bytes(&vault), err);
    }
    buf_free(&reason);
    buf_free(&vault);
    node_disclosure_free(&held);
    return rc;
}

/* ---- looking */

static int give(struct node *node, const struct seal_key *key, struct bytes box,
                struct json *out, struct error *err)
{
    struct seal_body body;
    struct buf plain = {0};
    int rc = seal_open(&plain, key, box);

    wire_arena_clear(node->arena);
    if (rc == 0)
        rc = wire_seal_body_decode(&body, node->arena, buf_bytes(&plain));
    if (rc == 0) {
        json_set_text(out, "name", body.name[0] ? body.name : NULL);
        json_set_text(out, "phone", body.phone[0] ? body.phone : NULL);
    } else {
        (void)error_set(err, rc, "the seal does not open: run `verify`");
    }
    if (plain.size > 0)
        mem_wipe(plain.data, plain.size);
    buf_free(&plain);
    wire_arena_clear(node->arena);
    return rc;
}

static void set_record(struct json *out, const struct id *record)
{
    char text[ID_TEXT_BYTES];

    json_set_text(out, "disclosure", id_text(text, record));
}

/* Looked at once, now, and nobody had to be asked. */
static struct disclosure by_duty(const struct node *node,
                                 const struct disclosure_order *order)
{
    struct disclosure d = {.report = order->id,
                           .rule = DISCLOSURE_BY_DUTY,
                           .stage = DISCLOSURE_APPROVED,
                           .asked_ms = node->wall_ms,
                           .decided_ms = node->wall_ms,
                           .openings = 1,
                           .opened_ms = node->wall_ms};

    set_name(d.asked_by, order->by);
    return d;
}

int node_disclosure_note(struct node *node,
                         const struct disclosure_order *order, struct id *out,
                         struct error *err)
{
    struct buf reason = {0}, vault = {0};
    struct disclosure d;
    int rc = check_name(order->by, err);

    if (rc == 0 && (rc = check_reason(&reason, order->reason, err)) == 0) {
        struct disclosure_vault why = {buf_text(&reason), ""};

        d = by_duty(node, order);
        wire_disclosure_vault_encode(&vault, &why);
        *out = new_record(node);
        rc = append(node, out, &d, buf_bytes(&vault), err);
    }
    buf_free(&reason);
    buf_free(&vault);
    return rc;
}

static int open_by_duty(struct node *node, const struct disclosure_order *order,
                        const struct found_seal *seal, struct json *out,
                        struct error *err)
{
    struct disclosure d = by_duty(node, order);
    struct id record = new_record(node);
    struct seal_key key;
    int rc =
        node_disclosure_unwrap(node, order, seal->vault.seal_key_id, &key, err);

    if (rc != 0)
        return rc;
    rc = give(node, &key, seal->vault.seal, out, err);
    mem_wipe(&key, sizeof key);
    if (rc == 0)
        rc = append(node, &record, &d, bytes_of(NULL, 0), err);
    json_set_null(out, "until");
    set_record(out, &record);
    return rc;
}

/* Under consent: with the key that the box was sealed to. */
static int open_box(struct node *node, const struct disclosure_order *order,
                    struct bytes box, struct json *out, struct error *err)
{
    struct sealing_key duty;
    struct seal_key key;
    int rc = node_store_sealing_key(node->store, false, &duty);

    if (rc != 0)
        return error_set(err, rc, "this node has no duty key: run `verify`");
    if ((rc = node_disclosure_unwrap(node, order, duty.key_id, &key, err)) != 0)
        return rc;
    rc = give(node, &key, box, out, err);
    mem_wipe(&key, sizeof key);
    return rc;
}

static int open_by_consent(struct node *node,
                           const struct disclosure_order *order,
                           struct held_disclosure *held, struct json *out,
                           struct error *err)
{
    char text[CLOCK_TEXT_BYTES];
    struct buf box = {0};
    int rc = disclosure_check_open(&held->d, order->by, node->wall_ms, err);

    if (rc == 0 && (rc = node_store_disclosed(node->disclosed, &held->id,
                                              &box)) == ERR_MISSING)
        rc = error_set(err, ERR_REFUSED,
                       "the hour for looking is over: ask anew");
    if (rc == 0)
        rc = open_box(node, order, buf_bytes(&box), out, err);
    if (rc == 0) {
        held->d.openings++;
        held->d.opened_ms = node->wall_ms;
        rc = append(node, &held->id, &held->d, buf_bytes(&held->vault), err);
        json_set_text(out, "until",
                      clock_text(text, disclosure_until(&held->d)));
        set_record(out, &held->id);
    }
    buf_free(&box);
    return rc;
}

/* The consent by which this user may look at this report. */
struct consent {
    const struct node *node;
    const struct disclosure_order *order;
    struct id id;
    bool found;
};

static int find_consent(void *who, const struct record_row *row,
                        const struct entry *entry)
{
    struct consent *c = who;
    struct held_disclosure held = {.version = 0};

    (void)see_disclosure(&held, row, entry);
    buf_free(&held.vault);
    c->found = held.version > 0 && id_equal(&held.d.report, &c->order->id) &&
               disclosure_check_open(&held.d, c->order->by, c->node->wall_ms,
                                     NULL) == 0;
    c->id = row->id;
    return c->found;
}

static int open_report(struct node *node, const struct disclosure_order *order,
                       struct json *out, struct error *err)
{
    struct consent c = {.node = node, .order = order};
    struct held_disclosure held;
    struct found_seal seal;
    int rc = node_disclosure_seal(node, &order->id, &seal, err);

    if (rc == 0 && !seal.vault.custodian) {
        rc = open_by_duty(node, order, &seal, out, err);
    } else if (rc == 0) {
        rc = ledger_records(node->ledger, KIND_DISCLOSURE, node->keys.unit,
                            find_consent, &c);
        if (rc >= 0 && !c.found)
            rc = error_set(err, ERR_REFUSED,
                           "a custodian must consent first: `disclosure "
                           "request ID --reason T`");
        else if (rc >= 0 && (rc = need(node, &c.id, &held, err)) == 0) {
            rc = open_by_consent(node, order, &held, out, err);
            node_disclosure_free(&held);
        }
    }
    node_disclosure_seal_free(&seal);
    return rc;
}

int node_disclosure_open(struct node *node,
                         const struct disclosure_order *order, struct json *out,
                         struct error *err)
{
    struct held_disclosure held;
    int rc;

    if ((rc = check_name(order->by, err)) != 0)
        return rc;
    if (!node_disclosure_user(node, order->by))
        return error_set(err, ERR_REFUSED,
                         "%s is not an officer, leader or custodian here",
                         order->by);
    rc = node_disclosure_load(node, &order->id, &held);
    if (rc == 0)
        rc = open_by_consent(node, order, &held, out, err);
    else if (rc == ERR_MISSING)
        rc = open_report(node, order, out, err);
    else
        (void)error_set(err, rc, "the database cannot be read");
    node_disclosure_free(&held);
    if (rc == 0)
        log_info("disclosure.opened", "by=%s", order->by);
    return rc;
}

/* ---- what is over */

int node_disclosure_sweep(struct node *node)
{
    struct waiting w;
    int rc;

    if (node->wall_ms < node->disclosed_until)
        return 0;
    rc = node_store_disclosed_sweep(node->disclosed, node->wall_ms,
                                    &node->disclosed_until);
    if (rc != 0)
        return rc;
    w = who_waits(node);
    if (w.over_ms < node->disclosed_until)
        node->disclosed_until = w.over_ms;
    return w.count > 0 ? 0
                       : node_store_clear_alarms(node->store, ALARM_ASKED,
                                                 node->wall_ms);
}

int node_disclosure_forget(struct node *node, const struct id *report)
{
    return node_store_disclosed_drop(node->disclosed, report);
}

/* ---- the list */

/* Taken first, told afterwards: telling asks the ledger too. */
struct listing {
    struct held_disclosure *items;
    size_t count, room;
};

static int list_one(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    struct listing *l = who;

    if (l->count == l->room) {
        l->room = l->room * 2 + 16;
        l->items = mem_grow(l->items, l->room, sizeof *l->items);
    }
    memset(&l->items[l->count], 0, sizeof *l->items);
    (void)see_disclosure(&l->items[l->count], row, entry);
    l->count += l->items[l->count].version > 0;
    return 0;
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static void set_category(struct node *node, struct json *one,
                         const struct id *report)
{
    struct held_report held;

    if (node_held_load(node, report, &held, NULL) == 0)
        json_set_text(one, "category", held.fact.category->code);
    else
        json_set_null(one, "category");
    node_held_free(&held);
}

static void set_why(struct node *node, struct json *one, struct bytes vault)
{
    struct disclosure_vault why = {"", ""};

    wire_arena_clear(node->arena);
    if (vault.size > 0)
        (void)wire_disclosure_vault_decode(&why, node->arena, vault);
    json_set_text(one, "reason", or_null(why.reason));
    json_set_text(one, "refusal", or_null(why.refusal));
}

static struct json *tell(struct node *node, const struct held_disclosure *held)
{
    struct json *one = json_object_new();
    char text[ID_TEXT_BYTES];

    json_set_text(one, "id", id_text(text, &held->id));
    format_disclosure(one, &held->d, node->wall_ms);
    set_category(node, one, &held->d.report);
    set_why(node, one, buf_bytes(&held->vault));
    return one;
}

struct json *node_disclosure_list(struct node *node)
{
    struct json *out = json_array_new();
    struct listing l = {NULL, 0, 0};

    (void)ledger_records(node->ledger, KIND_DISCLOSURE, node->keys.unit,
                         list_one, &l);
    for (size_t i = 0; i < l.count; i++) {
        json_add(out, tell(node, &l.items[i]));
        node_disclosure_free(&l.items[i]);
    }
    mem_free(&l.items);
    return out;
}
