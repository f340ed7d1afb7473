/* tests/unit/test_hub_board.c - the board's figures, what falls due, and what
 * rings. */
#include "tests/unit/test_hub_commune.h"

#include "common/account/watch.h"
#include "common/domain/clock_rules.h"
#include "hub/board.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE };
static const int64_t DAY = INT64_C(24) * HOUR;

static struct board_figures read_board(struct fixture *f, int64_t now_ms,
                                       const char *category, const char *unit)
{
    struct board_question q = {
        .now_ms = now_ms,
        .from = clock_day(now_ms) - 13,
        .to = clock_day(now_ms),
        .category =
            category == NULL ? -1 : (int)(category_find(category) - categories),
        .unit = unit == NULL ? NULL : roster_find(&f->hub->roster, unit)};
    struct board_figures out;

    assert_int_equal(hub_board_read(f->hub, &q, &out), 0);
    return out;
}

static uint64_t differences;

static void count_fault(void *who, const struct ledger_fault *fault)
{
    (void)who;
    assert_non_null(fault->detail);
    differences++;
}

static uint64_t verify(struct fixture *f)
{
    uint64_t faults = 0;

    differences = 0;
    assert_int_equal(hub_board_verify(f->hub, count_fault, NULL, &faults), 0);
    assert_int_equal(faults, differences);
    return faults;
}

/* The report goes on: the next version, at `at_ms`. */
static void moves(struct commune *c, const struct id *id, uint64_t version,
                  struct report_fact *fact, int state, int64_t at_ms)
{
    struct report_move move = {.to = state};

    report_move_apply(fact, &move, at_ms);
    deliver_fact(c, id, version, at_ms, fact);
}

static void reports_count_by_day_place_kind_and_hour(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), phu = commune(f, QUANG_PHU);
    /* noon there: two a day, at noon and at midnight */
    int64_t now = clock_day(f->hub->wall_ms) * DAY + 5 * HOUR;
    struct report_fact fact;
    struct board_figures b;
    size_t band;

    for (int i = 0; i < 40; i++) {
        struct id id = random_id(now);

        fact = taken_in(i % 2 ? "trom_cap" : "on_ao", i % 4 ? "La Vân Hạ" : "",
                        now - i * DAY / 2);
        deliver_fact(i % 8 == 0 ? &phu : &tho, &id, 1, now, &fact);
    }
    b = read_board(f, now, NULL, NULL);
    assert_int_equal(b.now.open, 40); /* whatever their day */
    assert_int_equal(b.day_count, 14);
    assert_int_equal(b.total, 28);
    assert_int_equal(b.today, 2);
    assert_int_equal(b.today_last_week, 2);
    assert_int_equal(b.week, 14);
    assert_int_equal(b.week_before, 14);
    assert_int_equal(b.categories[category_find("on_ao") - categories] +
                         b.categories[category_find("trom_cap") - categories],
                     b.total);
    band = (size_t)clock_hour(now) / BOARD_BAND_HOURS + 1;
    assert_int_equal(b.bands[band], 14);
    assert_int_equal(b.bands[0], 0);
    assert_int_equal(b.village_count, 3); /* named ones first: most reports */
    assert_true(b.villages[0].count > b.villages[1].count);
    hub_board_figures_free(&b);

    b = read_board(f, now, "on_ao", QUANG_PHU);
    assert_int_equal(b.now.open, 5);
    assert_int_equal(b.village_count, 1);
    assert_int_equal(b.today, 1);
    hub_board_figures_free(&b);
    assert_int_equal(verify(f), 0);
}

static void what_is_closed_is_not_open_and_counts_all_the_same(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms;
    struct report_fact fact = taken_in("gay_roi", "La Vân Hạ", now);
    struct id id = random_id(now);
    struct board_figures b;

    deliver_fact(&tho, &id, 1, now, &fact);
    b = read_board(f, now, NULL, NULL);
    assert_int_equal(b.now.waiting, 1);
    assert_int_equal(b.now.urgent, 1);
    hub_board_figures_free(&b);
    moves(&tho, &id, 2, &fact, REPORT_DA_TIEP_NHAN, now + MINUTE);
    b = read_board(f, now, NULL, NULL);
    assert_int_equal(b.now.waiting, 0);
    assert_int_equal(b.now.urgent, 1);
    hub_board_figures_free(&b);
    moves(&tho, &id, 3, &fact, REPORT_PHAN_LOAI, now + 2 * MINUTE);
    moves(&tho, &id, 4, &fact, REPORT_DANG_XU_LY, now + 3 * MINUTE);
    moves(&tho, &id, 5, &fact, REPORT_DA_XU_LY, now + 4 * MINUTE);
    b = read_board(f, now, NULL, NULL);
    assert_int_equal(b.now.open, 0);
    assert_int_equal(b.now.urgent, 0);
    assert_int_equal(b.now.overdue, 0);
    assert_int_equal(b.today, 1);
    assert_int_equal(b.total, 1);
    hub_board_figures_free(&b);
    assert_int_equal(verify(f), 0);
}

