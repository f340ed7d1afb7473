/* tests/support/year_main.c - lienxa-year: the sample year of one commune as
 * import lines. What it is made of: tests/support/year.h. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "tests/support/year.h"

struct lines {
    struct line {
        int64_t received_ms;
        struct id id;
        char *text; /* owned */
    } * items;
    size_t count, room;
};

static void die(const char *what)
{
    (void)fprintf(stderr, "lienxa-year: %s (--help shows the options)\n", what);
    exit(2);
}

/* ---- a line ---- */

static void add_string(struct buf *out, const char *key, const char *value)
{
    uint8_t last = out->size > 0 ? out->data[out->size - 1] : '{';

    buf_printf(out, "%s\"%s\":\"", last == '{' ? "" : ",", key);
    for (const char *c = value; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            buf_add_text(out, "\\");
        buf_add(out, c, 1);
    }
    buf_add_text(out, "\"");
}

static void add_time(struct buf *out, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_BYTES];

    add_string(out, key, clock_text(text, wall_ms));
}

static void add_steps(struct buf *out, const struct year_report *r)
{
    buf_add_text(out, ",\"moved\":[");
    for (size_t i = 0; i < r->step_count; i++) {
        const struct year_step *s = &r->steps[i];

        buf_add_text(out, i > 0 ? ",{" : "{");
        add_string(out, "state", report_state_text(s->move.to));
        add_time(out, "at", s->at_ms);
        if (s->move.outcome != OUTCOME_NONE)
            add_string(out, "outcome", report_outcome_text(s->move.outcome));
        if (s->note[0] != '\0')
            add_string(out, "note", s->note);
        add_string(out, "by", s->by);
        buf_add_text(out, "}");
    }
    buf_add_text(out, "]");
}

static char *line_of(struct year_report *r)
{
    struct buf out = {0};
    char id[ID_TEXT_BYTES], *text;

    buf_add_text(&out, "{");
    add_string(&out, "id", id_text(id, &r->id));
    add_string(&out, "category", r->kind->category);
    add_string(&out, "text", buf_text(&r->text));
    if (r->village != NULL)
        add_string(&out, "village", r->village);
    add_time(&out, "received", r->received_ms);
    if (r->has_occurred)
        add_time(&out, "occurred", r->occurred_ms);
    add_string(&out, "channel", report_channel_text(r->channel));
    if (r->urgent)
        buf_add_text(&out, ",\"urgent\":true");
    if (r->name[0] != '\0')
        add_string(&out, "name", r->name);
    if (r->phone[0] != '\0')
        add_string(&out, "phone", r->phone);
    if (r->step_count > 0)
        add_steps(&out, r);
    buf_add_text(&out, "}");
    text = mem_text(buf_text(&out));
    buf_free(&out);
    return text;
}

static void keep(struct lines *lines, struct year_report *r)
{
    if (lines->count == lines->room) {
        lines->room = lines->room * 2 + 256;
        lines->items =
            realloc(lines->items, lines->room * sizeof *lines->items);
        if (lines->items == NULL)
            die("no memory");
    }
    lines->items[lines->count++] =
        (struct line){r->received_ms, r->id, line_of(r)};
}

/* ---- a year ---- */

struct place {
    const struct year *year;
    struct lines *lines;
    int32_t day;
    struct year_report report; /* its buffer is used again */
};

static void make(struct place *p, const struct year_kind *kind,
                 const struct year_story *story, uint32_t number)
{
    uint64_t random =
        year_random(p->year, kind->category,
                    ((int64_t)p->day << 16) + (story != NULL ? 32768 : 0) +
                        (int64_t)number + 1);
    struct year_report *r = &p->report;
    uint8_t noise[10];

    r->kind = kind;
    r->story = story;
    r->received_ms = year_moment(kind->hours, p->day, &random);
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (uint8_t)year_next(&random);
    r->id = id_make(r->received_ms, noise);
    if (r->received_ms >= p->year->until_ms)
        return;
    year_tell(p->year, r, &random);
    year_work(p->year, r, &random);
    keep(p->lines, r);
}

static const struct year_kind *kind_of(const char *category)
{
    for (const struct year_kind *k = year_order; k->category != NULL; k++)
        if (strcmp(k->category, category) == 0)
            return k;
    for (const struct year_kind *k = year_life; k->category != NULL; k++)
        if (strcmp(k->category, category) == 0)
            return k;
    die("a story of an unknown category");
    return NULL;
}

