/* hub/cli_media.h - files of reports that were passed on, from the command
 * line. ID is the report's, or that of the referral.
 */
#ifndef LIENXA_HUB_CLI_MEDIA_H
#define LIENXA_HUB_CLI_MEDIA_H

#include "hub/cli.h"

extern const struct cli_option hub_cli_file_options[];

int hub_cli_files(struct cli *cli); /* `report files ID` */
int hub_cli_file(struct cli *cli);  /* `report file ID N --out FILE` */

#endif
