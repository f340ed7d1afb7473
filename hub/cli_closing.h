/* hub/cli_closing.h - the command line of closings: `closing list`.
 */
#ifndef LIENXA_HUB_CLI_CLOSING_H
#define LIENXA_HUB_CLI_CLOSING_H

#include "common/base/cli.h"

extern const struct cli_option hub_cli_closing_options[];
int hub_cli_closings(struct cli *cli);

#endif
