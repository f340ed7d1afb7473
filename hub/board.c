/* hub/board.c - counting for the board: from the ledger's steps, as time
 * passes, and once more for `verify`.
 *
 * A step changes up to four places: the counts of its sixteen days and their
 * sums (hub/board_sum.c), its village, and the open reports of its unit and
 * category. When a report falls due stands in the ledger's records and in their
 * index (hub/schema/023_report_due.sql), and nowhere else.
 * The counts of a day are pairs of numbers (LEB128): how many keys further, and
 * how many reports; a key is the day among the sixteen, then the category, then
 * the hour's band (board_key). Sixteen days are one row, so that a board of two
 * weeks reads few.
 */
#include "hub/board.h"

#include <stdlib.h>
#include <string.h>

#include "common/account/watch.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/domain/clock_rules.h"
#include "hub/board_inside.h"

enum {
    MINUTE_MS = 60000,
    RING_AFTER_MS = 15 * MINUTE_MS,
    RING_AFTER_MOST_MS = 24 * 60 * MINUTE_MS,
    AHEAD_MINUTES = 10, /* a clock set back by more: what is overdue is not */
    BAND_BITS = 3,      /* as hub/schema/023_report_due.sql says */
    BOARD_TABLES = 5,   /* another number when they are others: count anew */
    FEW_BUMPS = 64
};

/* ---- the tag: of an open report the minute when it falls due (or BOARD_NEVER)
 * and the hour's band */

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
        return BOARD_NEVER;
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

/* By which rules, and into which tables: others are another number. */
static int64_t counted_by(void)
{
    return clock_rules_number(&clock_rules_default) ^ BOARD_TABLES;
}

/* ---- bumps: what one place changes by */

static void bump(struct buf *out, unsigned table, int64_t place, uint32_t key,
                 int64_t delta)
{
    struct board_bump b = {board_at(table, place, key), delta};

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
    if (axes.category >= BOARD_CATEGORIES || band >= BOARD_BANDS ||
        minute > BOARD_NEVER)
        return; /* rotten: verify says so of the record */
    bump(out, BOARD_DAY,
         board_day_place(axes.day / BOARD_BLOCK, axes.home, axes.village),
         board_key(axes.day, axes.category, (uint32_t)band)
                 << BOARD_STATE_BITS |
             axes.state,
         step->delta);
    bump(out, BOARD_VILLAGE, board_village_place(axes.home, axes.village), 0,
         step->delta);
    if (!report_is_open((int)axes.state))
        return;
    place = board_open_place(axes.home, axes.category);
    bump(out, BOARD_OPEN, place, OPEN_ALL, step->delta);
    if (axes.urgent)
        bump(out, BOARD_OPEN, place, OPEN_URGENT, step->delta);
    if (axes.urgent && axes.state == REPORT_MOI)
        bump(out, BOARD_OPEN, place, OPEN_WAITING, step->delta);
    if (minute <= settled)
        bump(out, BOARD_OPEN, place, OPEN_OVERDUE, step->delta);
}

static int by_place(const void *left, const void *right)
{
    const struct board_bump *a = left, *b = right;

    return (a->at > b->at) - (a->at < b->at);
}

/* By one byte of `at`: those that are equal there stay in their order. */
static void sort_by_byte(struct board_bump *to, const struct board_bump *from,
                         size_t count, unsigned shift)
{
    size_t next[257] = {0};

    for (size_t i = 0; i < count; i++)
        next[(from[i].at >> shift & 0xff) + 1]++;
    for (size_t i = 1; i < 257; i++)
        next[i] += next[i - 1];
    for (size_t i = 0; i < count; i++)
        to[next[from[i].at >> shift & 0xff]++] = from[i];
}

