/* tests/support/stored_bench_main.c - what one change costs a hub to apply,
 * with so many reports stored.
 *
 * lienxa-stored_bench FOLDER ROSTER CHANGES SIZE..
 *
 * Makes a hub in FOLDER, fills it up to each SIZE in turn (rising) through its
 * own ledger, and then applies CHANGES new reports, and moves them all on, as
 * ten communes would deliver them: in batches of a hundred, each a transaction
 * on disk. One line a size:
 * {"stored","new_cpu_us","move_cpu_us","new_us","move_us","file_bytes"}
 * of a change; processor time, so that others at work matter less. Only while
 * it is filled is nothing waited for (synchronous=OFF).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/crypto/random.h"
#include "hub/set_up.h"
#include "tests/support/many.h"

enum { UNITS = 10, AT_ONCE = 100, SIZES_MOST = 16 };

struct place {
    struct hub *hub;
    struct many_commune communes[UNITS];
    size_t stored, of; /* now; in the end, each commune */
    size_t changes;
    size_t next; /* commune */
};

static void set_sync(struct hub *hub, const char *how)
{
    char sql[64];
    struct error err = {"the database takes no pragma"};

    (void)snprintf(sql, sizeof sql, "PRAGMA synchronous = %s", how);
    many_must(db_exec(hub_store_db(hub->store), sql), &err);
}

static void fill(struct place *p, struct many_made *m, size_t size)
{
    struct many_spent spent = {0, 0};

    set_sync(p->hub, "OFF");
    while (p->stored < size) {
        struct many_commune *c = &p->communes[p->next++ % UNITS];
        size_t count =
            size - p->stored < MANY_BATCH ? size - p->stored : MANY_BATCH;

        many_make(m, c, count, p->of, p->hub->wall_ms);
        many_deliver(p->hub, c, m, 0, count, &spent);
        p->stored += count;
    }
    set_sync(p->hub, "FULL");
}

/* New ones, and the same ones moved on. */
static void measure(struct place *p, struct many_made *m)
{
    struct many_spent made = {0, 0}, moved = {0, 0};
    size_t stored = p->stored;
    double count = (double)p->changes;

    for (size_t done = 0; done < p->changes; done += AT_ONCE) {
        struct many_commune *c = &p->communes[p->next++ % UNITS];

        many_make(m, c, AT_ONCE, p->of, p->hub->wall_ms);
        many_deliver(p->hub, c, m, 0, AT_ONCE, &made);
        many_move(m, c, AT_ONCE);
        many_deliver(p->hub, c, m, 0, AT_ONCE, &moved);
        p->stored += AT_ONCE;
    }
    printf("{\"stored\":%zu,\"new_cpu_us\":%.2f,\"move_cpu_us\":%.2f,"
           "\"new_us\":%.2f,\"move_us\":%.2f",
           stored, (double)made.cpu_us / count, (double)moved.cpu_us / count,
           (double)made.us / count, (double)moved.us / count);
}

static void say_size(const struct place *p)
{
    static const char *const names[] = {"hub.db", "hub.db-wal"};
    size_t bytes = 0;

    for (size_t i = 0; i < 2; i++) {
        char path[4200];
        struct stat status;

        (void)snprintf(path, sizeof path, "%s/%s", p->hub->folder, names[i]);
        if (stat(path, &status) == 0)
            bytes += (size_t)status.st_size;
    }
    printf(",\"file_bytes\":%zu}\n", bytes);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    static char first[SHARE_TEXT_BYTES], second[SHARE_TEXT_BYTES];
    struct many_made *made = mem_new(sizeof *made);
    struct place place = {.stored = 0};
    struct error err = {""};

    if (argc < 5 || argc > 4 + SIZES_MOST) {
        (void)fprintf(stderr,
                      "lienxa-stored_bench FOLDER ROSTER CHANGES SIZE..\n");
        return 2;
    }
    log_open(LOG_LEVEL_ERROR);
    crypto_open();
    (void)umask(077);
    many_must(hub_set_up(argv[1], "Quảng Điền", argv[2], first, second, &err),
              &err);
    many_must(hub_open(&place.hub, argv[1], HUB_COMMAND, &err), &err);
    place.changes = strtoul(argv[3], NULL, 10);
    place.of = strtoul(argv[argc - 1], NULL, 10) / UNITS +
               place.changes * (size_t)(argc - 4);
    for (size_t i = 0; i < UNITS; i++)
        place.communes[i] = many_begin(place.hub, i);
    for (int i = 4; i < argc; i++) {
        fill(&place, made, strtoul(argv[i], NULL, 10));
        measure(&place, made);
        say_size(&place);
    }
    hub_close(&place.hub);
    mem_free(&made);
    return 0;
}
