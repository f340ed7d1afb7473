#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/crypto/sign.h"
#include "node/held.h"
#include "node/reading.h"
#include "node/reading_referral.h"
#include "node/referral.h"
#include "tests/support/node_world.h"

#define ID "01976f48-e32e-7000-8e1f-c0d5cf39874d"
#define SISTER "19897@20040708"

static const struct hash_function hash_function = {crypto_sha256};
static const struct id theirs = {{9, 8, 7, 6, 5, 4, 3, 2, 1}};

static int set_up(void **state)
{
    *state = node_world_new();
    return 0;
}

static int tear_down(void **state)
{
    node_world_free(*state);
    return 0;
}

/* ---- changes of others */

struct made {
    struct buf header, fact, body;
    struct change change;
};

static void made_free(struct made *m)
{
    buf_free(&m->header);
    buf_free(&m->fact);
    buf_free(&m->body);
}

struct say {
    const char *home;
    uint32_t kind;
    struct id record;
    uint64_t version;
    uint32_t flags;
    const struct sign_key *key;
};

static void seal(struct made *m, const struct say *say)
{
    struct change *c = &m->change;
    struct hash digest;

    (void)snprintf(c->header.home, sizeof c->header.home, "%s", say->home);
    c->header.record = say->record;
    c->header.kind = say->kind;
    c->header.flags = CHANGE_EXPEDITED | say->flags;
    c->header.version = say->version;
    c->header.clock_ms = 1763888400000;
    wire_header_encode(&m->header, &c->header);
    c->header_bytes = buf_bytes(&m->header);
    c->part[PART_FACT].form = PART_WHOLE;
    c->part[PART_FACT].bytes = buf_bytes(&m->fact);
    if (m->body.size > 0) {
        c->part[PART_BODY].form = PART_WHOLE;
        c->part[PART_BODY].bytes = buf_bytes(&m->body);
        random_salt(c->part[PART_BODY].salt);
    }
    c->is_signed = true;
    if (say->key == NULL)
        return;
    digest = change_digest(&hash_function, c);
    sign_key_id(c->key_id, say->key->public_key);
    sign_bytes(c->signature, say->key, CHANGE_SIGN_DOMAIN,
               bytes_of(digest.bytes, sizeof digest.bytes));
}

/* Arrives from the hub, and the turn ends. Takes `m`. */
static void arrive(struct node_world *w, struct made *m)
{
    struct entry entry = {.change = m->change};

    entry.digest = change_digest(&hash_function, &entry.change);
    assert_int_equal(node_begin(w->node), 0);
    assert_int_equal(ledger_early(w->node->ledger, &entry,
                                  wire_change_size(&entry.change), &w->err),
                     0);
    assert_int_equal(node_commit(w->node, &w->err), 0);
    made_free(m);
}

static void tell_unit(struct node_world *w)
{
    struct unit_fact fact = {SISTER, "quang-phu", "Quảng Phú", ""};
    struct say say = {.home = NODE_WORLD_HUB,
                      .kind = KIND_DIRECTORY,
                      .record = {{1}},
                      .version = 1};
    struct made m = {.fact = {0}};

    wire_unit_encode(&m.fact, &fact);
    seal(&m, &say);
    arrive(w, &m);
}

static void tell_key(struct node_world *w, const struct sign_key *key)
{
    struct node_key fact = {.unit = SISTER, .number = 1, .state = 1};
    struct say say = {.home = NODE_WORLD_HUB,
                      .kind = KIND_NODE_KEY,
                      .record = {{2}},
                      .version = 1};
    struct made m = {.fact = {0}};

    memcpy(fact.sign_public, key->public_key, sizeof fact.sign_public);
    memset(fact.curve_public, 7, sizeof fact.curve_public);
    wire_node_key_encode(&m.fact, &fact);
    seal(&m, &say);
    arrive(w, &m);
}

static uint64_t offer_number; /* of the sister's; 0: the first */

