/* hub/exchange_media.c - pieces of files: asked of the commune that named them,
 * given to whom they were passed on (PROTOCOL 7.12). */
#include "common/account/watch.h"
#include "common/base/log.h"
#include "hub/exchange_inside.h"
#include "hub/media.h"

static struct media_now now_of(const struct exchange *ex)
{
    return (struct media_now){ex->hub->mono_ms, ex->hub->wall_ms};
}

/* ---- giving */

static void give(struct exchange *ex, const struct peer *peer,
                 const struct sync_action *a, struct sync_event *sent)
{
    struct media_care *media = &ex->hub->media;
    struct sync_message m = {.type = MSG_MEDIA};
    bool may =
        media->open && media_store_may(media->rows, &a->ref.digest, peer->unit);

    media_give(&media->shelf, may, peer->unit, &a->ref.digest, (uint32_t)a->seq,
               &ex->piece, &m.media);
    sent->lane = LANE_BULK;
    sent->code = (int)m.media.code;
    sent->bytes = hub_exchange_put(ex, peer, LANE_BULK, &a->route, &m);
}

/* ---- taking */

static void take(struct exchange *ex, struct peer *peer,
                 const struct msg_media *piece)
{
    struct hub *hub = ex->hub;
    char name[HASH_TEXT_BYTES];
    int64_t tries = peer->media.part.row.tries;
    int rc = hub->media.open ? media_fetch_take(&peer->media, &hub->media.shelf,
                                                piece, now_of(ex))
                             : ERR_AGAIN;

    hub->media.wanted = hub->media.wanted || peer->media.moved;
    peer->media.moved = false;
    if (rc == 1) {
        log_info("media.here", "unit=%s name=%s pieces=%llu",
                 hub_unit_name(hub, peer->unit), hash_text(name, &piece->name),
                 (unsigned long long)peer->media.pieces);
        hub->topics |= TOPIC_REFERRALS;
    } else if (rc == ERR_DAMAGED) {
        hub_exchange_strike(ex, peer, STRIKE);
        log_warn("media.wrong", "unit=%s name=%s piece=%u",
                 hub_unit_name(hub, peer->unit), hash_text(name, &piece->name),
                 piece->piece);
    } else if (rc == ERR_MISSING) {
        log_warn("media.not_there", "unit=%s name=%s",
                 hub_unit_name(hub, peer->unit), hash_text(name, &piece->name));
        if (tries > 0) /* it said so before */
            hub_alarm(hub, peer->unit, ALARM_MEDIA_NOWHERE,
                      "a file of a report that %s passed on is not on its "
                      "machine: it is asked for again now and then. The "
                      "commune may have a copy on USB",
                      hub_unit_name(hub, peer->unit));
    } else if (rc == ERR_AGAIN) {
        if (peer->media.unwelcome % 64 == 0)
            hub_exchange_strike(ex, peer, STRIKE_LIGHT);
    } else if (rc < 0 && rc != ERR_FULL && rc != ERR_IO) {
        ex->failed = true; /* the rows, not the file */
    }
}

void hub_exchange_act_media(struct exchange *ex, struct peer *peer,
                            const struct sync_action *a,
                            const struct sync_message *m,
                            struct sync_event *sent)
{
    if (a->type == SYNC_GIVE_MEDIA)
        give(ex, peer, a, sent);
    else
        take(ex, peer, &m->media);
}

/* ---- asking */

static bool is_there(const struct peer *peer)
{
    return !peer->retiring && sync_session_takes_media(peer->session);
}

static void ask(struct exchange *ex, struct peer *peer)
{
    struct hub *hub = ex->hub;
    struct sync_message m = {.type = MSG_MEDIA_WANT};
    int rc;

    if (media_fetch_ask(&peer->media, &hub->media.shelf, peer->unit, now_of(ex),
                        &m.media_want, &rc))
        (void)hub_exchange_put(ex, peer, LANE_EXPRESS,
                               sync_session_route(peer->session), &m);
    if (rc != 0)
        ex->failed = true;
    if (peer->media.broken)
        hub_alarm(hub, "", ALARM_MEDIA_ROOM,
                  "a file of a report cannot be written here, others are: look "
                  "for media.unwritten in the log, check the disk, and whose "
                  "the files in the folder `media` are");
    if (peer->media.tight)
        hub_alarm(hub, "", ALARM_MEDIA_ROOM,
                  "no room for the files of reports that were passed on: they "
                  "are fetched when there is; words and alerts go on");
}

static void look(struct exchange *ex, struct peer *peer)
{
    int64_t at;

    if (care_is_tight(&ex->hub->care))
        ex->media_ms = INT64_MIN; /* once there is room */
    if (!is_there(peer) || care_is_tight(&ex->hub->care))
        return;
    if (media_fetch_deadline(&peer->media) <= ex->hub->mono_ms)
        ask(ex, peer);
    at = media_fetch_deadline(&peer->media);
    if (at < ex->media_ms)
        ex->media_ms = at;
}

/* Everybody when something was named or is due; else those that spoke: what
 * came may let more be asked for. */
void hub_exchange_media(struct exchange *ex)
{
    struct hub *hub = ex->hub;
    const struct crowd *c = &ex->crowd;

    if (!hub->media.open)
        return;
    if (!hub->media.wanted && ex->media_ms > hub->mono_ms) {
        for (size_t i = 0; i < c->touched_count && !ex->failed; i++)
            look(ex, &ex->peers[c->touched[i]]);
        return;
    }
    ex->media_ms = INT64_MAX;
    for (size_t i = 0; i < ex->peer_count && !ex->failed; i++) {
        if (hub->media.wanted)
            media_fetch_look(&ex->peers[i].media);
        look(ex, &ex->peers[i]);
    }
    hub->media.wanted = false;
}

void hub_exchange_media_greeted(struct exchange *ex, struct peer *peer,
                                const struct id *instance)
{
    media_fetch_lost(&peer->media);
    if (peer->retiring || id_equal(&peer->media_of, instance))
        return;
    peer->media_of = *instance;
    if (media_store_retry(ex->hub->media.rows, peer->unit) != 0)
        ex->failed = true;
}

int64_t hub_exchange_media_deadline(const struct exchange *ex)
{
    return ex->hub->media.open && !care_is_tight(&ex->hub->care) ? ex->media_ms
                                                                 : INT64_MAX;
}
