#include "tests/support/sample.h"

#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/format/json.h"
#include "common/wire/codec.h"
#include "common/wire/record.h"
#include "tests/support/year.h"

static const struct hash_function sha256 = {crypto_sha256};

enum { STEP_MS = 36000000 }; /* between two moves nobody told the time of */

struct making {
    struct sample *out;
    const struct json *line;
    struct report_fact fact;
    struct change_header header;
    uint64_t random;
};

void sample_free(struct sample *sample)
{
    for (size_t i = 0; i < SAMPLE_VERSIONS; i++) {
        buf_free(&sample->header[i]);
        buf_free(&sample->fact[i]);
    }
    buf_free(&sample->body);
    memset(sample, 0, sizeof *sample);
}

static void whole(struct part *part, const struct buf *bytes)
{
    part->form = PART_WHOLE;
    random_bytes(part->salt, sizeof part->salt);
    part->bytes = buf_bytes(bytes);
}

/* The next version, as fact and clock are now. */
static void add(struct making *m)
{
    struct sample *s = m->out;
    size_t n = s->count;
    struct change *change = &s->changes[n];

    if (n == SAMPLE_VERSIONS)
        return;
    m->header.version = n + 1;
    wire_header_encode(&s->header[n], &m->header);
    wire_report_fact_encode(&s->fact[n], &m->fact);
    *change = (struct change){.header_bytes = buf_bytes(&s->header[n]),
                              .header = m->header};
    whole(&change->part[PART_FACT], &s->fact[n]);
    if (n == 0)
        whole(&change->part[PART_BODY], &s->body);
    else
        change->part[PART_BODY] = (struct part){
            .form = PART_STUB,
            .hash = part_hash(&sha256, &s->changes[0].part[PART_BODY])};
    s->count++;
}

static void move(struct making *m, int to, int outcome, int64_t at_ms)
{
    const struct report_move how = {.to = to, .outcome = outcome};

    report_move_apply(&m->fact, &how, at_ms);
    m->header.clock_ms = at_ms;
    add(m);
}

static void move_as_told(struct making *m, const struct json *steps)
{
    for (size_t i = 0; i < json_count(steps); i++) {
        const struct json *step = json_at(steps, i);
        const char *at = json_get_text(step, "at");
        const char *state = json_get_text(step, "state");
        const char *outcome = json_get_text(step, "outcome");
        int64_t at_ms;

        if (at != NULL && state != NULL && clock_parse(&at_ms, at))
            move(m, report_state_parse(state),
                 outcome != NULL ? report_outcome_parse(outcome) : OUTCOME_NONE,
                 at_ms);
    }
}

static void tell_body(struct making *m, const char *text)
{
    struct report_body body = {.text = text, .place = ""};
    const char *occurred = json_get_text(m->line, "occurred");

    if (occurred != NULL)
        (void)clock_parse(&body.occurred_ms, occurred);
    body.has_point = json_get_real(m->line, "lat", &body.lat) &&
                     json_get_real(m->line, "lon", &body.lon);
    wire_report_body_encode(&m->out->body, &body);
    m->fact.day = clock_day(body.occurred_ms != 0 ? body.occurred_ms
                                                  : m->fact.received_ms);
    m->fact.hour = body.occurred_ms != 0 ? clock_hour(body.occurred_ms) : -1;
}

static int tell_fact(struct making *m, struct error *err)
{
    const char *category = json_get_text(m->line, "category");
    const char *received = json_get_text(m->line, "received");
    const char *channel = json_get_text(m->line, "channel");
    const char *village = json_get_text(m->line, "village");
    const char *id = json_get_text(m->line, "id");

    if (category == NULL || received == NULL || id == NULL ||
        !clock_parse(&m->fact.received_ms, received) ||
        !id_parse(&m->header.record, id) ||
        (m->fact.category = category_find(category)) == NULL)
        return error_set(err, ERR_INVALID, "not a report's line");
    m->fact.channel =
        channel != NULL ? report_channel_parse(channel) : CHANNEL_KHAC;
    m->fact.urgent =
        report_is_urgent(json_get_flag(m->line, "urgent"), m->fact.category);
    if (village != NULL)
        (void)snprintf(m->fact.village, sizeof m->fact.village, "%s", village);
    m->fact.state = REPORT_MOI;
    m->fact.entered_ms[REPORT_MOI] = m->fact.received_ms;
    m->fact.bodies = 1;
    return 0;
}

static int make(struct making *m, struct error *err)
{
    const char *text = json_get_text(m->line, "text");
    const char *state = json_get_text(m->line, "state");
    const struct json *steps = json_get(m->line, "moved");
    int to = state != NULL ? report_state_parse(state) : 0;
    int rc = text == NULL ? error_set(err, ERR_INVALID, "a line without words")
                          : tell_fact(m, err);

    if (rc != 0)
        return rc;
    tell_body(m, text);
    m->header.kind = KIND_REPORT;
    m->header.flags = m->fact.urgent ? CHANGE_EXPEDITED : 0;
    m->header.clock_ms =
        m->fact.received_ms + (int64_t)(year_next(&m->random) % 60000);
    add(m);
    if (steps != NULL)
        move_as_told(m, steps);
    else if (to > REPORT_MOI)
        move(m, to, to == REPORT_DONG ? OUTCOME_RESOLVED : OUTCOME_NONE,
             m->header.clock_ms + (int64_t)(year_next(&m->random) % STEP_MS));
    return 0;
}

int sample_make(struct sample *sample, const char *line, const char *home,
                uint64_t seed, struct error *err)
{
    struct json *json = json_parse(bytes_of_text(line), err);
    struct making m = {.out = sample, .line = json, .random = seed};
    int rc;

    sample_free(sample);
    if (json == NULL)
        return ERR_INVALID;
    (void)snprintf(m.header.home, sizeof m.header.home, "%s", home);
    rc = make(&m, err);
    json_free(&json);
    return rc;
}

size_t sample_bare_bytes(const struct change *change)
{
    size_t size = change->header_bytes.size;

    for (int i = 0; i < PART_COUNT; i++)
        if (change->part[i].form == PART_WHOLE)
            size += change->part[i].bytes.size;
    return size;
}
