/* node/cli_media.h - files of reports, from the command line. */
#ifndef LIENXA_NODE_CLI_MEDIA_H
#define LIENXA_NODE_CLI_MEDIA_H

#include "node/cli.h"

/* The files of --attach, made ready, as a member of `args`. False: why not was
 * said. */
bool node_cli_attach(struct cli *cli, struct json *args);
/* `report attach ID FILE..` */
int node_cli_attach_more(struct cli *cli);
/* `report attachment ID N --out FILE` */
int node_cli_attachment(struct cli *cli);

#endif
