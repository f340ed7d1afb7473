/* tests/support/flips_main.c - one random bit of a database is turned, and what
 * `verify` and `repair` make of it is compared with the truth, many times.
 *
 *   lienxa-flips hub|node FOLDER SCRATCH COUNT SEED
 *
 * FOLDER is the data of a program that does not serve; SCRATCH holds a copy of
 * its keys and gets a copy of the database with one bit turned, again and
 * again, each in a process of its own. What must hold: nothing crashes or
 * hangs; what verifies shows nothing wrong; repair leaves only what it names;
 * and when the other side has given what it holds (here: FOLDER's own changes,
 * over the ledger's own ways), records and figures are those of before, and
 * verify finds nothing. Prints how many ended how.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/random.h"
#include "common/store/ledger_vault.h"
#include "hub/hub.h"
#include "hub/reading.h"
#include "hub/rebuild.h"
#include "node/node.h"
#include "node/reading.h"
#include "node/rebuild.h"

enum outcome { HARMLESS, IN_PLACE, FETCHED, SALVAGED, RESTORE, OUTCOMES };
static const char *const outcome_words[OUTCOMES] = {
    "harmless", "mended in place", "fetched", "salvaged", "restore needed"};

enum { PATH = 4200, PATIENCE_S = 60, WRONG = 100 };

static bool is_hub;

__attribute__((format(printf, 1, 2), noreturn)) static void
wrong(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
    _exit(WRONG);
}

/* ---- either program */

struct side {
    struct hub *hub;
    struct node *node;
    struct ledger *l;
    struct db *db;
};

static int open_side(struct side *s, const char *folder, bool writes,
                     struct error *err)
{
    int rc;

    memset(s, 0, sizeof *s);
    if (is_hub)
        rc = hub_open(&s->hub, folder, writes ? HUB_COMMAND : HUB_READ, err);
    else
        rc =
            node_open(&s->node, folder, writes ? NODE_COMMAND : NODE_READ, err);
    if (rc != 0)
        return rc;
    s->l = is_hub ? s->hub->ledger : s->node->ledger;
    s->db =
        is_hub ? hub_store_db(s->hub->store) : node_store_db(s->node->store);
    return 0;
}

static void close_side(struct side *s)
{
    hub_close(&s->hub);
    node_close(&s->node);
}

static int check_side(struct side *s, struct verify_result *out,
                      struct error *err)
{
    return is_hub ? hub_reading_check(s->hub, out, err)
                  : node_reading_check(s->node, out, err);
}

static int begin(struct side *s)
{
    return is_hub ? hub_begin(s->hub) : node_begin(s->node);
}

/* ---- what is shown, as a number that does not depend on its order */

struct mark {
    uint64_t sum, items;
};

static void add(struct mark *m, const struct bytes *pieces, size_t count)
{
    struct hash h = crypto_sha256(pieces, count);
    uint64_t word;

    memcpy(&word, h.bytes, sizeof word);
    m->sum += word;
    m->items++;
}

static int mark_record(void *who, const struct record_row *row,
                       const struct entry *e)
{
    struct bytes pieces[] = {
        bytes_of_text(row->home),
        bytes_of(row->id.bytes, sizeof row->id.bytes),
        bytes_of(&row->version, sizeof row->version),
        bytes_of(e ? e->digest.bytes : NULL, e ? sizeof e->digest.bytes : 0),
        e ? e->change.part[PART_FACT].bytes : (struct bytes){0},
        e ? e->change.part[PART_BODY].bytes : (struct bytes){0},
        e ? e->change.part[PART_VAULT].bytes : (struct bytes){0}};

    add(who, pieces, sizeof pieces / sizeof *pieces);
    return 0;
}

struct figures {
    struct mark *mark;
    struct ledger *l;
};

