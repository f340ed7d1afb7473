#include "test_hub_fixture.h"

#include "common/base/clock.h"
#include "common/store/db_inside.h" /* to count its steps */
#include "hub/api_reads.h"
#include "hub/directory.h"
#include "hub/enrolment.h"
#include "hub/media.h"
#include "hub/referral.h"
#include "hub/store_metrics.h"

#define QUANG_AN "19888@20040708"

static const struct hash_function hash_function = {crypto_sha256};
/* That all of it is about; the last two bytes when there are many. */
static struct id report = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}};

/* A change of a commune, signed by a key of this test. */
struct made {
    struct buf header, fact, body;
    struct entry entry;
};

static void made_free(struct made *m)
{
    buf_free(&m->header);
    buf_free(&m->fact);
    buf_free(&m->body);
}

static void seal(struct made *m, const char *home, const struct id *record,
                 uint64_t version, uint32_t flags)
{
    struct change *c = &m->entry.change;

    (void)snprintf(c->header.home, sizeof c->header.home, "%s", home);
    c->header.record = *record;
    c->header.kind = KIND_REFERRAL;
    c->header.flags = flags;
    c->header.version = version;
    c->header.clock_ms = 1763888400000;
    wire_header_encode(&m->header, &c->header);
    c->header_bytes = buf_bytes(&m->header);
    c->part[PART_FACT].form = PART_WHOLE;
    c->part[PART_FACT].bytes = buf_bytes(&m->fact);
    if (m->body.size > 0) {
        c->part[PART_BODY].form = PART_WHOLE;
        c->part[PART_BODY].bytes = buf_bytes(&m->body);
    }
    c->is_signed = true;
    m->entry.digest = change_digest(&hash_function, c);
}

static void make_offer(struct made *m, const char *to, uint64_t number,
                       uint64_t version, uint32_t flags)
{
    struct referral_fact fact = {.role = REFERRAL_OFFER,
                                 .report = report,
                                 .offer = number,
                                 .at_ms = 1763888400000,
                                 .report_version = 2};
    struct report_body body = {.text = "hoangsa77", .place = ""};
    struct id record = handover_offer_id(&hash_function, QUANG_THO, &report);

    memset(m, 0, sizeof *m);
    fact.what.category = category_find("cat_trai_phep");
    fact.what.state = REPORT_DA_CHUYEN;
    fact.what.channel = CHANNEL_WEB;
    (void)snprintf(fact.report_home, sizeof fact.report_home, QUANG_THO);
    (void)snprintf(fact.to, sizeof fact.to, "%s", to);
    wire_referral_encode(&m->fact, &fact);
    if (!(flags & CHANGE_TOMBSTONE))
        wire_report_body_encode(&m->body, &body);
    seal(m, QUANG_THO, &record, version, CHANGE_EXPEDITED | flags);
}

/* Arrives early, and what it brings is settled. */
static void arrive(struct fixture *f, struct made *m)
{
    assert_int_equal(ledger_early(f->hub->ledger, &m->entry,
                                  wire_change_size(&m->entry.change), &f->err),
                     0);
    assert_int_equal(hub_settle(f->hub, &f->err), 0);
}

static void offer(struct fixture *f, const char *to, uint64_t number,
                  uint64_t version, uint32_t flags)
{
    struct made m;

    make_offer(&m, to, number, version, flags);
    arrive(f, &m);
    made_free(&m);
}

/* How many changes stand in the unit's channel behind its incarnation. */
static uint64_t head_of(struct fixture *f, const char *unit)
{
    struct stream_name name = hub_unit_channel(f->hub, unit);
    struct ledger_stream s;

    assert_int_equal(ledger_stream(f->hub->ledger, &s, &name, true), 0);
    return s.head.seq - 1;
}

static struct handover look(struct fixture *f)
{
    struct handover h;

    assert_int_equal(
        handover_look(f->hub->ledger, &hash_function, QUANG_THO, &report, &h),
        0);
    handover_free(&h);
    return h;
}

static int answer(struct fixture *f, int what, const char *text)
{
    struct hub_answer order = {
        .id = report, .answer = what, .by = "Trực ban", .text = text};

    return hub_referral_answer(f->hub, &order, &f->err);
}

