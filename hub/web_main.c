/* hub/web_main.c - the web executable of the hub: reads the database without
 * any key, changes things by commands to the core. Read common/web/web.h next.
 */
#include "common/web/web.h"
#include "hub/api.h"
#include "hub/pages.h"
#include "hub/policy.h"

int main(int argc, char **argv)
{
    const struct web_program program = {.program = "hub",
                                        .database = "hub.db",
                                        .routes = hub_api_routes,
                                        .assets = &hub_pages,
                                        .open = hub_api_open,
                                        .close = hub_api_close,
                                        .accounts = hub_api_accounts,
                                        .about = hub_api_about,
                                        .may_read = hub_policy_may_read,
                                        .metrics = hub_api_metrics,
                                        .health = hub_api_health,
                                        .may = hub_policy_may};

    return web_main(argc, argv, &program);
}
