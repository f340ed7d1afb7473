/* hub_alarm: what needs a person is written, and not written too often. */
#include "tests/unit/test_hub_commune.h"

#include "hub/backup.h"
#include "hub/certificates.h"
#include "hub/exchange.h"
#include "hub/repair.h"

static int count_one(void *who, const struct alarm_row *row)
{
    *(int64_t *)who += row->times;
    return 0;
}

/* How often the open alarms were raised. */
static int64_t raised(struct fixture *f)
{
    int64_t times = 0;

    assert_int_equal(hub_store_alarms(f->hub->store, NULL, count_one, &times),
                     0);
    return times;
}

/* And behind it in the same batch a receipt that nobody can read. */
static void deliver_beside_one_refused(struct commune *c, const struct id *id,
                                       uint64_t version, int64_t clock_ms,
                                       const struct report_fact *said)
{
    struct change changes[2] = {
        {.header = {.record = *id, .kind = KIND_REPORT, .version = version}},
        {.header = {.record = random_id(clock_ms),
                    .kind = KIND_RECEIPT,
                    .version = 1}}};
    struct buf headers[2] = {{0}}, fact = {0};
    struct ledger_batch batch = {.name = c->up,
                                 .first = c->at.seq + 1,
                                 .count = 2,
                                 .changes = changes,
                                 .signed_head = bytes_of_text("proof")};
    struct hash_function hash = commune_hash();
    struct stream_position reached;
    size_t sizes[2];

    wire_report_fact_encode(&fact, said);
    for (size_t i = 0; i < 2; i++) {
        struct part *part = &changes[i].part[PART_FACT];
        struct hash digest;

        changes[i].header.clock_ms = clock_ms;
        memcpy(changes[i].header.home, c->up.home, LIMIT_HOME);
        wire_header_encode(&headers[i], &changes[i].header);
        changes[i].header_bytes = buf_bytes(&headers[i]);
        part->form = PART_WHOLE;
        part->bytes = i == 0 ? buf_bytes(&fact) : bytes_of_text("nonsense");
        random_salt(part->salt);
        digest = change_digest(&hash, &changes[i]);
        c->at.seq++;
        c->at.h = stream_next(&hash, &c->at.h, c->at.seq, &digest);
        sizes[i] = wire_change_size(&changes[i]);
    }
    batch.sizes = sizes;
    batch.head = c->at;
    assert_int_equal(
        ledger_receive(c->f->hub->ledger, &batch, &reached, &c->f->err), 0);
    for (size_t i = 0; i < 2; i++)
        buf_free(&headers[i]);
    buf_free(&fact);
}

static void a_noisy_peer_writes_one_alarm_in_ten_seconds(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 100; i++)
        hub_alarm(f->hub, QUANG_THO, 103, "odd");
    assert_int_equal(raised(f), 1);
    hub_alarm(f->hub, QUANG_PHU, 103, "odd");
    hub_alarm(f->hub, QUANG_THO, 104, "odd too");
    assert_int_equal(raised(f), 3);
    f->hub->mono_ms += 10000;
    hub_alarm(f->hub, QUANG_THO, 103, "odd");
    assert_int_equal(raised(f), 4);
}

static void an_alarm_of_a_failed_turn_is_raised_again(void **state)
{
    struct fixture *f = *state;

    hub_alarm(f->hub, QUANG_THO, 103, "odd");
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(raised(f), 0);
    hub_alarm(f->hub, QUANG_THO, 103, "odd");
    assert_int_equal(raised(f), 1);
}

static int take_text(void *who, const struct alarm_row *row)
{
    buf_add_text(who, row->text);
    return 0;
}

static void an_alarm_is_one_line_whatever_a_machine_says(void **state)
{
    struct fixture *f = *state;
    struct buf text = {0};

    hub_alarm(f->hub, QUANG_THO, 103, "it says: %s",
              "no\x1b[2J\n! quang-phu: đã xong");
    assert_int_equal(hub_store_alarms(f->hub->store, NULL, take_text, &text),
                     0);
    assert_string_equal(buf_text(&text),
                        "it says: no [2J ! quang-phu: đã xong");
    buf_free(&text);
}

/* A batch of which one change is refused as it is applied is done over, one
 * change at a time: what the others said stands. */
static void a_batch_that_is_done_over_says_what_it_said(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms;
    struct report_fact fact = taken_in("trom_cap", "", now);
    struct id id = random_id(now);

    deliver_fact(&tho, &id, 2, now, &fact);
    keep(f);
    fact.state = REPORT_DA_TIEP_NHAN; /* another content, the same version */
    deliver_beside_one_refused(&tho, &id, 2, now, &fact);
    assert_int_equal(ledger_quarantine_count(f->hub->ledger), 1);
    assert_int_equal(raised(f), 1);
}

/* ---- what rotted */

static int note_alarm(void *who, const struct alarm_row *row)
{
    unsigned *codes = who; /* 1: damaged, 2: mended */

    *codes |= row->code == 140 ? 1u : row->code == 141 ? 2u : 0u;
    return 0;
}

