/* tests/support/board_bench_main.c - what the district's pages cost to read
 * with so many reports, and what one report costs to apply.
 *
 * lienxa-board_bench FOLDER ROSTER SMALL LARGE READS [WORDS]
 *
 * Makes two hubs in FOLDER (which is empty), gives them SMALL and LARGE numbers
 * of reports of a year of ten communes, as their machines would, and reads each
 * path READS times of both, in turns (those with WORDS in them).
 * First what a report costs to apply, of each: {"apply_us","apply_cpu_us"} in
 * batches of 500; {"one_cpu_us","move_cpu_us"} the last ones, each in a
 * transaction of its own, and their going on to the next state. Then one line a
 * path:
 * {"path","role","small":{"reports","bytes","p50_us","p99_us","cpu_p50_us",
 * "cpu_p99_us"},"large":{..},"ratio"}, of processor time, large to small.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/sync/stream.h"
#include "hub/api_reads.h"
#include "hub/set_up.h"
#include "tests/support/many.h"

enum {
    UNITS = 10,
    DAYS = 365,
    ALONE = 50 /* of each commune: in a transaction of their own */
};

static void deliver_singly(struct hub *hub, struct many_commune *c,
                           const struct many_made *m, struct many_spent *spent)
{
    for (size_t i = 0; i < ALONE; i++)
        many_deliver(hub, c, m, i, 1, spent);
}

static void fill(struct hub *hub, size_t reports)
{
    static struct many_made m;
    size_t each = reports / UNITS, many = each - ALONE;
    struct many_commune communes[UNITS];
    struct many_spent together = {0, 0}, alone = {0, 0}, moved = {0, 0};

    assert(hub->roster.count >= UNITS && each > ALONE);
    for (size_t i = 0; i < UNITS; i++)
        communes[i] = many_begin(hub, i);
    for (size_t done = 0; done < many; done += MANY_BATCH)
        for (size_t i = 0; i < UNITS; i++) {
            size_t count = many - done < MANY_BATCH ? many - done : MANY_BATCH;

            many_make(&m, &communes[i], count, each, hub->wall_ms);
            many_deliver(hub, &communes[i], &m, 0, count, &together);
        }
    for (size_t i = 0; i < UNITS; i++) {
        many_make(&m, &communes[i], ALONE, each, hub->wall_ms);
        deliver_singly(hub, &communes[i], &m, &alone);
        many_move(&m, &communes[i], ALONE);
        deliver_singly(hub, &communes[i], &m, &moved);
    }
    printf("{\"apply_us\":%.2f,\"apply_cpu_us\":%.2f,\"one_cpu_us\":%.1f,"
           "\"move_cpu_us\":%.1f}\n",
           (double)together.us / (double)(many * UNITS),
           (double)together.cpu_us / (double)(many * UNITS),
           (double)alone.cpu_us / (ALONE * UNITS),
           (double)moved.cpu_us / (ALONE * UNITS));
}

/* ---- reading */

struct read {
    const char *path, *parameters, *role;
};

/* Every path of the hub's pages, the board in every filter. {id}: a report's.
 */
