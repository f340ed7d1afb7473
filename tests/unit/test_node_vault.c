/* tests/unit/test_node_vault.c - a report with a sender is locked at one
 * machine, given back to another, opened with the lost one's shares; the name
 * comes out exactly, and nothing opens for anybody else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "node/unit_keys.h"
#include "node/vault.h"
#include "tests/support/node_world.h"

#define NAME "Trần Thị Bích Ngọc"
#define PHONE "0912345678"
#define WORDS "Ghe hút cát ban đêm"

static const struct hash_function f = {crypto_sha256};

struct two {
    struct node_world *lost, *fresh;
    struct buf header, object; /* of the report, as the hub has them */
    struct change stub;
    struct vault_object given;
};

static int lock_report(void *who, const struct entry *entry)
{
    struct two *t = who;

    if (entry->change.header.kind != KIND_REPORT)
        return 0;
    assert_int_equal(node_vault_lock(t->lost->node, entry, true, &t->object),
                     0);
    buf_add_bytes(&t->header, entry->change.header_bytes);
    t->stub = entry->change;
    for (int i = PART_BODY; i < PART_COUNT; i++) {
        t->stub.part[i].hash = part_hash(&f, &entry->change.part[i]);
        t->stub.part[i].form = PART_STUB;
        t->stub.part[i].bytes = (struct bytes){0};
    }
    t->given.ref.record = entry->change.header.record;
    t->given.ref.version = entry->change.header.version;
    t->given.ref.digest = entry->digest;
    memcpy(t->given.ref.home, entry->change.header.home, LIMIT_HOME);
    /* the fact stays where it is: the lost machine lives as long as this */
    static uint8_t fact[LIMIT_FACT];
    memcpy(fact, entry->change.part[PART_FACT].bytes.data,
           entry->change.part[PART_FACT].bytes.size);
    t->stub.part[PART_FACT].bytes.data = fact;
    return 1;
}

/* The change comes back as the hub had it: with stubs. */
static void adopt(struct two *t)
{
    struct entry entry = {.change = t->stub, .digest = t->given.ref.digest};
    struct node *node = t->fresh->node;
    struct error err = {""};

    entry.change.header_bytes = buf_bytes(&t->header);
    assert_int_equal(node_begin(node), 0);
    if (ledger_adopt(node->ledger, &node->up, &entry, 100, &err) != 0)
        fail_msg("%s", err.text);
    assert_int_equal(node_vault_take(node, &t->given), 0);
    assert_int_equal(node_commit(node, &err), 0);
}

static int set_up(void **state)
{
    struct two *t = mem_new(sizeof *t);
    struct json *out;

    t->lost = node_world_new();
    t->fresh = node_world_new();
    out = node_world_do(t->lost, "report.add",
                        "{\"category\":\"cat_trai_phep\",\"text\":\"" WORDS
                        "\",\"name\":\"" NAME "\",\"phone\":\"" PHONE "\"}");
    json_free(&out);
    assert_int_equal(ledger_read(t->lost->node->ledger, &t->lost->node->up, 1,
                                 lock_report, t),
                     0);
    t->given.bytes = buf_bytes(&t->object);
    adopt(t);
    *state = t;
    return 0;
}

static int tear_down(void **state)
{
    struct two *t = *state;

    node_world_free(t->lost);
    node_world_free(t->fresh);
    buf_free(&t->header);
    buf_free(&t->object);
    mem_free(&t);
    return 0;
}

/* The waiting object's key by these shares, wrapped for `world`. */
struct opening {
    struct two *t;
    const struct seal_key *recovery;
    int rc;
    int64_t change;
    struct buf box;
};

static int open_by_shares(void *who, const struct vault_item *item)
{
    struct opening *o = who;
    uint8_t key[BOX_KEY_BYTES];

    o->change = item->change;
    o->rc = node_vault_key_by_shares(o->recovery, item, key);
    if (o->rc == 0)
        node_vault_wrap(&o->t->fresh->node->keys, item, key, &o->box);
    return 1;
}

