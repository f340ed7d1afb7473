/* tests/unit/test_hub_alerts.c - alerts as the hub signs them, and what it
 * knows of who has them. */
#include "tests/unit/test_hub_fixture.h"

#include "common/domain/text.h"
#include "common/store/db_inside.h" /* to count its steps */
#include "hub/alerts.h"
#include "hub/reading.h"

static struct alert_order flood(const struct fixture *f)
{
    struct alert_order order = {.type = ALERT_ALERT,
                                .event = "flood",
                                .headline = "Lũ trên sông Bồ",
                                .text = "Di dời trước 18 giờ.",
                                .severity = ALERT_EXTREME,
                                .expires_ms = f->hub->wall_ms + 3600000};

    return order;
}

static struct id issue(struct fixture *f, const struct alert_order *order)
{
    struct id id;

    assert_int_equal(hub_alerts_issue(f->hub, order, &id, &f->err), 0);
    return id;
}

/* ---- what is signed */

struct seen {
    struct fixture *f;
    struct alert alert;
    bool expedited;
    uint64_t seq;
};

/* As a node would: nothing is believed that the signing key did not sign. */
static int see_alert(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct seen *s = who;
    struct hub *hub = s->f->hub;
    struct signed_bytes blob;

    (void)row;
    assert_int_equal(
        wire_signed_decode(&blob, entry->change.part[PART_FACT].bytes), 0);
    assert_memory_equal(blob.key_id, hub->keys.sign_id, sizeof blob.key_id);
    assert_true(sign_verify(blob.signature, hub->keys.sign.public_key,
                            ALERT_SIGN_DOMAIN, blob.body));
    wire_arena_clear(hub->arena);
    assert_int_equal(
        wire_alert_decode(&s->alert, hub->arena, blob.body, &s->f->err), 0);
    s->expedited = entry->change.header.flags & CHANGE_EXPEDITED;
    s->seq = entry->seq;
    return 0;
}

/* Texts are borrowed until the next look. */
static struct seen look(struct fixture *f, const struct id *id)
{
    struct seen s = {.f = f};
    struct record_row row;

    assert_int_equal(ledger_record(f->hub->ledger, f->hub->keys.home, id, &row,
                                   see_alert, &s),
                     0);
    assert_int_equal(row.kind, KIND_ALERT);
    assert_true(id_equal(&s.alert.id, id));
    return s;
}

static void an_alert_is_signed_and_goes_ahead(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id = issue(f, &order);
    struct seen s = look(f, &id);

    assert_string_equal(s.alert.issuer, f->hub->keys.home);
    assert_string_equal(s.alert.headline, order.headline);
    assert_string_equal(s.alert.text, order.text);
    assert_int_equal(s.alert.severity, ALERT_EXTREME);
    assert_int_equal(s.alert.expires_ms, order.expires_ms);
    assert_int_equal(s.alert.audience_count, 0);
    assert_true(s.expedited);
    assert_true(s.seq > 0);
    assert_true(f->hub->grew_all);
}

static void alerts_are_numbered_within_their_epoch(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    uint64_t epoch = f->hub->epoch;

    for (uint64_t n = 1; n <= 3; n++) {
        struct id id = issue(f, &order);
        struct seen s = look(f, &id);

        assert_int_equal(s.alert.number, n);
        assert_int_equal(s.alert.epoch, epoch);
        assert_int_equal(hub_alerts_latest(f->hub), n);
    }
}

/* After a restore the next alert is newer than any before (design 7). */
static void a_new_epoch_begins_to_count_anew(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id before = issue(f, &order), after;
    uint64_t epoch = look(f, &before).alert.epoch;
    struct seen s;

    assert_int_equal(hub_new_epoch(f->hub, &f->hub->all, &f->err), 0);
    assert_int_equal(hub_alerts_latest(f->hub), 0);
    after = issue(f, &order);
    s = look(f, &after);
    assert_true(s.alert.epoch > epoch);
    assert_int_equal(s.alert.number, 1);
}