/* The sister's offer, in `m`. */
static void make_offer(struct made *m, const struct sign_key *key,
                       uint64_t version, uint32_t flags)
{
    struct referral_fact fact = {.role = REFERRAL_OFFER,
                                 .report = theirs,
                                 .offer = offer_number + 1,
                                 .at_ms = 1763888400000,
                                 .report_version = 2};
    struct report_body body = {.text = "hoangsa77", .place = ""};
    struct say say = {SISTER, KIND_REFERRAL, {{0}}, version, flags, key};

    memset(m, 0, sizeof *m);
    say.record = handover_offer_id(&hash_function, SISTER, &theirs);
    fact.what.category = category_find("cat_trai_phep");
    fact.what.state = REPORT_DA_CHUYEN;
    fact.what.channel = CHANNEL_WEB;
    fact.what.received_ms = 1763888300000;
    (void)snprintf(fact.report_home, sizeof fact.report_home, SISTER);
    (void)snprintf(fact.to, sizeof fact.to, NODE_WORLD_UNIT);
    wire_referral_encode(&m->fact, &fact);
    if (!(flags & CHANGE_TOMBSTONE))
        wire_report_body_encode(&m->body, &body);
    seal(m, &say);
}

/* As the hub carries it, under this digest. Takes `inner`. */
static void carry_as(struct node_world *w, struct made *inner,
                     const struct hash *digest)
{
    const struct change_header *h = &inner->change.header;
    struct carried_fact fact = {
        .record = h->record, .version = h->version, .digest = *digest};
    struct say say = {
        .home = NODE_WORLD_HUB, .kind = KIND_CARRIED, .version = 1};
    struct made m = {.fact = {0}};

    say.record =
        handover_carried_id(&hash_function, NODE_WORLD_UNIT, &fact.digest);
    (void)snprintf(fact.to, sizeof fact.to, NODE_WORLD_UNIT);
    (void)snprintf(fact.home, sizeof fact.home, "%s", h->home);
    wire_carried_encode(&m.fact, &fact);
    wire_change_encode(&m.body, &inner->change);
    seal(&m, &say);
    made_free(inner);
    arrive(w, &m);
}

static void carry(struct node_world *w, struct made *inner, bool other_digest)
{
    struct hash digest = change_digest(&hash_function, &inner->change);

    if (other_digest)
        digest.bytes[0] ^= 1;
    carry_as(w, inner, &digest);
}

static void carry_offer(struct node_world *w, const struct sign_key *key)
{
    struct made m;

    make_offer(&m, key, 1, 0);
    carry(w, &m, false);
}

/* The district's answer to our offer `number`. */
static void district(struct node_world *w, uint64_t version, uint64_t number,
                     int answer)
{
    struct referral_fact fact = {.role = REFERRAL_CONTINUATION,
                                 .offer = number,
                                 .answer = answer,
                                 .at_ms = 1763888400000};
    struct say say = {
        .home = NODE_WORLD_HUB, .kind = KIND_REFERRAL, .version = version};
    struct made m = {.fact = {0}};

    assert_true(id_parse(&fact.report, ID));
    (void)snprintf(fact.report_home, sizeof fact.report_home, NODE_WORLD_UNIT);
    say.record =
        handover_continuation_id(&hash_function, NODE_WORLD_UNIT, &fact.report);
    wire_referral_encode(&m.fact, &fact);
    seal(&m, &say);
    arrive(w, &m);
}

/* ---- commands */

static void do_it(struct node_world *w, const char *command, const char *args)
{
    struct json *out = node_world_do(w, command, args);

    json_free(&out);
}