/* When this report falls due first, by the table of the program. */
static int64_t first_due(const struct report_fact *fact)
{
    struct clock_step steps[REPORT_STATE_END];
    struct clock_due dues[DUE_COUNT];
    struct clock_case c;
    const struct clock_due *next;
    size_t count;

    clock_case_of_fact(&c, steps, fact);
    count = clock_rules_read(&clock_rules_default, &c, fact->received_ms, dues);
    next = clock_rules_next(dues, count);
    assert_non_null(next);
    return next->due_ms;
}

static int64_t overdue(struct fixture *f, int64_t now_ms)
{
    struct board_figures b = read_board(f, now_ms, NULL, NULL);
    int64_t count = b.now.overdue;

    hub_board_figures_free(&b);
    return count;
}

static void time_alone_makes_a_report_overdue(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms, due;
    struct report_fact fact = taken_in("trom_cap", "", now);
    struct id id = random_id(now);

    deliver_fact(&tho, &id, 1, now, &fact);
    due = first_due(&fact);
    assert_true(due > now);
    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    assert_int_equal(overdue(f, due - 2 * MINUTE), 0);
    assert_int_equal(overdue(f, due + 2 * MINUTE), 1); /* not moved yet */
    assert_in_range(hub_board_next_ms(f->hub), due, due + 2 * MINUTE);

    assert_int_equal(hub_board_work(f->hub), 0);
    assert_false(f->hub->board.by_time);
    f->hub->wall_ms = due + 2 * MINUTE;
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_true(f->hub->board.by_time);
    assert_int_equal(hub_board_next_ms(f->hub), INT64_MAX);
    assert_int_equal(overdue(f, due + 2 * MINUTE), 1);
    assert_int_equal(verify(f), 0);

    /* acknowledged: its next clock runs */
    moves(&tho, &id, 2, &fact, REPORT_DA_TIEP_NHAN, due + 2 * MINUTE);
    if (first_due(&fact) > f->hub->wall_ms)
        assert_int_equal(overdue(f, due + 2 * MINUTE), 0);
    assert_int_equal(verify(f), 0);
}

/* Urgent ones stand by themselves in the index of what falls due. */
static void what_falls_due_first_is_next_whether_urgent_or_not(void **state)
{
    static const char *const kinds[] = {"gay_roi", "trom_cap", "gay_roi"};
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms, due[3];

    for (int i = 0; i < 3; i++) { /* the last one by a clock ahead of ours */
        struct report_fact fact =
            taken_in(kinds[i], "", i < 2 ? now : due[1] + HOUR);
        struct id id = random_id(now);

        assert_int_equal(fact.urgent, i != 1);
        deliver_fact(&tho, &id, 1, now, &fact);
        due[i] = first_due(&fact);
        assert_true(i == 0 || due[i] > due[i - 1] + 2 * MINUTE);
    }
    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    for (int i = 0; i < 3; i++) {
        assert_in_range(hub_board_next_ms(f->hub), due[i], due[i] + MINUTE);
        assert_int_equal(overdue(f, due[i] - MINUTE), i);
        assert_int_equal(overdue(f, due[i] + MINUTE), i + 1);
        f->hub->wall_ms = due[i] + MINUTE;
        assert_int_equal(hub_board_work(f->hub), 0);
        assert_int_equal(verify(f), 0);
    }
    assert_int_equal(hub_board_next_ms(f->hub), INT64_MAX);
}

