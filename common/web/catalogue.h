/* common/web/catalogue.h - the words of the domain, for the pages of both
 * programs.
 */
#ifndef LIENXA_WEB_CATALOGUE_H
#define LIENXA_WEB_CATALOGUE_H

#include "common/format/json.h"

/* Puts "categories" [{"code","vi","en","group","seal":no|opt|yes|always,
 * "clock":now|now_if_live|24h|72h|booking|working_day,"custodian"}],
 * "states", "channels" and "outcomes" (arrays of words), "notice_kinds"
 * [{"code","vi","en"}] into `out`. */
void web_catalogue(struct json *out);

#endif
