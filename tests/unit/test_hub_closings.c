/* tests/unit/test_hub_closings.c - "37 of 40 arrived", corrections, silence. */
#include "tests/unit/test_hub_fixture.h"

#include "common/base/clock.h"
#include "common/sync/stream.h"
#include "hub/closings.h"

static const struct hash_function hash_function = {crypto_sha256};

enum { FROM = 20376, TO = 20406 }; /* 2025-10-15 .. 2025-11-14 */
#define PERIOD "2025-11"

struct commune {
    struct fixture *f;
    struct stream_name up;
    struct stream_position at;
};

static struct commune commune(struct fixture *f)
{
    struct commune c = {.f = f, .up = stream_name_make(QUANG_THO, STREAM_UP)};

    c.at.h = stream_zero(&hash_function, &c.up);
    return c;
}

static void make(struct change *out, struct buf *header, uint32_t kind,
                 struct buf *fact, int64_t wall_ms)
{
    memset(out, 0, sizeof *out);
    (void)snprintf(out->header.home, sizeof out->header.home, "%s", QUANG_THO);
    out->header.record = random_id(wall_ms);
    out->header.kind = kind;
    out->header.version = 1;
    out->header.clock_ms = wall_ms;
    wire_header_encode(header, &out->header);
    out->header_bytes = buf_bytes(header);
    out->part[PART_FACT].form = PART_WHOLE;
    out->part[PART_FACT].bytes = buf_bytes(fact);
    random_salt(out->part[PART_FACT].salt);
}

static void deliver(struct commune *c, const struct change *change)
{
    struct ledger_batch batch = {
        .name = c->up, .first = c->at.seq + 1, .count = 1, .changes = change};
    struct hash digest = change_digest(&hash_function, change);
    size_t size = wire_change_size(change);
    struct stream_position reached;

    c->at.seq++;
    c->at.h = stream_next(&hash_function, &c->at.h, c->at.seq, &digest);
    batch.sizes = &size;
    batch.head = c->at;
    batch.signed_head = bytes_of_text("proof");
    assert_int_equal(
        ledger_receive(c->f->hub->ledger, &batch, &reached, &c->f->err), 0);
}

static void report(struct commune *c)
{
    struct report_fact fact = {.category = category_find("khac"),
                               .state = REPORT_MOI,
                               .channel = CHANNEL_TRUC_TIEP,
                               .day = FROM + 3,
                               .hour = -1,
                               .received_ms = 1};
    struct buf header = {0}, bytes = {0};
    struct change change;

    fact.entered_ms[REPORT_MOI] = 1;
    wire_report_fact_encode(&bytes, &fact);
    make(&change, &header, KIND_REPORT, &bytes, c->f->hub->wall_ms);
    deliver(c, &change);
    buf_free(&header);
    buf_free(&bytes);
}

/* The commune closes with `total`, at the head that it will have after so many
 * more reports; the copy comes ahead. */
static void closes(struct commune *c, uint64_t total, struct hash h,
                   uint64_t seq)
{
    struct closing closing = {.from = FROM,
                              .to = TO,
                              .seq = seq,
                              .h = h,
                              .total = total,
                              .closed_ms = (TO + 2) * INT64_C(86400000)};
    struct buf header = {0}, bytes = {0};
    struct entry entry = {0};

    closing.categories[category_find("khac") - categories] = total;
    closing.states[REPORT_MOI] = total;
    (void)snprintf(closing.by, sizeof closing.by, "lanh-dao");
    wire_closing_encode(&bytes, &closing);
    make(&entry.change, &header, KIND_CLOSING, &bytes, c->f->hub->wall_ms);
    entry.digest = change_digest(&hash_function, &entry.change);
    assert_int_equal(ledger_early(c->f->hub->ledger, &entry,
                                  wire_change_size(&entry.change), &c->f->err),
                     0);
    buf_free(&header);
    buf_free(&bytes);
}

static void says(struct fixture *f, const char *unit, const char *words)
{
    struct json *answer;

    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    answer = hub_closings_period(f->hub, PERIOD, 5, &f->err);
    for (size_t i = 0; i < json_count(json_get(answer, "units")); i++) {
        const struct json *one = json_at(json_get(answer, "units"), i);

        if (strcmp(json_get_text(one, "unit"), unit) == 0)
            assert_string_equal(json_get_text(one, "words"), words);
    }
    json_free(&answer);
}

