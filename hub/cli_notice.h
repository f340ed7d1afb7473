/* hub/cli_notice.h - commands about notices, procedures and numbers. */
#ifndef LIENXA_HUB_CLI_NOTICE_H
#define LIENXA_HUB_CLI_NOTICE_H

#include "common/base/cli.h"

extern const struct cli_option hub_cli_publish_options[];
extern const struct cli_option hub_cli_correct_options[];
extern const struct cli_option hub_cli_expire_options[];
extern const struct cli_option hub_cli_all_options[];

int hub_cli_notice_publish(struct cli *cli);
int hub_cli_notice_correct(struct cli *cli);
int hub_cli_notice_expire(struct cli *cli);
int hub_cli_procedure_import(struct cli *cli);
int hub_cli_notices(struct cli *cli);
int hub_cli_procedures(struct cli *cli);
int hub_cli_directory(struct cli *cli);

#endif
