/* tests/support/hostile_main.c - lienxa-hostile: a machine with a valid key
 * that does harm for a while: nonsense, other content under old positions,
 * stray signatures, and good reports at many times the pace of the others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cli.h"
#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/wire/record.h"
#include "tests/support/insider.h"

static const struct hash_function hash_function = {crypto_sha256};

struct counts {
    int64_t hellos, frames, answers;
};

/* Words that no decoder takes. */
static void nonsense(struct insider *in, struct raw_line *line)
{
    uint8_t bytes[2048];

    random_bytes(bytes, sizeof bytes);
    raw_line_send(line, bytes_of(bytes, sizeof bytes));
    (void)in;
}

/* A report of its own, signed and urgent: the hub must store it. */
static void good_report(struct insider *in)
{
    struct report_fact fact = {.category = category_find("khac"),
                               .state = REPORT_MOI,
                               .channel = CHANNEL_WEB,
                               .urgent = true,
                               .day = clock_day(clock_wall_ms()),
                               .hour = -1,
                               .received_ms = clock_wall_ms()};
    struct sync_message m = {.type = MSG_EARLY};
    struct insider_change f;
    struct hash digest;
    struct buf bytes = {0};

    fact.entered_ms[REPORT_MOI] = fact.received_ms;
    wire_report_fact_encode(&bytes, &fact);
    insider_forge(&f, in->keys.unit, KIND_REPORT, NULL);
    f.change.part[PART_FACT].bytes = buf_bytes(&bytes);
    digest = change_digest(&hash_function, &f.change);
    f.change.is_signed = true;
    memcpy(f.change.key_id, in->keys.sign_id, sizeof f.change.key_id);
    sign_bytes(f.change.signature, &in->keys.sign, CHANGE_SIGN_DOMAIN,
               bytes_of(digest.bytes, sizeof digest.bytes));
    m.early.change = f.change;
    insider_say(in, in->express, &m);
    buf_free(&f.header);
    buf_free(&bytes);
}

static void stray_signature(struct insider *in)
{
    static struct sign_key stray;
    static bool made;
    struct sync_message m = {.type = MSG_EARLY};
    struct insider_change f;

    if (!made)
        sign_key_generate(&stray);
    made = true;
    insider_forge(&f, in->keys.unit, KIND_REPORT, &stray);
    m.early.change = f.change;
    insider_say(in, in->express, &m);
    buf_free(&f.header);
}

/* Other content at a position that is taken, its head truly signed. */
static void fork_stream(struct insider *in)
{
    struct stream_name up = stream_name_make(in->keys.unit, STREAM_UP);
    struct sync_message m = {.type = MSG_BATCH};
    struct head head = {.name = up, .clock_ms = clock_wall_ms()};
    struct insider_change f;
    struct buf body = {0};
    struct hash digest;

    insider_forge(&f, in->keys.unit, KIND_REPORT, NULL);
    digest = change_digest(&hash_function, &f.change);
    head.at.seq = 1;
    head.at.h = stream_zero(&hash_function, &up);
    head.at.h = stream_next(&hash_function, &head.at.h, 1, &digest);
    wire_head_encode(&body, &head);
    m.batch.name = up;
    m.batch.first = 1;
    m.batch.count = 1;
    m.batch.changes = &f.change;
    m.batch.head.body = buf_bytes(&body);
    memcpy(m.batch.head.key_id, in->keys.sign_id, sizeof m.batch.head.key_id);
    sign_bytes(m.batch.head.signature, &in->keys.sign, HEAD_SIGN_DOMAIN,
               buf_bytes(&body));
    insider_say(in, in->bulk, &m);
    buf_free(&body);
    buf_free(&f.header);
}

static void one_harm(struct insider *in, int64_t i)
{
    switch (i % 8) {
    case 0:
        nonsense(in, in->express);
        return;
    case 1:
        nonsense(in, in->bulk);
        return;
    case 2:
        stray_signature(in);
        return;
    case 3:
        fork_stream(in);
        return;
    default:
        good_report(in);
    }
}

static void pause_us(int64_t us)
{
    struct timespec pause = {us / 1000000, us % 1000000 * 1000};

    if (us > 0)
        (void)nanosleep(&pause, NULL);
}

static void enter(struct insider *in, struct counts *counts)
{
    struct stream_claim up = insider_empty_claim(in->keys.unit, STREAM_UP);

    counts->hellos++;
    if (insider_greet(in, &up, 1))
        insider_open_bulk(in);
}

static int64_t number(struct cli *cli, const char *name, int64_t usual)
{
    const char *text = cli_option_value(cli, name);

    return text == NULL ? usual : strtoll(text, NULL, 10);
}

static int run(struct cli *cli)
{
    int64_t rate = number(cli, "rate", 100);
    int64_t until = clock_mono_ms() + number(cli, "seconds", 10) * 1000;
    struct counts counts = {0};
    struct error err = {""};
    struct insider in;

    if (insider_open(&in, cli_data(cli), &err) != 0)
        return cli_fail(cli, "%s", err.text);
    enter(&in, &counts);
    while (clock_mono_ms() < until) {
        one_harm(&in, counts.frames++);
        while (raw_line_receive(in.express, 0) || raw_line_receive(in.bulk, 0))
            counts.answers++;
        if (counts.frames % (rate * 5) == 0)
            enter(&in, &counts);
        pause_us(1000000 / rate);
    }
    printf("hellos %lld frames %lld answers %lld\n", (long long)counts.hellos,
           (long long)counts.frames, (long long)counts.answers);
    insider_close(&in);
    return 0;
}

static const struct cli_option options[] = {
    {"rate", CLI_ONE, "N  frames a second (100)"},
    {"seconds", CLI_ONE, "N  (10)"},
    {0}};

static const struct cli_command commands[] = {
    {"run", "--data DIR", 0, 0, options, "do harm with this node's keys", run},
    {0}};

int main(int argc, char **argv)
{
    crypto_open();
    return cli_main(argc, argv, "lienxa-hostile", ".",
                    "a machine with a valid key that does harm", commands,
                    NULL);
}