static void the_district_accepts_and_is_the_owner(void **state)
{
    struct fixture *f = *state;

    offer(f, f->hub->keys.home, 1, 1, 0);
    assert_int_equal(head_of(f, QUANG_THO), 0); /* nothing to carry */
    assert_int_equal(look(f).stage, REFERRAL_STAGE_WAITING);
    assert_int_equal(answer(f, REFERRAL_DONE, NULL), ERR_REFUSED);
    assert_int_equal(answer(f, REFERRAL_ACCEPTED, NULL), 0);
    assert_int_equal(look(f).stage, REFERRAL_STAGE_ACCEPTED);
    assert_int_equal(head_of(f, QUANG_THO), 1);
    assert_int_equal(answer(f, REFERRAL_RETURNED, " "), ERR_INVALID);
    assert_int_equal(answer(f, REFERRAL_RETURNED, "Không đủ căn cứ"), 0);
    assert_int_equal(look(f).stage, REFERRAL_STAGE_RETURNED);
    offer(f, f->hub->keys.home, 2, 2, 0);
    assert_int_equal(look(f).stage, REFERRAL_STAGE_WAITING);
}

/* Every start looks over all that was passed on. */
static void an_answer_that_rotted_keeps_no_hub_from_starting(void **state)
{
    struct fixture *f = *state;
    char sql[256];

    offer(f, f->hub->keys.home, 1, 1, 0);
    assert_int_equal(answer(f, REFERRAL_ACCEPTED, NULL), 0);
    keep(f);
    (void)snprintf(sql, sizeof sql,
                   "UPDATE change SET fact = x'0102030405060708' WHERE stream "
                   "IN (SELECT id FROM stream WHERE channel = 'unit:%s') AND "
                   "record IN (SELECT id FROM record WHERE kind = %d)",
                   QUANG_THO, KIND_REFERRAL);
    assert_int_equal(db_exec(hub_store_db(f->hub->store), sql), 0);
    assert_int_equal(db_changes(hub_store_db(f->hub->store)), 1);
    keep(f);
    assert_int_equal(hub_referral_look_over(f->hub), 0);
    assert_int_equal(hub_commit(f->hub, &f->err), 0);
    assert_int_equal(hub_begin(f->hub), 0);
}

static void what_is_for_a_commune_is_carried_once(void **state)
{
    struct fixture *f = *state;
    struct made m;

    make_offer(&m, QUANG_PHU, 1, 1, 0);
    arrive(f, &m);
    assert_int_equal(head_of(f, QUANG_PHU), 1);
    assert_int_equal(hub_referral_look_over(f->hub), 0);
    assert_int_equal(hub_settle(f->hub, &f->err), 0);
    assert_int_equal(head_of(f, QUANG_PHU), 1);
    made_free(&m);
    assert_int_equal(answer(f, REFERRAL_ACCEPTED, NULL), ERR_REFUSED);
    assert_non_null(strstr(f->err.text, "only they can answer"));
}

struct carried {
    struct hash digest;
    size_t whole, count;
};

static int see_carried(void *who, const struct record_row *row,
                       const struct entry *entry)
{
    struct carried *c = who;

    (void)row;
    c->count++;
    c->digest = entry->digest;
    c->whole += entry->change.part[PART_BODY].form == PART_WHOLE;
    return 0;
}

static struct carried carried(struct fixture *f)
{
    struct carried c = {.whole = 0};

    assert_int_equal(ledger_records(f->hub->ledger, KIND_CARRIED,
                                    f->hub->keys.home, see_carried, &c),
                     0);
    return c;
}

static void what_is_carried_again_is_the_same_change(void **state)
{
    struct fixture *f = *state;
    struct carried first, second;
    struct made m;

    keep(f);
    make_offer(&m, QUANG_PHU, 1, 1, 0);
    arrive(f, &m);
    first = carried(f);
    hub_rollback(f->hub); /* the hub was put back */
    assert_int_equal(hub_begin(f->hub), 0);
    f->hub->wall_ms += 3600000;
    assert_int_equal(carried(f).count, 0);
    arrive(f, &m);
    second = carried(f);
    assert_int_equal(second.count, 1);
    assert_true(hash_equal(&first.digest, &second.digest));
    made_free(&m);
}

