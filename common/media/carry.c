/* common/media/carry.c - see carry.h. */
#include "common/media/carry.h"

#include <string.h>

#include "common/base/log.h"

enum { LACKS_ENOUGH = 512 /* files in one message */ };

/* ---- what is lacking */

static bool is_first(const struct hash *name)
{
    static const struct hash none;

    return memcmp(name, &none, sizeof none) == 0;
}

bool media_load_lacks(struct media_load *load, const char *source,
                      uint64_t held)
{
    struct media_care *care = load->care;
    struct media_lack items[LACKS_ENOUGH];
    struct sync_message m = {.type = MSG_MEDIA_LACKS};
    struct msg_media_lacks *out = &m.media_lacks;
    struct hash *after = &load->at->name;
    struct media_row row;
    uint32_t reached;
    int rc = 0;

    out->held = held;
    out->from_first = is_first(after);
    out->after = *after;
    while (out->count < LACKS_ENOUGH &&
           (rc = media_carry_lack(care->carry, source, after, &row,
                                  &reached)) == 0) {
        items[out->count].name = *after = row.name;
        items[out->count++].next =
            care->open ? media_part_came(&care->shelf, &row, reached) : 0;
    }
    if (rc != 0 && rc != ERR_MISSING)
        load->rc = rc;
    out->to_last = rc == ERR_MISSING;
    out->last = *after;
    out->items = items;
    load->put(load->who, &m);
    return rc != 0;
}

static bool is_within(const struct msg_media_lacks *said,
                      const struct hash *name)
{
    return (said->from_first || memcmp(name, &said->after, sizeof *name) > 0) &&
           (said->to_last || memcmp(name, &said->last, sizeof *name) <= 0);
}

static void range_of(const struct msg_media_lacks *said,
                     struct media_range *out)
{
    out->after = said->after;
    out->last = said->last;
    if (said->from_first)
        memset(&out->after, 0, sizeof out->after);
    if (said->to_last)
        memset(&out->last, 0xff, sizeof out->last);
}

/* May it be told about this file? */
static bool concerns(const struct media_lacking *l, const struct hash *name)
{
    struct media_carry_row row;
    struct media_row file;

    if (l->rule.unit[0] != '\0')
        return media_store_may(l->care->rows, name, l->rule.unit);
    return media_carry_find(l->care->carry, &l->rule, name, &row) == 0 ||
           (media_store_find(l->care->rows, name, &file) == 0 &&
            media_store_left(l->care->rows, name, l->rule.home,
                             l->rule.report_kind, l->rule.reports));
}

/* What it did not name, and had the words of. */
static int take_unsaid(const struct media_lacking *l, struct media_range range,
                       uint64_t held)
{
    struct media_carry *carry = l->care->carry;
    struct media_row row;
    int rc;

    while ((rc = media_carry_unsaid(carry, &l->rule, &range, &l->said, &row)) ==
           0) {
        range.after = row.name;
        if (l->held(l->who, &row.name, held) &&
            (rc = media_carry_told(carry, l->rule.unit, &row.name, -1,
                                   &l->said)) != 0)
            return rc;
    }
    return rc == ERR_MISSING ? 0 : rc;
}

int media_lacking_take(const struct media_lacking *l,
                       const struct msg_media_lacks *said)
{
    struct media_carry *carry = l->care->carry;
    struct media_range range;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < said->count; i++)
        if (is_within(said, &said->items[i].name) &&
            concerns(l, &said->items[i].name))
            rc = media_carry_told(carry, l->rule.unit, &said->items[i].name,
                                  said->items[i].next, &l->said);
    if (rc != 0)
        return rc;
    range_of(said, &range);
    return l->rule.unit[0] != '\0'
               ? media_carry_clear(carry, l->rule.unit, &range, &l->said)
               : take_unsaid(l, range, said->held);
}

/* ---- pieces into a bundle */

void media_load_begin(struct media_load *load)
{
    memset(&load->at->name, 0, sizeof load->at->name);
    load->at->next = 0;
    load->at->round =
        (uint64_t)media_carry_round(load->care->carry, load->rule.unit);
}

static int next_name(struct media_load *load, struct hash *out)
{
    int count;

    if (load->ahead_at == load->ahead_count) {
        count = media_carry_first(load->care->carry, &load->rule,
                                  (int64_t)load->at->round, load->ahead);
        if (count <= 0)
            return count < 0 ? count : ERR_MISSING;
        load->ahead_count = count;
        load->ahead_at = 0;
    }
    *out = load->ahead[load->ahead_at++];
    return 0;
}

/* The one under way, or the next one. */
static int choose(struct media_load *load, struct media_carry_row *out)
{
    struct bundle_files *at = load->at;
    int rc;

    if (at->next > 0) {
        rc = media_carry_find(load->care->carry, &load->rule, &at->name, out);
        if (rc != ERR_MISSING)
            return rc;
        at->next = 0; /* erased, or it is there by now */
    }
    rc = next_name(load, &at->name);
    return rc != 0 ? rc
                   : media_carry_find(load->care->carry, &load->rule, &at->name,
                                      out);
}

/* The list goes first in every bundle, so that what is in it can be checked;
 * then on from where the last one ended, or the receiver lacks it. */
static uint32_t after_list(const struct media_carry_row *row)
{
    int64_t list = media_list_pieces(row->file.size);
    int64_t next = row->next > row->lacks ? row->next : row->lacks;

    return (uint32_t)(next > list && next < media_pieces(row->file.size)
                          ? next
                          : list);
}

static int mark(struct media_load *load, uint32_t next)
{
    return media_carry_mark(load->care->carry, load->rule.unit, &load->at->name,
                            (int64_t)load->at->round, next);
}

