#include "node/cli_disclosure.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/media/save.h"
#include "node/cli.h"
#include "node/disclosure.h"
#include "node/original.h"

const struct cli_option node_cli_disclosure_options[] = {
    {"reason", CLI_ONE, "T  why; kept in the commune"},
    {"as", CLI_ONE, "NAME  the user who asks or refuses"},
    {0}};
const struct cli_option node_cli_disclosure_as_options[] = {
    {"as", CLI_ONE, "NAME  the user whose password is on standard input"}, {0}};

int node_cli_disclosure_request(struct cli *cli)
{
    struct json *args, *out;

    if (cli_option_value(cli, "reason") == NULL)
        return cli_misuse(cli, "disclosure request needs --reason T: why");
    args = json_object_new();
    json_set_text(args, "report", cli_argument(cli, 0));
    node_cli_pass(cli, args, "reason");
    node_cli_pass(cli, args, "as");
    if ((out = node_cli_call(cli, "disclosure.request", args)) == NULL)
        return 1;
    (void)fprintf(stderr,
                  "Asked. A custodian decides with `disclosure approve` or "
                  "`disclosure refuse`; then `disclosure open --as` whoever "
                  "asked.\n");
    return node_cli_give_id(cli, out);
}

int node_cli_disclosure_refuse(struct cli *cli)
{
    struct json *args;

    if (cli_option_value(cli, "reason") == NULL)
        return cli_misuse(cli, "disclosure refuse needs --reason T: why");
    if (cli_option_value(cli, "as") == NULL)
        return cli_misuse(cli, "disclosure refuse needs --as NAME: which "
                               "custodian");
    args = json_object_new();
    json_set_text(args, "disclosure", cli_argument(cli, 0));
    node_cli_pass(cli, args, "reason");
    node_cli_pass(cli, args, "as");
    return node_cli_give_id(cli, node_cli_call(cli, "disclosure.refuse", args));
}

/* ---- with a password */

struct finding {
    struct node *node;
    char name[DISCLOSURE_NAME_LIMIT + 1];
    size_t count;
};

static int find_custodian(void *who, const struct accounts_listed *user)
{
    struct finding *f = who;

    if (!user->disabled && strcmp(user->role, "custodian") == 0 &&
        strlen(user->name) < sizeof f->name &&
        node_store_keys_held(f->node->store, user->name) > 0) {
        (void)snprintf(f->name, sizeof f->name, "%s", user->name);
        f->count++;
    }
    return 0;
}

/* --as, or the only custodian who holds the key. */
static const char *whose(struct cli *cli, struct node *node, bool custodian,
                         struct finding *f)
{
    f->node = node;
    if (cli_option_value(cli, "as") != NULL)
        return cli_option_value(cli, "as");
    if (custodian)
        (void)accounts_users(node->accounts, find_custodian, f);
    if (f->count == 1)
        return f->name;
    (void)cli_fail(cli, "say whose password this is: --as NAME, see `user "
                        "list`");
    return NULL;
}

/* The password, first line of standard input, made into keys. NULL: said. */
static struct json *prepare(struct cli *cli, bool custodian)
{
    struct node *node = node_cli_open_to_read(cli);
    struct finding f = {.count = 0};
    struct json *args = NULL, *keys;
    char password[PASSWORD_LIMIT + 2] = "";
    struct error err = {""};
    const char *name;

    if (node == NULL)
        return NULL;
    if ((name = whose(cli, node, custodian, &f)) != NULL) {
        if (fgets(password, sizeof password, stdin) == NULL)
            (void)cli_fail(cli, "standard input holds the password of %s",
                           name);
        else {
            password[strcspn(password, "\r\n")] = '\0';
            keys = json_array_new();
            args = json_object_new();
            node_cli_set(args, "as", name);
            if (node_disclosure_keys(node, json_get_text(args, "as"), password,
                                     keys, &err) == 0) {
                json_set(args, "keys", keys);
            } else {
                (void)cli_fail(cli, "%s", err.text);
                json_free(&keys);
                json_free(&args);
            }
        }
    }
    mem_wipe(password, sizeof password);
    node_close(&node);
    return args;
}

