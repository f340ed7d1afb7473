/* A commune without a line and its district: what goes by stick from one to the
 * other, in whatever order, and what somebody makes up. */
#include "tests/unit/test_bundle_fixture.h"

#include "common/wire/vault.h"
#include "hub/alerts.h"
#include "node/unit_keys.h"
#include "node/vault.h"

/* ---- carried */

static void what_is_carried_arrives_once_and_is_acknowledged(void **state)
{
    struct district *d = *state;
    struct json *bundle, *answer;

    report(d, "cho_tha_rong");
    report(d, "trom_cap");
    bundle = up_of(d, "{}");
    assert_int_equal(take_number(at_hub(d, bundle), "new"), 2);
    assert_int_equal(take_number(at_hub(d, bundle), "new"), 0);
    assert_int_equal(held(d), node_world_head(d->w));
    assert_int_equal(acked(d), 0);
    answer = down(d);
    json_free(&bundle);
    assert_true(take_number(at_node(d, answer), "new") > 0);
    assert_int_equal(acked(d), node_world_head(d->w));
    assert_int_equal(take_number(at_node(d, answer), "new"), 0);
    json_free(&answer);
    bundle = up_of(d, "{}"); /* nothing of it goes again */
    answer = at_hub(d, bundle);
    assert_int_equal(take_number(answer, "known"), 0);
    json_free(&bundle);
}

static void a_part_that_comes_first_counts_and_finds_its_place(void **state)
{
    struct district *d = *state;
    struct json *first, *second;

    report(d, "cho_tha_rong");
    first = up_of(d, "{}");
    report(d, "cho_tha_rong");
    second = up_of(d, "{\"after\":1}");
    assert_int_equal(take_number(at_hub(d, second), "aside"), 1);
    assert_int_equal(held(d), 0);
    assert_int_equal(ledger_early_count(d->f->hub->ledger, NODE_WORLD_UNIT), 1);
    assert_int_equal(take_number(at_hub(d, first), "new"), 1);
    assert_int_equal(take_number(at_hub(d, second), "new"), 0);
    assert_int_equal(held(d), 2);
    assert_int_equal(ledger_early_count(d->f->hub->ledger, NODE_WORLD_UNIT), 0);
    json_free(&first);
    json_free(&second);
}

static void an_older_answer_takes_nothing_back(void **state)
{
    struct district *d = *state;
    struct json *bundle, *older, *newer;

    older = down(d);
    report(d, "cho_tha_rong");
    bundle = up_of(d, "{}");
    json_free(&bundle); /* this stick was lost */
    bundle = up_of(d, "{}");
    assert_int_equal(take_number(at_hub(d, bundle), "new"), 1);
    d->f->hub->wall_ms += 1000;
    newer = down(d);
    (void)take_number(at_node(d, newer), "new");
    assert_int_equal(acked(d), 1);
    (void)take_number(at_node(d, older), "new");
    assert_int_equal(acked(d), 1);
    json_free(&bundle);
    json_free(&older);
    json_free(&newer);
}

/* The hub was set back: a later answer says so, and it is carried again. */
static void a_hub_that_lost_it_gets_it_again(void **state)
{
    struct district *d = *state;
    struct json *bundle, *answer, *taken;
    int64_t objects;

    report(d, "cho_tha_rong");
    assert_int_equal(node_begin(d->w->node), 0);
    assert_int_equal(ledger_set_acked(d->w->node->ledger, &d->w->node->up, 1),
                     0);
    assert_int_equal(ledger_set_vaulted(d->w->node->ledger, &d->w->node->up, 1),
                     0);
    assert_int_equal(node_commit(d->w->node, &d->w->err), 0);
    answer = down(d);
    (void)take_number(at_node(d, answer), "new");
    assert_int_equal(acked(d), 0);
    bundle = up_of(d, "{}");
    taken = at_hub(d, bundle);
    assert_true(json_get_i64(taken, "objects", &objects) && objects == 1);
    assert_int_equal(take_number(taken, "new"), 1);
    json_free(&bundle);
    json_free(&answer);
}

