/* tests/sim/sim_memory_hub.c - what a hub keeps in memory between two turns. */
#include "hub/exchange_inside.h"
#include "tests/sim/sim.h"

struct sim_memory sim_memory_hub(const struct hub *hub)
{
    return (struct sim_memory){hub->exchange->frame_room,
                               hub->exchange->bytes.room};
}
