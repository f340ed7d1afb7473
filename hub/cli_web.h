/* hub/cli_web.h - `lienxa-hub web ..`.
 */
#ifndef LIENXA_HUB_CLI_WEB_H
#define LIENXA_HUB_CLI_WEB_H

#include "common/base/cli.h"

extern const struct cli_option hub_cli_certificate_options[];
int hub_cli_certificate(struct cli *cli);

#endif