/* What it said before it lost it marks nothing, however late it comes. */
static void an_answer_of_before_the_loss_marks_nothing(void **state)
{
    struct district *d = *state;
    struct json *bundle, *lost, *before;

    report(d, "cho_tha_rong");
    assert_int_equal(node_begin(d->w->node), 0);
    assert_int_equal(ledger_set_acked(d->w->node->ledger, &d->w->node->up, 1),
                     0);
    assert_int_equal(node_commit(d->w->node, &d->w->err), 0);
    d->f->hub->wall_ms += 1000;
    lost = down(d); /* holds nothing */
    d->f->hub->wall_ms -= 1000;
    bundle = up_of(d, "{\"after\":0}");
    assert_int_equal(take_number(at_hub(d, bundle), "new"), 1);
    before = down(d); /* holds all, and is the older one */
    (void)take_number(at_node(d, lost), "new");
    assert_int_equal(acked(d), 0);
    (void)take_number(at_node(d, before), "new");
    assert_int_equal(acked(d), 0);
    json_free(&bundle);
    json_free(&lost);
    json_free(&before);
}

/* Its clock was years ahead when it acknowledged; it was put right, and the hub
 * was set back. */
static void an_answer_by_a_clock_years_ahead_gets_old(void **state)
{
    struct district *d = *state;
    const int64_t years_ms = INT64_C(5) * 366 * 24 * 3600 * 1000;
    struct json *bundle, *ahead, *lost;

    report(d, "cho_tha_rong");
    d->f->hub->wall_ms += 60000;
    lost = down(d); /* holds nothing, and is the later one */
    d->f->hub->wall_ms -= 60000;
    bundle = up_of(d, "{}");
    assert_int_equal(take_number(at_hub(d, bundle), "new"), 1);
    d->f->hub->wall_ms += years_ms;
    ahead = down(d); /* holds all */
    d->f->hub->wall_ms -= years_ms;
    (void)take_number(at_node(d, ahead), "new");
    assert_int_equal(acked(d), 1);
    (void)take_number(at_node(d, lost), "new");
    assert_int_equal(acked(d), 0);
    json_free(&lost);
    json_free(&bundle);
    json_free(&ahead);
}

/* A replaced machine hands over: its changes count, the stream stays as the
 * present machine knows it (PROTOCOL 8.6). */
static void a_replaced_machine_does_not_lengthen_the_stream(void **state)
{
    struct district *d = *state;
    struct node_key key =
        *hub_registry_unit(d->f->hub->registry, NODE_WORLD_UNIT);
    struct json *bundle, *answer;

    report(d, "cho_tha_rong");
    bundle = up_of(d, "{}");
    key.state = NODE_RETIRING;
    hub_registry_put(d->f->hub->registry, &key);
    answer = at_hub(d, bundle);
    assert_null(json_get_text(answer, "problem"));
    assert_int_equal(take_number(answer, "new"), 1);
    assert_int_equal(held(d), 0);
    assert_int_equal(ledger_early_count(d->f->hub->ledger, NODE_WORLD_UNIT), 1);
    assert_int_equal(take_number(at_hub(d, bundle), "new"), 0);
    json_free(&bundle);
}

/* ---- made up */

/* A block that somebody else signed in the name of `from`. */
struct forger {
    struct sign_key key;
    struct bundle_label label;
};

static void forge_signature(void *who, struct signed_bytes *out,
                            const char *domain, struct bytes body)
{
    const struct forger *forger = who;

    out->body = body;
    sign_key_id(out->key_id, forger->key.public_key);
    sign_bytes(out->signature, &forger->key, domain, body);
}

static struct forger forger_new(const char *from, const char *to,
                                const uint8_t curve[32])
{
    struct forger forger = {.label = {.from = from,
                                      .to = to,
                                      .number = 1,
                                      .made_ms = INT64_MAX / 2,
                                      .last = true,
                                      .to_curve = curve,
                                      .sign = forge_signature}};

    sign_key_generate(&forger.key);
    return forger;
}

static struct json *forged(struct forger *forger, struct bytes frames)
{
    struct json *made = json_object_new();
    struct buf block = {0}, text = {0};

    forger->label.who = forger;
    assert_int_equal(parcel_seal(&block, &forger->label, frames), 0);
    base64url_encode(&text, buf_bytes(&block));
    json_set_text(made, "block", buf_text(&text));
    buf_free(&block);
    buf_free(&text);
    return made;
}

/* The true frames of the hub's answer: what it holds of `up` is all. */
static void answer_frames(struct district *d, struct buf *out)
{
    struct json *made = down(d), *args = unpacked(made);
    struct buf bytes = {0};
    struct bundle_block block;
    struct signed_bytes around;
    struct seal_key key;

    assert_int_equal(bundle_block_text(&bytes, args, NULL), 0);
    assert_int_equal(
        wire_bundle_block_decode(&block, &around, buf_bytes(&bytes), NULL), 0);
    memcpy(key.public_key, d->w->node->keys.curve.public_key, 32);
    memcpy(key.secret, d->w->node->keys.curve.secret, 32);
    assert_int_equal(parcel_open(out, &block, &key, 1), 0);
    json_free(&made);
    json_free(&args);
    buf_free(&bytes);
}