static const struct read reads[] = {
    {"/api/board", "", "duty"},
    {"/api/board", "category=trom_cap", "duty"},
    {"/api/board", "category=can_bo", "duty"},
    {"/api/board", "unit=quang-tho", "duty"},
    {"/api/board", "unit=quang-tho&category=trom_cap", "duty"},
    {"/api/board", "from={year}", "duty"},
    {"/api/board", "from={year}&category=trom_cap", "duty"},
    {"/api/board", "from={year}&unit=quang-tho", "duty"},
    {"/api/board", "from={year}&unit=quang-tho&category=trom_cap", "duty"},
    {"/api/board", "", "analyst"},
    {"/api/board", "unit=quang-tho", "analyst"},
    {"/api/stats", "", "duty"},
    {"/api/stats", "by=unit,category", "duty"},
    {"/api/stats", "by=unit,category,state", "duty"},
    {"/api/stats", "by=day", "analyst"},
    {"/api/stats", "by=unit,village", "analyst"},
    {"/api/stats", "by=unit&from={year}", "duty"},
    {"/api/stats", "by=category&from={year}", "duty"},
    {"/api/stats", "by=state&from={year}", "duty"},
    {"/api/stats", "by=village&from={year}", "duty"},
    {"/api/stats", "by=day&from={year}", "duty"},
    {"/api/stats", "by=unit,category&from={year}", "duty"},
    {"/api/stats", "by=unit,state&from={year}", "duty"},
    {"/api/stats", "by=unit,day&from={year}", "duty"},
    {"/api/stats", "by=category,state&from={year}", "duty"},
    {"/api/stats", "by=category,day&from={year}", "duty"},
    {"/api/stats", "by=category,day&from={year}", "analyst"},
    {"/api/stats", "by=category,village&from={year}", "duty"},
    {"/api/stats", "by=state,day&from={year}", "duty"},
    {"/api/stats", "by=state,village&from={year}", "duty"},
    {"/api/stats", "by=category,state&from={month}", "duty"},
    {"/api/status", "", "duty"},
    {"/api/reports", "", "duty"},
    {"/api/reports", "limit=200", "duty"},
    {"/api/reports", "urgent=1", "duty"},
    {"/api/reports", "unit=quang-tho&category=trom_cap", "duty"},
    {"/api/reports", "view=closed&village=thôn 3", "duty"},
    {"/api/reports", "view=all&village=nowhere", "duty"},
    {"/api/reports", "state=moi", "duty"},
    {"/api/reports/", "{id}", "duty"},
    {"/api/nodes", "", "duty"},
    {"/api/nodes", "", "operator"},
    {"/api/invites", "", "operator"},
    {"/api/alerts", "", "duty"},
    {"/api/alarms", "", "operator"},
    {"/api/quarantine", "", "operator"},
    {"/api/audit", "", "auditor"},
    {"/api/users", "", "operator"},
    {"/api/closings", "", "duty"},
    {"/api/referrals", "", "duty"},
    {"/api/disclosures", "", "auditor"},
    {"/api/notices", "", "duty"},
    {"/api/procedures", "", "duty"},
    {"/api/directory", "", "duty"},
    {"/api/catalogue", "", "duty"},
};

/* "unit=quang-tho&category=trom_cap" */
static const char *parameter(void *who, const char *name)
{
    static char values[8][64];
    static size_t next;
    char *value = values[next++ % 8];
    size_t size = strlen(name);

    for (const char *at = who; at != NULL; at = strchr(at, '&')) {
        at += *at == '&';
        if (strncmp(at, name, size) == 0 && at[size] == '=') {
            (void)snprintf(value, sizeof values[0], "%.*s",
                           (int)strcspn(at + size + 1, "&"), at + size + 1);
            return value;
        }
    }
    return NULL;
}

/* `text` with a day in the place of {year} and {month}. */
static void fill_in(char *out, size_t size, const char *text)
{
    static const struct {
        const char *name;
        int days;
    } ago[] = {{"{year}", DAYS - 1}, {"{month}", 30}};
    char day[CLOCK_TEXT_BYTES];

    (void)snprintf(out, size, "%s", text);
    for (size_t i = 0; i < sizeof ago / sizeof *ago; i++) {
        const char *at = strstr(text, ago[i].name);

        if (at != NULL)
            (void)snprintf(
                out, size, "%.*s%s%s", (int)(at - text), text,
                clock_day_text(day, clock_day(clock_wall_ms()) - ago[i].days),
                at + strlen(ago[i].name));
    }
}