static void a_tombstone_erases_what_was_carried_and_goes_to_all(void **state)
{
    struct fixture *f = *state;

    offer(f, QUANG_PHU, 1, 1, 0);
    offer(f, QUANG_AN, 2, 2, 0);
    assert_int_equal(carried(f).whole, 2);
    offer(f, QUANG_AN, 2, 3, CHANGE_TOMBSTONE);
    assert_int_equal(head_of(f, QUANG_PHU), 3); /* words, gone, tombstone */
    assert_int_equal(head_of(f, QUANG_AN), 3);
    assert_int_equal(carried(f).whole, 2); /* the tombstones themselves */
    assert_true(look(f).erased);
    assert_int_equal(hub_referral_look_over(f->hub), 0);
    assert_int_equal(hub_settle(f->hub, &f->err), 0);
    assert_int_equal(head_of(f, QUANG_PHU), 3);
}

/* As `arrive`, and nothing is settled yet. */
static void come(struct fixture *f, const char *to, uint64_t version,
                 uint32_t flags)
{
    struct made m;

    make_offer(&m, to, 1, version, flags);
    assert_int_equal(ledger_early(f->hub->ledger, &m.entry,
                                  wire_change_size(&m.entry.change), &f->err),
                     0);
    made_free(&m);
}

/* A machine with a valid key writes what it likes in its own stream: that it
 * was addressed to thousands, and erased a thousand times. One turn must bear
 * that, and so must the start after it. */
static void erasing_it_again_and_again_keeps_nobody_waiting(void **state)
{
    enum { VERSIONS = 1500, LONG_US = 1500000 };
    struct fixture *f = *state;
    int64_t begin;
    char to[24];

    for (int i = 1; i <= VERSIONS; i++) {
        (void)snprintf(to, sizeof to, "%05d@20040708", i);
        come(f, to, (uint64_t)i, CHANGE_TOMBSTONE);
    }
    begin = clock_thread_us();
    assert_int_equal(hub_settle(f->hub, &f->err), 0);
    assert_in_range(clock_thread_us() - begin, 0, LONG_US);
}

static void a_tombstone_goes_to_all_once_and_its_followers_do_not(void **state)
{
    enum { MORE = 20 };
    struct fixture *f = *state;
    size_t before;

    offer(f, QUANG_PHU, 1, 1, 0);
    offer(f, QUANG_AN, 2, 2, 0);
    offer(f, QUANG_AN, 2, 3, CHANGE_TOMBSTONE);
    before = carried(f).count;
    assert_int_equal(before, 4); /* words to each, a tombstone to each */
    for (int i = 0; i < MORE; i++)
        come(f, QUANG_AN, 4 + (uint64_t)i, CHANGE_TOMBSTONE);
    assert_int_equal(hub_settle(f->hub, &f->err), 0);
    assert_in_range(carried(f).count, before, before + 2);
}

/* Its words are erased all the same (PROTOCOL 7.3), and so are its files. */
static void a_tombstone_in_quarantine_takes_the_files_along(void **state)
{
    struct fixture *f = *state;
    struct media_row row = {.size = 100, .type = 1, .state = MEDIA_HERE};
    struct media_use use = {.home = QUANG_THO, .number = 1};
    struct media_row is;
    struct made m;
    uint64_t ended;

    offer(f, QUANG_PHU, 1, 1, 0);
    row.name.bytes[0] = 7;
    use.name = row.name;
    use.record = handover_offer_id(&hash_function, QUANG_THO, &report);
    use.kind = KIND_REFERRAL;
    assert_int_equal(media_store_add(f->hub->media.rows, &row), 0);
    assert_int_equal(media_store_use(f->hub->media.rows, &use), 0);
    assert_true(media_store_may(f->hub->media.rows, &row.name, QUANG_THO));
    memset(&m, 0, sizeof m);
    buf_add_text(&m.fact, "no fact");
    seal(&m, QUANG_THO, &use.record, 2, CHANGE_TOMBSTONE);
    assert_int_equal(ledger_early(f->hub->ledger, &m.entry,
                                  wire_change_size(&m.entry.change), &f->err),
                     0);
    made_free(&m);
    assert_int_equal(ledger_quarantine_count(f->hub->ledger), 1);
    assert_false(media_store_may(f->hub->media.rows, &row.name, QUANG_THO));
    assert_int_equal(media_store_find(f->hub->media.rows, &row.name, &is), 0);
    assert_int_equal(is.state, MEDIA_GONE);
    /* as a program of before left it */
    assert_int_equal(media_store_add(f->hub->media.rows, &row), 0);
    assert_int_equal(media_store_use(f->hub->media.rows, &use), 0);
    assert_int_equal(media_store_unuse_final(f->hub->media.rows, &ended), 0);
    assert_int_equal(ended, 1);
    assert_int_equal(media_store_find(f->hub->media.rows, &row.name, &is), 0);
    assert_int_equal(is.state, MEDIA_GONE);
    assert_int_equal(media_store_unuse_final(f->hub->media.rows, &ended), 0);
    assert_int_equal(ended, 0);
}

