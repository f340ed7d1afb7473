#include "node/cli_recover.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/crypto/share.h"
#include "node/recover.h"

enum { SHARES = 2 };

/* The two lines of standard input; lines that say nothing are passed by. */
static bool read_shares(char lines[SHARES][SHARE_TEXT_BYTES])
{
    int count = 0;

    while (count < SHARES &&
           fgets(lines[count], SHARE_TEXT_BYTES, stdin) != NULL) {
        size_t size = strcspn(lines[count], "\r\n");

        lines[count][size] = '\0';
        count += size > 0;
    }
    return count == SHARES;
}

static void print_lost(const struct json *ids, const char *words)
{
    if (json_count(ids) == 0)
        return;
    printf("%s\n", words);
    for (size_t i = 0; i < json_count(ids); i++)
        printf("  %s\n", json_text(json_at(ids, i)));
}

static long long number(const struct json *out, const char *key)
{
    int64_t value = 0;

    (void)json_get_i64(out, key, &value);
    return value;
}

static void print_outcome(const struct json *out)
{
    long long opened = number(out, "opened");

    printf("%lld opened and back in their place; %lld sealing keys and %lld "
           "people came back.\n",
           opened, number(out, "keys"), number(out, "users"));
    if (number(out, "damaged") > 0)
        printf("%lld are damaged and stay as they are: run `verify` here and "
               "at the hub.\n",
               number(out, "damaged"));
    if (number(out, "foreign") > 0)
        printf("%lld were locked for other lines, of a still earlier machine: "
               "run this again with those.\n",
               number(out, "foreign"));
    if (json_get_flag(out, "fetching"))
        printf("The hub has not given everything back yet: leave `serve` "
               "running and run this again when `status` says so.\n");
    print_lost(json_get(out, "lost_words"),
               "The words of these reports were not at the hub yet when the "
               "machine was lost; ask the senders:");
    print_lost(json_get(out, "coming_media"),
               "Files of these reports were passed on, so the district has "
               "them: they come back over the line by themselves (`report "
               "show` says where each is), or without a line with its next "
               "bundle after one of ours:");
    print_lost(json_get(out, "lost_media"),
               "Photographs and recordings of these reports are lost, they "
               "were never passed on; look for the last copy on USB:");
    print_lost(json_get(out, "lost_originals"),
               "The sealed originals of pictures of these reports are lost: "
               "they never leave the commune. The cleaned pictures are what "
               "there is:");
    if (opened > 0)
        printf("Everything is being locked anew for this machine's own two "
               "lines. When `status` says that nothing waits for the vault, "
               "the old two lines are void: destroy them.\n");
}

int node_cli_recover(struct cli *cli)
{
    char lines[SHARES][SHARE_TEXT_BYTES] = {""};
    const char *const shares[SHARES] = {lines[0], lines[1]};
    struct error err = {""};
    struct json *out = NULL;

    if (!read_shares(lines))
        (void)error_set(&err, ERR_INVALID,
                        "standard input holds the two recovery lines of the "
                        "lost machine, one a line, each beginning \"share \"");
    else
        out = node_recover_run(cli_data(cli), shares, &err);
    mem_wipe(lines, sizeof lines);
    if (out == NULL)
        return cli_fail(cli, "%s", err.text);
    if (cli_json(cli))
        return print_json(out);
    print_outcome(out);
    json_free(&out);
    return 0;
}
