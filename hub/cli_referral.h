/* hub/cli_referral.h - `referral ..` on the command line. */
#ifndef LIENXA_HUB_CLI_REFERRAL_H
#define LIENXA_HUB_CLI_REFERRAL_H

#include "hub/cli.h"

extern const struct cli_option hub_cli_reason_options[];
extern const struct cli_option hub_cli_done_options[];

int hub_cli_referrals(struct cli *cli);
int hub_cli_referral_show(struct cli *cli);
int hub_cli_referral_accept(struct cli *cli);
int hub_cli_referral_refuse(struct cli *cli);
int hub_cli_referral_return(struct cli *cli);
int hub_cli_referral_done(struct cli *cli);

#endif