static void refused(struct node_world *w, const char *command, const char *args,
                    const char *word)
{
    char *text = node_world_refused(w, command, args);

    if (strstr(text, word) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", text, word);
    mem_free(&text);
}

static void a_sorted_report(struct node_world *w)
{
    do_it(w, "report.import",
          "{\"lines\":[{\"line\":1,\"report\":{\"id\":\"" ID
          "\",\"category\":\"cat_trai_phep\",\"text\":\"Ghe hút cát\","
          "\"name\":\"Lê Thị Thử\"}}]}");
    do_it(w, "report.move", "{\"report\":\"" ID "\",\"state\":\"phan_loai\"}");
}

static void move_refused(struct node_world *w, const char *state,
                         const char *word)
{
    char args[200];

    (void)snprintf(args, sizeof args, "{\"report\":\"%s\",\"state\":\"%s\"}",
                   ID, state);
    refused(w, "report.move", args, word);
}

static void refer(struct node_world *w)
{
    do_it(w, "report.refer", "{\"report\":\"" ID "\"}");
}

/* The member of the only referral. */
static char *listed(struct node_world *w, const char *key)
{
    struct json *list = node_reading_referrals(w->node);
    char *text;

    assert_int_equal(json_count(list), 1);
    assert_non_null(json_get_text(json_at(list, 0), key));
    text = mem_text(json_get_text(json_at(list, 0), key));
    json_free(&list);
    return text;
}

static void is_listed(struct node_world *w, const char *key, const char *value)
{
    char *text = listed(w, key);

    assert_string_equal(text, value);
    mem_free(&text);
}

static int add_up(void *who, const struct axes *axes, int64_t count)
{
    (void)axes;
    *(int64_t *)who += count;
    return 0;
}

static int64_t total(struct node_world *w)
{
    int64_t sum = 0;

    assert_int_equal(
        ledger_figures(w->node->ledger, 0, INT32_MAX, add_up, &sum), 0);
    return sum;
}

/* ---- the sender */

static void an_offer_freezes_until_it_is_answered(void **state)
{
    struct node_world *w = *state;

    a_sorted_report(w);
    move_refused(w, "da_chuyen", "report refer");
    refer(w);
    move_refused(w, "dang_xu_ly", "passed on to the district on ");
    move_refused(w, "da_xu_ly", "waits for its answer");
    refused(w, "report.refer", "{\"report\":\"" ID "\"}", "waits for its");
    is_listed(w, "stage", "waiting");
    district(w, 1, 1, REFERRAL_ACCEPTED);
    is_listed(w, "owner", "district");
    move_refused(w, "da_xu_ly", "it is theirs until");
    district(w, 2, 1, REFERRAL_RETURNED);
    is_listed(w, "owner", "quang-tho");
    move_refused(w, "da_xu_ly", "nobody has dealt with it");
    refer(w); /* from da_chuyen, at once */
    move_refused(w, "dang_xu_ly", "waits for its answer");
    district(w, 3, 1, REFERRAL_DONE); /* of the first offer: no answer */
    move_refused(w, "da_xu_ly", "waits for its answer");
    district(w, 4, 2, REFERRAL_DONE);
    do_it(w, "report.move", "{\"report\":\"" ID "\",\"state\":\"da_xu_ly\"}");
    assert_int_equal(total(w), 1);
}

static void only_what_can_be_passed_on_is(void **state)
{
    struct node_world *w = *state;

    do_it(w, "report.import",
          "{\"lines\":[{\"line\":1,\"report\":{\"id\":\"" ID
          "\",\"category\":\"cat_trai_phep\",\"text\":\"x\"}}]}");
    refused(w, "report.refer", "{\"report\":\"" ID "\"}", "possible from here");
    do_it(w, "report.move", "{\"report\":\"" ID "\",\"state\":\"phan_loai\"}");
    refused(w, "report.refer", "{\"report\":\"" ID "\",\"to\":\"quang-tho\"}",
            "this is Quảng Thọ itself");
    refused(w, "report.refer", "{\"report\":\"" ID "\",\"to\":\"quang-xa\"}",
            "no commune \"quang-xa\"");
    refused(w, "report.refer",
            "{\"report\":\"01976f48-e32e-7000-8e1f-c0d5cf39874e\"}",
            "no report with this id");
    tell_unit(w);
    do_it(w, "report.refer", "{\"report\":\"" ID "\",\"to\":\"19897\"}");
    is_listed(w, "unit", "quang-phu");
}

static void erasing_erases_what_was_passed_on(void **state)
{
    struct node_world *w = *state;
    struct handover h;
    struct id id;

    a_sorted_report(w);
    refer(w);
    do_it(w, "report.erase", "{\"report\":\"" ID "\",\"reason\":\"vì lỗi\"}");
    assert_true(id_parse(&id, ID));
    assert_int_equal(handover_look(w->node->ledger, &hash_function,
                                   NODE_WORLD_UNIT, &id, &h),
                     0);
    assert_true(h.erased);
    assert_false(h.has_words);
    assert_int_equal(h.stage, REFERRAL_STAGE_WAITING);
    handover_free(&h);
    refused(w, "report.refer", "{\"report\":\"" ID "\"}", "was erased");
}

/* ---- the receiver */

static void answer(struct node_world *w, const char *command, const char *text)
{
    char *id = listed(w, "id"), args[200];

    (void)snprintf(args, sizeof args, "{\"referral\":\"%s\",\"text\":\"%s\"}",
                   id, text);
    do_it(w, command, args);
    mem_free(&id);
}

static void what_is_carried_waits_for_the_key_of_its_home(void **state)
{
    struct node_world *w = *state;
    struct sign_key key;

    sign_key_generate(&key);
    carry_offer(w, &key);
    assert_int_equal(ledger_quarantine_count(w->node->ledger), 1);
    tell_key(w, &key);
    assert_int_equal(ledger_quarantine_count(w->node->ledger), 0);
    is_listed(w, "stage", "waiting");
    is_listed(w, "text", "hoangsa77");
}

static void what_does_not_prove_itself_is_not_taken_out(void **state)
{
    struct node_world *w = *state;
    struct sign_key key, other;
    struct json *list;
    struct hash signed_digest;
    struct made m;

    sign_key_generate(&key);
    sign_key_generate(&other);
    tell_key(w, &key);
    carry_offer(w, &other);
    make_offer(&m, &key, 2, 0);
    carry(w, &m, true);
    make_offer(&m, &key, 3, 0);
    m.change.signature[9] ^= 1;
    carry(w, &m, false);
    make_offer(&m, &key, 4, 0); /* of another kind */
    m.change.header.kind = KIND_REPORT;
    buf_clear(&m.header);
    wire_header_encode(&m.header, &m.change.header);
    m.change.header_bytes = buf_bytes(&m.header);
    carry(w, &m, false);
    make_offer(&m, &key, 5, 0); /* other words than those that were signed */
    signed_digest = change_digest(&hash_function, &m.change);
    m.change.part[PART_BODY].salt[0] ^= 1;
    carry_as(w, &m, &signed_digest);
    assert_int_equal(ledger_quarantine_count(w->node->ledger), 5);
    list = node_reading_referrals(w->node);
    assert_int_equal(json_count(list), 0);
    json_free(&list);
}

static void the_working_copy_is_ours_and_is_not_counted(void **state)
{
    struct node_world *w = *state;
    struct sign_key key;
    struct json *copy;
    char *id, args[200];

    sign_key_generate(&key);
    tell_unit(w);
    tell_key(w, &key);
    carry_offer(w, &key);
    answer(w, "referral.accept", "");
    is_listed(w, "owner", "quang-tho");
    id = listed(w, "copy");
    copy = node_reading_report(w->node, id, &w->err);
    assert_string_equal(json_get_text(copy, "state"), "da_tiep_nhan");
    assert_string_equal(json_get_text(copy, "text"), "hoangsa77");
    assert_string_equal(json_get_text(json_get(copy, "continues"), "unit"),
                        "quang-phu");
    json_free(&copy);
    assert_int_equal(total(w), 0);
    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"state\":\"dong\",\"outcome\":"
                   "\"tin_rac\",\"note\":\"x\"}",
                   id);
    refused(w, "report.move", args, "referral done");
    (void)snprintf(args, sizeof args,
                   "{\"report\":\"%s\",\"state\":\"phan_loai\"}", id);
    do_it(w, "report.move", args);
    answer(w, "referral.return", "trả lại");
    is_listed(w, "owner", "quang-phu");
    refused(w, "report.move", args, "not ours any more");
    mem_free(&id);
    assert_int_equal(total(w), 0);
}

