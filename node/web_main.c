/* node/web_main.c - the web executable of the node: reads the database without
 * any key, changes things by commands to the core. Read common/web/web.h next.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/account/session.h"
#include "common/base/cli.h"
#include "common/base/log.h"
#include "common/control/listen.h"
#include "common/crypto/random.h"
#include "common/web/web.h"
#include "node/api.h"
#include "node/pages.h"
#include "node/policy.h"

static int find_session(void *data, const struct hash *token, int64_t now_ms,
                        struct web_session *out)
{
    struct node_api *api = data;
    struct account_session session;
    int rc = account_session_find(api->accounts, token, now_ms, &session);

    if (rc != 0)
        return rc;
    out->token = session.token;
    memcpy(out->user, session.user, sizeof session.user);
    memcpy(out->role, session.role, sizeof session.role);
    out->needs_code = session.needs_code;
    out->enrol = session.enrol;
    out->seen_ms = session.seen_ms;
    return 0;
}

static int run_serve(struct cli *cli)
{
    const struct web_program program = {.program = "node",
                                        .database = "node.db",
                                        .routes = node_api_routes,
                                        .assets = &node_pages,
                                        .open = node_api_open,
                                        .close = node_api_close,
                                        .session = find_session,
                                        .about = node_api_about,
                                        .may_read = node_policy_may_read,
                                        .keys = node_api_keys,
                                        .may = node_policy_may};
    struct web_options options = {.folder = cli_data(cli), .listener = -1};
    const char *listener = cli_option_value(cli, "listener");
    const char *listen = cli_option_value(cli, "listen");
    char address[LISTEN_TEXT_BYTES];
    struct error err = {""};

    if ((listener == NULL) == (listen == NULL))
        return cli_misuse(cli, "say --listen A:P (--listener is for "
                               "`lienxa-node serve`)");
    if (listener != NULL)
        options.listener = (int)strtol(listener, NULL, 10);
    else
        options.listener = listen_open(listen, address, &err);
    if (options.listener < 0)
        return cli_fail(cli, "%s", err.text);
    if (listen != NULL)
        log_info("web.listening", "address=%s", address);
    return web_serve(&program, &options, &err) == 0
               ? 0
               : cli_fail(cli, "%s", err.text);
}

static const struct cli_option serve_options[] = {
    {"listen", CLI_ONE, "A:P  where the pages are"},
    {"listener", CLI_ONE, "N  a listening socket that was handed on"},
    {0}};

static const struct cli_command commands[] = {
    {"serve", "", 0, 0, serve_options,
     "show the pages; `lienxa-node serve --web A:P` starts this by itself",
     run_serve},
    {0}};

int main(int argc, char **argv)
{
    log_open(LOG_LEVEL_INFO);
    crypto_open();
    (void)umask(077);
    return cli_main(argc, argv, "lienxa-node-web", "/var/lib/lienxa-node",
                    "the web pages of lienxa-node", commands, NULL);
}
