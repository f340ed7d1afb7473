/* node/uplink_frames.c - what is to be said, until the turn is on disk. */
#include "common/base/log.h"
#include "common/base/mem.h"
#include "node/alerts.h"
#include "node/uplink_inside.h"

size_t node_uplink_put(void *who, enum lane lane,
                       const struct sync_message *message)
{
    struct uplink *u = who;
    struct error err = {""};
    struct frame *frame;
    struct bytes bytes;

    if (sender_encode(u->node->codec, u->session, u->node->keys.unit, &bytes,
                      message, &err) != 0) {
        log_error("frame.encode", "type=%d reason=\"%s\"", (int)message->type,
                  err.text);
        return 0;
    }
    if (u->frame_count == u->frame_room) {
        u->frame_room = u->frame_room == 0 ? 16 : u->frame_room * 2;
        u->frames = mem_grow(u->frames, u->frame_room, sizeof *u->frames);
    }
    frame = &u->frames[u->frame_count++];
    *frame = (struct frame){lane, u->bytes.size, bytes.size};
    buf_add_bytes(&u->bytes, bytes);
    return bytes.size;
}

void node_uplink_forget_frames(struct uplink *u)
{
    u->frame_count = 0;
    buf_clear(&u->bytes);
}

bool node_uplink_frames_rest(const struct uplink *u)
{
    if (id_is_zero(&u->node->arrived) || u->rekeyed ||
        !node_alerts_receipts_rest(u->node))
        return false;
    for (size_t i = 0; i < u->frame_count; i++)
        if (u->frames[i].lane != LANE_EXPRESS)
            return false;
    return true;
}

void node_uplink_send_frames(struct uplink *u)
{
    for (size_t i = 0; i < u->frame_count; i++) {
        const struct frame *f = &u->frames[i];

        if (net_link_send(u->lines[f->lane].link,
                          bytes_of(u->bytes.data + f->offset, f->size)) != 0)
            log_debug("frame.unsent", "lane=%d bytes=%zu", (int)f->lane,
                      f->size);
    }
    node_uplink_forget_frames(u);
}
