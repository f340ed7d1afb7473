/* node/cli_referral.h - `report refer` and `referral ..` on the command line.
 */
#ifndef LIENXA_NODE_CLI_REFERRAL_H
#define LIENXA_NODE_CLI_REFERRAL_H

#include "node/cli.h"

extern const struct cli_option node_cli_refer_options[];
extern const struct cli_option node_cli_reason_options[];
extern const struct cli_option node_cli_done_options[];

int node_cli_refer(struct cli *cli);
int node_cli_referrals(struct cli *cli);
int node_cli_referral_accept(struct cli *cli);
int node_cli_referral_refuse(struct cli *cli);
int node_cli_referral_return(struct cli *cli);
int node_cli_referral_done(struct cli *cli);

#endif