static void nothing_is_acknowledged_by_a_foreign_key(void **state)
{
    struct district *d = *state;
    struct forger forger = forger_new(d->f->hub->keys.home, NODE_WORLD_UNIT,
                                      d->w->node->keys.curve.public_key);
    struct json *bundle, *lie;
    struct buf frames = {0};

    report(d, "cho_tha_rong");
    bundle = up_of(d, "{}");
    assert_int_equal(take_number(at_hub(d, bundle), "new"), 1);
    answer_frames(d, &frames);
    lie = forged(&forger, buf_bytes(&frames));
    assert_problem(at_node(d, lie), "root did not vouch", true);
    assert_int_equal(acked(d), 0);
    json_free(&lie);

    /* under the name of a key that is known */
    memcpy(forger.key.public_key, d->f->hub->keys.sign.public_key, 32);
    lie = down(d); /* the true one makes the key known */
    (void)take_number(at_node(d, lie), "new");
    json_free(&lie);
    report(d, "cho_tha_rong");
    lie = forged(&forger, buf_bytes(&frames));
    assert_problem(at_node(d, lie), "signature is not good", true);
    json_free(&lie);
    json_free(&bundle);
    buf_free(&frames);
}

static void a_hub_takes_nothing_that_is_not_its_communes(void **state)
{
    struct district *d = *state;
    struct hub *hub = d->f->hub;
    struct forger forger =
        forger_new(NODE_WORLD_UNIT, hub->keys.home, hub->keys.curve.public_key);
    struct node_key key;
    struct json *bundle, *lie;

    report(d, "cho_tha_rong");
    bundle = up_of(d, "{}");
    lie = forged(&forger, bytes_of(NULL, 0));
    assert_problem(at_hub(d, lie), "no machine of quang-tho", true);
    json_free(&lie);
    memcpy(forger.key.public_key, d->w->node->keys.sign.public_key, 32);
    lie = forged(&forger, bytes_of(NULL, 0));
    assert_problem(at_hub(d, lie), "signature is not good", true);
    json_free(&lie);
    assert_problem(at_node(d, bundle), "not for here", false);
    key = *hub_registry_unit(hub->registry, NODE_WORLD_UNIT);
    key.state = NODE_REVOKED;
    hub_registry_put(hub->registry, &key);
    assert_problem(at_hub(d, bundle), "was revoked", true);
    assert_int_equal(held(d), 0);
    json_free(&bundle);
}

/* The hub's own word, about another stream than ours: nothing is marked. */
static void only_what_the_hash_proves_is_acknowledged(void **state)
{
    struct district *d = *state;
    struct forger forger = forger_new(d->f->hub->keys.home, NODE_WORLD_UNIT,
                                      d->w->node->keys.curve.public_key);
    struct sync_message m = {.type = MSG_WELCOME};
    struct signed_bytes proof;
    struct bytes frame;
    struct buf frames = {0};
    struct json *made, *out;

    report(d, "cho_tha_rong");
    forger.key = d->f->hub->keys.sign;
    assert_int_equal(
        wire_signed_decode(&proof, buf_bytes(&d->f->hub->keys.signing_key)), 0);
    forger.label.signing_key = &proof;
    assert_int_equal(
        ledger_claim(d->w->node->ledger, &d->w->node->up, &m.welcome.up), 0);
    m.welcome.up.samples[0].h.bytes[5] ^= 1;
    assert_int_equal(wire_encode(d->w->node->codec, &frame, &m, NULL), 0);
    wire_bundle_frames_encode(&frames, &frame, 1);
    made = forged(&forger, buf_bytes(&frames));
    out = at_node(d, made);
    assert_true(json_get_flag(out, "forked"));
    assert_int_equal(acked(d), 0);
    json_free(&out);
    json_free(&made);
    buf_free(&frames);
}

/* ---- what stays in the commune */

static int see_body(void *who, const struct record_row *row,
                    const struct entry *entry)
{
    (void)row;
    *(int *)who = (int)entry->change.part[PART_BODY].form;
    return 1;
}