static void an_alert_that_makes_no_sense_is_refused_with_words(void **state)
{
    static const struct id zero;
    struct fixture *f = *state;
    struct alert_order cases[6];
    struct ledger_stream before, after;
    struct id id;

    for (size_t i = 0; i < 6; i++)
        cases[i] = flood(f);
    cases[0].headline = "";
    cases[1].headline = "two\nlines";
    cases[2].text = "a\x1b[31mred";
    cases[3].severity = 9;
    cases[4].expires_ms = f->hub->wall_ms;
    cases[5].type = ALERT_UPDATE; /* of nothing */
    assert_int_equal(ledger_stream(f->hub->ledger, &before, &f->hub->all, true),
                     0);
    for (size_t i = 0; i < 6; i++) {
        f->err.text[0] = '\0';
        assert_int_equal(hub_alerts_issue(f->hub, &cases[i], &id, &f->err),
                         ERR_INVALID);
        assert_true(f->err.text[0] != '\0');
    }
    assert_int_equal(ledger_stream(f->hub->ledger, &after, &f->hub->all, true),
                     0);
    assert_int_equal(after.head.seq, before.head.seq);
    assert_int_equal(
        hub_store_alert(f->hub->store, &zero, &(struct alert_row){.type = 0}),
        ERR_MISSING);
}

/* As a Mac types it: a, dot below, circumflex. */
static void what_is_said_is_written_in_one_piece_a_letter(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id;
    struct seen s;

    order.headline = "Ba\xcc\x83o Tra\xcc\x80 Mi";
    order.text = "Ma\xcc\xa3\xcc\x82t tu\xcc\x9b 18 gio\xcc\x9b\xcc\x80.";
    order.event = "ba\xcc\x83o";
    id = issue(f, &order);
    s = look(f, &id);
    assert_string_equal(s.alert.headline, "Bão Trà Mi");
    assert_string_equal(s.alert.text, "Mật tư 18 giờ.");
    assert_string_equal(s.alert.event, "bão");
}

/* ---- cancelling */

static const char *state_of(struct fixture *f, const struct id *id)
{
    struct alert_row row;

    assert_int_equal(hub_store_alert(f->hub->store, id, &row), 0);
    return hub_alerts_state(&row, f->hub->wall_ms);
}

static void a_cancel_names_its_alert_and_reaches_the_same_units(void **state)
{
    static const char *units[] = {QUANG_THO, QUANG_PHU};
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id, cancel;
    struct seen s;

    order.units = units;
    order.unit_count = 2;
    id = issue(f, &order);
    assert_string_equal(state_of(f, &id), "active");
    assert_int_equal(
        hub_alerts_cancel(f->hub, &id, "Nước đã rút", &cancel, &f->err), 0);
    assert_string_equal(state_of(f, &id), "cancelled");
    s = look(f, &cancel);
    assert_int_equal(s.alert.type, ALERT_CANCEL);
    assert_string_equal(s.alert.text, "Nước đã rút");
    assert_int_equal(s.alert.reference_count, 1);
    assert_true(id_equal(&s.alert.references[0], &id));
    assert_int_equal(s.alert.audience_count, 2);
    assert_string_equal(s.alert.audience[0], QUANG_THO);
    assert_string_equal(s.alert.audience[1], QUANG_PHU);
}

/* The reason is what people read; a headline is made of it. */
static void a_reason_of_any_length_or_many_lines_cancels(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id = issue(f, &order), cancel;
    struct buf reason = {0};
    struct bytes headline;
    struct seen s;

    assert_int_equal(hub_alerts_cancel(f->hub, &id,
                                       "\nNước đã rút.\n\n  Bà con\tvề nhà.\n",
                                       &cancel, &f->err),
                     0);
    s = look(f, &cancel);
    assert_string_equal(s.alert.headline, "Nước đã rút. Bà con về nhà.");
    assert_string_equal(s.alert.text, "\nNước đã rút.\n\n  Bà con\tvề nhà.\n");

    for (int i = 0; i < 60; i++)
        buf_add_text(&reason, "ướt ");
    id = issue(f, &order);
    if (hub_alerts_cancel(f->hub, &id, buf_text(&reason), &cancel, &f->err) !=
        0)
        fail_msg("%s", f->err.text);
    s = look(f, &cancel);
    assert_string_equal(s.alert.text, buf_text(&reason));
    headline = bytes_of_text(s.alert.headline);
    assert_int_equal(text_length(headline), ALERT_HEADLINE_LIMIT);
    assert_string_equal(s.alert.headline + headline.size - 9, "ướt…");
    buf_free(&reason);
}

