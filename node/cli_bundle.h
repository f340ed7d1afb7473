/* node/cli_bundle.h - `lienxa-node bundle export` and `bundle import`.
 */
#ifndef LIENXA_NODE_CLI_BUNDLE_H
#define LIENXA_NODE_CLI_BUNDLE_H

#include "common/base/cli.h"

extern const struct cli_option node_cli_bundle_options[];
int node_cli_bundle_export(struct cli *cli);
int node_cli_bundle_import(struct cli *cli);

#endif
