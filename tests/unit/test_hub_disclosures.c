/* tests/unit/test_hub_disclosures.c - the district's books of who looked at a
 * sealed sender. */
#include "tests/unit/test_hub_commune.h"

#include "common/wire/disclosure.h"
#include "hub/disclosures.h"

static void look_at_a_sender(struct commune *c, const char *who)
{
    struct disclosure d = {.report = random_id(c->f->hub->wall_ms),
                           .rule = DISCLOSURE_BY_DUTY,
                           .stage = DISCLOSURE_APPROVED,
                           .asked_ms = c->f->hub->wall_ms,
                           .openings = 1,
                           .opened_ms = c->f->hub->wall_ms};
    const struct change_header header = {.record =
                                             random_id(c->f->hub->wall_ms),
                                         .kind = KIND_DISCLOSURE,
                                         .version = 1,
                                         .clock_ms = c->f->hub->wall_ms};
    struct buf fact = {0};

    (void)snprintf(d.asked_by, sizeof d.asked_by, "%s", who);
    wire_disclosure_encode(&fact, &d);
    deliver(c, &header, buf_bytes(&fact));
    buf_free(&fact);
}

static void the_books_say_where_and_who(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct json *list;

    look_at_a_sender(&tho, "lan");
    list = hub_disclosures_list(f->hub, f->hub->wall_ms);
    assert_int_equal(json_count(list), 1);
    assert_string_equal(json_get_text(json_at(list, 0), "unit"), "quang-tho");
    assert_string_equal(json_get_text(json_at(list, 0), "asked_by"), "lan");
    assert_string_equal(json_get_text(json_at(list, 0), "rule"), "duty");
    json_free(&list);
}

/* Whatever a commune sends, a page costs no more. */
static void the_newest_are_listed_and_no_more_than_a_page_takes(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct json *list;

    for (int i = 0; i < HUB_DISCLOSURES_MOST + 5; i++) {
        f->hub->wall_ms++;
        look_at_a_sender(&tho, i == HUB_DISCLOSURES_MOST + 4 ? "last" : "lan");
    }
    list = hub_disclosures_list(f->hub, f->hub->wall_ms);
    assert_int_equal(json_count(list), HUB_DISCLOSURES_MOST);
    assert_string_equal(json_get_text(json_at(list, 0), "asked_by"), "last");
    json_free(&list);
}

static void one_without_its_fact_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct change change = {.header.kind = KIND_DISCLOSURE};

    assert_int_equal(hub_disclosures_judge(&change, &f->err), ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(the_books_say_where_and_who),
        hub_test(the_newest_are_listed_and_no_more_than_a_page_takes),
        hub_test(one_without_its_fact_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
