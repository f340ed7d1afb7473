/* tests/support/sync_host.h - the hosts of a pair, for sync_pair.c only. */
#ifndef LIENXA_TESTS_SYNC_HOST_H
#define LIENXA_TESTS_SYNC_HOST_H

#include "tests/support/sync_pair.h"

struct id pair_random_id(struct pair *pair);
/* The node that has this route, or NULL: nobody has any more. */
struct pair_host *pair_host_at(struct pair *pair, enum lane lane,
                               uint32_t route);
void pair_drop_bulk(struct pair_host *host);
/* Node: both lines are gone, with what was under way to it. */
void pair_hang_up(struct pair_host *host);
/* Tells the session that the line or the turn is lost. */
void pair_lost(struct pair_host *host);

#endif
