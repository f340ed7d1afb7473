/* common/sync/session_want.c - what is damaged here is asked for by its exact
 * name, and comes back as an early copy (PROTOCOL 7.11). */
#include <string.h>

#include "common/sync/session_inside.h"

void session_ask(struct session_step *at)
{
    struct sync_session *s = at->s;
    size_t count = at->event->ref_count;
    struct early_ref *refs;
    struct msg_want *want;

    if (count > LIMIT_EARLY_LIST)
        count = LIMIT_EARLY_LIST;
    if (count == 0 || (s->state != SYNC_LIVE && s->state != SYNC_REBASING))
        return;
    refs = session_memory(s, count, sizeof *refs);
    memcpy(refs, at->event->refs, count * sizeof *refs);
    want = &session_say(at, MSG_WANT, LANE_EXPRESS)->want;
    want->count = count;
    want->refs = refs;
    s->wanted = count > s->wanted ? count : s->wanted;
}
