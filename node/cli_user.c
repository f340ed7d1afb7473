/* node/cli_user.c - see cli_user.h. */
#include "node/cli_user.h"

#include <stdio.h>
#include <string.h>

#include "common/account/words.h"
#include "common/base/mem.h"
#include "node/cli.h"
#include "node/people.h"
#include "node/reading.h"

enum { TYPED_BYTES = PASSWORD_LIMIT + 2, TYPED_LINES = 3 };

const struct cli_option node_cli_user_options[] = {
    {"role", CLI_ONE, "officer|leader|custodian|auditor"}, {0}};

/* ---- what was typed */

/* Lines of standard input without their ends: the password, then perhaps the
 * two shares. Returns how many; a line that is too long is one too many. */
static int read_typed(char lines[TYPED_LINES][TYPED_BYTES])
{
    int count = 0;

    while (count < TYPED_LINES &&
           fgets(lines[count], TYPED_BYTES, stdin) != NULL) {
        size_t size = strcspn(lines[count], "\r\n");

        if (size == TYPED_BYTES - 1)
            return TYPED_LINES + 1;
        lines[count][size] = '\0';
        if (count > 0 && size == 0)
            break;
        count++;
    }
    return count;
}

/* The arguments of a command, made where the password is; NULL: why not was
 * said. */
static struct json *prepare(struct cli *cli,
                            int (*make)(struct node *node,
                                        const struct new_user *user,
                                        struct json *args, struct error *err),
                            char lines[TYPED_LINES][TYPED_BYTES], int count)
{
    struct new_user user = {.name = cli_argument(cli, 0),
                            .role = cli_option_value(cli, "role"),
                            .password = lines[0]};
    struct node *node = node_cli_open_to_read(cli);
    struct json *args = json_object_new();
    struct error err = {""};

    if (count == TYPED_LINES) {
        user.shares[0] = lines[1];
        user.shares[1] = lines[2];
    } else if (count == 2) {
        user.old = lines[1];
    }
    if (node == NULL) {
        json_free(&args);
    } else if (make(node, &user, args, &err) != 0) {
        (void)cli_fail(cli, "%s", err.text);
        json_free(&args);
    }
    node_close(&node);
    return args;
}

/* ---- the commands */

int node_cli_user_add(struct cli *cli)
{
    char lines[TYPED_LINES][TYPED_BYTES] = {""};
    struct json *args = NULL, *out;
    int64_t keys = 0;
    int count;

    if (cli_option_value(cli, "role") == NULL)
        return cli_misuse(cli, "--role officer, leader, custodian or auditor");
    count = read_typed(lines);
    if (count == 1 || count == TYPED_LINES)
        args = prepare(cli, node_people_prepare, lines, count);
    else
        (void)cli_fail(cli, "standard input holds the password, and perhaps "
                            "the two recovery shares on lines 2 and 3");
    mem_wipe(lines, sizeof lines);
    if (args == NULL || (out = node_cli_call(cli, "user.add", args)) == NULL)
        return 1;
    (void)json_get_i64(out, "keys", &keys);
    if (keys == 0)
        (void)fprintf(stderr,
                      "%s opens no sealed names: for that, the user is added "
                      "with the two recovery shares on lines 2 and 3.\n",
                      cli_argument(cli, 0));
    if (cli_json(cli))
        return print_json(out);
    json_free(&out);
    return 0;
}

int node_cli_users(struct cli *cli)
{
    static const char *const columns[] = {"name", "role", "disabled", "keys",
                                          "totp", "seen", NULL};
    static const int widths[] = {24, 10, 8, 4, 5, 25};
    struct node *node = node_cli_open_to_read(cli);
    struct json *rows;

    if (node == NULL)
        return 1;
    rows = node_reading_users(node);
    node_close(&node);
    return node_cli_give(cli, rows, columns, widths);
}

int node_cli_user_passwd(struct cli *cli)
{
    char lines[TYPED_LINES][TYPED_BYTES] = {""};
    struct json *args = NULL, *out;
    int count = read_typed(lines);

    if (count >= 1 && count <= TYPED_LINES)
        args = prepare(cli, node_people_prepare_change, lines, count);
    else
        (void)cli_fail(cli, "standard input holds the new password, then for "
                            "who opens sealed names the present one, or the "
                            "two recovery shares on lines 2 and 3");
    mem_wipe(lines, sizeof lines);
    if (args == NULL || (out = node_cli_call(cli, "user.passwd", args)) == NULL)
        return 1;
    (void)fprintf(stderr,
                  "%s has a new password; who was logged in under that name "
                  "is logged out.\n",
                  cli_argument(cli, 0));
    if (cli_json(cli))
        return print_json(out);
    json_free(&out);
    return 0;
}

static struct json *call_for(struct cli *cli, const char *command)
{
    struct json *args = json_object_new();

    node_cli_set(args, "name", cli_argument(cli, 0));
    return node_cli_call(cli, command, args);
}

int node_cli_user_disable(struct cli *cli)
{
    struct json *out = call_for(cli, "user.disable");
    int64_t custodians = 1;

    if (out == NULL)
        return 1;
    (void)json_get_i64(out, "custodians", &custodians);
    (void)fprintf(stderr, "%s is logged out and cannot log in any more.\n",
                  cli_argument(cli, 0));
    if (custodians == 0)
        (void)fprintf(stderr,
                      "Nobody is left who opens names that only a custodian "
                      "may open: add one with `lienxa-node user add NAME "
                      "--role custodian`, password and the two recovery "
                      "shares.\n");
    return cli_json(cli) ? print_json(out) : node_cli_give_nothing(out);
}

int node_cli_user_enable(struct cli *cli)
{
    struct json *out = call_for(cli, "user.enable");

    if (out == NULL)
        return 1;
    (void)fprintf(stderr, "%s may log in again, with the password of before.\n",
                  cli_argument(cli, 0));
    return cli_json(cli) ? print_json(out) : node_cli_give_nothing(out);
}

int node_cli_user_totp(struct cli *cli)
{
    struct json *out = call_for(cli, "user.totp");

    if (out == NULL)
        return 1;
    return cli_json(cli) ? print_json(out) : account_words_totp(out);
}