static int by_size(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

struct side {
    struct hub *hub;
    size_t reports, bytes;
    char ids[16][ID_TEXT_BYTES]; /* of reports */
    int64_t *us, *cpu_us;        /* of each reading; sorted in the end */
};

static void read_once(struct side *s, const struct read *r, size_t i)
{
    char words[128];
    bool one = strcmp(r->parameters, "{id}") == 0;
    struct hub_query q = {.get = parameter,
                          .who = words,
                          .role = r->role,
                          .rest = one ? s->ids[i % 16] : "",
                          .core_up = true,
                          .now_ms = clock_wall_ms()};
    int64_t at = clock_mono_us(), cpu_at = many_cpu_us();
    struct error err = {""};
    struct buf out = {0};

    fill_in(words, sizeof words, one ? "" : r->parameters);
    many_must(hub_api_answer(s->hub, r->path, &q, &out, &err), &err);
    s->us[i] = clock_mono_us() - at;
    s->cpu_us[i] = many_cpu_us() - cpu_at;
    s->bytes = out.size;
    buf_free(&out);
}

/* In turns, so that whatever else the machine does slows both. */
static void read_both(struct side side[2], const struct read *r, size_t times)
{
    size_t half = times / 2, most = times * 99 / 100;

    for (size_t i = 0; i < times; i++)
        for (size_t k = 0; k < 2; k++)
            read_once(&side[k], r, i);
    printf("{\"path\":\"%s?%s\",\"role\":\"%s\"", r->path, r->parameters,
           r->role);
    for (size_t k = 0; k < 2; k++) {
        qsort(side[k].us, times, sizeof *side[k].us, by_size);
        qsort(side[k].cpu_us, times, sizeof *side[k].cpu_us, by_size);
        printf(",\"%s\":{\"reports\":%zu,\"bytes\":%zu,\"p50_us\":%lld,"
               "\"p99_us\":%lld,\"cpu_p50_us\":%lld,\"cpu_p99_us\":%lld}",
               k == 0 ? "small" : "large", side[k].reports, side[k].bytes,
               (long long)side[k].us[half], (long long)side[k].us[most],
               (long long)side[k].cpu_us[half],
               (long long)side[k].cpu_us[most]);
    }
    printf(",\"ratio\":%.2f}\n",
           (double)side[1].cpu_us[half] / (double)side[0].cpu_us[half]);
}

/* Reports of which one is looked at: every so many of those in the list. */
static void pick_ids(struct side *s)
{
    struct hub_query q = {.get = parameter,
                          .who = (void *)(uintptr_t) "limit=200",
                          .role = "duty",
                          .rest = "",
                          .now_ms = clock_wall_ms()};
    struct error err = {""};
    struct buf out = {0};
    struct json *answer;
    const struct json *rows;

    many_must(hub_api_answer(s->hub, "/api/reports", &q, &out, &err), &err);
    answer = json_parse(buf_bytes(&out), &err);
    rows = json_get(answer, "rows");
    assert(json_count(rows) >= 16);
    for (size_t i = 0; i < 16; i++)
        (void)snprintf(
            s->ids[i], ID_TEXT_BYTES, "%s",
            json_get_text(json_at(rows, i * json_count(rows) / 16), "id"));
    json_free(&answer);
    buf_free(&out);
}

/* One that was made before is read again. */
static struct hub *make_hub(const char *folder, const char *roster,
                            size_t reports)
{
    char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
    struct error err = {""};
    struct hub *hub = NULL;

    bool old = access(folder, F_OK) == 0;

    if (!old)
        many_must(hub_set_up(folder, "Quảng Điền", roster, first, second, &err),
                  &err);
    many_must(hub_open(&hub, folder, HUB_COMMAND, &err), &err);
    if (!old)
        fill(hub, reports);
    hub_close(&hub);
    many_must(hub_open(&hub, folder, HUB_READ, &err), &err);
    return hub;
}

int main(int argc, char **argv)
{
    struct side side[2];
    char folder[2][4096];
    size_t times;

    if (argc != 6 && argc != 7) {
        (void)fprintf(
            stderr,
            "lienxa-board_bench FOLDER ROSTER SMALL LARGE READS [WORDS]\n");
        return 2;
    }
    log_open(LOG_LEVEL_ERROR);
    crypto_open();
    (void)umask(077);
    times = (size_t)strtoull(argv[5], NULL, 10);
    for (size_t k = 0; k < 2; k++) {
        (void)snprintf(folder[k], sizeof folder[k], "%s/%s", argv[1],
                       k == 0 ? "small" : "large");
        side[k] =
            (struct side){.reports = (size_t)strtoull(argv[3 + k], NULL, 10),
                          .us = mem_array(times + 1, sizeof(int64_t)),
                          .cpu_us = mem_array(times + 1, sizeof(int64_t))};
        side[k].hub = make_hub(folder[k], argv[2], side[k].reports);
        pick_ids(&side[k]);
    }
    for (size_t i = 0; i < sizeof reads / sizeof *reads && times > 0; i++)
        if (argc < 7 || strstr(reads[i].path, argv[6]) != NULL)
            read_both(side, &reads[i], times);
    for (size_t k = 0; k < 2; k++) {
        hub_close(&side[k].hub);
        mem_free(&side[k].us);
        mem_free(&side[k].cpu_us);
    }
    return 0;
}
