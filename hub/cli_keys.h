/* hub/cli_keys.h - the command line of the hub's own keys: `key rotate`,
 * `key list`.
 */
#ifndef LIENXA_HUB_CLI_KEYS_H
#define LIENXA_HUB_CLI_KEYS_H

#include "common/base/cli.h"

extern const struct cli_option hub_cli_key_options[];
int hub_cli_key_rotate(struct cli *cli);
int hub_cli_key_list(struct cli *cli);

#endif
