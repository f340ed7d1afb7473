/* node/cli_recover.h - `recover` on the command line. */
#ifndef LIENXA_NODE_CLI_RECOVER_H
#define LIENXA_NODE_CLI_RECOVER_H

#include "node/cli.h"

int node_cli_recover(struct cli *cli);

#endif
