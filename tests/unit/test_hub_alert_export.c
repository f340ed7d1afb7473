/* tests/unit/test_hub_alert_export.c - an alert as CAP 1.2: what it says, in
 * the order and the form that the schema wants. The schema itself judges in
 * tests/e2e/test_alerts.sh. */
#include "tests/unit/test_hub_fixture.h"

#include "common/base/clock.h"
#include "hub/alert_export.h"
#include "hub/alerts.h"

static struct id issue(struct fixture *f, const struct alert_order *order)
{
    struct id id;

    if (hub_alerts_issue(f->hub, order, &id, &f->err) != 0)
        fail_msg("%s", f->err.text);
    return id;
}

static struct alert_order flood(struct fixture *f)
{
    return (struct alert_order){.type = ALERT_ALERT,
                                .event = "flood",
                                .headline = "Lũ <lớn> & nhanh",
                                .text = "Lên cao.\nGọi \"112\" & chờ.",
                                .severity = ALERT_EXTREME,
                                .expires_ms = f->hub->wall_ms + 3600000};
}

static void exported(struct fixture *f, const struct id *id, struct buf *out)
{
    char text[ID_TEXT_BYTES];

    buf_clear(out);
    if (hub_alert_export(f->hub, id_text(text, id), out, &f->err) != 0)
        fail_msg("%s", f->err.text);
}

static size_t count_of(const struct buf *text, const char *what)
{
    size_t count = 0;

    for (const char *at = buf_text((struct buf *)text);
         (at = strstr(at, what)) != NULL; at += strlen(what))
        count++;
    return count;
}

static void says(struct buf *text, const char *what)
{
    if (strstr(buf_text(text), what) == NULL)
        fail_msg("not said: %s\n%s", what, buf_text(text));
}

static void it_says_what_the_alert_says_in_the_schemas_order(void **state)
{
    static const char *const order[] = {"<identifier>",
                                        "<sender>",
                                        "<sent>",
                                        "<status>Actual<",
                                        "<msgType>Alert",
                                        "<scope>",
                                        "<info>",
                                        "<language>vi-VN<",
                                        "<category>Met<",
                                        "<event>flood",
                                        "<responseType>Evacuate<",
                                        "<urgency>Immediate<",
                                        "<severity>Extreme<",
                                        "<certainty>Observed<",
                                        "<effective>",
                                        "<expires>",
                                        "<senderName>Quảng Điền<",
                                        "<headline>",
                                        "<description>",
                                        "<parameter>",
                                        "<area>"};
    struct fixture *f = *state;
    struct alert_order o = flood(f);
    struct id id = issue(f, &o);
    struct buf out = {0};
    const char *at;

    exported(f, &id, &out);
    at = buf_text(&out);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if ((at = strstr(at, order[i])) == NULL)
            fail_msg("not in its place: %s\n%s", order[i], buf_text(&out));
    says(&out, "<headline>Lũ &lt;lớn&gt; &amp; nhanh</headline>");
    says(&out, "Lên cao.\nGọi &quot;112&quot; &amp; chờ.</description>");
    buf_free(&out);
}

static void times_are_vietnams_in_whole_seconds(void **state)
{
    struct fixture *f = *state;
    struct alert_order o = flood(f);
    struct buf out = {0};
    struct id id;
    char sent[80];

    f->hub->wall_ms = INT64_C(1795737600123); /* 2026-11-27 07:00 there */
    o.expires_ms = f->hub->wall_ms + 3600000;
    id = issue(f, &o);
    exported(f, &id, &out);
    (void)snprintf(sent, sizeof sent, "<sent>2026-11-27T07:00:00+07:00</sent>");
    says(&out, sent);
    says(&out, "<expires>2026-11-27T08:00:00+07:00</expires>");
    buf_free(&out);
}

static void every_commune_is_an_area_by_the_list_its_code_is_of(void **state)
{
    static const char *one[] = {QUANG_PHU};
    struct fixture *f = *state;
    struct alert_order o = flood(f);
    struct id all = issue(f, &o), id;
    struct buf out = {0};

    exported(f, &all, &out);
    assert_int_equal(count_of(&out, "<area>"), 10);
    o.units = one;
    o.unit_count = 1;
    id = issue(f, &o);
    exported(f, &id, &out);
    assert_int_equal(count_of(&out, "<area>"), 1);
    says(&out, "<valueName>vn-gso-2004</valueName>");
    says(&out, "<value>19897</value>");
    buf_free(&out);
}

static void an_event_of_no_template_promises_nothing(void **state)
{
    struct fixture *f = *state;
    struct alert_order o = flood(f);
    struct buf out = {0};
    struct id id;

    o.event = "Diễn tập";
    o.severity = ALERT_MINOR;
    id = issue(f, &o);
    exported(f, &id, &out);
    says(&out, "<category>Safety</category>");
    says(&out, "<urgency>Expected</urgency>");
    says(&out, "<certainty>Unknown</certainty>");
    assert_int_equal(count_of(&out, "responseType"), 0);
    buf_free(&out);
}

static void what_takes_anothers_place_names_it(void **state)
{
    struct fixture *f = *state;
    struct alert_order o = flood(f);
    char text[ID_TEXT_BYTES], named[160], sent[CLOCK_TEXT_BYTES];
    struct buf out = {0};
    struct alert_row row;
    struct id first = issue(f, &o), cancel;

    keep(f);
    assert_int_equal(hub_store_alert(f->hub->store, &first, &row), 0);
    (void)snprintf(named, sizeof named, "<references>%s,%s,%s</references>",
                   f->hub->keys.home, id_text(text, &first),
                   clock_text(sent, row.issued_ms));
    if (hub_alerts_cancel(f->hub, &first, "Nước đã rút.", &cancel, &f->err) !=
        0)
        fail_msg("%s", f->err.text);
    exported(f, &cancel, &out);
    says(&out, "<msgType>Cancel</msgType>");
    says(&out, named);
    buf_free(&out);
}

static void what_is_not_here_is_said(void **state)
{
    struct fixture *f = *state;
    struct buf out = {0};

    assert_int_equal(hub_alert_export(f->hub, "x", &out, &f->err), ERR_MISSING);
    assert_int_equal(hub_alert_export(f->hub,
                                      "0190a000-0000-7000-8000-000000000000",
                                      &out, &f->err),
                     ERR_MISSING);
    assert_non_null(strstr(f->err.text, "alert list"));
    assert_int_equal(out.size, 0);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(it_says_what_the_alert_says_in_the_schemas_order),
        hub_test(times_are_vietnams_in_whole_seconds),
        hub_test(every_commune_is_an_area_by_the_list_its_code_is_of),
        hub_test(an_event_of_no_template_promises_nothing),
        hub_test(what_takes_anothers_place_names_it),
        hub_test(what_is_not_here_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
