/* hub/board.c - counting for the board: from the ledger's steps, as time
 * passes, and once more for `verify`.
 *
 * A step changes up to three places: the day's counts, the open reports of its
 * unit and category, and the minute when the report falls due. The counts of a
 * day are pairs of numbers (LEB128): how many keys further, and how many
 * reports; a key is category * BOARD_BANDS + band.
 */
#include "hub/board.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/domain/clock_rules.h"
#include "hub/board_inside.h"

enum {
    MINUTE_MS = 60000,
    RING_AFTER_MS = 15 * MINUTE_MS,
    AHEAD_MINUTES = 10, /* a clock set back by more: what is overdue is not */
    DAY_PLACE_SHIFT = 17,
    BAND_BITS = 3
};

/* ---- the tag: minute when it falls due (0: never), and the hour's band */

static int64_t due_minute(const struct report_fact *fact)
{
    struct clock_step steps[REPORT_STATE_END];
    struct clock_due dues[DUE_COUNT];
    const struct clock_due *next;
    struct clock_case c;
    size_t count;

    clock_case_of_fact(&c, steps, fact);
    count = clock_rules_read(&clock_rules_default, &c, fact->received_ms, dues);
    next = clock_rules_next(dues, count);
    if (next == NULL || next->state == DUE_PAUSED || next->due_ms <= 0)
        return 0;
    /* a report is overdue in the minute after the one its clock ends in */
    return next->due_ms / MINUTE_MS + 1;
}

void hub_board_tag(struct axes *axes, const struct report_fact *fact)
{
    int64_t band = fact->hour < 0 ? 0 : fact->hour / BOARD_BAND_HOURS + 1;
    bool open = report_is_open(fact->state);

    axes->tag = (open ? due_minute(fact) << BAND_BITS : 0) | band;
    axes->waits_ms =
        fact->urgent && fact->state == REPORT_MOI ? fact->received_ms : 0;
}

/* ---- bumps: what one place changes by */

static void bump(struct buf *out, int table, int64_t place, uint32_t key,
                 int64_t delta)
{
    struct board_bump b = {place, delta, table, key};

    buf_add(out, &b, sizeof b);
}

void hub_board_bumps(struct buf *out, const struct ledger_step *step,
                     int64_t settled)
{
    int64_t band = step->tag & ((1 << BAND_BITS) - 1);
    int64_t minute = step->tag >> BAND_BITS;
    struct axes axes;
    int64_t place;

    axes_unpack(&axes, step->cell);
    if (axes.category >= BOARD_CATEGORIES || band >= BOARD_BANDS)
        return; /* rotten: verify says so of the record */
    bump(out, BOARD_DAY, step->cell >> DAY_PLACE_SHIFT,
         axes.category * BOARD_BANDS + (uint32_t)band, step->delta);
    if (axes.state == REPORT_DA_XU_LY || axes.state == REPORT_DONG)
        return;
    place = board_open_place(axes.home, axes.category);
    bump(out, BOARD_OPEN, place, OPEN_ALL, step->delta);
    if (axes.urgent)
        bump(out, BOARD_OPEN, place, OPEN_URGENT, step->delta);
    if (axes.urgent && axes.state == REPORT_MOI)
        bump(out, BOARD_OPEN, place, OPEN_WAITING, step->delta);
    if (minute != 0 && minute <= settled)
        bump(out, BOARD_OPEN, place, OPEN_OVERDUE, step->delta);
    else if (minute != 0)
        bump(out, BOARD_DUE, minute << BOARD_OPEN_BITS | place, 0, step->delta);
}

static int by_place(const void *left, const void *right)
{
    const struct board_bump *a = left, *b = right;

    if (a->table != b->table)
        return a->table > b->table ? 1 : -1;
    if (a->place != b->place)
        return a->place > b->place ? 1 : -1;
    return (a->key > b->key) - (a->key < b->key);
}

size_t hub_board_fold(struct buf *bumps)
{
    struct board_bump *b = (struct board_bump *)(void *)bumps->data;
    size_t count = bumps->size / sizeof *b, kept = 0;

    if (count == 0)
        return 0;
    qsort(b, count, sizeof *b, by_place);
    for (size_t i = 0; i < count; i++)
        if (kept > 0 && by_place(&b[kept - 1], &b[i]) == 0)
            b[kept - 1].delta += b[i].delta;
        else if (kept > 0 && b[kept - 1].delta == 0)
            b[kept - 1] = b[i];
        else
            b[kept++] = b[i];
    if (b[kept - 1].delta == 0)
        kept--;
    bumps->size = kept * sizeof *b;
    return kept;
}

