/* hub/cli_machines.h - the command line of machines: `node retire`, `node
 * rotate`, `node settings`, and what `node list` says of each machine.
 */
#ifndef LIENXA_HUB_CLI_MACHINES_H
#define LIENXA_HUB_CLI_MACHINES_H

#include "common/base/cli.h"
#include "common/format/json.h"

extern const struct cli_option hub_cli_retire_options[];
int hub_cli_retire(struct cli *cli);
int hub_cli_rotate(struct cli *cli);

/* `node settings UNIT`: how its line may be used; with options to change it. */
extern const struct cli_option hub_cli_settings_options[];
int hub_cli_settings(struct cli *cli);

/* Under the list of nodes: units with more than one machine, or with one that
 * is on its way out. */
void hub_cli_print_machines(const struct json *nodes);

#endif