static void move_copy(struct node_world *w, const char *id, const char *to)
{
    char args[200];

    (void)snprintf(args, sizeof args, "{\"report\":\"%s\",\"state\":\"%s\"}",
                   id, to);
    do_it(w, "report.move", args);
}

/* When the report must be made, and whether it was (0: not). */
static int64_t reported_ms(struct node_world *w, const char *word)
{
    struct clock_due dues[DUE_COUNT];
    struct held_report held;
    struct clock_case c;
    struct clock_step *steps;
    struct id id;
    size_t count;
    int64_t done_ms = -1;

    assert_true(id_parse(&id, word));
    assert_int_equal(node_held_load(w->node, &id, &held, &w->err), 0);
    steps = node_desk_steps(w->node, &id, &held.fact, held.version, &c);
    count = clock_rules_read(&clock_rules_default, &c, w->node->wall_ms, dues);
    for (size_t i = 0; i < count; i++)
        if (dues[i].what == DUE_REPORT)
            done_ms = dues[i].done_ms;
    mem_free(&steps);
    node_held_free(&held);
    return done_ms;
}

/* What was done about it before it was given back met the clocks of then. */
static void the_clocks_of_what_comes_again_begin_anew(void **state)
{
    struct node_world *w = *state;
    struct sign_key key;
    struct made m;
    char *id;

    sign_key_generate(&key);
    tell_key(w, &key);
    carry_offer(w, &key);
    answer(w, "referral.accept", "");
    id = listed(w, "copy");
    assert_int_equal(reported_ms(w, id), 0);
    move_copy(w, id, "phan_loai");
    move_copy(w, id, "xac_minh");
    assert_true(reported_ms(w, id) > 0);
    answer(w, "referral.return", "trả lại");
    offer_number = 1;
    make_offer(&m, &key, 2, 0);
    offer_number = 0;
    carry(w, &m, false);
    is_listed(w, "stage", "waiting");
    answer(w, "referral.accept", "");
    assert_int_equal(reported_ms(w, id), 0);
    move_copy(w, id, "phan_loai");
    assert_int_equal(reported_ms(w, id), 0);
    move_copy(w, id, "xac_minh");
    assert_true(reported_ms(w, id) > 0);
    mem_free(&id);
}

