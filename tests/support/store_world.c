#include "tests/support/store_world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/crypto/digest.h"

const struct hash_function world_hash = {crypto_sha256};

/* ---- the host */

static int header(struct change_header *out, struct bytes bytes)
{
    char text[160], home[LIMIT_HOME], record[64];
    unsigned long long version;
    long long clock;

    if (bytes.size >= sizeof text)
        return ERR_INVALID;
    memcpy(text, bytes.data, bytes.size);
    text[bytes.size] = '\0';
    memset(out, 0, sizeof *out);
    if (sscanf(text, "%23s %40s %u %u %llu %lld", home, record, &out->kind,
               &out->flags, &version, &clock) != 6 ||
        !id_parse(&out->record, record))
        return ERR_INVALID;
    memcpy(out->home, home, strlen(home) + 1);
    out->version = version;
    out->clock_ms = clock;
    return 0;
}

static bool says(const struct change *change, const char *word)
{
    const struct part *fact = &change->part[PART_FACT];

    return fact->form == PART_WHOLE && fact->bytes.size > 0 &&
           memmem(fact->bytes.data, fact->bytes.size, word, strlen(word));
}

static char village[32];

static int judge(void *who, const struct change *change, struct axes *axes,
                 bool *counts, struct error *err)
{
    const struct part *fact = &change->part[PART_FACT];
    struct world *w = who;
    char text[128] = "";

    w->judged++;
    if (!w->forgiving && says(change, "refuse"))
        return error_set(err, ERR_REFUSED, "the fact says so");
    if (fact->form != PART_WHOLE || fact->bytes.size >= sizeof text)
        return 0;
    memcpy(text, fact->bytes.data, fact->bytes.size);
    if (sscanf(text, "%d %31s %u %u", &axes->day, village, &axes->category,
               &axes->state) != 4)
        return 0;
    axes->village_text = village;
    *counts = true;
    return 0;
}

static int applied(void *who, const struct ledger_event *event,
                   struct error *err)
{
    struct world *w = who;

    w->applied++;
    w->last = *event;
    w->last.entry = NULL;
    if (w->forgiving)
        return 0;
    if (says(&event->entry->change, "disk"))
        return error_set(err, ERR_IO, "the disk failed");
    if (says(&event->entry->change, "burst"))
        return error_set(err, ERR_INVALID, "cannot be applied");
    return 0;
}

static int ended(void *who, const struct change_header *header)
{
    struct world *w = who;

    w->ended++;
    w->last_ended = header->record;
    return 0;
}

struct ledger_host world_host(struct world *w)
{
    return (struct ledger_host){.who = w,
                                .header = header,
                                .judge = judge,
                                .applied = applied,
                                .ended = ended};
}

/* ---- the file */

static void must(struct world *w, int rc)
{
    if (rc == 0)
        return;
    (void)fprintf(stderr, "%s: %s\n", error_name(rc), w->err.text);
    abort();
}

void world_open(struct world *w)
{
    struct ledger_host host = world_host(w);

    must(w, db_open(&w->db, w->path, DB_WRITE, WORLD_APPLICATION, &w->err));
    must(w, db_migrate(w->db, store_schema, store_schema_count, &w->err));
    must(w, ledger_open(&w->ledger, w->db, &world_hash, &host, &w->err));
}

void world_close(struct world *w)
{
    ledger_close(&w->ledger);
    db_close(&w->db);
}

struct world *world_new(void)
{
    struct world *w = mem_new(sizeof *w);

    (void)snprintf(w->folder, sizeof w->folder, "/tmp/store-XXXXXX");
    if (!mkdtemp(w->folder))
        abort();
    (void)snprintf(w->path, sizeof w->path, "%s/a ledger?.db", w->folder);
    world_open(w);
    return w;
}

void world_free(struct world *w)
{
    char name[128];

    world_close(w);
    for (int i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", w->path,
                       i == 0   ? ""
                       : i == 1 ? "-wal"
                                : "-shm");
        (void)unlink(name);
    }
    (void)rmdir(w->folder);
    for (size_t i = 0; i < w->owned_count; i++)
        mem_free(&w->owned[i]);
    mem_free(&w->owned);
    mem_free(&w);
}