/* In one turn: its minute passed before the hub could look. */
static void what_is_closed_as_it_falls_due_is_not_overdue(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms;
    struct report_fact fact = taken_in("trom_cap", "", now);
    struct id id = random_id(now), late[] = {random_id(now), random_id(now)};

    deliver_fact(&tho, &id, 1, now, &fact);
    keep(f);
    f->hub->wall_ms = first_due(&fact) + 2 * MINUTE;
    fact.state = REPORT_DONG;
    deliver_fact(&tho, &id, 2, now, &fact);
    fact.state = REPORT_MOI; /* and these came too late */
    for (int i = 0; i < 2; i++)
        deliver_fact(&tho, &late[i], 1, now, &fact);
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_int_equal(verify(f), 0);
    assert_int_equal(overdue(f, f->hub->wall_ms), 2);
    keep(f);
    assert_int_equal(verify(f), 0);
}

static int see_waiting(void *who, const struct ledger_waiting *w)
{
    assert_string_equal(w->home, QUANG_THO);
    *(int64_t *)who = w->axes.waits_ms;
    return 1;
}

static void an_urgent_report_rings_when_nobody_acknowledges_it(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms, since = 0, ring = now + 15 * MINUTE;
    struct report_fact fact = taken_in("cuop_giat", "La Vân Hạ", now);
    struct id id = random_id(now);

    deliver_fact(&tho, &id, 1, now, &fact);
    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    assert_int_equal(ledger_waiting(f->hub->ledger, now, see_waiting, &since),
                     0);
    assert_int_equal(since, now);
    assert_true(hub_board_next_ms(f->hub) <= ring);
    f->hub->wall_ms = ring - 1000;
    assert_int_equal(hub_board_work(f->hub), 0);
    f->hub->wall_ms = ring;
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_true(f->hub->board.by_time);
    assert_true(f->hub->topics & TOPIC_REPORTS);
    f->hub->wall_ms = ring + MINUTE; /* once */
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_int_equal(ledger_waits_next(f->hub->ledger, now), 0);

    moves(&tho, &id, 2, &fact, REPORT_DA_TIEP_NHAN, ring + MINUTE);
    since = 0;
    assert_int_equal(
        ledger_waiting(f->hub->ledger, INT64_MAX, see_waiting, &since), 0);
    assert_int_equal(since, 0);
}

/* The clock stood a day ahead for a minute: what is not due yet is not overdue,
 * and what comes in rings in its time. */
static void
a_clock_that_was_set_back_counts_and_rings_as_it_should(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms / MINUTE * MINUTE;
    struct report_fact fact = taken_in("trom_cap", "", now);
    struct report_fact urgent = taken_in("cuop_giat", "", now + MINUTE);
    struct id one = random_id(now), two = random_id(now),
              three = random_id(now);

    deliver_fact(&tho, &one, 1, now, &fact);
    keep(f);
    f->hub->wall_ms = now + DAY;
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_int_equal(overdue(f, now + DAY), 1);
    keep(f);

    f->hub->wall_ms = now + MINUTE;
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_true(f->hub->topics & TOPIC_REPORTS);
    assert_int_equal(overdue(f, now + MINUTE), 0);
    deliver_fact(&tho, &two, 1, now, &fact);
    deliver_fact(&tho, &three, 1, now, &urgent);
    assert_int_equal(ledger_flush(f->hub->ledger), 0);
    assert_int_equal(overdue(f, now + MINUTE), 0);
    assert_int_equal(verify(f), 0);
    keep(f);

    f->hub->topics = 0;
    f->hub->wall_ms = now + 17 * MINUTE;
    assert_true(hub_board_next_ms(f->hub) <= f->hub->wall_ms);
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_true(f->hub->topics & TOPIC_REPORTS);
    f->hub->wall_ms = first_due(&fact) + 2 * MINUTE;
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_int_equal(overdue(f, f->hub->wall_ms), 3);
    assert_int_equal(verify(f), 0);
}

/* The pages did not hear of it: they are told in the next turn. */
static void what_rang_in_a_failed_turn_rings_again(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    int64_t now = f->hub->wall_ms / MINUTE * MINUTE, ring = now + 15 * MINUTE;
    struct report_fact fact = taken_in("cuop_giat", "La Vân Hạ", now);
    struct id id = random_id(now);

    deliver_fact(&tho, &id, 1, now, &fact);
    keep(f);
    f->hub->wall_ms = ring;
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_true(f->hub->topics & TOPIC_REPORTS);
    hub_rollback(f->hub);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(f->hub->topics, 0);
    f->hub->wall_ms = ring + 1000;
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_true(f->hub->topics & TOPIC_REPORTS);
    keep(f);
    f->hub->topics = 0;
    f->hub->wall_ms = ring + 2000; /* and once only */
    assert_int_equal(hub_board_work(f->hub), 0);
    assert_int_equal(f->hub->topics, 0);
}