/* ---- the counts of a day */

static bool get_number(struct bytes *from, uint32_t *out)
{
    uint32_t value = 0;

    for (unsigned shift = 0; from->size > 0 && shift < 32; shift += 7) {
        uint8_t byte = *from->data;

        from->data++;
        from->size--;
        value |= (uint32_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static void put_number(struct buf *out, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_add_u8(out, (uint8_t)(value | 0x80));
    buf_add_u8(out, (uint8_t)value);
}

bool board_next_count(struct bytes *counts, uint32_t *key, uint32_t *count)
{
    uint32_t gap;

    if (counts->size == 0 || !get_number(counts, &gap) ||
        !get_number(counts, count) || gap >= BOARD_KEYS - *key)
        return false;
    *key += gap;
    return true;
}

/* Adds the bumps of one day to what is there. What would be less than nothing
 * is nothing: verify finds it. */
static int write_day(struct board_store *s, const struct board_bump *b,
                     size_t count)
{
    static uint32_t all[BOARD_KEYS];
    uint32_t key = 0, many, last = 0;
    struct buf out = {0};
    struct bytes held;
    int rc = board_store_day(s, b->place, &held);

    if (rc != 0)
        return rc;
    memset(all, 0, sizeof all);
    while (board_next_count(&held, &key, &many))
        all[key] = many;
    for (size_t i = 0; i < count; i++) {
        int64_t sum = (int64_t)all[b[i].key] + b[i].delta;

        all[b[i].key] = sum < 0 ? 0 : (uint32_t)sum;
    }
    for (key = 0; key < BOARD_KEYS; key++) {
        if (all[key] == 0)
            continue;
        put_number(&out, key - last);
        put_number(&out, all[key]);
        last = key;
    }
    rc = board_store_put_day(s, b->place, buf_bytes(&out));
    buf_free(&out);
    return rc;
}

static int write_open(struct board_store *s, const struct board_bump *b,
                      size_t count)
{
    struct board_open more = {0};

    for (size_t i = 0; i < count; i++)
        *board_open_field(&more, b[i].key) += b[i].delta;
    return board_store_add_open(s, b->place, &more);
}

static int write_bumps(struct hub_board *board, size_t count)
{
    const struct board_bump *b =
        (const struct board_bump *)(const void *)board->bumps.data;
    int rc = 0;

    for (size_t i = 0, next; i < count && rc == 0; i = next) {
        for (next = i + 1; next < count && b[next].table == b[i].table &&
                           b[next].place == b[i].place;)
            next++;
        if (b[i].table == BOARD_DAY)
            rc = write_day(board->store, &b[i], next - i);
        else if (b[i].table == BOARD_OPEN)
            rc = write_open(board->store, &b[i], next - i);
        else
            rc = board_store_add_due(board->store, b[i].place, b[i].delta);
    }
    return rc;
}

/* ---- as time passes */

static int load_state(struct hub_board *board)
{
    struct board_state state = {0, 0};
    int rc = board_store_state(board->store, &state);

    if (rc == 0 || rc == ERR_MISSING)
        board->settled = state.settled;
    return rc;
}

static int set_settled(struct hub_board *board, int64_t minute)
{
    struct board_state state = {minute,
                                clock_rules_number(&clock_rules_default)};
    int rc = board_store_set_state(board->store, &state);

    if (rc == 0)
        board->settled = minute;
    return rc;
}

static int move_one(void *who, int64_t place, int64_t count)
{
    struct board_open more = {.overdue = count};

    return board_store_add_open(
        who, place & ((INT64_C(1) << BOARD_OPEN_BITS) - 1), &more);
}

/* What is due up to now becomes overdue. */
static int settle(struct hub *hub)
{
    struct hub_board *board = &hub->board;
    int64_t now = hub->wall_ms / MINUTE_MS;
    int rc = 0;

    if (board->settled < 0 && (rc = load_state(board)) != 0)
        return rc == ERR_MISSING ? 0 : rc;
    if (now <= board->settled)
        return 0;
    rc = board_store_due(board->store, (now + 1) << BOARD_OPEN_BITS, true,
                         move_one, board->store);
    return rc != 0 ? rc : set_settled(board, now);
}

int hub_board_counted(struct hub *hub, const struct ledger_step *steps,
                      size_t count)
{
    struct hub_board *board = &hub->board;
    int rc = settle(hub);

    board->next_ms = 0;
    buf_clear(&board->bumps);
    for (size_t i = 0; i < count && rc == 0; i++)
        if (steps[i].delta != 0)
            hub_board_bumps(&board->bumps, &steps[i], board->settled);
    return rc != 0 ? rc : write_bumps(board, hub_board_fold(&board->bumps));
}

int64_t hub_board_ring_after_ms(struct hub *hub)
{
    const char *text = hub_store_setting(hub->store, "ring_after");
    int64_t ms;

    return text[0] != '\0' && clock_duration_parse(&ms, text) ? ms
                                                              : RING_AFTER_MS;
}

struct ringing {
    struct hub *hub;
    int64_t since_ms; /* what waits since then or longer has rung */
};

static int ring(void *who, const struct ledger_waiting *w)
{
    const struct ringing *r = who;
    char id[ID_TEXT_BYTES];

    if (w->axes.waits_ms <= r->since_ms)
        return 1;
    log_warn("urgent.rings", "unit=%s report=%s since=%lld",
             hub_unit_name(r->hub, w->home), id_text(id, &w->id),
             (long long)w->axes.waits_ms);
    r->hub->board.by_time = true;
    return 0;
}

int hub_board_work(struct hub *hub)
{
    struct hub_board *board = &hub->board;
    int64_t after = hub_board_ring_after_ms(hub);
    struct ringing r = {hub, board->rung_ms};
    int64_t due;
    int rc;

    board->by_time = false;
    if (hub->wall_ms < hub_board_next_ms(hub))
        return 0;
    due = board_store_first_due(board->store) >> BOARD_OPEN_BITS;
    if (due != 0 && due <= hub->wall_ms / MINUTE_MS) {
        board->by_time = true;
        if ((rc = settle(hub)) != 0)
            return rc;
    }
    rc = ledger_waiting(hub->ledger, hub->wall_ms - after, ring, &r);
    board->rung_ms = hub->wall_ms - after;
    board->next_ms = 0;
    return rc;
}

int64_t hub_board_next_ms(struct hub *hub)
{
    struct hub_board *board = &hub->board;
    int64_t due, waits;

    if (board->next_ms != 0)
        return board->next_ms;
    due = board_store_first_due(board->store) >> BOARD_OPEN_BITS;
    waits = ledger_waits_next(hub->ledger, board->rung_ms);
    board->next_ms = due == 0 ? INT64_MAX : due * MINUTE_MS;
    if (waits != 0 && waits + hub_board_ring_after_ms(hub) < board->next_ms)
        board->next_ms = waits + hub_board_ring_after_ms(hub);
    return board->next_ms;
}

void hub_board_rolled_back(struct hub *hub)
{
    hub->board.settled = -1;
    hub->board.next_ms = 0;
}

/* ---- opening */

static int recount(struct hub *hub)
{
    struct db *db = hub_store_db(hub->store);
    int rc = db_begin(db);

    if (rc == 0)
        rc = board_store_clear(hub->board.store);
    if (rc == 0)
        rc = set_settled(&hub->board, hub->wall_ms / MINUTE_MS);
    if (rc == 0)
        rc = ledger_recount(hub->ledger);
    return rc != 0 ? rc : db_commit(db);
}

int hub_board_open(struct hub *hub, struct error *err)
{
    struct hub_board *board = &hub->board;
    struct board_state state;
    int rc = board_store_open(&board->store, hub_store_db(hub->store), err);

    board->settled = -1;
    board->rung_ms = hub->wall_ms - hub_board_ring_after_ms(hub);
    if (rc != 0 || hub->mode == HUB_READ)
        return rc;
    rc = board_store_state(board->store, &state);
    if (rc == 0 && state.rules == clock_rules_number(&clock_rules_default) &&
        state.settled <= hub->wall_ms / MINUTE_MS + AHEAD_MINUTES)
        return 0;
    if (rc == 0 || rc == ERR_MISSING)
        rc = recount(hub);
    if (rc == 0)
        return 0;
    db_rollback(hub_store_db(hub->store));
    return error_set(err, rc, "the board's figures cannot be counted: %s",
                     db_reason(hub_store_db(hub->store)));
}

void hub_board_close(struct hub_board *board)
{
    board_store_close(&board->store);
    buf_free(&board->bumps);
}
