/* node/cli_web.h - `lienxa-node web ..`.
 */
#ifndef LIENXA_NODE_CLI_WEB_H
#define LIENXA_NODE_CLI_WEB_H

#include "common/base/cli.h"

extern const struct cli_option node_cli_certificate_options[];
int node_cli_certificate(struct cli *cli);

#endif
