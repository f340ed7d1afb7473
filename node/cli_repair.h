/* node/cli_repair.h - the command line of `verify`, `audit verify` and
 * `repair`.
 */
#ifndef LIENXA_NODE_CLI_REPAIR_H
#define LIENXA_NODE_CLI_REPAIR_H

#include "common/base/cli.h"

int node_cli_verify(struct cli *cli);
int node_cli_audit_verify(struct cli *cli);
int node_cli_repair(struct cli *cli);

#endif