static int64_t sum(struct fixture *f, const char *key)
{
    struct json *answer = hub_closings_period(f->hub, PERIOD, 5, &f->err);
    int64_t value = -1;

    assert_true(json_get_i64(answer, key, &value));
    json_free(&answer);
    return value;
}

static void what_was_signed_is_awaited_and_then_corrected(void **state)
{
    struct fixture *f = *state;
    struct commune c = commune(f), later = commune(f);

    says(f, "quang-tho", "silent: not closed yet");
    /* where the stream will be after three reports is known to the commune
     * only: here the same reports are what it says */
    report(&c);
    report(&c);
    later = c;
    closes(&c, 3, (struct hash){{1}}, 3);
    says(f, "quang-tho", "closed, 2 of 3 arrived");
    assert_int_equal(sum(f, "closed"), 1);
    assert_int_equal(sum(f, "fulfilled"), 0);
    report(&later); /* another than the one signed for: not fulfilled */
    says(f, "quang-tho", "closed, 3 of 3 arrived");
    assert_int_equal(sum(f, "fulfilled"), 0);
}

static void fulfilled_is_when_our_copy_has_the_head_it_names(void **state)
{
    struct fixture *f = *state;
    struct commune c = commune(f);

    report(&c);
    report(&c);
    closes(&c, 2, c.at.h, c.at.seq);
    says(f, "quang-tho", "closed, all 2 arrived");
    assert_int_equal(sum(f, "fulfilled"), 1);
    assert_int_equal(sum(f, "timely"), 1);
    assert_int_equal(sum(f, "expected"), 10);
    assert_int_equal(sum(f, "completeness"), 10);
    report(&c);
    says(f, "quang-tho", "closed with 2, corrected by +1 since");
    says(f, "quang-phu", "silent: not closed yet");
}

/* A merger is known before its day: who is not there yet is not silent. */
static void a_unit_is_expected_from_its_first_day_on(void **state)
{
    struct fixture *f = *state;
    struct unit *tho = NULL;
    char day[CLOCK_TEXT_BYTES];

    for (size_t i = 0; i < f->hub->roster.count; i++)
        if (strcmp(f->hub->roster.units[i].key, QUANG_THO) == 0)
            tho = &f->hub->roster.units[i];
    assert_non_null(tho);
    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    memcpy(tho->valid_from, clock_day_text(day, TO + 1), 11);
    assert_int_equal(sum(f, "expected"), 9);
    memcpy(tho->valid_from, clock_day_text(day, TO), 11);
    assert_int_equal(sum(f, "expected"), 10);
}

static void a_period_that_is_none_is_refused(void **state)
{
    struct fixture *f = *state;

    assert_null(hub_closings_period(f->hub, "november", 5, &f->err));
    assert_null(
        hub_closings_period(f->hub, "2025-11-31..2025-12-01", 5, &f->err));
    assert_string_equal(f->err.text,
                        "\"2025-11-31..2025-12-01\": no such days");
}

/* A file that cannot be read is no silence of the communes. */
static void what_cannot_be_read_is_not_called_silent(void **state)
{
    struct fixture *f = *state;
    struct db *db = hub_store_db(f->hub->store);

    assert_int_equal(db_exec(db, "ALTER TABLE figure RENAME TO elsewhere"), 0);
    assert_null(hub_closings_period(f->hub, PERIOD, 5, &f->err));
    assert_string_equal(f->err.text, "the database cannot be read");
    assert_int_equal(db_exec(db, "ALTER TABLE elsewhere RENAME TO figure"), 0);
    assert_int_equal(db_exec(db, "ALTER TABLE change RENAME TO elsewhere"), 0);
    assert_null(hub_closings_period(f->hub, PERIOD, 5, &f->err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(what_was_signed_is_awaited_and_then_corrected),
        hub_test(fulfilled_is_when_our_copy_has_the_head_it_names),
        hub_test(a_unit_is_expected_from_its_first_day_on),
        hub_test(a_period_that_is_none_is_refused),
        hub_test(what_cannot_be_read_is_not_called_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
