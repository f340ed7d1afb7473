/* common/web/service.c - a web process that systemd starts, not the core: what
 * it serves may not be there yet, and may be the set-up first. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/notify.h"
#include "common/web/inside.h"

enum { PATH_BYTES = 4200, LOOK_MS = 250 };

static bool readable(const char *folder, const char *name)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, R_OK) == 0;
}

/* The core that sets up listens in a folder of its own. */
static bool sets_up(const char *folder)
{
    return readable(folder, "setup/web.sock");
}

void web_service_wait(struct web *web)
{
    char whole[sizeof web->folder];
    bool said = false;

    (void)snprintf(whole, sizeof whole, "%s", web->folder);
    for (;;) {
        web->setup = sets_up(whole);
        (void)snprintf(web->folder, sizeof web->folder, "%.*s%s",
                       (int)(sizeof web->folder - sizeof "/setup"), whole,
                       web->setup ? "/setup" : "");
        if (readable(web->folder, "web/tls.key") &&
            readable(web->folder, "web/tls.crt") &&
            (web->setup || readable(whole, web->program->database)))
            break;
        if (!said) {
            log_info("web.waiting", "folder=%s", whole);
            notify_say("STATUS=waits for the core");
        }
        said = true;
        notify_alive(clock_mono_ms());
        (void)poll(NULL, 0, LOOK_MS);
    }
    notify_say("STATUS=%s",
               web->setup ? "shows the set-up" : "shows the pages");
}

bool web_service_is_over(const struct web *web)
{
    return web->setup ? !readable(web->folder, "web.sock")
                      : sets_up(web->folder);
}