static void how_long_it_may_wait_is_a_setting(void **state)
{
    static const char *const bad[] = {"", "15", "59s", "25h", "15 m", "-5m"};
    struct fixture *f = *state;

    assert_int_equal(hub_board_set_ring_after(f->hub, NULL, NULL), ERR_INVALID);
    assert_int_equal(hub_board_ring_after_ms(f->hub), 15 * MINUTE);
    assert_int_equal(hub_store_set(f->hub->store, "ring_after", "5m"), 0);
    assert_int_equal(hub_board_ring_after_ms(f->hub), 5 * MINUTE);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(hub_board_set_ring_after(f->hub, bad[i], NULL),
                         ERR_INVALID);
    assert_int_equal(hub_board_ring_after_ms(f->hub), 5 * MINUTE);
    assert_int_equal(hub_board_set_ring_after(f->hub, "30m", NULL), 0);
    assert_int_equal(hub_board_ring_after_ms(f->hub), 30 * MINUTE);
}

static void what_is_taken_back_is_not_counted(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO), before;
    int64_t now = f->hub->wall_ms;
    struct report_fact fact = taken_in("trom_cap", "", now);
    struct id one = random_id(now), two = random_id(now);
    struct board_figures b;

    deliver_fact(&tho, &one, 1, now, &fact);
    keep(f);
    before = tho;
    f->hub->wall_ms = first_due(&fact) + 2 * MINUTE;
    assert_int_equal(db_save(hub_store_db(f->hub->store)), 0);
    deliver_fact(&tho, &two, 1, now, &fact);
    assert_int_equal(ledger_flush(f->hub->ledger), 0); /* both overdue by now */
    assert_int_equal(db_undo(hub_store_db(f->hub->store)), 0);
    assert_int_equal(verify(f), 0);
    tho = before;
    deliver_fact(&tho, &two, 1, now, &fact);
    keep(f);
    b = read_board(f, f->hub->wall_ms, NULL, NULL);
    assert_int_equal(b.now.open, 2);
    assert_int_equal(b.now.overdue, 2);
    hub_board_figures_free(&b);
    assert_int_equal(verify(f), 0);
}

static void verify_finds_a_wrong_figure_and_counting_anew_mends_it(void **state)
{
    struct fixture *f = *state;
    struct commune tho = commune(f, QUANG_THO);
    struct db *db = hub_store_db(f->hub->store);
    int64_t now = f->hub->wall_ms;

    for (int i = 0; i < 30; i++) {
        struct report_fact fact = taken_in("trom_cap", "", now - i * HOUR);
        struct id id = random_id(now);

        deliver_fact(&tho, &id, 1, now, &fact);
    }
    keep(f);
    assert_int_equal(verify(f), 0);
    assert_int_equal(db_exec(db, "UPDATE board_open SET open = open + 1"), 0);
    assert_int_equal(verify(f), 1);
    assert_int_equal(db_exec(db, "UPDATE board_open SET open = open - 1"), 0);
    /* the last count of the sums of all kinds is one more */
    assert_int_equal(
        db_exec(db, "UPDATE board_sum SET counts = CAST(substr(counts, 1,"
                    " length(counts) - 1) || CAST(char(unicode(substr(counts,"
                    " -1)) + 1) AS BLOB) AS BLOB) WHERE place = (SELECT"
                    " min(place) FROM board_sum)"),
        0);
    assert_int_equal(verify(f), 1);
    assert_int_equal(db_exec(db, "DELETE FROM board_day"), 0);
    assert_int_equal(db_exec(db, "DELETE FROM board_sum"), 0);
    assert_true(verify(f) > 1);
    assert_int_equal(db_exec(db, "UPDATE board_state SET rules = 1"), 0);
    keep(f);

    hub_rollback(f->hub);
    hub_close(&f->hub); /* the next start counts by its own rules */
    assert_int_equal(hub_open(&f->hub, f->folder, HUB_COMMAND, &f->err), 0);
    assert_int_equal(hub_begin(f->hub), 0);
    assert_int_equal(verify(f), 0);
    assert_int_equal(overdue(f, now + 365 * DAY), 30);
}

