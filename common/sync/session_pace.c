/* common/sync/session_pace.c - what may leave on bulk now (PROTOCOL 11.5): the
 * pace of the line, and what goes before what. */
#include "common/sync/session_inside.h"

void sync_session_set_pace(struct sync_session *session,
                           const struct pace_rule *rule)
{
    pace_set_rule(&session->pace, rule, session->now.mono_ms);
}

uint64_t sync_session_under_way(const struct sync_session *session,
                                enum lane lane)
{
    return session->pace.flow[lane].under_way;
}

bool session_waits(const struct sync_session *s, enum pace_class class)
{
    for (size_t i = 0; i < s->out_count; i++) {
        const struct outgoing *out = &s->out[i];

        if (out->vault == (class == PACE_VAULT) && !out->refused &&
            out->sent < out->head)
            return true;
    }
    return false;
}

static bool has_turn(const struct sync_session *s, enum pace_class class)
{
    return s->bulk == BULK_OPEN &&
           (class < PACE_VAULT || !session_waits(s, PACE_WORDS)) &&
           (class < PACE_MEDIA || !session_waits(s, PACE_VAULT));
}

uint64_t session_room(const struct sync_session *s, enum pace_class class)
{
    return has_turn(s, class) ? pace_room(&s->pace, &s->now) : 0;
}

int64_t session_room_ms(const struct sync_session *s, enum pace_class class)
{
    return has_turn(s, class) ? pace_when(&s->pace, &s->now) : INT64_MAX;
}

/* ---- hours */

bool session_bulk_hour(const struct sync_session *s)
{
    return pace_rule_open(&s->pace.rule, s->now.wall_ms);
}

int64_t session_bulk_hour_ms(const struct sync_session *s)
{
    return s->now.mono_ms + pace_rule_opens_ms(&s->pace.rule, s->now.wall_ms);
}

bool sync_session_waits_for_hours(const struct sync_session *session)
{
    return session->state == SYNC_REBASING && !session->node.finishing &&
           !session_bulk_hour(session);
}

/* ---- the first round trip, before anything is on the line */

/* Said twice, it is not known what is answered. */
void session_greeting_said(struct session_step *at)
{
    struct sync_session *s = at->s;

    s->greeted_ms = s->greeted_ms == 0 ? at->event->now_ms : -1;
}

void session_greeting_heard(struct session_step *at)
{
    struct sync_session *s = at->s;

    if (s->greeted_ms > 0)
        pace_trip(&s->pace, at->event->now_ms - s->greeted_ms,
                  at->event->now_ms);
    s->greeted_ms = 0;
}
