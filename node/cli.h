/* node/cli.h - what the commands of the command line share. Each command's own
 * code is in main.c or node/cli_TOPIC.c; the table of them all is in main.c.
 */
#ifndef LIENXA_NODE_CLI_H
#define LIENXA_NODE_CLI_H

#include "common/base/cli.h"
#include "common/format/print.h"
#include "node/node.h"

/* To look, not to write; at a lower priority, so that no list delays an alert.
 * NULL: the reason was said. Owned. */
struct node *node_cli_open_to_read(struct cli *cli);

/* A command, wherever the node is (node/client.h). `args` is taken. The "out"
 * object, owned; NULL: the refusal was said. */
struct json *node_cli_call(struct cli *cli, const char *command,
                           struct json *args);

/* What was typed as a member of `args`: with whole letters, as what is stored
 * has them, whatever the keyboard made. */
void node_cli_set(struct json *args, const char *key, const char *typed);

/* The option, when it was given, as a member of `args`. */
void node_cli_pass(struct cli *cli, struct json *args, const char *option);

/* Rows as JSON or as a table (common/format/print.h); taken. An exit code. */
int node_cli_give(struct cli *cli, struct json *rows,
                  const char *const *columns, const int *widths);

/* The id that a command made or changed; or only the exit code. `out` is what
 * node_cli_call returned, taken. */
int node_cli_give_id(struct cli *cli, struct json *out);
int node_cli_give_nothing(struct json *out);

#endif