static int mark_figure(void *who, const struct axes *a, int64_t count)
{
    struct figures *f = who;
    int64_t numbers[] = {a->day,     a->category, a->state,
                         a->channel, a->urgent,   count};
    char home[LIMIT_HOME + 1], village[512];
    struct bytes pieces[3];

    (void)snprintf(home, sizeof home, "%s", ledger_word(f->l, a->home));
    (void)snprintf(village, sizeof village, "%s",
                   ledger_village(f->l, a->home, a->village));
    pieces[0] = bytes_of_text(home);
    pieces[1] = bytes_of_text(village);
    pieces[2] = bytes_of(numbers, sizeof numbers);
    add(f->mark, pieces, 3);
    return 0;
}

static int mark_of(struct side *s, struct mark *out)
{
    struct figures f = {out, s->l};
    int rc = 0;

    *out = (struct mark){0, 0};
    for (uint32_t kind = 1; kind <= 20 && rc == 0; kind++)
        if (kind != KIND_INCARNATION) /* repair may begin an epoch */
            rc = ledger_records(s->l, kind, NULL, mark_record, out);
    return rc != 0 ? rc : ledger_figures(s->l, 0, 131071, mark_figure, &f);
}

static bool same(const struct mark *a, const struct mark *b)
{
    return a->sum == b->sum && a->items == b->items;
}

/* ---- the other side gives what it holds */

struct giving {
    struct side *to;
    const struct stream_name *name;
    bool own;
    int rc;
    uint64_t mended, given;
};

static int give(void *who, const struct entry *e)
{
    struct giving *g = who;
    const struct change_header *h = &e->change.header;
    struct change_ref ref = {h->home, h->record, h->version, e->digest};
    struct error err = {""};
    size_t size = wire_change_size(&e->change);
    int rc = ledger_damage_mend(g->to->l, e);

    if (rc == 0) {
        g->mended++;
        return 0;
    }
    if (rc == ERR_MISSING && !ledger_has(g->to->l, &ref)) {
        rc = g->own ? ledger_adopt(g->to->l, g->name, e, size, &err)
                    : ledger_early(g->to->l, e, size, &err);
        g->given += rc == 0;
    } else if (rc == ERR_MISSING) {
        rc = 0;
    }
    if (rc == ERR_EXISTS)
        rc = 0;
    g->rc = rc;
    return rc != 0;
}

/* A copy takes the others at their places. */
static int give_place(void *who, const struct entry *e)
{
    struct giving *g = who;
    struct ledger_batch b = {.name = *g->name,
                             .first = e->seq,
                             .count = 1,
                             .changes = &e->change,
                             .head = {e->seq, e->h}};
    size_t size = wire_change_size(&e->change);
    struct stream_position reached;
    struct error err = {""};

    b.sizes = &size;
    g->rc = ledger_receive(g->to->l, &b, &reached, &err);
    g->given += g->rc == 0;
    return g->rc != 0;
}

struct names {
    struct ledger_stream items[64];
    size_t count;
};

static int collect(void *who, const struct ledger_stream *s)
{
    struct names *n = who;

    n->items[n->count++] = *s;
    return n->count == 64;
}

static int give_object(void *who, const struct vault_item *item)
{
    struct giving *g = who;
    struct change_ref ref = {item->header.home, item->header.record,
                             item->header.version, item->digest};

    g->rc = ledger_vault_put(g->to->l, &ref, item->bytes);
    if (g->rc == ERR_MISSING)
        g->rc = 0;
    return g->rc != 0;
}

/* The copy goes on at its end where it is a prefix; what only the rest has is
 * handed over by itself. */
