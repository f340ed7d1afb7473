/* hub/cli.h - what the commands of the command line share. Each command's own
 * code is in main.c or hub/cli_TOPIC.c; the table of them all is in main.c.
 */
#ifndef LIENXA_HUB_CLI_H
#define LIENXA_HUB_CLI_H

#include "common/base/cli.h"
#include "common/format/print.h"
#include "hub/hub.h"

/* To look, not to write; at a lower priority, so that no list delays an alert.
 * NULL: the reason was said. Owned. */
struct hub *hub_cli_open_to_read(struct cli *cli);

/* A command, wherever the hub is (hub/client.h). `args` is taken. The "out"
 * object, owned; NULL: the refusal was said. */
struct json *hub_cli_call(struct cli *cli, const char *command,
                          struct json *args);

/* The option, when it was given, as a member of `args`. */
void hub_cli_pass(struct cli *cli, struct json *args, const char *option);

/* Rows as JSON or as a table (common/format/print.h); taken. An exit code. */
int hub_cli_give(struct cli *cli, struct json *rows, const char *const *columns,
                 const int *widths);

#endif
