/* node/cli_erase.h - `report erase` on the command line. */
#ifndef LIENXA_NODE_CLI_ERASE_H
#define LIENXA_NODE_CLI_ERASE_H

#include "node/cli.h"

int node_cli_erase(struct cli *cli);

#endif
