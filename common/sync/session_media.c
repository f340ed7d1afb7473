/* common/sync/session_media.c - pieces of attachments (PROTOCOL 7.12): the last
 * class. One of ours leaves when no word and no object waits, one at a time.
 *
 * Who asks for what, and what is stored, is decided by the host; here is when a
 * piece may leave. */
#include "common/base/error.h"
#include "common/sync/session_inside.h"

enum { MEDIA_RETRY_MS = 1000 };

static bool has_media(const struct sync_session *s)
{
    return s->minor >= MEDIA_MINOR;
}

int session_media_want(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct msg_media_want *want = &at->event->message->media_want;

    if (!has_media(s))
        return session_refuse(at, "a message this side never takes");
    s->media.name = want->name;
    s->media.first = s->media.next = want->first;
    s->media.left = want->count;
    s->media.due_ms = at->event->now_ms;
    return 0;
}

int session_media(struct session_step *at)
{
    if (!has_media(at->s))
        return session_refuse(at, "a message this side never takes");
    if (!session_handle(at))
        return session_refuse(at, "more on bulk than was granted");
    session_act(at, SYNC_STORE_MEDIA)->message = at->event->message;
    return 0;
}

/* What was under way on a line that is gone comes again. */
void session_media_rewind(struct sync_session *s)
{
    if (s->media.left == 0)
        return;
    s->media.left += s->media.next - s->media.first;
    s->media.next = s->media.first;
    s->media.giving = false;
}

bool session_media_waits(const struct sync_session *s)
{
    return s->media.left > 0;
}

static bool may_give(const struct sync_session *s)
{
    const struct lane_count *bulk = &s->lanes[LANE_BULK];

    return s->state == SYNC_LIVE && s->media.left > 0 && !s->media.giving &&
           bulk->credit > bulk->sent;
}

void session_media_pump(struct session_step *at)
{
    struct sync_session *s = at->s;
    struct sync_action *action;

    if (!may_give(s) || at->event->now_ms < s->media.due_ms ||
        session_room(s, PACE_MEDIA) == 0)
        return;
    s->media.giving = true;
    action =
        session_act_on(at, SYNC_GIVE_MEDIA, &s->media_stream, s->media.next);
    action->ref.digest = s->media.name;
    action->lane = LANE_BULK;
    action->route = s->hub.route[LANE_BULK];
}

/* The next one goes in another turn: between them words have their turn. */
void session_media_sent(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct sync_event *event = at->event;
    struct pace_ticket left;

    if (!s->media.giving)
        return;
    s->media.giving = false;
    if (event->bytes == 0) {
        s->media.due_ms = event->now_ms + MEDIA_RETRY_MS;
        return;
    }
    left = pace_send(&s->pace, event->bytes, event->now_ms);
    pace_forget(&s->pace, &left); /* the next question answers for it */
    s->bulk_ms = event->now_ms;
    s->media.next++;
    s->media.left = event->code == MEDIA_DATA ? s->media.left - 1 : 0;
    s->media.due_ms = event->now_ms + 1;
}

int64_t session_media_deadline(const struct sync_session *s)
{
    int64_t room_ms = session_room_ms(s, PACE_MEDIA);

    if (!may_give(s))
        return INT64_MAX;
    return s->media.due_ms > room_ms ? s->media.due_ms : room_ms;
}

bool sync_session_takes_media(const struct sync_session *session)
{
    return session->state == SYNC_LIVE && has_media(session);
}