static void an_update_keeps_what_it_does_not_say_anew(void **state)
{
    static const char *units[] = {QUANG_THO};
    struct fixture *f = *state;
    struct alert_order order = flood(f), change = {.text = "Nước lên thêm."};
    struct id id, update, again;
    struct seen s;

    order.units = units;
    order.unit_count = 1;
    id = issue(f, &order);
    assert_int_equal(hub_alerts_update(f->hub, &id, &change, &update, &f->err),
                     0);
    assert_string_equal(state_of(f, &id), "updated");
    assert_string_equal(state_of(f, &update), "active");
    s = look(f, &update);
    assert_int_equal(s.alert.type, ALERT_UPDATE);
    assert_string_equal(s.alert.text, "Nước lên thêm.");
    assert_string_equal(s.alert.headline, order.headline);
    assert_string_equal(s.alert.event, order.event);
    assert_int_equal(s.alert.severity, ALERT_EXTREME);
    assert_int_equal(s.alert.expires_ms, order.expires_ms);
    assert_int_equal(s.alert.audience_count, 1);
    assert_true(id_equal(&s.alert.references[0], &id));
    /* what it replaced is replaced for good */
    assert_int_equal(hub_alerts_update(f->hub, &id, &change, &again, &f->err),
                     ERR_REFUSED);
    assert_int_equal(
        hub_alerts_update(f->hub, &update, &change, &again, &f->err), 0);
}

static void an_update_leaves_nobody_out(void **state)
{
    static const char *one[] = {QUANG_THO}, *two[] = {QUANG_PHU, QUANG_THO};
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct alert_order change = {.units = one, .unit_count = 1};
    struct id id = issue(f, &order), update;

    assert_int_equal(hub_alerts_update(f->hub, &id, &change, &update, &f->err),
                     ERR_REFUSED); /* it was for everybody */
    order.units = two;
    order.unit_count = 2;
    id = issue(f, &order);
    assert_int_equal(hub_alerts_update(f->hub, &id, &change, &update, &f->err),
                     ERR_REFUSED);
    assert_non_null(strstr(f->err.text, "quang-phu"));
    change.units = two;
    change.unit_count = 2;
    assert_int_equal(hub_alerts_update(f->hub, &id, &change, &update, &f->err),
                     0);
}

static void only_a_live_alert_can_be_cancelled(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id = issue(f, &order), short_one, cancel;

    order.expires_ms = f->hub->wall_ms + 1000;
    short_one = issue(f, &order);
    assert_int_equal(hub_alerts_cancel(f->hub, &id, "r", &cancel, &f->err), 0);
    assert_int_equal(hub_alerts_cancel(f->hub, &id, "r", &cancel, &f->err),
                     ERR_REFUSED);
    assert_non_null(strstr(f->err.text, "cancelled"));
    f->hub->wall_ms += 1000;
    assert_string_equal(state_of(f, &short_one), "expired");
    assert_int_equal(
        hub_alerts_cancel(f->hub, &short_one, "r", &cancel, &f->err),
        ERR_REFUSED);
    assert_non_null(strstr(f->err.text, "expired"));
    id = random_id(f->hub->wall_ms);
    assert_int_equal(hub_alerts_cancel(f->hub, &id, "r", &cancel, &f->err),
                     ERR_MISSING);
}

/* As after a restore, when two communes bring them home. */
static void a_cancel_may_come_home_before_its_alert(void **state)
{
    struct fixture *f = *state;
    struct alert alert = {.type = ALERT_ALERT,
                          .severity = ALERT_EXTREME,
                          .event = "flood",
                          .headline = "Lũ trên sông Bồ",
                          .text = "Di dời trước 18 giờ.",
                          .issued_ms = f->hub->wall_ms,
                          .expires_ms = f->hub->wall_ms + 3600000};
    struct alert cancel = alert;

    alert.id = random_id(f->hub->wall_ms);
    cancel.id = random_id(f->hub->wall_ms);
    cancel.type = ALERT_CANCEL;
    cancel.references = &alert.id;
    cancel.reference_count = 1;
    assert_int_equal(hub_store_put_alert(f->hub->store, &cancel), 0);
    assert_int_equal(hub_store_put_alert(f->hub->store, &alert), 0);
    assert_string_equal(state_of(f, &alert.id), "cancelled");
    assert_int_equal(hub_store_put_alert(f->hub->store, &alert), 0);
    assert_string_equal(state_of(f, &alert.id), "cancelled");
}