static void many_turns_of_many_reports_leave_right_figures(void **state)
{
    static const char *const kinds[] = {"trom_cap", "gay_roi", "on_ao",
                                        "ngap_lut"};
    enum { REPORTS = 120, TURNS = 600 };
    struct fixture *f = *state;
    struct commune c[2] = {commune(f, QUANG_THO), commune(f, QUANG_PHU)};
    struct report_fact facts[REPORTS];
    uint64_t versions[REPORTS] = {0}, seed = 11;
    struct id ids[REPORTS];
    int64_t start = f->hub->wall_ms - 3 * DAY;

    for (int turn = 0; turn < TURNS; turn++) {
        int64_t at = start + turn * 7 * (int64_t)MINUTE;
        size_t i;

        seed = seed * 6364136223846793005u + 1442695040888963407u;
        i = (size_t)(seed >> 33) % REPORTS;
        f->hub->wall_ms = at;
        if (versions[i] == 0) {
            ids[i] = random_id(at);
            facts[i] = taken_in(kinds[i % 4], i % 3 ? "La Vân Hạ" : "", at);
            deliver_fact(&c[i % 2], &ids[i], ++versions[i], at, &facts[i]);
        } else {
            static const int next[REPORT_STATE_END] = {
                [REPORT_MOI] = REPORT_DA_TIEP_NHAN,
                [REPORT_DA_TIEP_NHAN] = REPORT_PHAN_LOAI,
                [REPORT_PHAN_LOAI] = REPORT_CHO_BO_SUNG,
                [REPORT_CHO_BO_SUNG] = REPORT_PHAN_LOAI,
                [REPORT_DANG_XU_LY] = REPORT_DA_XU_LY,
                [REPORT_DA_XU_LY] = REPORT_DONG,
                [REPORT_DONG] = REPORT_DANG_XU_LY};
            int to = next[facts[i].state];

            if (facts[i].state == REPORT_PHAN_LOAI && seed >> 63)
                to = REPORT_DANG_XU_LY;
            moves(&c[i % 2], &ids[i], ++versions[i], &facts[i], to, at);
        }
        if (turn % 5 == 0)
            assert_int_equal(hub_board_work(f->hub), 0);
        if (turn % 50 == 0)
            keep(f);
    }
    assert_int_equal(verify(f), 0);
    assert_true(overdue(f, f->hub->wall_ms) > 0);
}

/* ---- any days, any kind, any unit: as counted one by one */

struct told {
    int unit, kind, village;
    int32_t day;
};

static bool is_asked(const struct told *t, int unit, int kind)
{
    return (unit < 0 || t->unit == unit) && (kind < 0 || t->kind == kind);
}

static void expect_range(struct fixture *f, const struct told *told,
                         size_t count, const struct board_question *q, int unit,
                         int kind)
{
    int64_t total = 0, by_village[2][2] = {{0}}, week = 0, villages = 0;
    struct board_figures b;

    assert_int_equal(hub_board_read(f->hub, q, &b), 0);
    for (size_t i = 0; i < count; i++) {
        int32_t day = told[i].day, today = clock_day(q->now_ms);

        if (!is_asked(&told[i], unit, kind))
            continue;
        week += day > today - 7 && day <= today;
        if (day < q->from || day > q->to)
            continue;
        total++;
        b.days[day - q->from]--;
        b.categories[category_find(told[i].kind ? "on_ao" : "trom_cap") -
                     categories]--;
        by_village[told[i].unit][told[i].village]++;
    }
    assert_int_equal(b.total, total);
    assert_int_equal(b.week, week);
    for (size_t i = 0; i < b.day_count; i++)
        assert_int_equal(b.days[i], 0);
    for (size_t i = 0; i < BOARD_CATEGORIES; i++)
        assert_int_equal(b.categories[i], 0);
    for (size_t i = 0; i < BOARD_BANDS; i++)
        total -= b.bands[i];
    assert_int_equal(total, 0);
    for (size_t i = 0; i < b.village_count; i++) {
        const char *home = ledger_word(f->hub->ledger, b.villages[i].home);
        const char *name = ledger_village(f->hub->ledger, b.villages[i].home,
                                          b.villages[i].village);

        assert_int_equal(
            b.villages[i].count,
            by_village[strcmp(home, QUANG_PHU) == 0][name[0] != '\0']);
    }
    for (int i = 0; i < 4; i++)
        villages += by_village[i / 2][i % 2] != 0;
    assert_int_equal(b.village_count, villages);
    hub_board_figures_free(&b);
}