static void words_go_locked_and_their_objects_come_along(void **state)
{
    struct district *d = *state;
    struct stream_name up = stream_name_make(NODE_WORLD_UNIT, STREAM_UP);
    struct ledger *ledger = d->f->hub->ledger;
    struct json *bundle, *answer;
    int form = -1;

    report(d, "cho_tha_rong");
    bundle = up_of(d, "{}");
    assert_int_equal(take_number(at_hub(d, bundle), "objects"), 1);
    assert_int_equal(ledger_vaulted(ledger, &up), held(d));
    assert_int_equal(
        ledger_records(ledger, KIND_REPORT, NODE_WORLD_UNIT, see_body, &form),
        0);
    assert_int_equal(form, PART_STUB);
    answer = down(d);
    (void)take_number(at_node(d, answer), "new");
    assert_int_equal(ledger_vaulted(d->w->node->ledger, &d->w->node->up),
                     held(d));
    json_free(&bundle);
    json_free(&answer);
}

static int see_lock(void *who, const struct vault_item *item)
{
    struct vault_locked locked;

    assert_int_equal(wire_vault_object_decode(&locked, item->bytes), 0);
    memcpy(who, locked.recovery_id, sizeof locked.recovery_id);
    return 0;
}

/* For whom the objects at the hub are locked; the last one says it. */
static void lock_at_hub(struct district *d, uint8_t out[VAULT_ID_BYTES])
{
    struct stream_name up = stream_name_make(NODE_WORLD_UNIT, STREAM_UP);

    memset(out, 0, VAULT_ID_BYTES);
    assert_int_equal(
        ledger_vault_read(d->f->hub->ledger, &up, 1, held(d), see_lock, out),
        0);
}

/* A new recovery key, told in a record, and everything locked for it. */
static void change_locks(struct district *d)
{
    struct node *node = d->w->node;
    struct seal_key key;
    char hex[2 * SEAL_PUBLIC_BYTES + 1];

    seal_key_generate(&key);
    hex_encode(hex, key.public_key, sizeof key.public_key);
    assert_int_equal(node_begin(node), 0);
    assert_int_equal(node_store_set(node->store, "recovery_public", hex), 0);
    assert_int_equal(node_unit_keys_refresh(node, &d->w->err), 0);
    assert_int_equal(node_vault_again(node), 0);
    assert_int_equal(node_commit(node, &d->w->err), 0);
}

static void an_old_stick_brings_no_old_locks_back(void **state)
{
    struct district *d = *state;
    uint8_t before[VAULT_ID_BYTES], now[VAULT_ID_BYTES], later[VAULT_ID_BYTES];
    struct json *old, *bundle;

    report(d, "cho_tha_rong");
    old = up_of(d, "{}");
    assert_true(take_number(at_hub(d, old), "objects") > 0);
    lock_at_hub(d, before);
    change_locks(d);
    bundle = up_of(d, "{}");
    assert_true(take_number(at_hub(d, bundle), "objects") > 0);
    lock_at_hub(d, now);
    assert_memory_not_equal(before, now, sizeof now);
    assert_int_equal(take_number(at_hub(d, old), "objects"), 0);
    lock_at_hub(d, later);
    assert_memory_equal(later, now, sizeof now);
    json_free(&old);
    json_free(&bundle);
}

/* Signed by the commune itself: words that no bundle holds, and sizes. */
static void a_block_is_taken_whole_or_not_at_all(void **state)
{
    struct district *d = *state;
    struct hub *hub = d->f->hub;
    struct forger forger =
        forger_new(NODE_WORLD_UNIT, hub->keys.home, hub->keys.curve.public_key);
    struct sync_message bye = {.type = MSG_BYE, .bye = {.code = BYE_STOPPING}};
    struct wire_codec *codec = wire_codec_new(false);
    struct bytes frame;
    struct buf frames = {0};
    struct json *lie;

    forger.key = d->w->node->keys.sign;
    assert_int_equal(wire_encode(codec, &frame, &bye, NULL), 0);
    wire_bundle_frames_encode(&frames, &frame, 1);
    lie = forged(&forger, buf_bytes(&frames));
    assert_problem(at_hub(d, lie), "no bundle holds", true);
    json_free(&lie);
    lie = forged(&forger, bytes_of_text("\x0a\x05zzzzz"));
    assert_problem(at_hub(d, lie), "", true);
    json_free(&lie);
    assert_int_equal(held(d), 0);
    buf_free(&frames);
    wire_codec_free(&codec);
}

static int see_ref(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    struct early_ref *ref = who;

    (void)row;
    memcpy(ref->home, entry->change.header.home, sizeof ref->home);
    ref->record = entry->change.header.record;
    ref->version = entry->change.header.version;
    ref->digest = entry->digest;
    return 1;
}

