/* tests/unit/test_hub_metrics.c - the district in figures, and what a look at
 * them costs: whoever watches looks every few seconds, for years.
 */
#include "tests/unit/test_hub_commune.h"

#include "common/store/db_inside.h" /* to count its steps */
#include "hub/api.h"

static int count_step(void *who)
{
    ++*(size_t *)who;
    return 0;
}

static size_t look(struct fixture *f, struct buf *out)
{
    sqlite3 *db = hub_store_db(f->hub->store)->handle;
    struct hub_api api = {.hub = f->hub};
    size_t steps = 0;

    buf_clear(out);
    keep(f);
    assert_int_equal(hub_commit(f->hub, &f->err), 0);
    sqlite3_progress_handler(db, 1, count_step, &steps);
    hub_api_metrics(&api, f->hub->wall_ms, out);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    assert_int_equal(hub_begin(f->hub), 0);
    return steps;
}

/* Each of another village: as many figures of the ledger. */
static void reports(struct commune *c, int from, int until, const char *kind)
{
    for (int i = from; i < until; i++) {
        int64_t at = c->f->hub->wall_ms - i;
        char village[32];
        struct report_fact fact;
        struct id id = random_id(at);

        (void)snprintf(village, sizeof village, "Thôn %d", i);
        fact = taken_in(kind, village, at);
        fact.day = 20000;
        deliver_fact(c, &id, 1, at, &fact);
    }
}

static void must_say(struct buf *out, const char *line)
{
    if (strstr(buf_text(out), line) == NULL)
        fail_msg("no \"%s\" in\n%s", line, buf_text(out));
}

static void a_look_costs_the_same_however_many_reports_there_are(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);
    struct buf out = {0};
    size_t few, many;

    reports(&tho, 0, 7, "trom_cap");
    reports(&phu, 0, 2, "on_ao");
    few = look(f, &out);
    must_say(&out, "lienxa_reports_received_total{unit=\"quang-tho\","
                   "category=\"trom_cap\"} 7\n");
    must_say(&out, "lienxa_reports_received_total{unit=\"quang-phu\","
                   "category=\"on_ao\"} 2\n");
    reports(&tho, 7, 600, "trom_cap");
    many = look(f, &out);
    must_say(&out, "lienxa_reports_received_total{unit=\"quang-tho\","
                   "category=\"trom_cap\"} 600\n");
    if (many > few + few / 4)
        fail_msg("%zu steps beside few, %zu beside many", few, many);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(a_look_costs_the_same_however_many_reports_there_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