static void make_kinds(struct place *p, const struct year_kind *kind)
{
    for (; kind->category != NULL; kind++) {
        uint64_t whole = year_whole(p->year, kind);

        for (p->day = p->year->first_day;
             p->day < p->year->first_day + YEAR_DAYS; p->day++)
            for (uint32_t n = year_count(p->year, kind, whole, p->day); n > 0;
                 n--)
                make(p, kind, NULL, n);
    }
}

static void make_story(struct place *p, const struct year_story *story,
                       struct year_window window)
{
    for (; story->category != NULL; story++)
        for (p->day = window.from; p->day <= window.to; p->day++)
            for (uint32_t n = year_story_count(p->year, story, window, p->day);
                 n > 0; n--)
                make(p, kind_of(story->category), story, n);
}

static int compare(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->received_ms != y->received_ms)
        return x->received_ms < y->received_ms ? -1 : 1;
    return id_compare(&x->id, &y->id);
}

static void print_year(const struct year *year)
{
    struct lines lines = {0};
    struct place p = {.year = year, .lines = &lines};

    make_kinds(&p, year_order);
    make_kinds(&p, year_life);
    make_story(&p, year_swindle, year_swindle_days(year));
    make_story(&p, year_weapons, year_weapons_days(year));
    make_story(&p, year_flood, year_flood_days(year));
    if (lines.count > 0)
        qsort(lines.items, lines.count, sizeof *lines.items, compare);
    for (size_t i = 0; i < lines.count; i++) {
        (void)puts(lines.items[i].text);
        free(lines.items[i].text);
    }
    free(lines.items);
    buf_free(&p.report.text);
}

static void print_window(const char *name, struct year_window window,
                         const char *end)
{
    char from[CLOCK_TEXT_BYTES], to[CLOCK_TEXT_BYTES];

    printf("\"%s\":[\"%s\",\"%s\"]%s", name, clock_day_text(from, window.from),
           clock_day_text(to, window.to), end);
}

/* What a story about the year needs to know. */
static void print_windows(const struct year *year)
{
    printf("{\"cut_off\":%s,", year->commune->cut_off ? "true" : "false");
    print_window("flood", year_flood_days(year), ",");
    print_window("swindle", year_swindle_days(year), ",");
    print_window("weapons", year_weapons_days(year), "}\n");
}

/* ---- options ---- */

static const char help[] =
    "lienxa-year --unit SLUG --until TIME [--seed N] [--windows]\n"
    "  --unit SLUG    one of the ten communes of the demo\n"
    "  --until TIME   the year ends here (2026-11-23T20:15:01+07:00)\n"
    "  --seed N       0 when not given; the same for all communes\n"
    "  --windows      no lines, only when flood, swindle and collection were\n"
    "Import lines on standard output, in the order in which they were "
    "received.\n";

static const struct option long_options[] = {
    {"unit", required_argument, NULL, 'u'},
    {"until", required_argument, NULL, 't'},
    {"seed", required_argument, NULL, 's'},
    {"windows", no_argument, NULL, 'w'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

static const struct year_commune *find_commune(const char *slug)
{
    for (const struct year_commune *c = year_communes; c->slug != NULL; c++)
        if (strcmp(c->slug, slug) == 0)
            return c;
    die("--unit: not one of the ten communes");
    return NULL;
}

static uint64_t seed_of(const char *text)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0')
        die("--seed takes a number");
    return value;
}

int main(int argc, char **argv)
{
    struct year year = {0};
    bool windows = false;
    int option = 0;

    while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (option == 'h') {
            (void)fputs(help, stdout);
            return 0;
        }
        if (option == 'u')
            year.commune = find_commune(optarg);
        else if (option == 's')
            year.seed = seed_of(optarg);
        else if (option == 'w')
            windows = true;
        else if (option != 't' || !clock_parse(&year.until_ms, optarg))
            die("an unknown option, or --until is not a time");
    }
    if (optind != argc || year.commune == NULL || year.until_ms == 0)
        die("--unit and --until must be given");
    year.first_day = clock_day(year.until_ms) - YEAR_DAYS + 1;
    if (windows)
        print_windows(&year);
    else
        print_year(&year);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        perror("lienxa-year: writing");
        return 1;
    }
    return 0;
}
