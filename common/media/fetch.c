/* common/media/fetch.c - see fetch.h. */
#include "common/media/fetch.h"

#include <stdio.h>
#include <string.h>

#include "common/base/log.h"
#include "common/wire/referral.h"

enum {
    ROOM_PAUSE_MS = 5000,
    BROKEN_LOOK_MS = 1000, /* after one that the disk said no to */
    BROKEN_PAUSE_MS = 10 * MEDIA_MINUTE_MS,
    LATER_LEAST_MS = MEDIA_MINUTE_MS / 4,
    LATER_MOST_MS = 60 * MEDIA_MINUTE_MS
};

void media_fetch_look(struct media_fetch *fetch) { fetch->look_ms = INT64_MIN; }

void media_fetch_lost(struct media_fetch *fetch)
{
    media_part_close(&fetch->part);
    memset(&fetch->flow, 0, sizeof fetch->flow);
    fetch->look_ms = INT64_MIN;
}

void media_fetch_close(struct media_fetch *fetch)
{
    media_part_close(&fetch->part);
}

/* A unit's at its hub; at a node ("") all but a few are its own. */
static bool over_share(struct media_shelf *shelf, const char *source,
                       const struct media_row *row)
{
    return source[0] != '\0' &&
           row->id >= media_store_beyond(shelf->rows, source, MEDIA_SHARE);
}

/* The next one that may be asked for, with what is there of it. ERR_MISSING:
 * none for now. */
static int choose(struct media_fetch *fetch, struct media_shelf *shelf,
                  const char *source, struct media_now now)
{
    struct media_row row;
    int rc = media_store_wanted(shelf->rows, source, now.wall_ms, &row);
    int64_t at;

    fetch->tight = fetch->broken = false;
    if (rc == ERR_MISSING) {
        at = media_store_wanted_ms(shelf->rows, source);
        fetch->look_ms =
            at == INT64_MAX ? INT64_MAX : now.mono_ms + (at - now.wall_ms) + 1;
    }
    if (rc != 0)
        return rc;
    if (media_shelf_free(shelf) < row.size + MEDIA_RESERVE ||
        over_share(shelf, source, &row)) {
        fetch->tight = true;
        fetch->look_ms = now.mono_ms + ROOM_PAUSE_MS;
        return ERR_MISSING;
    }
    rc = media_part_open(&fetch->part, shelf, &row, NULL);
    fetch->flow = (struct chunk_flow){.next = fetch->part.next};
    return rc;
}

static void leave(struct media_fetch *fetch, int64_t look_ms)
{
    media_part_close(&fetch->part);
    memset(&fetch->flow, 0, sizeof fetch->flow);
    fetch->look_ms = look_ms;
}

/* No room: not the turn's matter. */
static int wait_for_room(struct media_fetch *fetch, int rc,
                         struct media_now now)
{
    leave(fetch, now.mono_ms + ROOM_PAUSE_MS);
    fetch->tight = true;
    return rc;
}

/* The disk says no to this one file: it waits, and the others go on. That it
 * was erased meanwhile is no fault. */
static int pass_broken(struct media_fetch *fetch, struct media_shelf *shelf,
                       struct media_now now)
{
    struct hash name = fetch->part.row.name;
    char text[HASH_TEXT_BYTES];
    struct media_row row;
    int rc = media_store_find(shelf->rows, &name, &row);

    leave(fetch, now.mono_ms + BROKEN_LOOK_MS);
    if (rc != 0 || row.state != MEDIA_WANTED)
        return rc == ERR_MISSING ? 0 : rc;
    fetch->broken = true;
    log_warn("media.unwritten", "name=%s", hash_text(text, &name));
    return media_store_wait(shelf->rows, &name, now.wall_ms + BROKEN_PAUSE_MS);
}

/* The peer waits for it as well, or its disk does: the others go on. The longer
 * it was not there, the longer the pause. */
static int pass_later(struct media_fetch *fetch, struct media_shelf *shelf,
                      struct media_now now)
{
    const struct media_row *row = &fetch->part.row;
    int64_t pause = (now.wall_ms - row->since_ms) / 4;
    int rc;

    if (pause < LATER_LEAST_MS)
        pause = LATER_LEAST_MS;
    else if (pause > LATER_MOST_MS)
        pause = LATER_MOST_MS;
    rc = media_store_wait(shelf->rows, &row->name, now.wall_ms + pause);
    leave(fetch, INT64_MIN);
    return rc;
}

