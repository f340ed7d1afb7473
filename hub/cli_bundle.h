/* hub/cli_bundle.h - `lienxa-hub bundle export` and `bundle import`.
 */
#ifndef LIENXA_HUB_CLI_BUNDLE_H
#define LIENXA_HUB_CLI_BUNDLE_H

#include "common/base/cli.h"

extern const struct cli_option hub_cli_bundle_options[];
int hub_cli_bundle_export(struct cli *cli);
int hub_cli_bundle_import(struct cli *cli);

#endif
