/* hub/cli_repair.h - the command line of `verify` and `repair`.
 */
#ifndef LIENXA_HUB_CLI_REPAIR_H
#define LIENXA_HUB_CLI_REPAIR_H

#include "common/base/cli.h"

int hub_cli_verify(struct cli *cli);
int hub_cli_audit_verify(struct cli *cli);
int hub_cli_repair(struct cli *cli);

#endif
