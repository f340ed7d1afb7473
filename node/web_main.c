/* node/web_main.c - the web executable of the node: reads the database without
 * any key, changes things by commands to the core. Read common/web/web.h next.
 */
#include "common/web/web.h"
#include "node/api.h"
#include "node/pages.h"
#include "node/policy.h"

int main(int argc, char **argv)
{
    const struct web_program program = {.program = "node",
                                        .database = "node.db",
                                        .routes = node_api_routes,
                                        .assets = &node_pages,
                                        .open = node_api_open,
                                        .close = node_api_close,
                                        .accounts = node_api_accounts,
                                        .about = node_api_about,
                                        .may_read = node_policy_may_read,
                                        .keys = node_api_keys,
                                        .ready = node_api_ready,
                                        .small = node_api_small,
                                        .metrics = node_api_metrics,
                                        .health = node_api_health,
                                        .may = node_policy_may};

    return web_main(argc, argv, &program);
}