static int take_bytes(void *who, const struct record_row *row,
                      const struct entry *entry)
{
    (void)row;
    wire_change_encode(who, &entry->change);
    return 1;
}

/* A node hands back a change that we carried to it. */
static bool hand_back(struct fixture *f, struct bytes bytes)
{
    struct wire_arena *arena = wire_arena_new();
    struct entry entry = {0};
    struct stream_name channel;
    bool found = false;

    assert_int_equal(wire_change_decode(&entry.change, arena, bytes, &f->err),
                     0);
    entry.digest = change_digest(&hash_function, &entry.change);
    assert_int_equal(hub_referral_channel(f->hub, &entry.change, &channel), 0);
    assert_int_equal(ledger_adopt(f->hub->ledger, &channel, &entry,
                                  wire_change_size(&entry.change), &f->err),
                     0);
    assert_int_equal(
        hub_referral_adopted(f->hub, &entry.change, &found, &f->err), 0);
    assert_int_equal(hub_settle(f->hub, &f->err), 0);
    wire_arena_free(&arena);
    return found;
}

/* The hub was put back to before an offer; who it was carried to has it. */
static struct buf carried_and_forgotten(struct fixture *f)
{
    struct buf bytes = {0};

    keep(f);
    offer(f, QUANG_PHU, 1, 1, 0);
    (void)ledger_records(f->hub->ledger, KIND_CARRIED, f->hub->keys.home,
                         take_bytes, &bytes);
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_false(look(f).offered);
    return bytes;
}

static void what_is_handed_back_is_known_again(void **state)
{
    struct fixture *f = *state;
    struct buf bytes = carried_and_forgotten(f);

    assert_true(hand_back(f, buf_bytes(&bytes)));
    assert_true(look(f).offered);
    assert_int_equal(look(f).stage, REFERRAL_STAGE_WAITING);
    assert_int_equal(carried(f).count, 1);
    buf_free(&bytes);
}

static void what_is_handed_back_after_it_was_erased_has_no_words(void **state)
{
    struct fixture *f = *state;
    struct buf bytes = carried_and_forgotten(f);

    offer(f, QUANG_PHU, 1, 2, CHANGE_TOMBSTONE);
    assert_int_equal(carried(f).whole, 1); /* the tombstone on its way */
    (void)hand_back(f, buf_bytes(&bytes));
    assert_int_equal(carried(f).count, 2);
    assert_int_equal(carried(f).whole, 1);
    assert_false(look(f).has_words);
    buf_free(&bytes);
}

static void what_the_district_answered_is_erased_with_it(void **state)
{
    struct fixture *f = *state;

    offer(f, f->hub->keys.home, 1, 1, 0);
    assert_int_equal(answer(f, REFERRAL_ACCEPTED, NULL), 0);
    offer(f, f->hub->keys.home, 1, 2, CHANGE_TOMBSTONE);
    assert_true(look(f).continuation_erased);
    assert_int_equal(look(f).stage, REFERRAL_STAGE_ACCEPTED);
    assert_int_equal(answer(f, REFERRAL_DONE, "xong"), 0);
    assert_int_equal(look(f).stage, REFERRAL_STAGE_DONE);
}

static void refuse_offer(struct fixture *f, struct made *m)
{
    uint64_t before = ledger_quarantine_count(f->hub->ledger);

    arrive(f, m);
    assert_int_equal(ledger_quarantine_count(f->hub->ledger), before + 1);
    made_free(m);
}

