/* common/web/gate.c - is this one of our own pages asking, and for what? Pure.
 */
#include <string.h>
#include <strings.h>

#include "common/web/inside.h"

/* "https://" and the very host that was asked. */
static bool is_our_origin(const char *origin, const char *host)
{
    static const char scheme[] = "https://";

    return host != NULL && strncmp(origin, scheme, sizeof scheme - 1) == 0 &&
           strcasecmp(origin + sizeof scheme - 1, host) == 0;
}

/* A browser names the origin of what changes something, and cannot be made to
 * add X-Lienxa by a foreign page; who names none is no browser. */
const char *web_origin_fault(const struct web_origin *o)
{
    bool reads =
        strcmp(o->method, "GET") == 0 || strcmp(o->method, "HEAD") == 0;

    if (o->fetch_site != NULL && strcmp(o->fetch_site, "same-origin") != 0 &&
        !(reads && strcmp(o->fetch_site, "none") == 0))
        return "a page of another site asked (Sec-Fetch-Site)";
    if (reads)
        return NULL;
    if (o->origin != NULL && !is_our_origin(o->origin, o->host))
        return "a page of another site asked (Origin)";
    if (o->mark == NULL || strcmp(o->mark, "1") != 0)
        return "the header X-Lienxa: 1 is missing";
    return NULL;
}

const char *web_route_rest(const char *route, const char *path)
{
    size_t size = strlen(route);

    if (strncmp(route, path, size) != 0)
        return NULL;
    if (size == 0 || route[size - 1] != '/')
        return path[size] == '\0' ? "" : NULL;
    return path[size] != '\0' && strchr(path + size, '/') == NULL ? path + size
                                                                  : NULL;
}
