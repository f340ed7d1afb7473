/* tests/support/many.c - see many.h. */
#include "tests/support/many.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/clock.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"

enum { VILLAGES = 9, DAYS = 365 };

static const struct hash_function hash = {crypto_sha256};

void many_must(int rc, const struct error *err)
{
    if (rc == 0)
        return;
    (void)fprintf(stderr, "%s\n", err->text);
    exit(1);
}

uint64_t many_noise(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static int find_head(void *who, const struct ledger_stream *s)
{
    struct many_commune *c = who;

    if (stream_name_equal(&s->name, &c->up))
        c->at = s->head;
    return 0;
}

struct many_commune many_begin(const struct hub *hub, size_t number)
{
    struct many_commune c = {
        .up = stream_name_make(hub->roster.units[number].key, STREAM_UP),
        .seed = number + 1,
        .span_ms = INT64_C(86400000) * DAYS};
    struct error err = {"the streams cannot be read"};

    c.at.h = stream_zero(&hash, &c.up);
    many_must(ledger_streams(hub->ledger, find_head, &c), &err);
    return c;
}

/* ---- a year of reports */

static int pick_state(uint64_t *seed, int64_t age_ms)
{
    static const int at_work[] = {REPORT_DA_TIEP_NHAN, REPORT_PHAN_LOAI,
                                  REPORT_XAC_MINH, REPORT_DANG_XU_LY,
                                  REPORT_DA_XU_LY};

    if (age_ms > INT64_C(30) * 86400000 && many_noise(seed) % 100 < 93)
        return REPORT_DONG;
    return many_noise(seed) % 20 == 0 ? REPORT_MOI
                                      : at_work[many_noise(seed) % 5];
}

static void enter_states(struct report_fact *fact)
{
    for (int state = REPORT_MOI; state <= fact->state; state++)
        fact->entered_ms[state] = fact->received_ms + state * INT64_C(600000);
}

static void make_fact(struct report_fact *fact, struct many_commune *c,
                      int64_t received_ms, int64_t now_ms)
{
    *fact = (struct report_fact){
        .category = &categories[many_noise(&c->seed) % category_count],
        .channel = (int)(many_noise(&c->seed) % (CHANNEL_END - 1)) + 1,
        .day = clock_day(received_ms),
        .hour = clock_hour(received_ms),
        .received_ms = received_ms};
    fact->state = pick_state(&c->seed, now_ms - received_ms);
    fact->urgent = report_is_urgent(false, fact->category);
    enter_states(fact);
    (void)snprintf(fact->village, sizeof fact->village, "thôn %d",
                   (int)(many_noise(&c->seed) % VILLAGES) + 1);
}

/* The change of the fact in place `i`. */
static void make_change(struct many_made *m, size_t i, const struct id *id,
                        uint64_t version, const struct many_commune *c)
{
    struct change *change = &m->changes[i];
    struct report_body body = {.text = "Nhiều xe tải chở cát chạy qua đường "
                                       "làng lúc nửa đêm, đề nghị kiểm tra.",
                               .place = ""};

    for (size_t k = 0; k < 3; k++)
        buf_clear(&m->bytes[i][k]);
    *change = (struct change){.header = {.record = *id,
                                         .kind = KIND_REPORT,
                                         .version = version,
                                         .clock_ms = m->facts[i].received_ms}};
    memcpy(change->header.home, c->up.home, sizeof change->header.home);
    wire_header_encode(&m->bytes[i][0], &change->header);
    wire_report_fact_encode(&m->bytes[i][1], &m->facts[i]);
    wire_report_body_encode(&m->bytes[i][2], &body);
    change->header_bytes = buf_bytes(&m->bytes[i][0]);
    for (int part = PART_FACT; part <= PART_BODY; part++) {
        change->part[part].form = PART_WHOLE;
        change->part[part].bytes = buf_bytes(&m->bytes[i][part + 1]);
        random_salt(change->part[part].salt);
    }
    m->sizes[i] = wire_change_size(change);
}

static void make_report(struct many_made *m, size_t i, struct many_commune *c,
                        int64_t received_ms, int64_t now_ms)
{
    uint8_t chance[16];
    struct id id;

    random_salt(chance); /* random_id never goes back in time */
    id = id_make(received_ms, chance);
    make_fact(&m->facts[i], c, received_ms, now_ms);
    make_change(m, i, &id, 1, c);
}

int64_t many_cpu_us(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void many_deliver(struct hub *hub, struct many_commune *c,
                  const struct many_made *m, size_t first, size_t count,
                  struct many_spent *spent)
{
    struct ledger_batch batch = {.name = c->up,
                                 .first = c->at.seq + 1,
                                 .count = count,
                                 .changes = m->changes + first,
                                 .sizes = m->sizes + first,
                                 .signed_head = bytes_of_text("proof")};
    struct stream_position reached;
    struct error err = {""};
    int64_t us, cpu;

    for (size_t i = 0; i < count; i++) {
        struct hash digest = change_digest(&hash, &m->changes[first + i]);

        c->at.seq++;
        c->at.h = stream_next(&hash, &c->at.h, c->at.seq, &digest);
    }
    batch.head = c->at;
    us = clock_mono_us();
    cpu = many_cpu_us();
    many_must(hub_begin(hub), &err);
    many_must(ledger_receive(hub->ledger, &batch, &reached, &err), &err);
    many_must(hub_commit(hub, &err), &err);
    spent->us += clock_mono_us() - us;
    spent->cpu_us += many_cpu_us() - cpu;
}

void many_make(struct many_made *m, struct many_commune *c, size_t count,
               size_t of, int64_t now_ms)
{
    for (size_t i = 0; i < count; i++, c->made++) {
        int64_t received =
            now_ms - c->span_ms +
            (int64_t)((double)c->span_ms * (double)c->made / (double)of);

        make_report(m, i, c, received, now_ms);
    }
}

void many_make_now(struct many_made *m, struct many_commune *c, size_t count,
                   int64_t now_ms)
{
    for (size_t i = 0; i < count; i++)
        make_report(m, i, c, now_ms, now_ms);
}

struct many_old many_old_of(const struct record_row *row)
{
    struct many_old old = {
        .id = row->id, .version = row->version, .axes = row->axes};

    for (size_t i = 0; i < 6; i++) /* an id begins with its milliseconds */
        old.received_ms = old.received_ms << 8 | row->id.bytes[i];
    (void)snprintf(old.village, sizeof old.village, "%s",
                   row->counts ? row->axes.village_text : "");
    return old;
}

/* As make_fact made it, then. */
static struct report_fact fact_of_old(const struct many_old *old)
{
    struct report_fact fact = {.category = &categories[old->axes.category],
                               .channel = (int)old->axes.channel,
                               .state = (int)old->axes.state,
                               .urgent = old->axes.urgent,
                               .day = old->axes.day,
                               .hour = clock_hour(old->received_ms),
                               .received_ms = old->received_ms};

    (void)snprintf(fact.village, sizeof fact.village, "%s", old->village);
    enter_states(&fact);
    return fact;
}

void many_make_old(struct many_made *m, const struct many_commune *c,
                   size_t count, const struct many_old *old)
{
    for (size_t i = 0; i < count; i++) {
        m->facts[i] = fact_of_old(&old[i]);
        make_change(m, i, &old[i].id, old[i].version, c);
    }
}

void many_move(struct many_made *m, const struct many_commune *c, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct report_fact *fact = &m->facts[i];
        struct change_header held = m->changes[i].header;

        fact->state =
            fact->state == REPORT_MOI ? REPORT_DA_TIEP_NHAN : REPORT_DONG;
        fact->entered_ms[fact->state] = fact->received_ms + 3600000;
        make_change(m, i, &held.record, held.version + 1, c);
    }
}
