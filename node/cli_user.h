/* node/cli_user.h - the commands of the command line about people.
 */
#ifndef LIENXA_NODE_CLI_USER_H
#define LIENXA_NODE_CLI_USER_H

#include "common/base/cli.h"

extern const struct cli_option node_cli_user_options[];

int node_cli_user_add(struct cli *cli);
int node_cli_users(struct cli *cli);
int node_cli_user_passwd(struct cli *cli);
int node_cli_user_disable(struct cli *cli);
int node_cli_user_enable(struct cli *cli);
int node_cli_user_totp(struct cli *cli);

#endif
