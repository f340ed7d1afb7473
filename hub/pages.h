/* hub/pages.h - the pages of this program, carried in its executable (made from
 * hub/web by cmake's lx_web).
 */
#ifndef LIENXA_HUB_PAGES_H
#define LIENXA_HUB_PAGES_H

#include "common/http/http.h"

extern const struct http_assets hub_pages;

#endif
