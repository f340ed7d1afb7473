/* tests/support/paced_main.c - lienxa-paced: reports taken at several nodes at
 * an even pace, each with the moment from which it was durable there.
 *
 * One line a report: FOLDER POSITION MONO_US. Position is that of the change in
 * the node's stream: nothing else may write there meanwhile. Together with the
 * hub's log at level debug (node.caught_up) it says how long a delivery took.
 * With
 * --urgent FOLDER ID MONO_US, for early.stored.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/cli.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "node/client.h"
#include "node/node.h"

struct post {
    const char *folder;
    struct node_client *client;
    uint64_t head;
};

static int open_post(struct cli *cli, struct post *post, const char *folder)
{
    struct error err = {""};
    struct node *node = NULL;
    struct ledger_stream up;
    int rc = node_open(&node, folder, NODE_READ, &err);

    if (rc == 0)
        rc = ledger_stream(node->ledger, &up, &node->up, true);
    node_close(&node);
    if (rc != 0)
        return cli_fail(cli, "%s: %s", folder, err.text);
    post->folder = folder;
    post->head = up.head.seq;
    post->client = node_client_new(folder);
    return 0;
}

static int report(struct cli *cli, struct post *post)
{
    struct json *args = json_object_new(), *out;
    struct error err = {""};
    int64_t at;

    json_set_text(args, "category", "khac");
    json_set_text(args, "text", "Báo tin đều đặn");
    if (cli_flag(cli, "urgent"))
        json_set_flag(args, "urgent", true);
    out = node_client_call(post->client, "report.add", args, &err);
    at = clock_mono_us();
    if (out == NULL)
        return cli_fail(cli, "%s: %s", post->folder, err.text);
    if (cli_flag(cli, "urgent"))
        printf("%s %s %lld\n", post->folder, json_get_text(out, "id"),
               (long long)at);
    else
        printf("%s %llu %lld\n", post->folder, (unsigned long long)++post->head,
               (long long)at);
    json_free(&out);
    return 0;
}

static void sleep_until_us(int64_t at)
{
    int64_t rest = at - clock_mono_us();
    struct timespec pause = {rest / 1000000, rest % 1000000 * 1000};

    if (rest > 0)
        (void)nanosleep(&pause, NULL);
}

static int64_t number(struct cli *cli, const char *name, int64_t usual)
{
    const char *text = cli_option_value(cli, name);

    return text == NULL ? usual : strtoll(text, NULL, 10);
}

static int run(struct cli *cli)
{
    int64_t pause_us = number(cli, "every-ms", 50) * 1000;
    int64_t count = number(cli, "count", 100);
    int posts = cli_count(cli), rc = 0;
    struct post *post = mem_array((size_t)posts, sizeof *post);
    int64_t at;

    for (int i = 0; rc == 0 && i < posts; i++)
        rc = open_post(cli, &post[i], cli_argument(cli, i));
    at = clock_mono_us();
    for (int64_t i = 0; rc == 0 && i < count; i++) {
        rc = report(cli, &post[i % posts]);
        at += pause_us;
        sleep_until_us(at);
    }
    for (int i = 0; i < posts; i++)
        node_client_free(&post[i].client);
    mem_free(&post);
    return rc;
}

static const struct cli_option options[] = {
    {"every-ms", CLI_ONE, "N  a report, at one node after the other (50)"},
    {"count", CLI_ONE, "N  in all (100)"},
    {"urgent", CLI_FLAG, "urgent ones; prints their ids"},
    {0}};

static const struct cli_command commands[] = {
    {"run", "FOLDER..", 1, 64, options, "reports at an even pace", run}, {0}};

int main(int argc, char **argv)
{
    log_open(LOG_LEVEL_WARN);
    crypto_open();
    return cli_main(argc, argv, "lienxa-paced", ".",
                    "takes reports at serving nodes at an even pace", commands,
                    NULL);
}