bool media_fetch_ask(struct media_fetch *fetch, struct media_shelf *shelf,
                     const char *source, struct media_now now,
                     struct msg_media_want *want, int *rc)
{
    *rc = 0;
    while (fetch->part.file == NULL && now.mono_ms >= fetch->look_ms) {
        *rc = choose(fetch, shelf, source, now);
        if (*rc != 0) {
            if (*rc == ERR_FULL)
                (void)wait_for_room(fetch, *rc, now);
            if (*rc == ERR_IO)
                *rc = pass_broken(fetch, shelf, now);
            if (*rc == ERR_MISSING || *rc == ERR_FULL)
                *rc = 0;
            return false;
        }
    }
    if (fetch->part.file == NULL)
        return false;
    want->name = fetch->part.row.name;
    return chunk_flow_ask(&fetch->flow, media_pieces(fetch->part.row.size),
                          now.mono_ms, &want->first, &want->count);
}

/* Meanwhile it may have been erased, or may stay with who has it after all. */
static int look_again(struct media_shelf *shelf, const struct hash *name,
                      bool *wanted)
{
    struct media_row row;
    int rc = media_store_stays(shelf->rows, name, KIND_REPORT);

    *wanted = false;
    if (rc == 0 && (rc = media_store_find(shelf->rows, name, &row)) == 0)
        *wanted = row.state == MEDIA_WANTED;
    return rc == ERR_MISSING ? 0 : rc;
}

/* A minute, then growing, up to a day; at once when another body says something
 * else of it. */
static int put_off(struct media_fetch *fetch, struct media_shelf *shelf,
                   struct media_now now, int code)
{
    const struct media_row *row = &fetch->part.row;
    int64_t pause = MEDIA_MINUTE_MS;
    bool wanted, again = true;
    int rc = look_again(shelf, &row->name, &wanted);

    if (rc == 0 && wanted)
        rc = media_store_other(shelf->rows, row, &again);
    for (int64_t i = 0; i < row->tries && pause < MEDIA_DAY_MS; i++)
        pause *= 4;
    if (pause > MEDIA_DAY_MS)
        pause = MEDIA_DAY_MS;
    if (rc == 0 && wanted && again)
        rc = media_store_put_off(shelf->rows, &row->name, now.wall_ms + pause);
    if ((!wanted || !again) && code == ERR_MISSING)
        code = 0;
    fetch->moved = true;
    leave(fetch, INT64_MIN);
    return rc != 0 ? rc : code;
}

int media_fetch_take(struct media_fetch *fetch, struct media_shelf *shelf,
                     const struct msg_media *piece, struct media_now now)
{
    int rc;

    if (fetch->part.file == NULL ||
        !hash_equal(&piece->name, &fetch->part.row.name) ||
        !chunk_flow_expects(&fetch->flow, piece->piece)) {
        fetch->unwelcome++;
        return ERR_AGAIN;
    }
    if (piece->code == MEDIA_LATER)
        return pass_later(fetch, shelf, now);
    if (piece->code != MEDIA_DATA)
        return put_off(fetch, shelf, now, ERR_MISSING);
    rc = media_part_put(&fetch->part, shelf, piece->piece, piece->data, NULL);
    if (rc == ERR_DAMAGED)
        return put_off(fetch, shelf, now, rc);
    if (rc == ERR_FULL)
        return wait_for_room(fetch, rc, now);
    if (rc == ERR_IO)
        return pass_broken(fetch, shelf, now);
    if (rc != 0)
        return rc;
    fetch->pieces++;
    chunk_flow_took(&fetch->flow, now.mono_ms);
    if (fetch->part.file != NULL)
        return 0;
    fetch->look_ms = INT64_MIN;
    return 1;
}

int64_t media_fetch_deadline(const struct media_fetch *fetch)
{
    return fetch->part.file == NULL
               ? fetch->look_ms
               : chunk_flow_deadline(&fetch->flow,
                                     media_pieces(fetch->part.row.size));
}

/* Is it asked of somebody else than `asker`, who did not say that he has it not
 * either? */
static bool is_coming(const struct media_shelf *shelf, const struct hash *name,
                      const char *asker)
{
    struct media_row row;

    return media_store_find(shelf->rows, name, &row) == 0 &&
           row.state == MEDIA_WANTED && row.tries == 0 &&
           strcmp(row.source, asker) != 0;
}

