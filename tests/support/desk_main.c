/* tests/support/desk_main.c - lienxa-desk: how long the pages of the duty desk
 * take to read. Makes a node of the import lines on standard input (those of
 * lienxa-generate), in a folder of its own, and reads every path in this
 * process, as the web process does.
 *
 *     lienxa-generate --count 100000 .. | lienxa-desk [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "node/read.h"
#include "node/reading.h"
#include "tests/support/node_world.h"

enum {
    LINES = 200,
    ROUNDS = 200,
    LINE_BYTES = 65536,
    NAME_WIDTH = 62,
    LIMIT_US = 50000
};

static void die(const char *what)
{
    (void)fprintf(stderr, "lienxa-desk: %s\n", what);
    exit(1);
}

/* ---- the reports */

static size_t import(struct node_world *w, struct json *lines)
{
    struct json *args = json_object_new(), *out;
    size_t count = json_count(lines);
    struct buf text = {0};

    json_set(args, "lines", lines);
    json_write(&text, args);
    out = node_world_do(w, "report.import", buf_text(&text));
    json_free(&out);
    json_free(&args);
    buf_free(&text);
    return count;
}

static size_t take_reports(struct node_world *w)
{
    static char line[LINE_BYTES];
    struct json *lines = json_array_new();
    size_t count = 0;

    while (fgets(line, sizeof line, stdin) != NULL) {
        struct json *one = json_object_new();

        json_set_i64(one, "line", (int64_t)(count + json_count(lines) + 1));
        json_set(one, "report", json_parse(bytes_of_text(line), NULL));
        json_add(lines, one);
        if (json_count(lines) == LINES) {
            count += import(w, lines);
            lines = json_array_new();
        }
    }
    return count + import(w, lines);
}

/* ---- measuring */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Of this thread: what others do on the machine does not count. */
static int64_t worked_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* BUSY: the machine had others to serve, so the clock says nothing. */
static const char *verdict(int64_t us, int64_t work_us)
{
    return us < LIMIT_US ? "PASS" : work_us < LIMIT_US ? "BUSY" : "FAIL";
}

static void print_times(const char *name, int64_t *us, int64_t *work_us,
                        size_t count)
{
    qsort(us, count, sizeof *us, by_value);
    qsort(work_us, count, sizeof *us, by_value);
    printf("%-*s %8.2f %8.2f %8.2f %8.2f  %s\n", NAME_WIDTH, name,
           (double)us[count / 2] / 1000,
           (double)us[(count * 99 + 99) / 100 - 1] / 1000,
           (double)work_us[count / 2] / 1000,
           (double)work_us[(count * 99 + 99) / 100 - 1] / 1000,
           verdict(us[(count * 99 + 99) / 100 - 1],
                   work_us[(count * 99 + 99) / 100 - 1]));
}

/* "view=all&q=ga" */
static const char *get(void *who, const char *name)
{
    static char values[16][256];
    static size_t next;
    char *value = values[next++ % 16];
    const char *at = who;
    size_t size = strlen(name);

    for (; at != NULL; at = strchr(at, '&')) {
        at += *at == '&';
        if (strncmp(at, name, size) == 0 && at[size] == '=') {
            (void)snprintf(value, sizeof values[0], "%.*s",
                           (int)strcspn(at + size + 1, "&"), at + size + 1);
            return value;
        }
    }
    return NULL;
}

struct bench {
    struct node *node;
    struct accounts *accounts;
    size_t rounds;
    int64_t *us, *work_us;
    char (*ids)[ID_TEXT_BYTES]; /* of reports here and there */
    size_t id_count;
};

static struct json *ask(struct bench *d, const char *path, const char *words,
                        const char *rest)
{
    struct node_query q = {.get = get,
                           .who = (void *)(uintptr_t)words,
                           .role = "leader",
                           .rest = rest,
                           .accounts = d->accounts,
                           .core_up = true,
                           .now_ms = clock_wall_ms()};
    struct error err = {""};
    struct buf out = {0};
    struct json *answer;

    if (node_read(d->node, path, &q, &out, &err) != 0)
        die(err.text);
    answer = json_parse(buf_bytes(&out), &err);
    buf_free(&out);
    return answer;
}

