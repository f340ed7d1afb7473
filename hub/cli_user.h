/* hub/cli_user.h - the commands of the command line about people.
 */
#ifndef LIENXA_HUB_CLI_USER_H
#define LIENXA_HUB_CLI_USER_H

#include "common/base/cli.h"

extern const struct cli_option hub_cli_user_options[];

int hub_cli_user_add(struct cli *cli);
int hub_cli_users(struct cli *cli);
int hub_cli_user_passwd(struct cli *cli);
int hub_cli_user_disable(struct cli *cli);
int hub_cli_user_enable(struct cli *cli);
int hub_cli_user_totp(struct cli *cli);

#endif