struct ledger *world_reader(struct world *w, struct db **db)
{
    struct ledger_host host = world_host(w);
    struct ledger *ledger = NULL;

    must(w, db_open(db, w->path, DB_READ, WORLD_APPLICATION, &w->err));
    must(w, db_migrate(*db, store_schema, store_schema_count, &w->err));
    must(w, ledger_open(&ledger, *db, &world_hash, &host, &w->err));
    return ledger;
}

/* ---- changes */

static struct bytes keep(struct world *w, const char *text)
{
    w->owned = mem_grow(w->owned, w->owned_count + 1, sizeof *w->owned);
    w->owned[w->owned_count++] = mem_text(text);
    return bytes_of_text(w->owned[w->owned_count - 1]);
}

struct id world_id(uint32_t number)
{
    struct id id = {{0x01, 0x90}};

    put_u32(id.bytes + 2, number);
    id.bytes[6] = 0x70;
    put_u32(id.bytes + 12, number);
    return id;
}

static struct part part_of(struct world *w, const char *text, uint8_t salt)
{
    struct part part = {.form = PART_ABSENT};

    if (!text)
        return part;
    part.form = PART_WHOLE;
    memset(part.salt, salt, sizeof part.salt);
    part.bytes = keep(w, text);
    return part;
}

struct change world_change(struct world *w, const struct spec *s)
{
    struct change change = {.is_signed = s->is_signed};
    struct id id = world_id(s->record);
    char text[160], uid[ID_TEXT_BYTES];

    (void)snprintf(text, sizeof text, "%s %s %u %u %llu %d", s->home,
                   id_text(uid, &id), s->kind ? s->kind : KIND_REPORT, s->flags,
                   (unsigned long long)s->version, 1000);
    change.header_bytes = keep(w, text);
    must(w, header(&change.header, change.header_bytes));
    change.part[PART_FACT] = part_of(w, s->fact, 1);
    change.part[PART_BODY] = part_of(w, s->body, 2);
    change.part[PART_VAULT] = part_of(w, s->vault, 3);
    if (s->is_signed) {
        memset(change.key_id, 7, sizeof change.key_id);
        memset(change.signature, 9, sizeof change.signature);
    }
    return change;
}

static void stub(struct part *part)
{
    if (part->form == PART_WHOLE)
        *part = (struct part){.form = PART_STUB,
                              .hash = part_hash(&world_hash, part)};
}

struct change world_stubbed(const struct change *change)
{
    struct change copy = *change;

    stub(&copy.part[PART_BODY]);
    stub(&copy.part[PART_VAULT]);
    return copy;
}

struct hash world_digest(const struct change *change)
{
    return change_digest(&world_hash, change);
}

struct change_ref world_ref(const struct change *change)
{
    return (struct change_ref){change->header.home, change->header.record,
                               change->header.version, world_digest(change)};
}

/* ---- far homes */

void far_begin(struct far *far, const char *home)
{
    memset(far, 0, sizeof *far);
    far->name = stream_name_make(home, STREAM_UP);
    far->at[0].h = stream_zero(&world_hash, &far->name);
}

void far_add(struct far *far, const struct change *change)
{
    struct hash digest = world_digest(change);
    size_t seq = ++far->count;

    assert(seq <= FAR_MOST);
    far->changes[seq] = *change;
    far->at[seq].seq = seq;
    far->at[seq].h =
        stream_next(&world_hash, &far->at[seq - 1].h, seq, &digest);
}

struct ledger_batch far_batch(const struct far *far, uint64_t from, uint64_t to)
{
    static size_t sizes[FAR_MOST];

    for (size_t i = 0; i < FAR_MOST; i++)
        sizes[i] = 100;
    return (struct ledger_batch){.name = far->name,
                                 .first = from,
                                 .count = (size_t)(to - from + 1),
                                 .changes = &far->changes[from],
                                 .sizes = sizes,
                                 .head = far->at[to],
                                 .signed_head = bytes_of_text("signed")};
}