static int put_back(struct two *t, struct opening *o)
{
    struct node *node = t->fresh->node;
    struct error err = {""};
    int rc;

    assert_int_equal(node_begin(node), 0);
    rc = node_vault_put_back(node, o->change, buf_bytes(&o->box));
    assert_int_equal(node_commit(node, &err), 0);
    return rc;
}

struct parts {
    char text[200];
    struct buf seal;
    uint8_t key_id[8];
    bool stubs;
};

static int see(void *who, const struct record_row *row,
               const struct entry *entry)
{
    struct parts *p = who;
    const struct part *body = &entry->change.part[PART_BODY];
    const struct part *vault = &entry->change.part[PART_VAULT];
    struct wire_arena *arena = wire_arena_new();
    struct report_body words;
    struct report_vault sealed;

    (void)row;
    p->stubs = body->form == PART_STUB && vault->form == PART_STUB;
    if (!p->stubs) {
        assert_int_equal(
            wire_report_body_decode(&words, arena, body->bytes, NULL), 0);
        strncpy(p->text, words.text, sizeof p->text - 1);
        assert_int_equal(wire_report_vault_decode(&sealed, vault->bytes), 0);
        buf_add_bytes(&p->seal, sealed.seal);
        memcpy(p->key_id, sealed.seal_key_id, sizeof p->key_id);
    }
    wire_arena_free(&arena);
    return 0;
}

static struct parts report_of(struct two *t)
{
    struct parts p = {.text = ""};
    struct record_row row;
    struct node *node = t->fresh->node;

    assert_int_equal(ledger_record(node->ledger, node->keys.unit,
                                   &t->given.ref.record, &row, see, &p),
                     0);
    return p;
}

static void the_shares_of_the_lost_machine_open_words_and_name(void **state)
{
    struct two *t = *state;
    struct opening o = {.t = t, .recovery = &t->lost->recovery};
    struct wire_arena *arena = wire_arena_new();
    struct buf plain = {0};
    struct seal_body sender;
    struct parts p = report_of(t);

    assert_true(p.stubs);
    assert_false(node_world_holds(t->fresh, WORDS));
    assert_int_equal(ledger_vault_count(t->fresh->node->ledger), 1);
    (void)ledger_vault_all(t->fresh->node->ledger, 0, open_by_shares, &o);
    assert_int_equal(o.rc, 0);
    assert_int_equal(put_back(t, &o), 0);
    p = report_of(t);
    assert_string_equal(p.text, WORDS);
    /* cat_trai_phep: its sender is for the custodian or the officer on duty */
    assert_true(seal_open(&plain, &t->lost->custodian, buf_bytes(&p.seal)) ==
                    0 ||
                seal_open(&plain, &t->lost->duty, buf_bytes(&p.seal)) == 0);
    assert_int_equal(wire_seal_body_decode(&sender, arena, buf_bytes(&plain)),
                     0);
    assert_string_equal(sender.name, NAME);
    assert_string_equal(sender.phone, PHONE);
    assert_int_equal(ledger_vault_count(t->fresh->node->ledger), 0);
    assert_int_equal(put_back(t, &o), ERR_MISSING); /* twice is harmless */
    wire_arena_free(&arena);
    buf_free(&plain);
    buf_free(&p.seal);
    buf_free(&o.box);
}

/* The power goes after the last object and before recover.done; the second run
 * finds nothing to open. */