/* ---- receipts */

static void take_receipt(struct fixture *f, const char *unit,
                         const struct receipt *receipt)
{
    struct change change = {.header.kind = KIND_RECEIPT};
    struct buf fact = {0};

    wire_receipt_encode(&fact, receipt);
    (void)snprintf(change.header.home, sizeof change.header.home, "%s", unit);
    change.part[PART_FACT].form = PART_WHOLE;
    change.part[PART_FACT].bytes = buf_bytes(&fact);
    assert_int_equal(hub_alerts_apply_receipt(f->hub, &change, &f->err), 0);
    buf_free(&fact);
}

struct list {
    size_t count;
    struct receipt_row last;
    char by[64];
};

static int note(void *who, const struct receipt_row *row)
{
    struct list *list = who;

    list->count++;
    list->last = *row;
    (void)snprintf(list->by, sizeof list->by, "%s", row->by);
    return 0;
}

static struct list receipts(struct fixture *f, const struct id *id)
{
    struct list list = {.count = 0};

    assert_int_equal(hub_store_receipts(f->hub->store, id, note, &list), 0);
    return list;
}

static struct change as_sent(const struct id *id)
{
    struct change change = {.header.kind = KIND_ALERT};

    change.header.record = *id;
    return change;
}

static void a_receipt_fills_in_the_line_of_its_unit(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id = issue(f, &order);
    struct change sent = as_sent(&id);
    struct receipt r = {.alert = id, .verdict = ALERT_ACCEPTED};
    struct list list;
    int64_t now = f->hub->wall_ms;

    assert_int_equal(hub_alerts_sent(f->hub, &sent, QUANG_THO), 0);
    list = receipts(f, &id);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.last.sent_ms, now);
    assert_int_equal(list.last.stored_ms, 0);
    r.stored_ms = now + 5;
    take_receipt(f, QUANG_THO, &r);
    r.shown_ms = now + 10;
    r.acknowledged_ms = now + 2000;
    (void)snprintf(r.by, sizeof r.by, "Trực ban");
    take_receipt(f, QUANG_THO, &r);
    list = receipts(f, &id);
    assert_int_equal(list.count, 1);
    assert_string_equal(list.last.unit, QUANG_THO);
    assert_int_equal(list.last.sent_ms, now);
    assert_int_equal(list.last.stored_ms, now + 5);
    assert_int_equal(list.last.shown_ms, now + 10);
    assert_int_equal(list.last.acknowledged_ms, now + 2000);
    assert_string_equal(list.by, "Trực ban");
    take_receipt(f, QUANG_PHU, &r);
    assert_int_equal(receipts(f, &id).count, 2);
}

/* It came by the stream or by hand: nobody saw it leave. */
static void a_receipt_without_a_sending_is_taken(void **state)
{
    struct fixture *f = *state;
    struct receipt r = {.alert = random_id(f->hub->wall_ms),
                        .verdict = ALERT_OUTSIDE,
                        .stored_ms = f->hub->wall_ms};
    struct list list;

    take_receipt(f, QUANG_THO, &r);
    list = receipts(f, &r.alert);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.last.verdict, ALERT_OUTSIDE);
    assert_int_equal(list.last.sent_ms, 0);
}

/* `sent` is when it left first, however often it leaves again. */
static void sending_again_does_not_change_when_it_was_sent(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id = issue(f, &order);
    struct change sent = as_sent(&id);
    int64_t first = f->hub->wall_ms;

    assert_int_equal(hub_alerts_sent(f->hub, &sent, QUANG_THO), 0);
    f->hub->wall_ms += 60000;
    assert_int_equal(hub_alerts_sent(f->hub, &sent, QUANG_THO), 0);
    assert_int_equal(receipts(f, &id).last.sent_ms, first);
}