static int went(struct media_load *load, const struct media_carry_row *row)
{
    struct bundle_files *at = load->at;
    uint32_t list = media_list_pieces(row->file.size);

    at->pieces++;
    at->next++;
    if (at->next == list)
        at->next = after_list(row);
    if (at->next < media_pieces(row->file.size))
        return at->next > list ? mark(load, at->next) : 0;
    at->next = 0;
    at->files++;
    return mark(load, 0);
}

static int put_piece(struct media_load *load, const struct media_carry_row *row)
{
    struct sync_message m = {.type = MSG_MEDIA_CARRIED};
    struct buf piece = {0};
    int rc = media_shelf_piece(&load->care->shelf, &row->file.name,
                               load->at->next, &piece);

    if (rc == 0) {
        m.media_carried = (struct msg_media_carried){
            row->file.name, load->at->next, buf_bytes(&piece)};
        load->put(load->who, &m);
        rc = went(load, row);
    } else {
        load->at->next = 0; /* rotten: the sweep tells of it */
        rc = mark(load, 0);
    }
    buf_free(&piece);
    return rc;
}

bool media_load_piece(struct media_load *load)
{
    struct media_carry_row row;
    int rc;

    if (!load->care->open || load->rc != 0)
        return true;
    if ((rc = choose(load, &row)) == 0)
        rc = put_piece(load, &row);
    if (rc != 0 && rc != ERR_MISSING)
        load->rc = rc;
    return rc != 0;
}

void media_load_end(struct media_load *load)
{
    if (load->care->open)
        media_carry_left(load->care->carry, &load->rule,
                         (int64_t)load->at->round, &load->at->left_files,
                         &load->at->left_bytes);
}

/* ---- and out of it */

static int put_aside(struct media_unload *u)
{
    struct media_row row;
    int rc = 0;

    if (u->part.file == NULL)
        return 0;
    if (media_store_find(u->care->rows, &u->part.row.name, &row) == 0 &&
        row.state == MEDIA_WANTED)
        rc = media_carry_reached(
            u->care->carry, &row.name,
            u->part.guessed || u->part.next > 0 ? u->part.next : 0);
    media_part_close(&u->part);
    return rc;
}

static bool over_share(struct media_unload *u, const struct media_row *row)
{
    if (u->source[0] == '\0')
        return false;
    if (!u->looked_at_share)
        u->beyond = media_store_beyond(u->care->rows, u->source, MEDIA_SHARE);
    u->looked_at_share = true;
    return row->id >= u->beyond;
}

static bool has_room(struct media_unload *u, const struct media_row *row)
{
    return !u->tight &&
           media_shelf_free(&u->care->shelf) >= row->size + MEDIA_RESERVE &&
           !over_share(u, row);
}

/* The disk says no to this file: not the block's matter. */
static int no_room(struct media_unload *u)
{
    u->count->later = true;
    return ERR_AGAIN;
}

/* ERR_AGAIN: not this one; it is counted. */
static int open_part(struct media_unload *u, const struct media_row *row)
{
    uint32_t reached;
    int rc = put_aside(u);

    if (rc != 0)
        return rc;
    if (!has_room(u, row))
        return no_room(u);
    u->hold(u->who, &row->name);
    reached = media_carry_has_reached(u->care->carry, &row->name);
    rc = media_part_resume(&u->part, &u->care->shelf, row, reached, NULL);
    if (rc == ERR_FULL || rc == ERR_IO)
        return no_room(u);
    if (rc == 0 && u->part.file == NULL)
        u->count->files++; /* it was whole, and only its row was not */
    return rc;
}

static bool is_open(const struct media_unload *u, const struct hash *name)
{
    return u->part.file != NULL && hash_equal(&u->part.row.name, name);
}

static int count_piece(struct media_unload *u, int rc)
{
    struct bundle_count *count = u->count;

    switch (rc) {
    case 0:
        count->pieces++;
        if (u->part.file == NULL)
            count->files++;
        return 0;
    case ERR_EXISTS:
        count->pieces_known++;
        return 0;
    case ERR_AGAIN:
        count->pieces_passed++;
        return 0;
    case ERR_DAMAGED:
        count->pieces_wrong++;
        log_warn("media.wrong", "carried=1");
        return 0;
    case ERR_FULL:
    case ERR_IO:
        media_part_close(&u->part);
        (void)no_room(u);
        count->pieces_passed++;
        return 0;
    }
    return rc;
}

int media_unload_piece(struct media_unload *u,
                       const struct msg_media_carried *piece)
{
    struct media_row row;
    int rc = u->care->open ? media_store_find(u->care->rows, &piece->name, &row)
                           : ERR_MISSING;

    if (rc == ERR_MISSING ||
        (rc == 0 && row.state != MEDIA_HERE &&
         (row.state != MEDIA_WANTED || strcmp(row.source, u->source) != 0)))
        return count_piece(u, ERR_AGAIN);
    if (rc == 0 && row.state == MEDIA_HERE)
        return count_piece(u, ERR_EXISTS);
    if (rc == 0 && !is_open(u, &piece->name) &&
        (rc = open_part(u, &row)) == 0 && u->part.file == NULL)
        return count_piece(u, ERR_EXISTS);
    if (rc == 0)
        rc = media_part_place(&u->part, &u->care->shelf, piece->piece,
                              piece->data, NULL);
    if (rc == ERR_DAMAGED && u->part.file == NULL) {
        bool again; /* the list: another body may say what is right */

        (void)media_store_other(u->care->rows, &row, &again);
    }
    return count_piece(u, rc);
}

int media_unload_end(struct media_unload *u)
{
    if (u->count->pieces > 0)
        u->care->wanted = true; /* whoever asks on a line asks anew */
    return put_aside(u);
}