static void measure(struct bench *d, const char *path, const char *words)
{
    char name[128], total[24] = "";
    int64_t n;

    for (size_t i = 0; i < d->rounds; i++) {
        const char *rest = d->ids[i * 7 % d->id_count];
        int64_t begin_us = clock_mono_us(), work_us = worked_us();
        struct json *answer = ask(d, path, words, rest);

        d->us[i] = clock_mono_us() - begin_us;
        d->work_us[i] = worked_us() - work_us;
        if (json_get_i64(answer, "total", &n))
            (void)snprintf(total, sizeof total, " (%lld)", (long long)n);
        json_free(&answer);
    }
    (void)snprintf(name, sizeof name, "%s%s%s%s", path,
                   words[0] != '\0' ? "?" : "", words, total);
    print_times(name, d->us, d->work_us, d->rounds);
}

/* Every id is of another part of the table. */
static void gather_ids(struct bench *d, size_t reports)
{
    struct buf words = {0};
    const char *next = "";
    struct json *page = NULL;

    d->ids = mem_new((reports / 200 + 2) * sizeof *d->ids);
    while (next != NULL && d->id_count < reports / 200 + 1) {
        buf_clear(&words);
        buf_printf(&words, "view=all&limit=200&after=%s", next);
        json_free(&page);
        page = ask(d, "/api/reports", buf_text(&words), NULL);
        if (json_count(json_get(page, "rows")) > 0)
            (void)snprintf(
                d->ids[d->id_count++], ID_TEXT_BYTES, "%s",
                json_get_text(json_at(json_get(page, "rows"), 0), "id"));
        next = json_get_text(page, "next");
    }
    json_free(&page);
    buf_free(&words);
}

static void measure_reads(struct node_world *w, size_t reports, size_t rounds)
{
    static const char *const asked[][2] = {
        {"/api/status", ""},
        {"/api/reports", ""},
        {"/api/reports", "urgent=1"},
        {"/api/reports", "village=La Vân Hạ&category=vu_khi"},
        {"/api/reports", "view=closed"},
        {"/api/reports", "view=closed&state=dong&village=Phước Yên"},
        {"/api/reports", "view=all&limit=200"},
        {"/api/reports", "view=all&q=ghe hut cat"},
        {"/api/reports", "view=all&q=ghe hút cát"},
        {"/api/reports", "view=all&q=ở"},
        {"/api/reports", "view=open&q=o"},
        {"/api/reports", "view=open&urgent=1&q=xe may"},
        {"/api/reports", "view=all&q=khongcotunay"},
        /* the worst that somebody may type: words in nearly every report, two
         * of them, the first letters of many words, each in every view */
        {"/api/reports", "view=all&q=một"},
        {"/api/reports", "view=closed&q=đường"},
        {"/api/reports", "view=all&q=xe o"},
        {"/api/reports", "view=open&q=xe đường"},
        {"/api/reports", "view=all&q=n"},
        {"/api/reports", "view=all&q=th"},
        {"/api/reports", "view=open&q=ng"},
        {"/api/reports", "view=closed&q=n t"},
        {"/api/reports", "view=open&village=La Vân Hạ&q=n"},
        {"/api/reports", "view=all&q=n khongcotunay"},
        {"/api/reports", "view=all&q=xe máy ở đường làng lúc nửa đêm có người"},
        {"/api/reports", "view=all&q=n&limit=200"},
        {"/api/reports/", ""},
        {"/api/notices", ""},
        {"/api/notices", "view=all"},
        {"/api/procedures", ""},
        {"/api/directory", ""},
        {"/api/disclosures", ""},
        {"/api/alerts", ""},
        {"/api/referrals", ""},
        {"/api/alarms", ""},
        {"/api/audit", ""},
        {"/api/sent", ""},
        {"/api/sent", "before=50000"},
        {"/api/users", ""}};
    static const struct hash_function hash = {crypto_sha256};
    struct bench d = {.rounds = rounds,
                      .us = mem_new(rounds * sizeof(int64_t)),
                      .work_us = mem_new(rounds * sizeof(int64_t))};

    node_world_open(w, NODE_READ);
    d.node = w->node;
    if (accounts_open(&d.accounts, node_store_db(d.node->store), &hash,
                      &w->err) != 0)
        die(w->err.text);
    gather_ids(&d, reports);
    printf("%-*s %8s %8s %8s %8s  %s\n", NAME_WIDTH, "ms", "p50", "p99",
           "cpu p50", "cpu p99", "p99 < 50 ms");
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        measure(&d, asked[i][0], asked[i][1]);
    accounts_close(&d.accounts);
    mem_free(&d.us);
    mem_free(&d.work_us);
    mem_free(&d.ids);
}

