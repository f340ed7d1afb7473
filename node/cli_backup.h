/* node/cli_backup.h - the command line of copies: `backup FILE`, `restore
 * FILE`.
 */
#ifndef LIENXA_NODE_CLI_BACKUP_H
#define LIENXA_NODE_CLI_BACKUP_H

#include "common/base/cli.h"

extern const struct cli_option node_cli_backup_options[];
extern const struct cli_option node_cli_restore_options[];
int node_cli_backup(struct cli *cli);
int node_cli_restore(struct cli *cli);

#endif
