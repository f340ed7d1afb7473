/* hub/cli_backup.h - the command line of copies: `backup FILE`, `restore FILE`.
 */
#ifndef LIENXA_HUB_CLI_BACKUP_H
#define LIENXA_HUB_CLI_BACKUP_H

#include "common/base/cli.h"

extern const struct cli_option hub_cli_backup_options[];
extern const struct cli_option hub_cli_restore_options[];
int hub_cli_backup(struct cli *cli);
int hub_cli_restore(struct cli *cli);

#endif
