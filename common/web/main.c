/* common/web/main.c - the command line of the web executables. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/base/cli.h"
#include "common/base/log.h"
#include "common/base/notify.h"
#include "common/control/listen.h"
#include "common/crypto/random.h"
#include "common/web/web.h"

static int run_serve(struct cli *cli)
{
    const struct web_program *program = cli_context(cli);
    struct web_options options = {.folder = cli_data(cli),
                                  .listener = -1,
                                  .metrics = cli_option_value(cli, "metrics"),
                                  .setup = cli_flag(cli, "setup"),
                                  .service = cli_flag(cli, "service")};
    const char *listener = cli_option_value(cli, "listener");
    const char *listen = cli_option_value(cli, "listen");
    char address[LISTEN_TEXT_BYTES];
    struct error err = {""};

    if ((listener == NULL) == (listen == NULL))
        return cli_misuse(cli, "say --listen A:P (--listener is for "
                               "the program's own `serve`)");
    if (listen_read_metrics(&options.metrics, "", &err) != 0)
        return cli_misuse(cli, "%s", err.text);
    if (listener != NULL)
        options.listener = (int)strtol(listener, NULL, 10);
    else
        options.listener = listen_open(listen, address, &err);
    if (options.listener < 0)
        return cli_fail(cli, "%s", err.text);
    if (listen != NULL)
        log_info("web.listening", "address=%s", address);
    return web_serve(program, &options, &err) == 0
               ? 0
               : cli_fail(cli, "%s", err.text);
}

static const struct cli_option serve_options[] = {
    {"listen", CLI_ONE, "A:P  where the pages are"},
    {"listener", CLI_ONE, "N  a listening socket that was handed on"},
    {"metrics", CLI_ONE,
     "A:P|off  /metrics and /healthz there, loopback only (default: off)"},
    {"setup", CLI_FLAG, "for the program's own `serve --setup`"},
    {"service", CLI_FLAG,
     "as a service of its own, beside a `serve --web-service`"},
    {0}};

static const struct cli_command commands[] = {
    {"serve", "", 0, 0, serve_options,
     "show the pages; the program's own `serve --web A:P` starts this by "
     "itself",
     run_serve},
    {0}};

int web_main(int argc, char **argv, const struct web_program *program)
{
    char name[32], folder[64], about[64];

    log_open(LOG_LEVEL_INFO);
    notify_open();
    crypto_open();
    (void)umask(077);
    (void)snprintf(name, sizeof name, "lienxa-%s-web", program->program);
    (void)snprintf(folder, sizeof folder, "/var/lib/lienxa-%s",
                   program->program);
    (void)snprintf(about, sizeof about, "the web pages of lienxa-%s",
                   program->program);
    return cli_main(argc, argv, name, folder, about, commands,
                    (void *)(uintptr_t)program);
}
