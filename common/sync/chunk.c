/* common/sync/chunk.c - see chunk.h. */
#include "common/sync/chunk.h"

#include "common/sync/limits.h"

enum { QUICK_MS = 500, SLOW_MS = 2000 };

static bool is_asked(const struct chunk_flow *flow)
{
    return flow->to > flow->next;
}

bool chunk_flow_ask(struct chunk_flow *flow, uint32_t pieces, int64_t now_ms,
                    uint32_t *first, uint32_t *count)
{
    if (flow->next >= pieces ||
        (is_asked(flow) && now_ms - flow->heard_ms < CHUNK_SILENT_MS))
        return false;
    if (is_asked(flow) || flow->window == 0)
        flow->window = 1; /* nothing came, or nothing is known */
    *first = flow->next;
    *count = flow->window;
    if (*count > pieces - flow->next)
        *count = pieces - flow->next;
    flow->to = flow->next + *count;
    flow->asked_ms = flow->heard_ms = now_ms;
    return true;
}

bool chunk_flow_expects(const struct chunk_flow *flow, uint32_t piece)
{
    return is_asked(flow) && piece == flow->next;
}

void chunk_flow_took(struct chunk_flow *flow, int64_t now_ms)
{
    int64_t took_ms = now_ms - flow->asked_ms;

    flow->next++;
    flow->heard_ms = now_ms;
    if (flow->next < flow->to)
        return;
    if (took_ms < QUICK_MS)
        flow->window *= 2;
    else if (took_ms > SLOW_MS)
        flow->window /= 2;
    if (flow->window == 0)
        flow->window = 1;
    if (flow->window > LIMIT_MEDIA_WANT)
        flow->window = LIMIT_MEDIA_WANT;
}

void chunk_flow_lost(struct chunk_flow *flow)
{
    flow->to = flow->next;
    flow->window = 0;
}

int64_t chunk_flow_deadline(const struct chunk_flow *flow, uint32_t pieces)
{
    if (flow->next >= pieces)
        return INT64_MAX;
    return is_asked(flow) ? flow->heard_ms + CHUNK_SILENT_MS : INT64_MIN;
}