static unsigned said(struct fixture *f)
{
    unsigned codes = 0;

    assert_int_equal(hub_store_alarms(f->hub->store, NULL, note_alarm, &codes),
                     0);
    return codes;
}

static int pass_by(void *who, const struct record_row *row,
                   const struct entry *entry)
{
    (void)who;
    (void)row;
    (void)entry;
    return 0;
}

static bool reads_damaged(struct fixture *f, const struct id *id)
{
    return ledger_record(f->hub->ledger, QUANG_THO, id, NULL, pass_by, NULL) ==
           ERR_DAMAGED;
}

/* The disk that rots refuses the turn that saw it: nothing is said to be right
 * again that never was. */
static void what_a_failed_turn_found_damaged_is_not_called_mended(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms;
    struct report_fact fact = taken_in("trom_cap", "La Vân Hạ", now);
    struct id id = random_id(now);

    f->hub->exchange = hub_exchange_new(f->hub, NULL);
    deliver_fact(&tho, &id, 1, now, &fact);
    assert_int_equal(db_exec(hub_store_db(f->hub->store),
                             "UPDATE change SET fact = x'0102030405060708'"
                             " WHERE stream = (SELECT id FROM stream WHERE"
                             " home = '" QUANG_THO "')"),
                     0);
    keep(f);
    f->hub->repair.scrub_ms = INT64_MAX; /* it is found by who reads it */
    assert_true(reads_damaged(f, &id));
    assert_int_equal(hub_repair_work(f->hub), 0);
    assert_int_equal(said(f), 1);
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(hub_repair_work(f->hub), 0);
    assert_int_equal(said(f) & 2u, 0);
    assert_true(reads_damaged(f, &id));
    assert_int_equal(hub_repair_work(f->hub), 0);
    assert_int_equal(said(f), 1);
    keep(f);
    assert_int_equal(hub_repair_work(f->hub), 0);
    assert_int_equal(said(f), 1);
    hub_exchange_free(&f->hub->exchange);
}

/* ---- what was done is not asked for any more */

static int find_code(void *who, const struct alarm_row *row)
{
    return row->code == *(const int *)who;
}

static bool is_open(struct fixture *f, int code)
{
    int rc = hub_store_alarms(f->hub->store, "", find_code, &code);

    assert_true(rc >= 0);
    return rc == 1;
}

static void copied(struct fixture *f, int64_t made_ms)
{
    struct json *args = json_object_new(), *out = json_object_new();

    json_set_i64(args, "made_ms", made_ms);
    json_set_i64(args, "bytes", 4096);
    assert_int_equal(hub_backup_done(f->hub, args, out, &f->err), 0);
    json_free(&args);
    json_free(&out);
}

static bool is_asked_for_a_copy(struct fixture *f)
{
    enum { ALARM_OLD_BACKUP = 152 };

    f->hub->mono_ms += 3600000;
    hub_backup_remind(f->hub);
    return is_open(f, ALARM_OLD_BACKUP);
}

static void a_copy_ends_the_alarm_that_asked_for_it(void **state)
{
    const int64_t day_ms = 86400000;
    struct fixture *f = *state;

    copied(f, f->hub->wall_ms);
    assert_false(is_asked_for_a_copy(f));
    f->hub->wall_ms += 8 * day_ms;
    assert_true(is_asked_for_a_copy(f));
    copied(f, f->hub->wall_ms);
    assert_false(is_asked_for_a_copy(f));
}

/* Of a day when the clock was ahead: else nobody would be asked for a year. */
static void a_copy_of_a_day_to_come_is_not_taken_for_a_new_one(void **state)
{
    const int64_t day_ms = 86400000;
    struct fixture *f = *state;

    copied(f, f->hub->wall_ms + day_ms / 2);
    assert_false(is_asked_for_a_copy(f));
    copied(f, f->hub->wall_ms + 365 * day_ms);
    assert_true(is_asked_for_a_copy(f));
}

/* As after `web certificate --new-authority`. */
static void an_authority_that_lasts_ends_the_alarm_of_its_end(void **state)
{
    enum { ALARM_AUTHORITY_ENDS = 201 };
    struct fixture *f = *state;

    hub_alarm(f->hub, "", ALARM_AUTHORITY_ENDS, "the authority ends");
    assert_true(is_open(f, ALARM_AUTHORITY_ENDS));
    hub_certificates_work(f->hub);
    assert_false(is_open(f, ALARM_AUTHORITY_ENDS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(a_noisy_peer_writes_one_alarm_in_ten_seconds),
        hub_test(an_alarm_of_a_failed_turn_is_raised_again),
        hub_test(an_alarm_is_one_line_whatever_a_machine_says),
        hub_test(a_batch_that_is_done_over_says_what_it_said),
        hub_test(what_a_failed_turn_found_damaged_is_not_called_mended),
        hub_test(a_copy_ends_the_alarm_that_asked_for_it),
        hub_test(a_copy_of_a_day_to_come_is_not_taken_for_a_new_one),
        hub_test(an_authority_that_lasts_ends_the_alarm_of_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
