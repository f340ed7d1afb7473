/* tests/sim/sim_memory_node.c - what a node keeps in memory between two turns.
 */
#include "node/uplink_inside.h"
#include "tests/sim/sim.h"

struct sim_memory sim_memory_node(const struct node *node)
{
    return (struct sim_memory){node->uplink->frame_room,
                               node->uplink->bytes.room};
}

enum sync_state sim_session_state(const struct node *node)
{
    return sync_session_state(node->uplink->session);
}