/* Its frame did not leave: whoever would phone must not read that it did. */
static void what_did_not_leave_is_not_called_sent(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id = issue(f, &order), next;
    struct change sent = as_sent(&id);
    int64_t first = f->hub->wall_ms;

    assert_int_equal(hub_alerts_sent(f->hub, &sent, QUANG_THO), 0);
    f->hub->wall_ms += 60000;
    next = issue(f, &order);
    sent = as_sent(&next);
    assert_int_equal(hub_alerts_sent(f->hub, &sent, QUANG_THO), 0);
    assert_int_equal(hub_store_alerts_unsent(f->hub->store, QUANG_PHU, first),
                     0);
    assert_int_equal(receipts(f, &next).last.sent_ms, f->hub->wall_ms);
    assert_int_equal(
        hub_store_alerts_unsent(f->hub->store, QUANG_THO, f->hub->wall_ms), 0);
    assert_int_equal(receipts(f, &next).last.sent_ms, 0);
    assert_int_equal(receipts(f, &id).last.sent_ms, first);
    assert_int_equal(hub_alerts_sent(f->hub, &sent, QUANG_THO), 0);
    assert_int_equal(receipts(f, &next).last.sent_ms, f->hub->wall_ms);
}

/* ---- what it costs to ask who has it */

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

/* A nation has as many receipts of one alert as units. */
static void receipts_are_read_once_not_once_for_each_unit(void **state)
{
    enum { MANY = 400 };
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    struct id id = issue(f, &order);
    struct change sent = as_sent(&id);
    size_t once = 0, all = 0;
    char unit[LIMIT_HOME], text[ID_TEXT_BYTES];
    struct json *rows;

    assert_int_equal(hub_alerts_sent(f->hub, &sent, QUANG_PHU), 0);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(unit, sizeof unit, "%d@20040708", 1000 + i);
        assert_int_equal(hub_alerts_sent(f->hub, &sent, unit), 0);
    }
    count_steps(f, &once);
    assert_int_equal(receipts(f, &id).count, MANY + 1);
    count_steps(f, &all);
    rows = hub_reading_receipts(f->hub, id_text(text, &id), &f->err);
    count_steps(f, NULL);
    assert_int_equal(json_count(rows), f->hub->roster.count);
    for (size_t i = 0; i < json_count(rows); i++)
        assert_int_equal(
            json_get_text(json_at(rows, i), "sent") != NULL,
            strcmp(json_get_text(json_at(rows, i), "unit"), "quang-phu") == 0);
    json_free(&rows);
    if (all > 2 * once)
        fail_msg("%zu steps, one reading of all takes %zu", all, once);
}

/* Nobody ever saw that epoch: no alert may bear its number. */
static void an_epoch_of_a_failed_turn_never_was(void **state)
{
    struct fixture *f = *state;
    struct alert_order order = flood(f);
    uint64_t epoch = f->hub->epoch;
    struct id id;

    assert_int_equal(hub_new_epoch(f->hub, &f->hub->all, &f->err), 0);
    assert_int_equal(f->hub->epoch, epoch + 1);
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(f->hub->epoch, epoch);
    id = issue(f, &order);
    assert_int_equal(look(f, &id).alert.epoch, epoch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(an_alert_is_signed_and_goes_ahead),
        hub_test(alerts_are_numbered_within_their_epoch),
        hub_test(a_new_epoch_begins_to_count_anew),
        hub_test(an_alert_that_makes_no_sense_is_refused_with_words),
        hub_test(what_is_said_is_written_in_one_piece_a_letter),
        hub_test(a_cancel_names_its_alert_and_reaches_the_same_units),
        hub_test(a_reason_of_any_length_or_many_lines_cancels),
        hub_test(an_update_keeps_what_it_does_not_say_anew),
        hub_test(an_update_leaves_nobody_out),
        hub_test(only_a_live_alert_can_be_cancelled),
        hub_test(a_cancel_may_come_home_before_its_alert),
        hub_test(a_receipt_fills_in_the_line_of_its_unit),
        hub_test(a_receipt_without_a_sending_is_taken),
        hub_test(sending_again_does_not_change_when_it_was_sent),
        hub_test(what_did_not_leave_is_not_called_sent),
        hub_test(receipts_are_read_once_not_once_for_each_unit),
        hub_test(an_epoch_of_a_failed_turn_never_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
