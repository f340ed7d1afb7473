/* node/uplink_media.c - pieces of files on the line: given to the hub when it
 * asks for what was passed on, asked of it when they should be here
 * (PROTOCOL 7.12). */
#include "common/base/log.h"
#include "node/media.h"
#include "node/uplink_inside.h"

static struct media_now now_of(const struct uplink *u)
{
    return (struct media_now){u->node->mono_ms, u->node->wall_ms};
}

void node_uplink_media_close(struct uplink *u)
{
    buf_free(&u->piece);
    media_fetch_close(&u->media);
}

void node_uplink_give_media(struct uplink *u, const struct sync_action *a,
                            struct sync_event *sent)
{
    struct media_care *media = &u->node->media;
    struct sync_message m = {.type = MSG_MEDIA};
    bool may = media->open &&
               media_store_left(media->rows, &a->ref.digest, u->node->keys.unit,
                                KIND_REPORT, u->node->body_always);

    media_give(&media->shelf, may, "", &a->ref.digest, (uint32_t)a->seq,
               &u->piece, &m.media);
    sent->lane = LANE_BULK;
    sent->code = (int)m.media.code;
    sent->bytes = node_uplink_put(u, LANE_BULK, &m);
    u->node->media_given += m.media.code == MEDIA_DATA;
    log_debug("media.piece", "number=%llu code=%u", (unsigned long long)a->seq,
              m.media.code);
}

void node_uplink_take_media(struct uplink *u, const struct msg_media *piece)
{
    struct media_care *media = &u->node->media;
    char name[HASH_TEXT_BYTES];
    int rc = media->open
                 ? media_fetch_take(&u->media, &media->shelf, piece, now_of(u))
                 : ERR_AGAIN;

    if (rc == 1)
        log_info("media.here", "name=%s", hash_text(name, &piece->name));
    else if (rc == 0 && piece->code == MEDIA_LATER)
        node_media_late(u->node, &piece->name);
    else if (rc == ERR_MISSING)
        node_media_nowhere(u->node, &piece->name);
    else if (rc == ERR_DAMAGED)
        log_warn("media.wrong", "name=%s piece=%u",
                 hash_text(name, &piece->name), piece->piece);
    else if (rc < 0 && rc != ERR_AGAIN && rc != ERR_FULL && rc != ERR_IO)
        u->failed = true;
}

static bool is_there(const struct uplink *u)
{
    return u->node->media.open && !care_is_tight(&u->node->care) &&
           sync_session_takes_media(u->session);
}

void node_uplink_media(struct uplink *uplink)
{
    struct media_care *media = &uplink->node->media;
    struct sync_message m = {.type = MSG_MEDIA_WANT};
    int rc;

    if (media->wanted)
        media_fetch_look(&uplink->media);
    media->wanted = false;
    if (!is_there(uplink) ||
        media_fetch_deadline(&uplink->media) > uplink->node->mono_ms)
        return;
    if (media_fetch_ask(&uplink->media, &media->shelf, "", now_of(uplink),
                        &m.media_want, &rc)) {
        sync_session_ask_bulk(uplink->session); /* it comes on it */
        (void)node_uplink_put(uplink, LANE_EXPRESS, &m);
    }
    if (uplink->media.broken)
        node_alarm(uplink->node, ALARM_MEDIA_BROKEN,
                   "a file of a report cannot be written here, others are: "
                   "look for media.unwritten in the log, check the disk, and "
                   "whose the files in the folder `media` are");
    if (rc != 0)
        uplink->failed = true;
}

int64_t node_uplink_media_deadline(const struct uplink *uplink)
{
    return is_there(uplink) ? media_fetch_deadline(&uplink->media) : INT64_MAX;
}