static void any_stretch_of_days_is_what_its_reports_say(void **state)
{
    enum { REPORTS = 160 };
    struct fixture *f = *state;
    struct commune c[2] = {commune(f, QUANG_THO), commune(f, QUANG_PHU)};
    const struct unit *units[2] = {roster_find(&f->hub->roster, QUANG_THO),
                                   roster_find(&f->hub->roster, QUANG_PHU)};
    int64_t now = f->hub->wall_ms;
    struct told told[REPORTS];
    uint64_t seed = 3;

    for (int i = 0; i < REPORTS; i++) {
        struct id id = random_id(now);
        struct report_fact fact;

        seed = seed * 6364136223846793005u + 1442695040888963407u;
        told[i] = (struct told){(int)(seed >> 40 & 1), (int)(seed >> 41 & 1),
                                (int)(seed >> 42 & 1), 0};
        /* two days ahead of us as well: a clock that is wrong */
        fact = taken_in(told[i].kind ? "on_ao" : "trom_cap",
                        told[i].village ? "La Vân Hạ" : "",
                        now + 2 * DAY - (int64_t)(seed >> 43) % 70 * DAY);
        told[i].day = fact.day;
        deliver_fact(&c[told[i].unit], &id, 1, now, &fact);
    }
    for (int i = 0; i < 300; i++) {
        int unit = i % 3 - 1, kind = i / 3 % 3 - 1;
        struct board_question q = {.now_ms = now, .unit = NULL};

        seed = seed * 6364136223846793005u + 1442695040888963407u;
        q.from = clock_day(now) + 5 - (int32_t)(seed >> 40) % 80;
        q.to = q.from + (int32_t)(seed >> 50) % 80;
        q.category = kind < 0
                         ? -1
                         : (int)(category_find(kind ? "on_ao" : "trom_cap") -
                                 categories);
        q.unit = unit < 0 ? NULL : units[unit];
        expect_range(f, told, REPORTS, &q, unit, kind);
    }
    assert_int_equal(verify(f), 0);
}

/* How often SQLite would call a function for one row of it. */
static int calls_of(struct db *db, const char *statement)
{
    const char *const queries[] = {statement};
    struct db_set *set;
    struct db_stmt *q;
    int calls = 0;

    assert_int_equal(db_prepare(&set, db, queries, 1, NULL), 0);
    q = db_use(set, 0);
    while (db_step(q) == 1)
        calls += strstr(db_text(q, 1), "Func") != NULL;
    db_done(q);
    return calls;
}

/* One call is enough for SQLite to keep a journal of every statement of many
 * rows: a twentieth of a hub's work while nodes drain. */
static void a_new_report_calls_no_function(void **state)
{
    struct fixture *f = *state;
    struct db *db = hub_store_db(f->hub->store);

    assert_true(calls_of(db, "EXPLAIN INSERT INTO word (text)"
                             " VALUES (upper(?))") > 0); /* they are seen */
    assert_int_equal(
        calls_of(db,
                 "EXPLAIN INSERT OR IGNORE INTO record (id, uid, home, kind,"
                 " version, last, cell, tag, waits_ms)"
                 " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        0);
    assert_int_equal(
        calls_of(db, "EXPLAIN INSERT OR FAIL INTO change (id, stream, seq,"
                     " record, version, size, urgent, digest, header,"
                     " vault_salt, vault)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        hub_test(reports_count_by_day_place_kind_and_hour),
        hub_test(what_is_closed_is_not_open_and_counts_all_the_same),
        hub_test(time_alone_makes_a_report_overdue),
        hub_test(what_falls_due_first_is_next_whether_urgent_or_not),
        hub_test(what_is_closed_as_it_falls_due_is_not_overdue),
        hub_test(an_urgent_report_rings_when_nobody_acknowledges_it),
        hub_test(a_clock_that_was_set_back_counts_and_rings_as_it_should),
        hub_test(what_rang_in_a_failed_turn_rings_again),
        hub_test(how_long_it_may_wait_is_a_setting),
        hub_test(what_is_taken_back_is_not_counted),
        hub_test(verify_finds_a_wrong_figure_and_counting_anew_mends_it),
        hub_test(many_turns_of_many_reports_leave_right_figures),
        hub_test(any_stretch_of_days_is_what_its_reports_say),
        hub_test(a_new_report_calls_no_function),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
