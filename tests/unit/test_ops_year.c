/* tests/unit/test_ops_year.c - the sample year of the demo: the same on every
 * machine, possible in every line, and of the shape that was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/clock.h"
#include "common/format/json.h"
#include "tests/support/year.h"

#define UNTIL "2026-11-25T21:00:00+07:00"
#define YEAR LIENXA_BINARY_DIR "/bin/lienxa-year --until " UNTIL " --unit "

static struct json *years; /* by commune */

static void run(struct buf *out, const char *slug, const char *options)
{
    char command[4096];
    uint8_t piece[65536];
    size_t size = 0;
    FILE *pipe;

    (void)snprintf(command, sizeof command, YEAR "%s %s", slug, options);
    pipe = popen(command, "re");
    assert_non_null(pipe);
    while ((size = fread(piece, 1, sizeof piece, pipe)) > 0)
        buf_add(out, piece, size);
    assert_int_equal(pclose(pipe), 0);
}

/* A commune's year, made and read once: its lines, borrowed. */
static const struct json *lines_of(const char *slug)
{
    struct buf text = {0};
    struct json *lines;

    if (json_get(years, slug) == NULL) {
        run(&text, slug, "--seed 7");
        lines = json_array_new();
        for (size_t at = 0; at < text.size;) {
            const uint8_t *begin = text.data + at;
            const uint8_t *end = memchr(begin, '\n', text.size - at);
            struct json *line;

            assert_non_null(end);
            line = json_parse(bytes_of(begin, (size_t)(end - begin)), NULL);
            assert_non_null(line);
            json_add(lines, line);
            at += (size_t)(end - begin) + 1;
        }
        json_set(years, slug, lines);
        buf_free(&text);
    }
    return json_get(years, slug);
}