static void what_is_no_honest_offer_is_quarantined(void **state)
{
    struct fixture *f = *state;
    struct made m;

    make_offer(&m, QUANG_THO, 1, 1, 0); /* to itself */
    refuse_offer(f, &m);
    make_offer(&m, QUANG_PHU, 1, 2, 0);
    m.entry.change.header.record.bytes[3] ^= 1; /* under another id */
    buf_clear(&m.header);
    wire_header_encode(&m.header, &m.entry.change.header);
    m.entry.change.header_bytes = buf_bytes(&m.header);
    refuse_offer(f, &m);
    make_offer(&m, QUANG_PHU, 1, 3, 0); /* proves nothing */
    m.entry.change.is_signed = false;
    refuse_offer(f, &m);
    make_offer(&m, QUANG_PHU, 1, 4, 0); /* nonsense as its words */
    buf_clear(&m.body);
    buf_add_text(&m.body, "\xff\xff\xff");
    m.entry.change.part[PART_BODY].bytes = buf_bytes(&m.body);
    refuse_offer(f, &m);
    assert_int_equal(head_of(f, QUANG_PHU), 0);
    assert_int_equal(look(f).stage, REFERRAL_STAGE_NONE);
}

static void nothing_is_carried_to_whom_nobody_knows(void **state)
{
    struct fixture *f = *state;

    offer(f, "11111@20040708", 1, 1, 0);
    assert_int_equal(carried(f).count, 0);
    offer(f, "quang-phu", 2, 2, 0); /* a slug is no key */
    assert_int_equal(carried(f).count, 0);
}

static void units_with_a_machine_are_in_the_directory_once(void **state)
{
    struct fixture *f = *state;
    struct node_key key = {.number = 1, .state = NODE_ENROLLED};
    struct ledger_stream s;
    uint64_t before;

    assert_int_equal(ledger_stream(f->hub->ledger, &s, &f->hub->all, true), 0);
    before = s.head.seq;
    (void)snprintf(key.unit, sizeof key.unit, QUANG_PHU);
    hub_registry_put(f->hub->registry, &key);
    assert_int_equal(hub_directory_publish(f->hub, &f->err), 0);
    assert_int_equal(hub_directory_publish(f->hub, &f->err), 0);
    assert_int_equal(ledger_stream(f->hub->ledger, &s, &f->hub->all, true), 0);
    assert_int_equal(s.head.seq, before + 1);
}

/* ---- what it costs to ask about one of many */

static int count_step(void *who)
{
    ++*(size_t *)who;
    return 0;
}

static void count_steps(struct fixture *f, size_t *steps)
{
    sqlite3 *db = hub_store_db(f->hub->store)->handle;

    sqlite3_progress_handler(db, steps == NULL ? 0 : 1, count_step, steps);
}

static void choose(int number)
{
    report.bytes[14] = (uint8_t)(number >> 8);
    report.bytes[15] = (uint8_t)number;
}

/* Passed on to the district, and answered but for the last three. */
static void pass_on_many(struct fixture *f, int from, int until)
{
    for (int i = from; i < until; i++) {
        choose(i);
        offer(f, f->hub->keys.home, 1, 1, 0);
    }
    for (int i = from; i < until - 3; i++) {
        choose(i);
        assert_int_equal(answer(f, REFERRAL_ACCEPTED, NULL), 0);
    }
    choose(from);
}

/* A slice of a file, by the report's id or that of its referral. */
static size_t steps_of_slice(struct fixture *f, const struct id *id)
{
    struct json *args = json_object_new(), *out = json_object_new();
    char text[ID_TEXT_BYTES];
    size_t steps = 0;

    json_set_text(args, "report", id_text(text, id));
    json_set_text(args, "number", "1");
    count_steps(f, &steps);
    assert_int_equal(hub_media_run_read(f->hub, args, out, &f->err),
                     ERR_MISSING); /* the file itself never came */
    count_steps(f, NULL);
    assert_string_equal(f->err.text, "this file is not here");
    json_free(&args);
    json_free(&out);
    return steps;
}

static void count_one(void *who, int64_t since_ms)
{
    assert_true(since_ms == 1763888400000);
    ++*(size_t *)who;
}

static size_t waiting(struct fixture *f, size_t *steps)
{
    size_t count = 0;

    assert_int_equal(hub_settle(f->hub, &f->err), 0); /* as a commit does */
    count_steps(f, steps);
    assert_int_equal(metrics_store_waiting(f->hub->metrics, count_one, &count),
                     0);
    count_steps(f, NULL);
    return count;
}

static const char *no_parameter(void *who, const char *name)
{
    (void)who;
    (void)name;
    return NULL;
}