/* The vault of another is nothing that a bundle may write over. */
static void no_object_of_another_is_taken(void **state)
{
    struct district *d = *state;
    struct hub *hub = d->f->hub;
    struct forger forger =
        forger_new(NODE_WORLD_UNIT, hub->keys.home, hub->keys.curve.public_key);
    struct vault_object object = {.bytes = bytes_of_text("not yours")};
    struct sync_message m = {.type = MSG_VAULT};
    struct wire_codec *codec = wire_codec_new(false);
    struct bytes frame;
    struct buf frames = {0};
    struct json *made;

    report(d, "cho_tha_rong");
    made = up_of(d, "{}");
    assert_int_equal(take_number(at_hub(d, made), "new"), 1);
    json_free(&made);
    assert_int_equal(ledger_records(hub->ledger, KIND_NODE_KEY, hub->keys.home,
                                    see_ref, &object.ref),
                     0);
    assert_string_equal(object.ref.home, hub->keys.home);
    m.vault.name = stream_name_make(NODE_WORLD_UNIT, STREAM_VAULT);
    m.vault.last = m.vault.count = 1;
    m.vault.objects = &object;
    forger.key = d->w->node->keys.sign;
    assert_int_equal(wire_encode(codec, &frame, &m, NULL), 0);
    wire_bundle_frames_encode(&frames, &frame, 1);
    made = forged(&forger, buf_bytes(&frames));
    assert_problem(at_hub(d, made), "objects of another's", true);
    json_free(&made);
    buf_free(&frames);
    wire_codec_free(&codec);
}

/* ---- warnings */

static void trusts_the_hub(struct district *d)
{
    const struct hub_keys *keys = &d->f->hub->keys;
    struct node *node = d->w->node;

    assert_int_equal(node_begin(node), 0);
    assert_int_equal(node_store_put_trust(node->store, keys->sign_id, 1,
                                          keys->sign.public_key),
                     0);
    assert_int_equal(node_commit(node, &d->w->err), 0);
}

static int is_stored(void *who, const struct receipt_row *row)
{
    *(bool *)who = row->stored_ms != 0;
    return 1;
}

/* Who carries it takes the answer along with the next command. */
static void
the_receipt_of_a_warning_does_not_rest_while_somebody_waits(void **state)
{
    struct district *d = *state;
    struct alert_order order = {.type = ALERT_ALERT,
                                .event = "flood",
                                .headline = "Lũ",
                                .text = "Lên cao.",
                                .severity = ALERT_EXTREME};
    struct json *made;
    struct id alert;
    bool stored = false;

    trusts_the_hub(d);
    d->w->node->mode = NODE_SERVE;
    order.expires_ms = d->f->hub->wall_ms + 3600000;
    assert_int_equal(hub_alerts_issue(d->f->hub, &order, &alert, &d->f->err),
                     0);
    keep(d->f);
    made = down(d);
    assert_true(take_number(at_node(d, made), "new") > 0);
    json_free(&made);
    made = up_of(d, "{}");
    assert_true(take_number(at_hub(d, made), "new") > 0);
    json_free(&made);
    (void)hub_store_receipts(d->f->hub->store, &alert, is_stored, &stored);
    assert_true(stored);
}

#define district_test(name)                                                    \
    cmocka_unit_test_setup_teardown(name, found, dissolve)

int main(void)
{
    const struct CMUnitTest tests[] = {
        district_test(what_is_carried_arrives_once_and_is_acknowledged),
        district_test(a_part_that_comes_first_counts_and_finds_its_place),
        district_test(an_older_answer_takes_nothing_back),
        district_test(a_hub_that_lost_it_gets_it_again),
        district_test(an_answer_of_before_the_loss_marks_nothing),
        district_test(an_answer_by_a_clock_years_ahead_gets_old),
        district_test(a_replaced_machine_does_not_lengthen_the_stream),
        district_test(no_object_of_another_is_taken),
        district_test(nothing_is_acknowledged_by_a_foreign_key),
        district_test(a_hub_takes_nothing_that_is_not_its_communes),
        district_test(only_what_the_hash_proves_is_acknowledged),
        district_test(words_go_locked_and_their_objects_come_along),
        district_test(an_old_stick_brings_no_old_locks_back),
        district_test(a_block_is_taken_whole_or_not_at_all),
        district_test(
            the_receipt_of_a_warning_does_not_rest_while_somebody_waits)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