static const struct year_commune *commune(const char *slug)
{
    for (const struct year_commune *c = year_communes; c->slug != NULL; c++)
        if (strcmp(c->slug, slug) == 0)
            return c;
    fail_msg("no commune %s", slug);
    return NULL;
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    struct buf first = {0}, second = {0}, other = {0};

    (void)state;
    run(&first, "quang-tho", "--seed 7");
    run(&second, "quang-tho", "--seed 7");
    run(&other, "quang-tho", "--seed 8");
    assert_true(first.size > 100000);
    assert_true(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
    assert_false(bytes_equal(buf_bytes(&first), buf_bytes(&other)));
    buf_free(&first);
    buf_free(&second);
    buf_free(&other);
}

/* ---- every line is possible */

struct checking {
    const struct year_commune *commune;
    int64_t until_ms, last_ms;
    size_t tips, questions, open;
};

static int64_t time_of(const struct json *object, const char *key)
{
    int64_t ms = 0;

    assert_true(clock_parse(&ms, json_get_text(object, key)));
    return ms;
}

static void check_steps(const struct checking *c, const struct json *moved,
                        struct report_fact *fact)
{
    int64_t last_ms = fact->received_ms;

    for (size_t i = 0; i < json_count(moved); i++) {
        const struct json *step = json_at(moved, i);
        const char *outcome = json_get_text(step, "outcome");
        int64_t at_ms = time_of(step, "at");
        struct report_move move = {
            .to = report_state_parse(json_get_text(step, "state")),
            .outcome = outcome == NULL ? 0 : report_outcome_parse(outcome),
            .note = json_get_text(step, "note"),
            .by_leader = strcmp(json_get_text(step, "by"), "lanh-dao") == 0};

        assert_int_equal(report_move_check(fact, &move, NULL), 0);
        assert_true(at_ms >= last_ms && at_ms < c->until_ms);
        report_move_apply(fact, &move, at_ms);
        last_ms = at_ms;
    }
}

static void check_sender(const struct checking *c, const struct json *line)
{
    const char *village = json_get_text(line, "village");
    const char *phone = json_get_text(line, "phone");
    bool known = village == NULL;

    for (size_t i = 0; !known && c->commune->villages[i] != NULL; i++)
        known = strcmp(c->commune->villages[i], village) == 0;
    assert_true(known); /* never one that is not confirmed */
    assert_true(phone == NULL ||
                (strlen(phone) == 10 && strncmp(phone, "09000000", 8) == 0));
}

static void check_line(struct checking *c, const struct json *line)
{
    struct report_fact fact = {.state = REPORT_MOI};

    fact.category = category_find(json_get_text(line, "category"));
    assert_non_null(fact.category);
    assert_int_not_equal(report_channel_parse(json_get_text(line, "channel")),
                         0);
    fact.received_ms = time_of(line, "received");
    assert_true(fact.received_ms >= c->last_ms);
    assert_true(fact.received_ms < c->until_ms);
    c->last_ms = fact.received_ms;
    assert_null(strchr(json_get_text(line, "text"), '{'));
    assert_non_null(strchr(json_get_text(line, "text"), ' '));
    check_sender(c, line);
    check_steps(c, json_get(line, "moved"), &fact);
    c->open += fact.state != REPORT_DONG;
    if (strcmp(fact.category->code, "hoi_tthc") == 0)
        c->questions++;
    else
        c->tips++;
}

static void every_line_of_every_commune_is_possible(void **state)
{
    (void)state;
    for (const struct year_commune *k = year_communes; k->slug != NULL; k++) {
        struct checking c = {.commune = k};
        const struct json *lines = lines_of(k->slug);

        assert_true(clock_parse(&c.until_ms, UNTIL));
        for (size_t i = 0; i < json_count(lines); i++)
            check_line(&c, json_at(lines, i));
        assert_in_range(c.tips, 40, 330); /* reference, domain 6 */
        assert_in_range(c.questions, 50, 330);
        assert_true(c.open < (c.tips + c.questions) / 10);
    }
}

/* ---- the shape */

struct shape {
    struct year_window window;
    const char *category;
    size_t inside, outside, dark, typed, bare;
};

static void see_shape(struct shape *s, const struct json *line)
{
    int64_t received_ms = time_of(line, "received");
    int32_t day = clock_day(received_ms), hour = clock_hour(received_ms);
    const char *channel = json_get_text(line, "channel");
    bool bare = true;

    for (const char *c = json_get_text(line, "text"); *c != '\0'; c++)
        bare = bare && (uint8_t)*c < 0x80;
    if (strcmp(channel, "zalo") == 0 || strcmp(channel, "web") == 0) {
        s->typed++;
        s->bare += bare;
    }
    if (strcmp(json_get_text(line, "category"), s->category) != 0)
        return;
    s->dark += hour >= 19 || hour < 6;
    if (day >= s->window.from && day <= s->window.to)
        s->inside++;
    else
        s->outside++;
}

static struct year a_year(const char *slug)
{
    struct year year = {.seed = 7, .commune = commune(slug)};

    assert_true(clock_parse(&year.until_ms, UNTIL));
    year.first_day = clock_day(year.until_ms) - YEAR_DAYS + 1;
    return year;
}

static struct shape shape_of(const char *slug, const char *category,
                             struct year_window window)
{
    struct shape s = {.window = window, .category = category};
    const struct json *lines = lines_of(slug);

    for (size_t i = 0; i < json_count(lines); i++)
        see_shape(&s, json_at(lines, i));
    return s;
}

static void the_stories_stand_out_in_their_days(void **state)
{
    struct year year = a_year("quang-tho");
    struct year_window flood = year_flood_days(&year);
    struct shape s;
    char day[CLOCK_TEXT_BYTES];

    (void)state;
    assert_string_equal(clock_day_text(day, flood.from), "2026-10-27");
    s = shape_of("quang-tho", "ngap_lut", flood);
    assert_true(s.inside >= 30 && s.inside > 3 * s.outside);
    s = shape_of("quang-tho", "lua_dao_mang", year_swindle_days(&year));
    assert_true(s.inside >= 12); /* a day brings ten times as many */
    assert_true(s.inside * 350 > 10 * s.outside * 14);
    s = shape_of("quang-tho", "giao_nop_vu_khi", year_weapons_days(&year));
    assert_true(s.inside >= 10 && s.inside > s.outside);
}

static void sand_is_taken_at_night_and_only_from_the_river(void **state)
{
    struct year_window none = {0, -1};
    struct shape s = shape_of("quang-tho", "cat_trai_phep", none);

    (void)state;
    assert_true(s.outside >= 12);
    assert_true(s.dark * 10 > s.outside * 6);
    assert_true(shape_of("quang-phu", "cat_trai_phep", none).outside > 4);
    assert_int_equal(shape_of("quang-vinh", "cat_trai_phep", none).outside, 0);
}

static void some_type_without_marks_and_most_do_not(void **state)
{
    struct year_window none = {0, -1};
    struct shape s = shape_of("quang-tho", "khac", none);

    (void)state;
    assert_true(s.typed > 150);
    assert_in_range(s.bare * 100 / s.typed, 12, 40);
}

/* ---- the words */

static size_t length(const char *const *list)
{
    size_t count = 0;

    while (list[count] != NULL)
        count++;
    return count;
}

/* Every slot of every text has its words, and every list is used. */
static void check_slots(const char *const *texts, const char *const *lists[3])
{
    bool used[3] = {false, false, false};

    for (size_t i = 0; texts[i] != NULL; i++)
        for (const char *c = strchr(texts[i], '{'); c != NULL;
             c = strchr(c + 1, '{')) {
            assert_int_equal(c[2], '}');
            assert_non_null(strchr("ptsmabc", c[1]));
            if (strchr("abc", c[1]) == NULL)
                continue;
            assert_non_null(lists[c[1] - 'a']);
            used[c[1] - 'a'] = true;
        }
    for (size_t i = 0; i < 3; i++)
        assert_true(used[i] == (lists[i] != NULL));
}

static size_t check_kinds(const struct year_kind *kind)
{
    size_t count = 0;

    for (; kind->category != NULL; kind++, count++) {
        const char *const *lists[3] = {kind->a, kind->b, kind->c};
        bool common = kind->share >= 45 || kind->course == COURSE_QUESTION ||
                      kind->river > 50 || kind->lagoon > 50;

        assert_non_null(category_find(kind->category));
        assert_true(length(kind->texts) >= (common ? 12 : 4));
        check_slots(kind->texts, lists);
    }
    return count;
}

static void every_category_has_its_sentences(void **state)
{
    (void)state;
    assert_int_equal(check_kinds(year_order) + check_kinds(year_life),
                     category_count);
}

static int begin(void **state)
{
    (void)state;
    years = json_object_new();
    return 0;
}

static int end(void **state)
{
    (void)state;
    json_free(&years);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(every_line_of_every_commune_is_possible),
        cmocka_unit_test(the_stories_stand_out_in_their_days),
        cmocka_unit_test(sand_is_taken_at_night_and_only_from_the_river),
        cmocka_unit_test(some_type_without_marks_and_most_do_not),
        cmocka_unit_test(every_category_has_its_sentences),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