/* Those of a batch differ in few bytes: a third of the time of qsort. */
static void sort_bumps(struct board_bump *b, size_t count)
{
    struct board_bump *memory, *from = b, *to;
    uint64_t differ = 0;

    if (count < FEW_BUMPS) {
        qsort(b, count, sizeof *b, by_place);
        return;
    }
    for (size_t i = 1; i < count; i++)
        differ |= b[i].at ^ b[0].at;
    to = memory = mem_array(count, sizeof *memory);
    for (unsigned shift = 0; shift < 64; shift += 8) {
        struct board_bump *other = from;

        if ((differ >> shift & 0xff) == 0)
            continue;
        sort_by_byte(to, from, count, shift);
        from = to;
        to = other;
    }
    if (from != b)
        memcpy(b, from, count * sizeof *b);
    mem_free(&memory);
}

size_t hub_board_fold(struct buf *bumps)
{
    struct board_bump *b = (struct board_bump *)(void *)bumps->data;
    size_t count = bumps->size / sizeof *b, kept = 0;

    if (count == 0)
        return 0;
    sort_bumps(b, count);
    for (size_t i = 0; i < count; i++)
        if (kept > 0 && b[kept - 1].at == b[i].at)
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

/* ---- counts */

void hub_board_write_number(struct buf *out, uint32_t value)
{
    for (; value >= 0x80; value >>= 7)
        buf_add_u8(out, (uint8_t)(value | 0x80));
    buf_add_u8(out, (uint8_t)value);
}

static void write_count(struct board_writing *w, uint32_t key, int64_t count)
{
    if (count <= 0)
        return;
    hub_board_write_number(&w->out, key - w->last);
    hub_board_write_number(&w->out, (uint32_t)count);
    w->last = key;
}

/* The bumps of one key, from `*i` on. */
static int64_t sum_key(const struct board_bump *b, size_t count, size_t *i,
                       unsigned shift)
{
    uint32_t key = board_key_of(b[*i].at) >> shift;
    int64_t sum = 0;

    for (; *i < count && board_key_of(b[*i].at) >> shift == key; (*i)++)
        sum += b[*i].delta;
    return sum;
}

void hub_board_merge(struct board_writing *w, struct bytes held,
                     const struct board_bump *b, size_t count, unsigned shift)
{
    uint32_t key = 0, many = 0;
    bool more = board_next(&held, &key, &many, SUM_KEYS);
    size_t i = 0;

    while (more || i < count) {
        uint32_t next = i < count ? board_key_of(b[i].at) >> shift : UINT32_MAX;

        if (more && key < next) {
            write_count(w, key, many);
        } else {
            write_count(w, next,
                        sum_key(b, count, &i, shift) +
                            (more && key == next ? many : 0));
            if (!more || key > next)
                continue;
        }
        more = board_next(&held, &key, &many, SUM_KEYS);
    }
}

/* Is there a key at which they are more than nothing in all? */
static bool change_a_day(const struct board_bump *b, size_t count)
{
    for (size_t i = 0; i < count;)
        if (sum_key(b, count, &i, BOARD_STATE_BITS) != 0)
            return true;
    return false;
}

static int write_day(struct board_store *s, const struct board_bump *b,
                     size_t count)
{
    struct board_writing w = {.last = 0};
    struct bytes held;
    int rc;

    if (!change_a_day(b, count)) /* only states did */
        return 0;
    if ((rc = board_store_day(s, board_place(b->at), &held)) != 0)
        return rc;
    hub_board_merge(&w, held, b, count, BOARD_STATE_BITS);
    rc = board_store_put_day(s, board_place(b->at), buf_bytes(&w.out));
    buf_free(&w.out);
    return rc;
}

static int write_open(struct board_store *s, const struct board_bump *b,
                      size_t count)
{
    struct board_open more = {0};

    for (size_t i = 0; i < count; i++)
        *board_open_field(&more, board_key_of(b[i].at)) += b[i].delta;
    return board_store_add_open(s, board_place(b->at), &more);
}

static int write_row(struct board_store *s, const struct board_bump *b,
                     size_t count)
{
    switch (board_table(b->at)) {
    case BOARD_DAY:
        return write_day(s, b, count);
    case BOARD_OPEN:
        return write_open(s, b, count);
    default:
        return board_store_add_village(s, board_place(b->at), b->delta);
    }
}

/* Table, and block and unit of a day's bump. */
static uint64_t sum_of(uint64_t at)
{
    return at >> (BOARD_KEY_BITS + BOARD_WORD_BITS);
}

/* Days are the first of the tables. */
static int write_sums(struct hub_board *board, const struct board_bump *b,
                      size_t count)
{
    int rc = 0;

    for (size_t i = 0, next;
         i < count && rc == 0 && board_table(b[i].at) == BOARD_DAY; i = next) {
        for (next = i + 1;
             next < count && sum_of(b[next].at) == sum_of(b[i].at);)
            next++;
        rc = hub_board_sum_write(board, &b[i], next - i);
    }
    return rc;
}

static int write_bumps(struct hub_board *board, size_t count)
{
    const struct board_bump *b =
        (const struct board_bump *)(const void *)board->bumps.data;
    int rc = write_sums(board, b, count);

    for (size_t i = 0, next; i < count && rc == 0; i = next) {
        for (next = i + 1;
             next < count && board_row(b[next].at) == board_row(b[i].at);)
            next++;
        rc = write_row(board->store, &b[i], next - i);
    }
    return rc;
}

/* ---- as time passes */

static int load_state(struct hub_board *board)
{
    struct board_state state = {0, 0};
    int rc = 0;

    if (board->settled >= 0)
        return 0;
    rc = board_store_state(board->store, &state);
    if (rc == ERR_MISSING) /* nothing was ever settled */
        rc = 0;
    if (rc == 0)
        board->settled = state.settled;
    return rc;
}

static int set_settled(struct hub_board *board, int64_t minute)
{
    struct board_state state = {minute, counted_by()};
    int rc = board_store_set_state(board->store, &state);

    if (rc == 0)
        board->settled = minute;
    return rc;
}

static int falls_due(void *who, uint32_t home, uint32_t category)
{
    struct board_open more = {.overdue = 1};

    return board_store_add_open(who, board_open_place(home, category), &more);
}

static int is_not_due(void *who, uint32_t home, uint32_t category)
{
    struct board_open less = {.overdue = -1};

    return board_store_add_open(who, board_open_place(home, category), &less);
}

/* The clock was set back. A small step is waited for. */
static bool is_ahead(const struct hub *hub)
{
    return hub->board.settled > hub->wall_ms / MINUTE_MS + AHEAD_MINUTES;
}

/* What is due up to now becomes overdue: open reports as the ledger has them,
 * so all of its steps are counted before, by what was settled then. */
static int settle(struct hub *hub)
{
    struct hub_board *board = &hub->board;
    int64_t now = hub->wall_ms / MINUTE_MS;
    int rc;

    if (now <= board->settled && !is_ahead(hub))
        return 0;
    rc = now > board->settled
             ? board_store_due(board->store, board->settled, now, falls_due,
                               board->store)
             : board_store_due(board->store, now, board->settled, is_not_due,
                               board->store);
    return rc != 0 ? rc : set_settled(board, now);
}

int hub_board_counted(struct hub *hub, const struct ledger_step *steps,
                      size_t count)
{
    struct hub_board *board = &hub->board;
    int rc = load_state(board);

    board->next_ms = 0;
    buf_clear(&board->bumps);
    for (size_t i = 0; i < count && rc == 0; i++)
        if (steps[i].delta != 0)
            hub_board_bumps(&board->bumps, &steps[i], board->settled);
    if (rc == 0)
        rc = write_bumps(board, hub_board_fold(&board->bumps));
    return rc != 0 ? rc : settle(hub);
}

int64_t hub_board_ring_after_ms(struct hub *hub)
{
    const char *text = hub_store_setting(hub->store, "ring_after");
    int64_t ms;

    return text[0] != '\0' && clock_duration_parse(&ms, text) ? ms
                                                              : RING_AFTER_MS;
}

int hub_board_set_ring_after(struct hub *hub, const char *text,
                             struct error *err)
{
    int64_t ms;

    if (text == NULL || !clock_duration_parse(&ms, text) || ms < MINUTE_MS ||
        ms > RING_AFTER_MOST_MS)
        return error_set(err, ERR_INVALID,
                         "\"%s\": how long may an urgent report wait? Say 1m "
                         "to 24h, such as 15m",
                         text == NULL ? "" : text);
    hub->board.next_ms = 0;
    hub->topics |= TOPIC_REPORTS; /* the pages ring by it */
    return hub_store_set(hub->store, "ring_after", text);
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

/* The minute when the next report falls due; 0: none does. */
static int64_t next_due(struct hub_board *board)
{
    return load_state(board) != 0
               ? 0
               : board_store_first_due(board->store, board->settled);
}

/* Nothing that waits has rung in the future. */
static int look_at_clock(struct hub *hub, int64_t after)
{
    struct hub_board *board = &hub->board;
    int rc = load_state(board);

    if (board->rung_ms > hub->wall_ms - after) {
        board->rung_ms = hub->wall_ms - after;
        board->next_ms = 0;
    }
    if (rc != 0 || !is_ahead(hub))
        return rc;
    log_warn("board.ahead", "minutes=%lld",
             (long long)(board->settled - hub->wall_ms / MINUTE_MS));
    board->by_time = true;
    board->next_ms = 0;
    hub->topics |= TOPIC_REPORTS;
    rc = ledger_flush(hub->ledger);
    return rc != 0 ? rc : settle(hub);
}

int hub_board_work(struct hub *hub)
{
    struct hub_board *board = &hub->board;
    int64_t after = hub_board_ring_after_ms(hub);
    struct ringing r = {.hub = hub};
    int64_t due;
    int rc;

    board->by_time = false;
    if ((rc = look_at_clock(hub, after)) != 0 ||
        hub->wall_ms < hub_board_next_ms(hub))
        return rc;
    r.since_ms = board->rung_ms;
    due = next_due(board);
    if (due != 0 && due <= hub->wall_ms / MINUTE_MS) {
        board->by_time = true;
        if ((rc = ledger_flush(hub->ledger)) != 0 || (rc = settle(hub)) != 0)
            return rc;
    }
    rc = ledger_waiting(hub->ledger, hub->wall_ms - after, ring, &r);
    board->rung_ms = hub->wall_ms - after;
    if (board->by_time) /* the pages read it anew */
        hub->topics |= TOPIC_REPORTS;
    board->next_ms = 0;
    return rc;
}

int64_t hub_board_next_ms(struct hub *hub)
{
    struct hub_board *board = &hub->board;
    int64_t due, waits;

    if (board->next_ms != 0)
        return board->next_ms;
    due = next_due(board);
    waits = ledger_waits_next(hub->ledger, board->rung_ms);
    board->next_ms = due == 0 ? INT64_MAX : due * MINUTE_MS;
    if (waits != 0 && waits + hub_board_ring_after_ms(hub) < board->next_ms)
        board->next_ms = waits + hub_board_ring_after_ms(hub);
    return board->next_ms;
}

void hub_board_undone(struct hub *hub)
{
    hub->board.settled = -1;
    hub->board.next_ms = 0;
}

void hub_board_rolled_back(struct hub *hub)
{
    hub_board_undone(hub);
    hub->board.rung_ms = hub->board.rung_kept_ms;
}

void hub_board_committed(struct hub *hub)
{
    hub->board.rung_kept_ms = hub->board.rung_ms;
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
    board->rung_kept_ms = board->rung_ms;
    if (rc != 0 || hub->mode == HUB_READ)
        return rc;
    rc = board_store_state(board->store, &state);
    if (rc == 0 && state.rules == counted_by() &&
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
    buf_free(&board->sums);
}