/* ---- what the core does beside it */

/* Turns of a serving node until nothing is left to do. */
static void print_turns(struct node_world *w, const char *name)
{
    int64_t begin_us = clock_mono_us(), most_us = 0, most_work_us = 0;
    size_t turns = 0;

    while (node_desk_deadline(w->node) != INT64_MAX) {
        int64_t turn_us = clock_mono_us(), work_us = worked_us();

        w->node->desk.next_ms = 0;
        if (node_begin(w->node) != 0 || node_commit(w->node, &w->err) != 0)
            die(w->err.text);
        turn_us = clock_mono_us() - turn_us;
        work_us = worked_us() - work_us;
        most_us = turn_us > most_us ? turn_us : most_us;
        most_work_us = work_us > most_work_us ? work_us : most_work_us;
        turns++;
    }
    printf(
        "%-*s %8.2f s in %zu turns, the longest %.1f ms (%.1f of work)  %s\n",
        NAME_WIDTH, name, (double)(clock_mono_us() - begin_us) / 1e6, turns,
        (double)most_us / 1000, (double)most_work_us / 1000,
        verdict(most_us, most_work_us));
}

static void measure_core(struct node_world *w, const char *id)
{
    struct buf args = {0};
    struct json *out;

    node_world_open(w, NODE_SERVE);
    node_desk_again(w->node);
    print_turns(w, "looking at every report again");
    buf_printf(&args, "{\"report\":\"%s\",\"reason\":\"theo yêu cầu\"}", id);
    out = node_world_do(w, "report.erase", buf_text(&args));
    json_free(&out);
    print_turns(w, "an erased report's words leave the index");
    buf_free(&args);
}

static int first_id(void *who, const struct desk_row *row)
{
    (void)id_text(who, &row->uid);
    return 1;
}

int main(int argc, char **argv)
{
    const struct desk_filter all = {
        .view = DESK_ALL, .category = -1, .urgent = -1, .hidden = -1};
    size_t rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : ROUNDS;
    struct desk_cursor first = {0};
    char id[ID_TEXT_BYTES] = "";
    struct node_world *w;
    int64_t begin_us, work_us;
    size_t count;

    log_open(LOG_LEVEL_ERROR);
    if (rounds == 0 || rounds > 1000000)
        die("ROUNDS is a number from 1 on");
    w = node_world_new();
    begin_us = clock_mono_us();
    work_us = worked_us();
    count = take_reports(w);
    printf("%zu reports taken, %.0f a second (%.0f in a second of work)\n",
           count, (double)count * 1e6 / (double)(clock_mono_us() - begin_us),
           (double)count * 1e6 / (double)(worked_us() - work_us));
    measure_reads(w, count, rounds);
    (void)desk_store_list(w->node->desk.store, &all, &first, first_id, id);
    measure_core(w, id);
    node_world_free(w);
    return 0;
}
