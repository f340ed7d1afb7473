/* node/cli_notice.h - commands about notices, procedures and numbers. */
#ifndef LIENXA_NODE_CLI_NOTICE_H
#define LIENXA_NODE_CLI_NOTICE_H

#include "common/base/cli.h"

extern const struct cli_option node_cli_write_options[];
extern const struct cli_option node_cli_publish_options[];
extern const struct cli_option node_cli_correct_options[];
extern const struct cli_option node_cli_leader_options[];
extern const struct cli_option node_cli_expire_options[];
extern const struct cli_option node_cli_return_options[];
extern const struct cli_option node_cli_all_options[];

int node_cli_notice_write(struct cli *cli);
int node_cli_notice_approve(struct cli *cli);
int node_cli_notice_return(struct cli *cli);
int node_cli_notice_publish(struct cli *cli);
int node_cli_notice_correct(struct cli *cli);
int node_cli_notice_expire(struct cli *cli);
int node_cli_notice_drop(struct cli *cli);
int node_cli_notices(struct cli *cli);
int node_cli_procedures(struct cli *cli);
int node_cli_directory(struct cli *cli);

#endif
