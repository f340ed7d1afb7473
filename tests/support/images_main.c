/* tests/support/images_main.c - lienxa-images: power cuts out of the record of
 * a real program (recording.h), for the end-to-end tests.
 *
 *     lienxa-images plan LOG COUNT SEED          "POINT MODE SEED PRINTED SENT"
 *     lienxa-images make LOG FOLDER OUT POINT MODE SEED [--forget-syncs TEXT]
 *     lienxa-images check hub|node OUT LOG POINT what was promised and is gone
 *
 * LOG is of FOLDER, from its beginning; OUT is a new folder. PRINTED and SENT
 * count what had been printed and which frames had been sent by then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/cli.h"
#include "common/crypto/random.h"
#include "tests/support/crash_image.h"
#include "tests/support/crash_said.h"

static const char *const modes[] = {
    [DISK_DROP] = "drop", [DISK_KEEP] = "keep",       [DISK_PREFIX] = "prefix",
    [DISK_TORN] = "torn", [DISK_REORDER] = "reorder", [DISK_ZEROED] = "zeroed",
};

static uint64_t number_at(const struct cli *cli, int index)
{
    return strtoull(cli_argument(cli, index), NULL, 10);
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005U + 1442695040888963407U;
    return *seed >> 33;
}

/* ---- plan */

/* Points right after a word, where a promise is youngest. */
static size_t find_words(const struct crash_log *log, size_t *out)
{
    size_t count = 0;

    for (size_t i = 0; i < log->count; i++)
        if (log->records[i].kind == REC_SAID)
            out[count++] = i + 1;
    return count;
}

/* One in eight before the first word, so that the making of the folder has its
 * share; half after a word; the rest anywhere. */
static size_t choose(const struct crash_log *log, const size_t *words,
                     size_t word_count, uint64_t i, uint64_t *seed)
{
    if (word_count > 0 && i % 8 == 7)
        return next(seed) % words[0];
    if (word_count > 0 && i % 2 == 0)
        return words[next(seed) % word_count];
    return next(seed) % log->count + 1;
}

static size_t count_words(const struct crash_log *log, size_t point,
                          enum recording_ear ear)
{
    size_t count = 0;

    for (size_t i = 0; i < point; i++)
        count +=
            log->records[i].kind == REC_SAID && log->records[i].offset == ear;
    return count;
}

static void print_cut(const struct crash_log *log, size_t point, uint64_t *seed)
{
    const char *mode = modes[next(seed) % DISK_ANY];

    printf("%zu %s %llu %zu %zu\n", point, mode, (unsigned long long)next(seed),
           count_words(log, point, REC_STDOUT),
           count_words(log, point, REC_FRAME));
}

static int run_plan(struct cli *cli)
{
    uint64_t count = number_at(cli, 1), seed = number_at(cli, 2);
    struct crash_log log;
    struct error err;
    size_t *words, word_count;

    if (crash_log_read(&log, cli_argument(cli, 0), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    if (log.count == 0)
        return cli_fail(cli, "nothing is recorded there");
    words = calloc(log.count, sizeof *words);
    if (!words)
        abort();
    word_count = find_words(&log, words);
    for (uint64_t i = 0; i < count; i++)
        print_cut(&log, choose(&log, words, word_count, i, &seed), &seed);
    free(words);
    crash_log_free(&log);
    return 0;
}

/* ---- make */

static const struct cli_option make_options[] = {
    {"forget-syncs", CLI_ONE,
     "TEXT  leave out the syncs of paths with TEXT in them"},
    {0}};

static bool read_mode(enum faulty_disk_crash *out, const char *word)
{
    for (int i = 0; i < DISK_ANY; i++)
        if (strcmp(modes[i], word) == 0) {
            *out = (enum faulty_disk_crash)i;
            return true;
        }
    return false;
}

static int run_make(struct cli *cli)
{
    struct crash_cut cut = {.folder = cli_argument(cli, 1),
                            .point = number_at(cli, 3),
                            .seed = number_at(cli, 5),
                            .forget = cli_option_value(cli, "forget-syncs")};
    struct crash_log log;
    struct error err;
    int rc;

    if (!read_mode(&cut.mode, cli_argument(cli, 4)))
        return cli_misuse(cli, "no such way to lose power: %s",
                          cli_argument(cli, 4));
    if ((rc = crash_log_read(&log, cli_argument(cli, 0), &err)) == 0)
        rc = crash_image_make(&log, &cut, cli_argument(cli, 2), &err);
    crash_log_free(&log);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

/* ---- check */

static int run_check(struct cli *cli)
{
    bool is_hub = strcmp(cli_argument(cli, 0), "hub") == 0;
    struct crash_said said;
    struct crash_log log;
    struct error err;
    int broken;

    if (crash_log_read(&log, cli_argument(cli, 2), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    crash_said_read(&said, &log, number_at(cli, 3));
    broken = crash_said_check(&said, is_hub, cli_argument(cli, 1), &err);
    printf("%zu words: %zu ids, %zu streams, %zu early copies\n",
           said.word_count, said.id_count, said.stream_count, said.early_count);
    crash_said_free(&said);
    crash_log_free(&log);
    if (broken < 0)
        return cli_fail(cli, "%s", err.text);
    return broken == 0 ? 0 : cli_fail(cli, "%d promises are broken", broken);
}

static const struct cli_command commands[] = {
    {"plan", "LOG COUNT SEED", 3, 3, NULL, "choose points and ways", run_plan},
    {"make", "LOG FOLDER OUT POINT MODE SEED", 6, 6, make_options,
     "write the image of a power cut", run_make},
    {"check", "hub|node OUT LOG POINT", 4, 4, NULL,
     "name the promises that an image does not keep", run_check},
    {0}};

int main(int argc, char **argv)
{
    crypto_open();
    return cli_main(argc, argv, "lienxa-images", ".",
                    "power cuts out of the record of a program", commands,
                    NULL);
}
