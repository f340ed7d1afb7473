/* node/cli_conflict.h - the command line of conflicts: `conflict list`,
 * `conflict settle`.
 */
#ifndef LIENXA_NODE_CLI_CONFLICT_H
#define LIENXA_NODE_CLI_CONFLICT_H

#include "common/base/cli.h"

extern const struct cli_option node_cli_settle_options[];
int node_cli_conflicts(struct cli *cli);
int node_cli_settle(struct cli *cli);

#endif