void world_begin(struct world *w) { must(w, db_begin(w->db)); }

void world_commit(struct world *w) { must(w, world_end(w, 0)); }

int world_end(struct world *w, int rc)
{
    if (rc == 0)
        rc = ledger_flush(w->ledger);
    if (rc == 0)
        rc = db_commit(w->db);
    if (rc != 0) {
        db_rollback(w->db);
        ledger_forget(w->ledger);
    }
    return rc;
}

int far_send(struct world *w, const struct far *far, uint64_t from, uint64_t to)
{
    struct ledger_batch batch = far_batch(far, from, to);
    struct stream_position reached;

    world_begin(w);
    return world_end(w, ledger_receive(w->ledger, &batch, &reached, &w->err));
}

int world_append(struct world *w, const struct stream_name *name,
                 const struct change *change)
{
    struct entry entry = {.change = *change};

    world_begin(w);
    return world_end(w, ledger_append(w->ledger, name, &entry, 100, &w->err));
}

int world_early(struct world *w, const struct change *change)
{
    struct entry entry = {.change = *change};

    world_begin(w);
    return world_end(w, ledger_early(w->ledger, &entry, 100, &w->err));
}

/* ---- looking */

static void print_fault(void *who, const struct ledger_fault *fault)
{
    if (*(bool *)who)
        (void)fprintf(stderr, "%s: %s\n", fault->what, fault->detail);
}

uint64_t world_faults(struct world *w, bool loud)
{
    struct ledger_verified out;
    int rc = ledger_verify(w->ledger, &out, NULL, print_fault, &loud, &w->err);

    if (rc != 0 && loud)
        (void)fprintf(stderr, "verify: %s\n", w->err.text);
    return rc != 0 ? UINT64_MAX : out.faults;
}

static int add_count(void *who, const struct axes *axes, int64_t count)
{
    (void)axes;
    *(uint64_t *)who += (uint64_t)count;
    return 0;
}

uint64_t world_count(struct world *w)
{
    uint64_t sum = 0;

    must(w, ledger_figures(w->ledger, 0, INT32_MAX, add_count, &sum));
    return sum;
}

struct record_row world_record(struct world *w, const char *home,
                               uint32_t record)
{
    struct id id = world_id(record);
    struct record_row row = {.row = 0};
    int rc = ledger_record(w->ledger, home, &id, &row, NULL, NULL);

    must(w, rc == ERR_MISSING ? 0 : rc);
    return row;
}

static void show_part(char out[64], const struct part *part)
{
    if (part->form == PART_WHOLE)
        (void)snprintf(out, 64, "%.*s", (int)part->bytes.size,
                       (const char *)part->bytes.data);
    else
        (void)snprintf(out, 64, "%s", part->form == PART_STUB ? "#" : "-");
}

static int show(void *who, const struct record_row *row,
                const struct entry *entry)
{
    struct shown *shown = who;

    (void)row;
    show_part(shown->fact, &entry->change.part[PART_FACT]);
    show_part(shown->body, &entry->change.part[PART_BODY]);
    show_part(shown->vault, &entry->change.part[PART_VAULT]);
    shown->digest = entry->digest;
    shown->seq = entry->seq;
    return 0;
}

struct shown world_shown(struct world *w, const char *home, uint32_t record)
{
    struct shown shown = {.fact = "nothing"};
    struct id id = world_id(record);
    int rc = ledger_record(w->ledger, home, &id, NULL, show, &shown);

    must(w, rc == ERR_MISSING ? 0 : rc);
    return shown;
}

int64_t store_number(struct db *db, const char *sql)
{
    const char *const queries[] = {sql};
    struct db_set *set;
    struct db_stmt *q;
    int64_t value = -1;
    int rc = db_prepare(&set, db, queries, 1, NULL);

    assert(rc == 0);
    q = db_use(set, 0);
    if (db_step(q) == 1)
        value = db_i64(q, 0);
    db_done(q);
    return value;
}

uint32_t world_random(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((*seed >> 33) % below);
}
