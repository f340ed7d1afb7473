#include "node/intake_past.h"

#include <string.h>

#include "common/base/clock.h"
#include "common/domain/text.h"
#include "node/intake.h"

void node_past_free(struct past *past)
{
    for (size_t i = 0; i < past->count; i++) {
        buf_free(&past->steps[i].note);
        buf_free(&past->steps[i].by);
    }
    past->count = 0;
}

/* ---- reading */

/* The text under `key`, "" when it is not there. */
static int get_text(const struct json *step, const char *key, const char **out,
                    struct error *err)
{
    const struct json *value = json_get(step, key);

    *out = json_is_text(value) ? json_text(value) : "";
    if (value == NULL || json_is_null(value) || json_is_text(value))
        return 0;
    return error_set(err, ERR_INVALID, "%s is not text", key);
}

static int refuse_unknown(void *err, const char *key, const struct json *value)
{
    static const char *const known[] = {"state", "at", "outcome", "note", "by"};

    (void)value;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(key, known[i]) == 0)
            return 0;
    return error_set(err, ERR_INVALID, "unknown field \"%.40s\"", key);
}

static int read_words(struct past_step *out, const struct json *step,
                      struct error *err)
{
    const char *note, *by;
    int rc;

    if ((rc = get_text(step, "note", &note, err)) != 0 ||
        (rc = get_text(step, "by", &by, err)) != 0 ||
        (rc = node_intake_clean(&out->note, "note", note, REPORT_NOTE_LIMIT,
                                err)) != 0 ||
        (rc = node_intake_clean(&out->by, "by", by, REPORT_NAME_LIMIT, err)) !=
            0)
        return rc;
    if (out->by.size > 0 && !text_is_line(buf_bytes(&out->by)))
        return error_set(err, ERR_INVALID, "by is not one line of words");
    if (text_is_blank(buf_bytes(&out->note)))
        buf_clear(&out->note);
    out->move.note = out->note.size > 0 ? buf_text(&out->note) : NULL;
    out->who = buf_text(&out->by);
    return 0;
}

static int read_step(struct past_step *out, const struct json *step,
                     int64_t now_ms, struct error *err)
{
    const char *state, *at, *outcome;
    int rc;

    if (!json_is_object(step))
        return error_set(err, ERR_INVALID, "not an object");
    if ((rc = json_each(step, refuse_unknown, err)) != 0 ||
        (rc = get_text(step, "state", &state, err)) != 0 ||
        (rc = get_text(step, "at", &at, err)) != 0 ||
        (rc = get_text(step, "outcome", &outcome, err)) != 0)
        return rc;
    if ((out->move.to = report_state_parse(state)) == 0)
        return error_set(err, ERR_INVALID, "unknown state \"%.40s\"", state);
    if (*outcome != '\0' &&
        (out->move.outcome = report_outcome_parse(outcome)) == 0)
        return error_set(err, ERR_INVALID, "unknown outcome \"%.40s\"",
                         outcome);
    if (!clock_parse(&out->at_ms, at) || out->at_ms > now_ms)
        return error_set(err, ERR_INVALID,
                         "at is not a time that is past, such as "
                         "2026-11-23T20:15:01+07:00");
    out->move.by_leader = true; /* whoever did it then had to be */
    return read_words(out, step, err);
}

int node_past_read(struct past *out, const struct json *list, int64_t now_ms,
                   struct error *err)
{
    size_t bytes = 0;
    int rc = 0;

    if (list == NULL || json_is_null(list))
        return 0;
    if (!json_is_array(list) || json_count(list) > PAST_LIMIT)
        return error_set(err, ERR_INVALID, "moved is not a list of at most %d",
                         PAST_LIMIT);
    while (rc == 0 && out->count < json_count(list)) {
        struct past_step *step = &out->steps[out->count];

        memset(step, 0, sizeof *step);
        rc = read_step(step, json_at(list, out->count++), now_ms, err);
        bytes += step->note.size;
        if (rc == 0 && bytes > PAST_NOTES_LIMIT)
            rc = error_set(err, ERR_INVALID,
                           "its notes are longer than %d bytes together",
                           PAST_NOTES_LIMIT);
        if (rc != 0)
            error_wrap(err, "step %zu of moved", out->count);
    }
    return rc;
}

/* ---- what it means */

int node_past_check(const struct past *past, const struct report_fact *start,
                    struct error *err)
{
    struct report_fact fact = *start;
    int64_t before_ms = fact.received_ms;
    int rc = 0;

    for (size_t i = 0; i < past->count; i++) {
        const struct past_step *step = &past->steps[i];

        if (step->at_ms < before_ms)
            rc = error_set(err, ERR_REFUSED, "is earlier than what it follows");
        else
            rc = report_move_check(&fact, &step->move, err);
        if (rc != 0) {
            error_wrap(err, "step %zu of moved", i + 1);
            return rc;
        }
        before_ms = step->at_ms;
        report_move_apply(&fact, &step->move, step->at_ms);
    }
    return 0;
}

static void add_words(struct buf *out, const struct buf *words)
{
    buf_add_u32(out, (uint32_t)words->size);
    buf_add_bytes(out, buf_bytes(words));
}

void node_past_add(struct buf *out, const struct past *past)
{
    for (size_t i = 0; i < past->count; i++) {
        const struct past_step *step = &past->steps[i];

        buf_add_u32(out, (uint32_t)step->move.to);
        buf_add_u32(out, (uint32_t)step->move.outcome);
        buf_add_u64(out, (uint64_t)step->at_ms);
        add_words(out, &step->note);
        add_words(out, &step->by);
    }
}

int node_past_write(struct node *node, const struct id *id,
                    const struct past *past, struct error *err)
{
    struct held_report held = {0};
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < past->count; i++) {
        const struct past_step *step = &past->steps[i];
        struct intake_move order = {.id = *id,
                                    .move = step->move,
                                    .by = step->who,
                                    .at_ms = step->at_ms,
                                    .overtaken = i + 1 < past->count};

        if ((rc = node_held_load(node, id, &held, err)) == 0)
            rc = node_intake_write_move(node, &order, &held, err);
        node_held_free(&held);
    }
    return rc;
}
