/* hub/cli_user.c - see cli_user.h. */
#include "hub/cli_user.h"

#include <stdio.h>
#include <string.h>

#include "common/account/password.h"
#include "common/account/words.h"
#include "common/base/mem.h"
#include "hub/cli.h"
#include "hub/reading.h"

const struct cli_option hub_cli_user_options[] = {
    {"role", CLI_ONE, "operator|duty|analyst|auditor"}, {0}};

/* The arguments name and password of a command, from one line of standard
 * input; NULL: why not was said. */
static struct json *read_password(struct cli *cli)
{
    char typed[PASSWORD_LIMIT + 2] = "", stored[PASSWORD_TEXT_BYTES];
    struct error err = {""};
    struct json *args;
    int rc;

    if (fgets(typed, sizeof typed, stdin) == NULL) {
        (void)cli_fail(cli, "give the password on standard input");
        return NULL;
    }
    typed[strcspn(typed, "\r\n")] = '\0';
    rc = account_password_make(stored, typed, &err);
    mem_wipe(typed, sizeof typed);
    if (rc != 0) {
        (void)cli_fail(cli, "%s", err.text);
        return NULL;
    }
    args = json_object_new();
    json_set_text(args, "name", cli_argument(cli, 0));
    json_set_text(args, "password", stored);
    return args;
}

static int give(struct cli *cli, struct json *out)
{
    if (cli_json(cli))
        return print_json(out);
    json_free(&out);
    return 0;
}

int hub_cli_user_add(struct cli *cli)
{
    struct json *args, *out;

    if (cli_option_value(cli, "role") == NULL)
        return cli_misuse(cli, "--role operator, duty, analyst or auditor");
    if ((args = read_password(cli)) == NULL)
        return 1;
    hub_cli_pass(cli, args, "role");
    if ((out = hub_cli_call(cli, "user.add", args)) == NULL)
        return 1;
    (void)fprintf(stderr,
                  "%s may log in. The first time, a second factor is set up: "
                  "have the phone with the authenticator at hand. Or type "
                  "`lienxa-hub user totp` with the name now.\n",
                  cli_argument(cli, 0));
    return give(cli, out);
}

int hub_cli_users(struct cli *cli)
{
    static const char *const columns[] = {"name", "role", "disabled",
                                          "totp", "seen", NULL};
    static const int widths[] = {24, 10, 8, 5, 25};
    struct hub *hub = hub_cli_open_to_read(cli);
    struct json *rows;

    if (hub == NULL)
        return 1;
    rows = hub_reading_users(hub);
    hub_close(&hub);
    return hub_cli_give(cli, rows, columns, widths);
}

int hub_cli_user_passwd(struct cli *cli)
{
    struct json *args = read_password(cli), *out;

    if (args == NULL || (out = hub_cli_call(cli, "user.passwd", args)) == NULL)
        return 1;
    (void)fprintf(stderr,
                  "%s has a new password; who was logged in under that name "
                  "is logged out.\n",
                  cli_argument(cli, 0));
    return give(cli, out);
}

static struct json *call_for(struct cli *cli, const char *command)
{
    struct json *args = json_object_new();

    json_set_text(args, "name", cli_argument(cli, 0));
    return hub_cli_call(cli, command, args);
}

int hub_cli_user_disable(struct cli *cli)
{
    struct json *out = call_for(cli, "user.disable");

    if (out == NULL)
        return 1;
    (void)fprintf(stderr, "%s is logged out and cannot log in any more.\n",
                  cli_argument(cli, 0));
    return give(cli, out);
}

int hub_cli_user_enable(struct cli *cli)
{
    struct json *out = call_for(cli, "user.enable");

    if (out == NULL)
        return 1;
    (void)fprintf(stderr, "%s may log in again, with the password of before.\n",
                  cli_argument(cli, 0));
    return give(cli, out);
}

int hub_cli_user_totp(struct cli *cli)
{
    struct json *out = call_for(cli, "user.totp");

    if (out == NULL)
        return 1;
    return cli_json(cli) ? print_json(out) : account_words_totp(out);
}
