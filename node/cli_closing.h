/* node/cli_closing.h - the command line of closings: `close`, `closing list`.
 */
#ifndef LIENXA_NODE_CLI_CLOSING_H
#define LIENXA_NODE_CLI_CLOSING_H

#include "common/base/cli.h"

extern const struct cli_option node_cli_close_options[];
int node_cli_close(struct cli *cli);
int node_cli_closings(struct cli *cli);

#endif
