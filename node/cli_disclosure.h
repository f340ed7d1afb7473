/* node/cli_disclosure.h - `disclosure ..`: who sent a report, with consent. */
#ifndef LIENXA_NODE_CLI_DISCLOSURE_H
#define LIENXA_NODE_CLI_DISCLOSURE_H

#include "common/base/cli.h"

extern const struct cli_option node_cli_disclosure_options[];
extern const struct cli_option node_cli_disclosure_as_options[];

int node_cli_disclosure_request(struct cli *cli);
int node_cli_disclosure_approve(struct cli *cli);
int node_cli_disclosure_refuse(struct cli *cli);
int node_cli_disclosure_open(struct cli *cli);
/* `report original ID N --as NAME --reason T --out FILE` */
extern const struct cli_option node_cli_original_options[];
int node_cli_original(struct cli *cli);
int node_cli_disclosure_list(struct cli *cli);

#endif