void media_give(struct media_shelf *shelf, bool may, const char *asker,
                const struct hash *name, uint32_t piece, struct buf *room,
                struct msg_media *out)
{
    int rc = ERR_MISSING;

    buf_clear(room);
    if (may)
        rc = media_shelf_piece(shelf, name, piece, room);
    if (may && rc == ERR_MISSING && is_coming(shelf, name, asker))
        rc = ERR_IO;
    out->name = *name;
    out->piece = piece;
    out->code = rc == 0        ? MEDIA_DATA
                : rc == ERR_IO ? MEDIA_LATER
                               : MEDIA_MISSING;
    out->data = rc == 0 ? buf_bytes(room) : bytes_of(NULL, 0);
}

/* ---- what bodies say */

struct naming {
    char goes[LIMIT_HOME]; /* "" for a report; whom an offer is for */
    bool urgent;
};

static int name_one(struct media_store *rows, const struct change *change,
                    const struct report_attachment *file, int number,
                    const struct naming *says, const struct media_naming *how)
{
    struct media_row row = {.name = file->name,
                            .size = file->size,
                            .type = (int)(file->type & 0xffff),
                            .state = file->kept ? how->kept_state : how->state,
                            .since_ms = how->wall_ms};
    struct media_use use = {.name = file->name,
                            .record = change->header.record,
                            .number = number,
                            .kind = change->header.kind,
                            .kept = file->kept,
                            .size = file->size,
                            .urgent = says->urgent};
    struct media_row known;
    int rc;

    memcpy(row.salt, file->salt, sizeof row.salt);
    memcpy(use.salt, file->salt, sizeof use.salt);
    (void)snprintf(row.source, sizeof row.source, "%s", how->source);
    (void)snprintf(use.home, sizeof use.home, "%s", change->header.home);
    (void)snprintf(use.goes, sizeof use.goes, "%s", says->goes);
    rc = media_store_find(rows, &file->name, &known);
    if (rc == ERR_MISSING || (rc == 0 && known.state == MEDIA_GONE))
        rc = media_store_add(rows, &row);
    else if (rc == 0 && known.state == MEDIA_AWAY && !file->kept &&
             (rc = media_store_believe(rows, &row)) == 0)
        rc = media_store_set(rows, &file->name, row.state);
    if (rc != 0 || (rc = media_store_use(rows, &use)) != 0 || !file->kept)
        return rc;
    return media_store_stays(rows, &file->name, KIND_REPORT);
}

/* False: a record without words. */
static bool read_naming(const struct change *change, struct naming *out)
{
    struct bytes bytes = change->part[PART_FACT].bytes;
    struct referral_fact offer;
    struct report_fact fact;

    memset(out, 0, sizeof *out);
    if (change->header.kind == KIND_REPORT) {
        out->urgent =
            wire_report_fact_decode(&fact, bytes, NULL) == 0 && fact.urgent;
        return true;
    }
    if (change->header.kind != KIND_REFERRAL ||
        wire_referral_decode(&offer, bytes, NULL) != 0 ||
        offer.role != REFERRAL_OFFER)
        return false;
    out->urgent = offer.what.urgent;
    memcpy(out->goes, offer.to, strnlen(offer.to, sizeof out->goes - 1));
    return true;
}

int media_named(struct media_store *rows, const struct change *change,
                const struct media_naming *how, bool *wanted)
{
    const struct part *body = &change->part[PART_BODY];
    struct naming says;
    struct report_body words;
    struct wire_arena *arena;
    int rc;

    if (change->header.kind != KIND_REPORT &&
        change->header.kind != KIND_REFERRAL)
        return 0;
    if (body->form != PART_WHOLE || !wire_report_body_has_files(body->bytes) ||
        !read_naming(change, &says))
        return 0;
    arena = wire_arena_new();
    rc = wire_report_body_decode(&words, arena, body->bytes, NULL);
    for (size_t i = 0; rc == 0 && i < words.attachment_count; i++)
        rc = name_one(rows, change, &words.attachments[i], (int)i + 1, &says,
                      how);
    wire_arena_free(&arena);
    *wanted = *wanted || rc == 0;
    return rc == ERR_INVALID ? 0 : rc; /* words that cannot be read */
}