static void the_senders_tombstone_takes_the_copy_and_the_answer(void **state)
{
    struct node_world *w = *state;
    struct sign_key key;
    struct json *copy;
    struct made m;
    char *id;

    sign_key_generate(&key);
    tell_key(w, &key);
    carry_offer(w, &key);
    answer(w, "referral.accept", "");
    id = listed(w, "copy");
    answer(w, "referral.return", "hoangsa77 trả lại");
    assert_true(node_world_holds(w, "hoangsa77"));
    make_offer(&m, &key, 2, CHANGE_TOMBSTONE);
    carry(w, &m, false);
    is_listed(w, "stage", "returned");
    copy = node_reading_report(w->node, id, &w->err);
    assert_string_equal(json_get_text(json_get(copy, "erased"), "reason"),
                        "nơi chuyển tin đã xóa (erased by who passed it on)");
    json_free(&copy);
    mem_free(&id);
    /* the hub erases its carried copies by tombstones of its own */
    {
        struct handover h;

        assert_int_equal(
            handover_look(w->node->ledger, &hash_function, SISTER, &theirs, &h),
            0);
        assert_true(h.erased && !h.has_words && h.continuation_erased);
        assert_int_equal(h.note.size, 0);
        handover_free(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(an_offer_freezes_until_it_is_answered),
        T(only_what_can_be_passed_on_is),
        T(erasing_erases_what_was_passed_on),
        T(what_is_carried_waits_for_the_key_of_its_home),
        T(what_does_not_prove_itself_is_not_taken_out),
        T(the_working_copy_is_ours_and_is_not_counted),
        T(the_clocks_of_what_comes_again_begin_anew),
        T(the_senders_tombstone_takes_the_copy_and_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