static void give_all(struct side *to, struct side *from, struct giving *g)
{
    struct names names = {.count = 0};

    if (begin(to) != 0)
        wrong("the repaired database cannot be written");
    (void)ledger_streams(from->l, collect, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct ledger_stream here;
        struct hash theirs;

        g->to = to;
        g->name = &names.items[i].name;
        g->own = names.items[i].own;
        if (ledger_stream(to->l, &here, g->name, g->own) != 0)
            wrong("no stream %s", g->name->channel);
        (void)ledger_read(from->l, g->name, 1, give, g);
        if (g->rc == 0 && !g->own &&
            ledger_hash_at(from->l, g->name, here.head.seq, &theirs) == 0 &&
            hash_equal(&theirs, &here.head.h))
            (void)ledger_read(from->l, g->name, here.head.seq + 1, give_place,
                              g);
        if (g->rc != 0)
            wrong("%s %s: what the other side has is not taken (%s)",
                  g->name->home, g->name->channel, error_name(g->rc));
        (void)ledger_read_early(from->l, g->name->home, give, g);
    }
    if (ledger_vault_all(from->l, 0, give_object, g) != 0 || g->rc != 0)
        wrong("objects of the vault are not taken");
    if (ledger_flush(to->l) != 0 || db_commit(to->db) != 0)
        wrong("what was given cannot be committed: %s", db_reason(to->db));
}

/* ---- one bit */

static void silence(void)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);

    (void)dup2(nowhere, STDOUT_FILENO);
    log_open(LOG_LEVEL_ERROR);
}

/* As `repair` does it. */
static enum outcome repair(struct side *s, const char *folder,
                           const struct verify_result *found)
{
    int rc = 0;
    bool noted = found->objects.count > 0;

    if (begin(s) != 0)
        wrong("repair cannot write");
    for (size_t i = 0; i < found->changes.count && rc >= 0; i++) {
        rc = ledger_damage_note(s->l, found->changes.rows[i]);
        noted |= rc == 1;
    }
    if (rc < 0 || db_commit(s->db) != 0)
        wrong("%s: a damaged change cannot be noted", folder);
    return noted ? FETCHED : IN_PLACE;
}

static enum outcome rebuild(const char *folder)
{
    struct salvage_counts n = {.changes = 0};
    char aside[SALVAGE_PATH_BYTES] = "";
    struct error err = {""};
    int rc = is_hub ? hub_rebuild(folder, NULL, &n, aside, &err)
                    : node_rebuild(folder, NULL, &n, aside, &err);

    if (rc == 0)
        return SALVAGED;
    if (err.text[0] == '\0')
        wrong("repair fails and does not say why");
    (void)fprintf(stderr, "restore needed: %s\n", err.text);
    return RESTORE;
}

static enum outcome mend(const char *folder, const struct mark *truth)
{
    struct verify_result found = {.other = 0};
    struct error err = {""};
    struct side s;
    struct mark mark;
    enum outcome outcome;
    int rc = open_side(&s, folder, false, &err);

    if (rc != 0)
        return rebuild(folder);
    rc = check_side(&s, &found, &err);
    if (rc == 0 && (mark_of(&s, &mark) != 0 || !same(&mark, truth)))
        wrong("verify is clean, and something else is shown");
    close_side(&s);
    if (rc == 0) {
        outcome = HARMLESS;
    } else if (rc != ERR_DAMAGED) {
        wrong("verify cannot look: %s", err.text);
    } else if (found.broken || found.other > 0) {
        outcome = rebuild(folder);
    } else {
        if (open_side(&s, folder, true, &err) != 0)
            wrong("repair cannot open: %s", err.text);
        outcome = repair(&s, folder, &found);
        close_side(&s);
    }
    verify_free(&found);
    return outcome;
}

static void check_healed(const char *folder, const char *truth_folder,
                         const struct mark *truth)
{
    struct verify_result found = {.other = 0};
    struct giving g = {.rc = 0};
    struct error err = {""};
    struct side s, from;
    struct mark mark;

    if (open_side(&from, truth_folder, false, &err) != 0 ||
        open_side(&s, folder, true, &err) != 0)
        wrong("after repair: %s", err.text);
    if (check_side(&s, &found, &err) == ERR_DAMAGED &&
        (found.broken || found.other > 0))
        wrong("after repair: %s", err.text);
    verify_free(&found);
    give_all(&s, &from, &g);
    if (check_side(&s, &found, &err) != 0)
        wrong("after it was given everything: %s", err.text);
    if (mark_of(&s, &mark) != 0 || !same(&mark, truth))
        wrong("after it was given everything it shows something else "
              "(%llu things, not %llu)",
              (unsigned long long)mark.items, (unsigned long long)truth->items);
    close_side(&s);
    close_side(&from);
}

