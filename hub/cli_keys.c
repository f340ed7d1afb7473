/* hub/cli_keys.c - keys, in words. */
#include "hub/cli_keys.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "hub/cli.h"
#include "hub/rotation.h"
#include "hub/signing.h"

const struct cli_option hub_cli_key_options[] = {
    {"express", CLI_ONE, "tcp://A:P  where to listen for the new key"},
    {"bulk", CLI_ONE, "tcp://A:P"},
    {"enrol", CLI_ONE, "tcp://A:P"},
    {"advertise", CLI_ONE, "HOST  the address nodes will dial (the same)"},
    {"stolen", CLI_FLAG, "nodes forget the old key as soon as they may"},
    {"again", CLI_FLAG, "although it was changed less than a day ago"},
    {"finish", CLI_FLAG, "close the old key's ports now"},
    {"anyway", CLI_FLAG, "with --finish: leave behind who was not seen"},
    {"signing", CLI_FLAG, "a new signing key; root shares on standard input"},
    {"revoke-old", CLI_FLAG, "with --signing: the ones before are stolen"},
    {0}};

/* ---- the CURVE key */

static void print_names(const struct json *list)
{
    for (size_t i = 0; i < json_count(list); i++)
        printf("%s%s", i == 0 ? "" : ", ", json_text(json_at(list, i)));
}

static void say_under_way(const struct json *out)
{
    int64_t seen = 0, enrolled = 0, tokens = 0;
    const struct json *left = json_get(out, "left");

    (void)json_get_i64(out, "seen", &seen);
    (void)json_get_i64(out, "enrolled", &enrolled);
    (void)json_get_i64(out, "tokens", &tokens);
    printf("%lld of %lld seen on the new key", (long long)seen,
           (long long)enrolled);
    if (json_count(left) > 0) {
        printf("; still on the old key: ");
        print_names(left);
    }
    printf(".\n");
    if (tokens > 0)
        printf("%lld invitation(s) with the old key can still be used.\n",
               (long long)tokens);
    printf("Both keys are served until everybody was seen; then the old one "
           "ends by itself. See how far it is with `lienxa-hub key list`.\n");
}

static int say_status(struct cli *cli, struct json *out)
{
    int64_t number = 0;

    if (out == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    (void)json_get_i64(out, "number", &number);
    printf("The hub's CURVE key has number %lld. It listens for it at %s, %s "
           "and %s (enrolment): these ports must be open.\n",
           (long long)number, json_get_text(out, "express"),
           json_get_text(out, "bulk"), json_get_text(out, "enrol"));
    if (json_get_flag(out, "under_way"))
        say_under_way(out);
    json_free(&out);
    return 0;
}

static void pass_flag(struct cli *cli, struct json *args, const char *name)
{
    json_set_flag(args, name, cli_flag(cli, name));
}

static int rotate_curve(struct cli *cli)
{
    struct json *args = json_object_new();

    hub_cli_pass(cli, args, "express");
    hub_cli_pass(cli, args, "bulk");
    hub_cli_pass(cli, args, "enrol");
    hub_cli_pass(cli, args, "advertise");
    pass_flag(cli, args, "stolen");
    pass_flag(cli, args, "again");
    return say_status(cli, hub_cli_call(cli, "key.rotate", args));
}

static int finish(struct cli *cli)
{
    struct json *args = json_object_new(), *out;
    const struct json *left;

    pass_flag(cli, args, "anyway");
    if ((out = hub_cli_call(cli, "key.finish", args)) == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    left = json_get(out, "left");
    printf("The old key is closed.\n");
    for (size_t i = 0; i < json_count(left); i++)
        printf("%s was left behind: `lienxa-hub node invite %s`, and on its "
               "machine `lienxa-node join TOKEN`; it keeps its data.\n",
               json_text(json_at(left, i)), json_text(json_at(left, i)));
    json_free(&out);
    return 0;
}

/* ---- the signing key */

/* One line of standard input, without its end. */
static bool read_share(char out[SHARE_TEXT_BYTES])
{
    if (fgets(out, SHARE_TEXT_BYTES, stdin) == NULL)
        return false;
    out[strcspn(out, "\r\n")] = '\0';
    return true;
}

static struct json *signing_args(struct cli *cli)
{
    char one[SHARE_TEXT_BYTES] = "", two[SHARE_TEXT_BYTES] = "";
    struct hub *hub = hub_cli_open_to_read(cli);
    struct signing_order order = {.shares = {one, two},
                                  .revoke = cli_flag(cli, "revoke-old")};
    uint8_t seed[SIGN_SEED_BYTES];
    char seed_hex[2 * SIGN_SEED_BYTES + 1], blob_hex[4096];
    struct json *args = NULL;
    struct error err = {""};
    struct buf blob = {0};

    if (hub == NULL)
        return NULL;
    if (!read_share(one) || !read_share(two))
        (void)cli_fail(cli, "give the two lines of the root key on standard "
                            "input, one a line");
    else if (hub_signing_make(hub, &order, seed, &blob, &err) != 0)
        (void)cli_fail(cli, "%s", err.text);
    else {
        args = json_object_new();
        hex_encode(seed_hex, seed, sizeof seed);
        hex_encode(blob_hex, blob.data, blob.size);
        json_set_text(args, "seed", seed_hex);
        json_set_text(args, "blob", blob_hex);
        mem_wipe(seed_hex, sizeof seed_hex);
    }
    mem_wipe(seed, sizeof seed);
    mem_wipe(one, sizeof one);
    mem_wipe(two, sizeof two);
    buf_free(&blob);
    hub_close(&hub);
    return args;
}

static int rotate_signing(struct cli *cli)
{
    struct json *args = signing_args(cli), *out;
    int64_t number = 0;

    if (args == NULL || (out = hub_cli_call(cli, "key.sign", args)) == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    (void)json_get_i64(out, "number", &number);
    printf("The hub signs with key number %lld from now on. The nodes learn it "
           "by themselves, before anything it signs.\n",
           (long long)number);
    if (cli_flag(cli, "revoke-old"))
        printf("What the keys before it signed is refused as soon as a node "
               "has heard of this: issue again the warnings that are still "
               "needed.\n");
    json_free(&out);
    return 0;
}

/* ---- commands */

int hub_cli_key_rotate(struct cli *cli)
{
    bool finishing = cli_flag(cli, "finish"),
         signing = cli_flag(cli, "signing");

    if (finishing && signing)
        return cli_misuse(cli, "--finish or --signing, not both");
    if (cli_flag(cli, "anyway") && !finishing)
        return cli_misuse(cli, "--anyway goes with --finish");
    if (cli_flag(cli, "revoke-old") && !signing)
        return cli_misuse(cli, "--revoke-old goes with --signing");
    if (signing)
        return rotate_signing(cli);
    return finishing ? finish(cli) : rotate_curve(cli);
}

int hub_cli_key_list(struct cli *cli)
{
    struct hub *hub = hub_cli_open_to_read(cli);
    struct json *out = json_object_new();
    uint64_t last;

    if (hub == NULL)
        return 1;
    hub_rotation_status(hub, out);
    last = hub_signers_last(hub->signers);
    json_set_i64(out, "signing", (int64_t)last);
    hub_close(&hub);
    if (!cli_json(cli))
        printf("The hub signs with key number %llu.\n",
               (unsigned long long)last);
    return say_status(cli, out);
}