static void a_second_run_locks_anew_what_the_first_one_opened(void **state)
{
    struct two *t = *state;
    struct node_world *w = t->fresh;
    struct opening o = {.t = t, .recovery = &t->lost->recovery};
    struct buf args = {0};
    char hex[2 * NODE_VAULT_BOX + 1];
    struct json *out;

    (void)ledger_vault_all(w->node->ledger, 0, open_by_shares, &o);
    assert_int_equal(o.box.size, NODE_VAULT_BOX);
    hex_encode(hex, o.box.data, o.box.size);
    buf_printf(&args, "{\"objects\":[{\"change\":%lld,\"box\":\"%s\"}]}",
               (long long)o.change, hex);
    out = node_world_do(w, "recover.put", buf_text(&args));
    json_free(&out);
    assert_false(w->node->vault_again);
    out = node_world_do(w, "recover.done", "{}");
    json_free(&out);
    assert_true(w->node->vault_again);
    w->node->vault_again = false;
    out = node_world_do(w, "recover.done", "{}"); /* once is enough */
    json_free(&out);
    assert_false(w->node->vault_again);
    buf_free(&args);
    buf_free(&o.box);
}

static void other_shares_open_nothing(void **state)
{
    struct two *t = *state;
    struct opening o = {.t = t, .recovery = &t->fresh->recovery};

    (void)ledger_vault_all(t->fresh->node->ledger, 0, open_by_shares, &o);
    assert_int_equal(o.rc, ERR_DAMAGED);
    assert_int_equal(o.box.size, 0);
}

static void a_wrong_key_puts_nothing_in_place(void **state)
{
    struct two *t = *state;
    struct opening o = {.t = t, .recovery = &t->lost->recovery};

    (void)ledger_vault_all(t->fresh->node->ledger, 0, open_by_shares, &o);
    o.box.data[NODE_VAULT_BOX - 1] ^= 1;
    assert_int_equal(put_back(t, &o), ERR_DAMAGED);
    assert_true(report_of(t).stubs);
    assert_int_equal(ledger_vault_count(t->fresh->node->ledger), 1);
    buf_free(&o.box);
}

static void a_machine_with_the_same_at_rest_key_needs_nobody(void **state)
{
    struct two *t = *state;
    struct node *node = t->fresh->node;
    struct parts p;
    struct error err = {""};

    memcpy(node->keys.rest, t->lost->node->keys.rest, sizeof node->keys.rest);
    assert_int_equal(node_begin(node), 0);
    assert_int_equal(node_vault_take(node, &t->given), 0);
    assert_int_equal(node_commit(node, &err), 0);
    p = report_of(t);
    assert_string_equal(p.text, WORDS);
    assert_int_equal(ledger_vault_count(node->ledger), 0);
    buf_free(&p.seal);
}

static void an_object_shows_nothing_of_what_is_in_it(void **state)
{
    struct two *t = *state;
    const char *planted[] = {NAME, PHONE, WORDS};

    for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
        assert_null(memmem(t->object.data, t->object.size, planted[i],
                           strlen(planted[i])));
}

static void keys_of_an_earlier_machine_stay_older_than_ours(void **state)
{
    struct two *t = *state;
    struct node *node = t->fresh->node;
    struct sealing_copy old = {{9}, true, {8}, bytes_of("box", 3), INT64_MAX};
    struct unit_keys_vault vault = {1, 0, &old, NULL};
    int64_t taken = 0;
    struct sealing_key before, after;
    struct error err = {""};

    assert_int_equal(node_store_sealing_key(node->store, true, &before), 0);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(node_begin(node), 0);
        assert_int_equal(node_unit_keys_take(node, &vault, &taken), 0);
        assert_int_equal(node_commit(node, &err), 0);
    }
    assert_int_equal(taken, 1);
    assert_int_equal(node_store_sealing_key(node->store, true, &after), 0);
    assert_memory_equal(before.key_id, after.key_id, 8);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_shares_of_the_lost_machine_open_words_and_name),
        TEST(a_second_run_locks_anew_what_the_first_one_opened),
        TEST(other_shares_open_nothing),
        TEST(a_wrong_key_puts_nothing_in_place),
        TEST(a_machine_with_the_same_at_rest_key_needs_nobody),
        TEST(an_object_shows_nothing_of_what_is_in_it),
        TEST(keys_of_an_earlier_machine_stay_older_than_ours),
    };

    return cmocka_run_group_tests_name("node/vault", tests, NULL, NULL);
}