/* ---- many */

static void copy_with_a_bit(const struct buf *file, const char *path,
                            uint64_t bit)
{
    char name[PATH + 300];
    struct buf bent = {0};
    struct error err = {""};

    for (const char *const *tail =
             (const char *const[]){"-wal", "-shm", ".repaired", ".repaired-wal",
                                   ".repaired-shm", NULL};
         *tail; tail++) {
        (void)snprintf(name, sizeof name, "%s%s", path, *tail);
        (void)unlink(name);
    }
    buf_add(&bent, file->data, file->size);
    bent.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    if (file_write(path, buf_bytes(&bent), 0600, &err) != 0)
        wrong("%s", err.text);
    buf_free(&bent);
}

static int one(const struct buf *file, const char *path, const char *folder,
               const char *scratch, const struct mark *truth, uint64_t bit)
{
    int status;
    pid_t child;

    copy_with_a_bit(file, path, bit);
    if ((child = fork()) == 0) {
        enum outcome outcome;

        (void)alarm(PATIENCE_S);
        silence();
        outcome = mend(scratch, truth);
        if (outcome != HARMLESS && outcome != RESTORE)
            check_healed(scratch, folder, truth);
        _exit((int)outcome);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        wrong("no process");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* splitmix64 */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void clear_aside(const char *scratch)
{
    char command[PATH + 64];

    (void)snprintf(command, sizeof command, "rm -f '%s'/*.damaged-*", scratch);
    if (system(command) != 0)
        wrong("%s", command);
}

static bool read_truth(const char *folder, struct mark *truth)
{
    struct error err = {""};
    struct side s;

    if (open_side(&s, folder, false, &err) != 0 || mark_of(&s, truth) != 0) {
        (void)fprintf(stderr, "%s: %s\n", folder, err.text);
        return false;
    }
    close_side(&s);
    return true;
}

int main(int argc, char **argv)
{
    uint64_t counts[OUTCOMES] = {0}, state, failed = 0;
    char path[PATH], from[PATH];
    struct buf file = {0};
    struct error err = {""};
    struct mark truth;

    if (argc != 6)
        return 2;
    is_hub = strcmp(argv[1], "hub") == 0;
    crypto_open();
    log_open(LOG_LEVEL_ERROR);
    (void)snprintf(from, sizeof from, "%s/%s.db", argv[2], argv[1]);
    (void)snprintf(path, sizeof path, "%s/%s.db", argv[3], argv[1]);
    state = strtoull(argv[5], NULL, 10);
    if (file_read(&file, from, (size_t)1 << 30, &err) != 0 ||
        !read_truth(argv[2], &truth))
        return 1;
    for (int i = 0; i < (int)strtol(argv[4], NULL, 10); i++) {
        uint64_t bit = next_random(&state) % (8 * (uint64_t)file.size);
        int code = one(&file, path, argv[2], argv[3], &truth, bit);

        clear_aside(argv[3]);
        if (code >= 0 && code < OUTCOMES) {
            counts[code]++;
            continue;
        }
        failed++;
        printf("bit %llu (page %llu): %s\n", (unsigned long long)bit,
               (unsigned long long)(bit / 8 / 4096 + 1),
               code < 0 ? "it crashed or hung" : "see above");
    }
    printf("%s: %llu things, %zu bytes, %s bits:", argv[1],
           (unsigned long long)truth.items, file.size, argv[4]);
    for (int i = 0; i < OUTCOMES; i++)
        printf(" %llu %s%s", (unsigned long long)counts[i], outcome_words[i],
               i + 1 < OUTCOMES ? "," : "");
    printf("; %llu failed\n", (unsigned long long)failed);
    buf_free(&file);
    return failed > 0;
}