/* A page of reports, of which there are none here. */
static size_t steps_of_page(struct fixture *f)
{
    struct hub_query q = {.get = no_parameter,
                          .role = "duty",
                          .rest = "",
                          .now_ms = f->hub->wall_ms};
    struct buf out = {0};
    size_t steps = 0;

    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    count_steps(f, &steps);
    assert_int_equal(hub_api_answer(f->hub, "/api/reports", &q, &out, &f->err),
                     0);
    count_steps(f, NULL);
    buf_free(&out);
    return steps;
}

static void one_of_many_costs_what_one_of_few_costs(void **state)
{
    enum { FEW = 10, MANY = 200 };
    struct fixture *f = *state;
    struct id first = report, offered;
    size_t few[4] = {0}, many[4] = {0};

    choose(0);
    first = report;
    offered = handover_offer_id(&hash_function, QUANG_THO, &first);
    pass_on_many(f, 0, FEW);
    few[0] = steps_of_slice(f, &first);
    few[1] = steps_of_slice(f, &offered);
    assert_int_equal(waiting(f, &few[2]), 3);
    few[3] = steps_of_page(f);
    for (int i = FEW - 3; i < FEW; i++) {
        choose(i);
        assert_int_equal(answer(f, REFERRAL_ACCEPTED, NULL), 0);
    }
    pass_on_many(f, FEW, MANY);
    many[0] = steps_of_slice(f, &first);
    many[1] = steps_of_slice(f, &offered);
    assert_int_equal(waiting(f, &many[2]), 3);
    many[3] = steps_of_page(f);
    for (int i = 0; i < 4; i++)
        if (many[i] > few[i] + few[i] / 4)
            fail_msg("%d: %zu steps beside few, %zu beside many", i, few[i],
                     many[i]);
    choose(0);
}

static void who_waits_is_known_whatever_becomes_of_it(void **state)
{
    struct fixture *f = *state;
    struct made m;

    assert_int_equal(waiting(f, NULL), 0);
    offer(f, QUANG_PHU, 1, 1, 0);
    assert_int_equal(waiting(f, NULL), 1);
    offer(f, f->hub->keys.home, 2, 2, 0);
    assert_int_equal(waiting(f, NULL), 1);
    assert_int_equal(answer(f, REFERRAL_ACCEPTED, NULL), 0);
    assert_int_equal(waiting(f, NULL), 0);
    assert_int_equal(answer(f, REFERRAL_RETURNED, "Không đủ căn cứ"), 0);
    assert_int_equal(waiting(f, NULL), 0);
    offer(f, f->hub->keys.home, 3, 3, 0);
    assert_int_equal(waiting(f, NULL), 1);
    /* as an earlier program left it, or something else put it there */
    assert_int_equal(db_exec(hub_store_db(f->hub->store),
                             "UPDATE referral_waiting SET home = 'x'"),
                     0);
    assert_int_equal(hub_referral_look_over(f->hub), 0);
    assert_int_equal(hub_settle(f->hub, &f->err), 0);
    assert_int_equal(waiting(f, NULL), 1);
    make_offer(&m, f->hub->keys.home, 3, 4, CHANGE_TOMBSTONE);
    arrive(f, &m);
    made_free(&m);
    assert_int_equal(waiting(f, NULL), 1); /* it can still be refused */
    assert_int_equal(answer(f, REFERRAL_REFUSED, "Người gửi đã xóa"), 0);
    assert_int_equal(waiting(f, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(the_district_accepts_and_is_the_owner),
        hub_test(an_answer_that_rotted_keeps_no_hub_from_starting),
        hub_test(what_is_for_a_commune_is_carried_once),
        hub_test(what_is_carried_again_is_the_same_change),
        hub_test(a_tombstone_erases_what_was_carried_and_goes_to_all),
        hub_test(erasing_it_again_and_again_keeps_nobody_waiting),
        hub_test(a_tombstone_goes_to_all_once_and_its_followers_do_not),
        hub_test(a_tombstone_in_quarantine_takes_the_files_along),
        hub_test(what_is_handed_back_is_known_again),
        hub_test(what_is_handed_back_after_it_was_erased_has_no_words),
        hub_test(what_the_district_answered_is_erased_with_it),
        hub_test(what_is_no_honest_offer_is_quarantined),
        hub_test(nothing_is_carried_to_whom_nobody_knows),
        hub_test(units_with_a_machine_are_in_the_directory_once),
        hub_test(one_of_many_costs_what_one_of_few_costs),
        hub_test(who_waits_is_known_whatever_becomes_of_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
