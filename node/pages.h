/* node/pages.h - the pages of this program, carried in its executable (made
 * from node/web by cmake's lx_web).
 */
#ifndef LIENXA_NODE_PAGES_H
#define LIENXA_NODE_PAGES_H

#include "common/http/http.h"

extern const struct http_assets node_pages;

#endif
