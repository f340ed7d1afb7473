/* common/sync/session_media.c - pieces of attachments (PROTOCOL 7.12): the last
 * class. One of ours leaves when no word and no object waits, one at a time.
 *
 * Who asks for what, and what is stored, is decided by the host; here is when a
 * piece may leave. */
#include "common/base/error.h"
#include "common/base/mem.h"
#include "common/sync/session_inside.h"

enum { MEDIA_RETRY_MS = 1000 };

static bool has_media(const struct sync_session *s)
{
    return s->minor >= MEDIA_MINOR;
}

/* ---- what of them is under way */

static void forget_first(struct sync_session *s)
{
    for (size_t i = 1; i < s->media.flight_count; i++)
        s->media.flights[i - 1] = s->media.flights[i];
    if (--s->media.flight_count == 0)
        mem_free(&s->media.flights);
}

void session_media_forget(struct sync_session *s)
{
    while (s->media.flight_count > 0) {
        pace_forget(&s->pace, &s->media.flights[0].ticket);
        forget_first(s);
    }
}

void session_media_handled(struct session_step *at, uint64_t handled)
{
    struct sync_session *s = at->s;

    s->media.tells = s->media.tells || handled > 0;
    while (s->media.flight_count > 0 && s->media.flights[0].end <= handled) {
        pace_land(&s->pace, &s->media.flights[0].ticket, at->event->now_ms);
        forget_first(s);
        s->media.progress_ms = at->event->now_ms;
    }
}

/* Of a peer that does not tell, the next question answers for it. */
static void under_way(struct session_step *at)
{
    struct sync_session *s = at->s;
    const struct sync_event *event = at->event;
    struct pace_ticket left = pace_send(&s->pace, event->bytes, event->now_ms);

    if (!s->media.tells || s->media.flight_count == LIMIT_MEDIA_WANT) {
        pace_forget(&s->pace, &left);
        return;
    }
    if (s->media.flights == NULL) {
        s->media.flights =
            mem_array(LIMIT_MEDIA_WANT, sizeof *s->media.flights);
        s->media.progress_ms = event->now_ms;
    }
    s->media.flights[s->media.flight_count++] =
        (struct counted_flight){s->lanes[LANE_BULK].sent, left};
}

/* ---- asked for, and given */

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
    at->s->media.came = true;
    session_act(at, SYNC_STORE_MEDIA)->message = at->event->message;
    return 0;
}

/* What was under way on a line that is gone comes again. */
void session_media_rewind(struct sync_session *s)
{
    session_media_forget(s);
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

    if (s->media.flight_count > 0 &&
        at->event->now_ms - s->media.progress_ms >= s->config.ack_timeout_ms)
        session_media_forget(s);
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

    if (!s->media.giving)
        return;
    s->media.giving = false;
    if (event->bytes == 0) {
        s->media.due_ms = event->now_ms + MEDIA_RETRY_MS;
        return;
    }
    under_way(at);
    s->bulk_ms = event->now_ms;
    s->media.next++;
    s->media.left = event->code == MEDIA_DATA ? s->media.left - 1 : 0;
    s->media.due_ms = event->now_ms + 1;
}

int64_t session_media_deadline(const struct sync_session *s)
{
    int64_t at = s->media.flight_count > 0
                     ? s->media.progress_ms + s->config.ack_timeout_ms
                     : INT64_MAX;
    int64_t room_ms = session_room_ms(s, PACE_MEDIA);

    if (!may_give(s))
        return at;
    if (room_ms < s->media.due_ms)
        room_ms = s->media.due_ms;
    return room_ms < at ? room_ms : at;
}

bool sync_session_takes_media(const struct sync_session *session)
{
    return session->state == SYNC_LIVE && has_media(session);
}