int node_cli_disclosure_approve(struct cli *cli)
{
    struct json *args = prepare(cli, true), *out;

    if (args == NULL)
        return 1;
    json_set_text(args, "disclosure", cli_argument(cli, 0));
    if ((out = node_cli_call(cli, "disclosure.approve", args)) == NULL)
        return 1;
    (void)fprintf(stderr, "For an hour whoever asked may look: `disclosure "
                          "open ID --as NAME`.\n");
    return node_cli_give_id(cli, out);
}

int node_cli_disclosure_open(struct cli *cli)
{
    struct json *args = prepare(cli, false), *out;
    const char *text;

    if (args == NULL)
        return 1;
    json_set_text(args, "id", cli_argument(cli, 0));
    if ((out = node_cli_call(cli, "disclosure.open", args)) == NULL)
        return 1;
    if (cli_json(cli))
        return print_json(out);
    text = json_get_text(out, "name");
    (void)printf("name   %s\n", text == NULL ? "-" : text);
    text = json_get_text(out, "phone");
    (void)printf("phone  %s\n", text == NULL ? "-" : text);
    (void)fprintf(stderr, "That you looked is written down, here and at the "
                          "district.\n");
    json_free(&out);
    return 0;
}

/* ---- the original of a picture */

const struct cli_option node_cli_original_options[] = {
    {"out", CLI_ONE, "FILE  where to; it must not be there"},
    {"reason", CLI_ONE, "T  why; kept in the commune"},
    {"as", CLI_ONE, "NAME  the custodian whose password is on standard input"},
    {0}};

/* The core has said yes and written it down; here it is opened once more. */
static int save_original(struct cli *cli, const struct json *keys,
                         const char *as)
{
    struct node *node = node_cli_open_to_read(cli);
    struct original_order order = {.ask = {.by = as, .keys = keys},
                                   .number = cli_argument(cli, 1)};
    struct media_file *file = NULL;
    struct error err = {""};
    int rc;

    if (node == NULL)
        return 1;
    rc = id_parse(&order.ask.id, cli_argument(cli, 0))
             ? node_original_unseal(node, &order, &file, &err)
             : ERR_INVALID;
    if (rc == 0)
        rc = media_save_file(file, cli_option_value(cli, "out"), &err);
    media_file_close(&file);
    node_close(&node);
    return rc == 0 ? 0 : cli_fail(cli, "%s", err.text);
}

int node_cli_original(struct cli *cli)
{
    struct json *args, *keys, *out;
    struct buf text = {0};
    char *as;
    int rc;

    if (cli_option_value(cli, "out") == NULL ||
        cli_option_value(cli, "reason") == NULL)
        return cli_misuse(cli, "report original needs --out FILE and --reason "
                               "T: where to, and why");
    if ((args = prepare(cli, true)) == NULL)
        return 1;
    json_write(&text, json_get(args, "keys"));
    keys = json_parse(buf_bytes(&text), NULL);
    buf_wipe(&text);
    as = mem_text(json_get_text(args, "as"));
    json_set_text(args, "report", cli_argument(cli, 0));
    json_set_text(args, "number", cli_argument(cli, 1));
    node_cli_pass(cli, args, "reason");
    out = node_cli_call(cli, "original.open", args);
    rc = out == NULL ? 1 : save_original(cli, keys, as);
    if (rc == 0)
        (void)fprintf(stderr, "That you looked is written down, here and at "
                              "the district.\n");
    json_free(&out);
    json_wipe(&keys);
    mem_free(&as);
    return rc;
}

int node_cli_disclosure_list(struct cli *cli)
{
    static const char *const columns[] = {"id",       "report", "state",
                                          "asked_by", "reason", NULL};
    static const int widths[] = {36, 36, 8, 16, 0};
    struct node *node = node_cli_open_to_read(cli);
    struct json *rows;

    if (node == NULL)
        return 1;
    rows = node_disclosure_list(node);
    node_close(&node);
    return node_cli_give(cli, rows, columns, widths);
}
