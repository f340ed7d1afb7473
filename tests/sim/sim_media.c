/* tests/sim/sim_media.c - files of reports: attached, torn by power cuts,
 * turned in a bit, copied with a machine or left behind, and where each must be
 * in the end.
 *
 * Folders and files are real ones in the run's folder. What a power cut may
 * take is what was not synced: writing, syncing and renaming come by here
 * (wrapped by the linker), and so does the room on the disk. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/wire/referral.h"
#include "tests/sim/sim.h"

enum { PATH = 320, FILES = 256, DIRTY = 1024, MOVED = 64, TRIES = 2 };

/* ---- what is on the disk for certain */

static ino_t dirty[DIRTY];
static size_t dirty_count;
static struct moved { /* not yet for certain */
    char from[PATH], to[PATH];
} moved[MOVED];
static size_t moved_count;

ssize_t __real_pwrite(int fd, const void *data, size_t size, off_t at);
ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t at);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __wrap_statvfs(const char *path, struct statvfs *out);
int __real_stat(const char *path, struct stat *out);
int __wrap_stat(const char *path, struct stat *out);

static void forget(ino_t ino)
{
    for (size_t i = 0; i < dirty_count; i++)
        if (dirty[i] == ino)
            dirty[i--] = dirty[--dirty_count];
}

static bool is_dirty(ino_t ino)
{
    for (size_t i = 0; i < dirty_count; i++)
        if (dirty[i] == ino)
            return true;
    return false;
}

ssize_t __wrap_pwrite(int fd, const void *data, size_t size, off_t at)
{
    struct stat st;

    if (sim.at != NULL && sim.at->disk_full) {
        errno = ENOSPC;
        return -1;
    }
    if (fstat(fd, &st) == 0 && !is_dirty(st.st_ino) && dirty_count < DIRTY)
        dirty[dirty_count++] = st.st_ino;
    return __real_pwrite(fd, data, size, at);
}

static bool is_in(const char *path, const struct stat *folder)
{
    char name[PATH];
    struct stat st;
    char *slash;

    (void)snprintf(name, sizeof name, "%s", path);
    if ((slash = strrchr(name, '/')) != NULL)
        *slash = '\0';
    return slash != NULL && __real_stat(name, &st) == 0 &&
           st.st_ino == folder->st_ino;
}

int __wrap_fsync(int fd)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return -1;
    if (!S_ISDIR(st.st_mode)) {
        forget(st.st_ino);
        return 0;
    }
    for (size_t i = 0; i < moved_count; i++)
        if (is_in(moved[i].to, &st))
            moved[i--] = moved[--moved_count];
    return 0;
}

int __wrap_rename(const char *from, const char *to)
{
    int rc = __real_rename(from, to);

    if (rc == 0 && strstr(to, "/media/") != NULL && moved_count < MOVED) {
        (void)snprintf(moved[moved_count].from, PATH, "%s", from);
        (void)snprintf(moved[moved_count++].to, PATH, "%s", to);
    }
    return rc;
}

int __wrap_statvfs(const char *path, struct statvfs *out)
{
    (void)path;
    memset(out, 0, sizeof *out);
    out->f_frsize = 4096;
    out->f_bavail = sim.at != NULL && sim.at->disk_full ? 0 : 1 << 20;
    return 0;
}

/* Nothing grows a day older here, but in the last look. */
static int64_t older_ms;

int __wrap_stat(const char *path, struct stat *out)
{
    int rc = __real_stat(path, out);

    out->st_ctim.tv_sec = (clock_wall_ms() - older_ms) / 1000;
    return rc;
}

/* ---- a machine's folder */

struct names {
    char list[FILES][PATH];
    size_t count;
};

static int compare(const void *a, const void *b) { return strcmp(a, b); }

static void list(const char *folder, struct names *out)
{
    char path[PATH];
    struct dirent *entry;
    DIR *at;

    out->count = 0;
    (void)snprintf(path, sizeof path, "%.200s/media", folder);
    if ((at = opendir(path)) == NULL)
        return;
    while ((entry = readdir(at)) != NULL)
        if (entry->d_name[0] != '.' && out->count < FILES)
            (void)snprintf(out->list[out->count++], PATH, "%.200s/media/%.110s",
                           folder, entry->d_name);
    (void)closedir(at);
    qsort(out->list, out->count, PATH, compare);
}

/* Torn at the end, or with a hole; what was renamed may have its old name. */
static void tear(const char *path, off_t size)
{
    uint8_t zeros[512] = {0};
    off_t at = (off_t)sim_below((uint32_t)size + 1);
    int fd;

    if (sim_chance(500)) {
        (void)!truncate(path, at);
        return;
    }
    if ((fd = open(path, O_WRONLY | O_CLOEXEC)) < 0)
        return;
    if (at + (off_t)sizeof zeros < size)
        (void)!__real_pwrite(fd, zeros, sizeof zeros, at);
    (void)close(fd);
}

void sim_media_power_cut(const struct machine *m)
{
    struct names *names = mem_new(sizeof *names);
    char start[PATH];
    struct stat st;

    (void)snprintf(start, sizeof start, "%s/media/", m->folder);
    for (size_t i = moved_count; i-- > 0;) {
        if (strncmp(moved[i].to, start, strlen(start)) != 0)
            continue;
        if (sim_chance(500) && access(moved[i].from, F_OK) != 0)
            (void)__real_rename(moved[i].to, moved[i].from);
        moved[i] = moved[--moved_count];
    }
    list(m->folder, names);
    for (size_t i = 0; i < names->count; i++)
        if (__real_stat(names->list[i], &st) == 0 && is_dirty(st.st_ino)) {
            if (sim_chance(600))
                tear(names->list[i], st.st_size);
            forget(st.st_ino);
        }
    mem_free(&names);
}

void sim_media_rot(struct machine *m)
{
    struct names *names = mem_new(sizeof *names);
    const char *path;
    struct stat st;
    uint8_t byte;
    off_t at;
    int fd;

    list(m->folder, names);
    path =
        names->count > 0 ? names->list[sim_below((uint32_t)names->count)] : "";
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        at = (off_t)sim_below((uint32_t)st.st_size);
        if (pread(fd, &byte, 1, at) == 1) {
            byte ^= (uint8_t)(1u << sim_below(8));
            (void)!__real_pwrite(fd, &byte, 1, at);
            m->rotten = true;
            sim_counts.rot++;
            sim_note("%s: a bit of a file is turned", m->name);
        }
    }
    if (fd >= 0)
        (void)close(fd);
    mem_free(&names);
}

/* ---- copies of machines, with their files or without */

void sim_media_copy(const char *from, const char *to)
{
    struct names *names = mem_new(sizeof *names);
    char path[PATH];

    list(to, names);
    for (size_t i = 0; i < names->count; i++)
        (void)unlink(names->list[i]);
    list(from, names);
    (void)snprintf(path, sizeof path, "%.200s/media", to);
    (void)mkdir(path, 0700);
    if (names->count > 0 && sim_chance(300)) {
        sim_note("the files of %s stay behind", from);
        names->count = 0;
    }
    for (size_t i = 0; i < names->count; i++) {
        struct buf content = {0};
        FILE *out;

        (void)snprintf(path, sizeof path, "%.200s/media%s", to,
                       strrchr(names->list[i], '/'));
        if (file_read(&content, names->list[i], 1 << 20, NULL) != 0 ||
            (out = fopen(path, "wb")) == NULL)
            sim_fail("%s cannot be copied", names->list[i]);
        (void)fwrite(content.data, 1, content.size, out);
        (void)fclose(out);
        buf_free(&content);
    }
    mem_free(&names);
}

/* ---- attached */

static struct attached {
    struct hash list;
    size_t size;
    char slug[SIM_NAME];
    struct id report;
} attached[4096];
static size_t attached_count;

static void fill(struct media_file *file, struct attached *a)
{
    uint32_t first = media_list_pieces(a->size);
    struct buf chunk = {0}, hashes = {0};
    struct hash hash;

    for (uint32_t i = 0; i < media_chunks(a->size); i++) {
        size_t size = media_piece_bytes(a->size, first + i);

        buf_clear(&chunk);
        while (chunk.size < size)
            buf_add_u8(
                &chunk,
                (uint8_t)(chunk.size % 13 != 0 ? chunk.size : sim_below(256)));
        hash = media_hash(buf_bytes(&chunk));
        buf_add(&hashes, &hash, sizeof hash);
        if (media_file_put(file, first + i, buf_bytes(&chunk)) != 0)
            sim_fail("a file cannot be made");
    }
    if (media_file_put(file, 0, buf_bytes(&hashes)) != 0)
        sim_fail("a file cannot be made");
    a->list = media_hash(buf_bytes(&hashes));
    buf_free(&chunk);
    buf_free(&hashes);
}

bool sim_media_attach(struct machine *m, const struct id *report,
                      struct buf *args)
{
    struct attached *a = &attached[attached_count];
    char path[PATH], id_hex[ID_TEXT_BYTES], key_hex[2 * BOX_KEY_BYTES + 1],
        list_hex[HASH_TEXT_BYTES];
    uint8_t key[BOX_KEY_BYTES];
    struct media_file *file = NULL;
    struct id id;

    if (m->disk_full || attached_count == sizeof attached / sizeof *attached)
        return false;
    a->size = sim_chance(200) ? 1 + sim_below(50000) : 1 + sim_below(500);
    a->report = *report;
    (void)snprintf(a->slug, sizeof a->slug, "%s", m->slug);
    for (size_t i = 0; i < sizeof id.bytes; i++)
        id.bytes[i] = (uint8_t)sim_below(256);
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)sim_below(256);
    (void)snprintf(path, sizeof path, "%s/spool", m->folder);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/spool/%s", m->folder,
                   id_text(id_hex, &id));
    if (media_file_make(&file, path, a->size, NULL) != 0)
        sim_fail("a file cannot be made");
    fill(file, a);
    if (media_file_lock(file, key) != 0 || media_file_sync(file) != 0)
        sim_fail("a file cannot be made");
    media_file_close(&file);
    hex_encode(key_hex, key, sizeof key);
    buf_printf(args,
               "\"attachments\":[{\"spool\":\"%s\",\"key\":\"%s\","
               "\"list\":\"%s\",\"size\":%zu,\"type\":1,\"name\":\"x\"}],",
               id_hex, key_hex, hash_text(list_hex, &a->list), a->size);
    attached_count++;
    sim_counts.files++;
    return true;
}

bool sim_media_has(const struct id *report)
{
    for (size_t i = 0; i < attached_count; i++)
        if (id_equal(&attached[i].report, report))
            return true;
    return false;
}

static const struct attached *find_attached(const struct hash *name,
                                            size_t size)
{
    for (size_t i = 0; i < attached_count; i++)
        if (attached[i].size == size && hash_equal(&attached[i].list, name))
            return &attached[i];
    return NULL;
}

/* ---- towards the end */

static struct media_care *care_of(struct machine *m)
{
    return m->is_hub ? &m->hub->media : &m->node->media;
}

static bool is_alive(struct machine *m)
{
    return m->power == POWER_ON && !m->retired && !m->revoked &&
           (m->is_hub || sim_live(m->slug) == m);
}

/* Who has this file, and may give it to whoever lacks it? */
static struct machine *could_come_from(struct machine *m,
                                       const struct media_row *row)
{
    struct machine *from = sim.hub;
    struct media_row there;

    for (size_t i = 0; m->is_hub && i < sim.machine_count; i++) {
        from = &sim.machines[i];
        if (is_alive(from) && !from->is_hub &&
            strcmp(from->unit, row->source) == 0)
            break;
        from = NULL;
    }
    if (from == NULL || from->power != POWER_ON ||
        media_store_find(care_of(from)->rows, &row->name, &there) != 0 ||
        there.state != MEDIA_HERE)
        return NULL;
    /* whose words are at the hub has let it go */
    return m->is_hub ||
                   media_store_may(care_of(from)->rows, &row->name, m->unit)
               ? from
               : NULL;
}

/* What was not there when it was asked for is asked for within a day: nobody
 * waits so long, a start does the same. */
bool sim_media_again(void)
{
    bool any = false;

    for (size_t i = 0; attached_count > 0 && i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];
        struct media_row row = {.id = 0};
        bool late = false;

        while (is_alive(m) && !late &&
               media_store_next(care_of(m)->rows, row.id, &row) == 0)
            late =
                row.state == MEDIA_WANTED && could_come_from(m, &row) != NULL;
        if (!late)
            continue;
        sim_stop(m, STOP_KILL);
        m->start_at = sim_now + 1000;
        any = true;
    }
    return any;
}

/* Whose bit was turned is started anew, and looks. */
void sim_media_heal(void)
{
    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i];

        if (!is_alive(m) || attached_count == 0 || !m->rotten)
            continue;
        sim_stop(m, STOP_KILL);
        m->rotten = false;
        m->start_at = sim_now + 1000;
    }
}

const char *sim_media_waits(struct machine *m)
{
    struct media_care *care = care_of(m);
    struct media_row row = {.id = 0};

    if (attached_count == 0 || !care->open)
        return NULL;
    if (care->sweep.id != 0 || care->sweep.file != NULL)
        return "its files are being looked at";
    while (media_store_next(care->rows, row.id, &row) == 0)
        if (row.state == MEDIA_WANTED && row.tries < TRIES)
            return "a file is on its way";
    return NULL;
}

/* ---- the end */

static void on_fault(void *who, const struct media_row *row, int code)
{
    const struct machine *m = who;
    char name[HASH_TEXT_BYTES];

    sim_fail("%s: file %s is not as it should be (%d)", m->name,
             hash_text(name, &row->name), code);
}

static void check_content(struct machine *m, const struct media_row *row)
{
    struct media_care *care = care_of(m);
    const struct attached *a;
    struct media_file *file = NULL;
    char path[MEDIA_PATH], name[HASH_TEXT_BYTES];
    struct hash hash;
    const char *unit;

    (void)hash_text(name, &row->name);
    media_shelf_path(&care->shelf, path, &row->name, "");
    if (media_shelf_check(&care->shelf, row) != 0 ||
        media_file_open(&file, path, care->shelf.key, false, NULL) != 0 ||
        media_file_list_hash(file, &hash) != 0)
        sim_fail("%s: file %s is not whole", m->name, name);
    media_file_close(&file);
    if ((a = find_attached(&hash, row->size)) == NULL)
        sim_fail("%s: nobody ever attached file %s", m->name, name);
    unit = sim_live(a->slug) != NULL ? sim_live(a->slug)->unit : "";
    if (sim_is_erased(unit, &a->report))
        sim_fail("%s: file %s is of an erased report", m->name, name);
    sim_counts.files_here++;
    sim_counts.files_hub += m->is_hub;
}

/* One that is not here must be nowhere it could come from, and be told. */
static void check_lost(struct machine *m, const struct media_row *row)
{
    const struct machine *from = could_come_from(m, row);
    char name[HASH_TEXT_BYTES];

    (void)hash_text(name, &row->name);
    if (from != NULL)
        sim_fail("%s: file %s did not come from %s, which has it", m->name,
                 name, from->name);
    if (!sim_has_alarm(m, "is not on "))
        sim_fail("%s: file %s is lost, and nobody was told", m->name, name);
    sim_counts.files_lost++;
}

static void check_rows(struct machine *m)
{
    struct media_care *care = care_of(m);
    struct media_row row = {.id = 0};

    while (media_store_next(care->rows, row.id, &row) == 0)
        if (row.state == MEDIA_HERE)
            check_content(m, &row);
        else if (row.state == MEDIA_WANTED)
            check_lost(m, &row);
}

/* A day later: what has no row is gone, and nothing else. */
static void check_folder(struct machine *m)
{
    struct media_care *care = care_of(m);
    struct media_sweep sweep = {.id = 0};
    struct media_sweep_host host = {m, on_fault};
    struct names *names = mem_new(sizeof *names);
    struct db *db =
        m->is_hub ? hub_store_db(m->hub->store) : node_store_db(m->node->store);

    older_ms = 2 * MEDIA_ORPHAN_MS;
    if (db_begin(db) != 0)
        sim_fail("%s: no transaction", m->name);
    while (media_sweep_step(&sweep, &care->shelf, 1000, clock_wall_ms(),
                            &host) == 1)
        ;
    db_rollback(db);
    older_ms = 0;
    list(m->folder, names);
    for (size_t i = 0; i < names->count; i++) {
        const char *at = strrchr(names->list[i], '/') + 1;
        char text[HASH_TEXT_BYTES] = "";
        struct media_row row;
        struct hash name;

        memcpy(text, at, strnlen(at, sizeof text - 1));
        if (!hex_decode(&name, sizeof name, text) ||
            media_store_find(care->rows, &name, &row) != 0)
            sim_fail("%s: %s has no row", m->name, names->list[i]);
    }
    mem_free(&names);
}

/* Each file that a body at the hub names, and that does not stay, is asked for.
 */
static int see_offer(void *who, const struct record_row *row,
                     const struct entry *entry)
{
    struct hub *hub = who;
    struct referral_fact fact;
    struct report_body body;
    struct media_row file;
    char name[HASH_TEXT_BYTES];

    wire_arena_clear(hub->arena);
    if (entry == NULL || row->final ||
        wire_referral_decode(&fact, entry->change.part[PART_FACT].bytes,
                             NULL) != 0 ||
        fact.role != REFERRAL_OFFER ||
        entry->change.part[PART_BODY].form != PART_WHOLE ||
        wire_report_body_decode(&body, hub->arena,
                                entry->change.part[PART_BODY].bytes, NULL) != 0)
        return 0;
    for (size_t i = 0; i < body.attachment_count; i++)
        if (media_store_find(hub->media.rows, &body.attachments[i].name,
                             &file) != 0 ||
            (file.state != MEDIA_HERE && file.state != MEDIA_WANTED))
            sim_fail("the hub never asked for file %s",
                     hash_text(name, &body.attachments[i].name));
    return 0;
}

void sim_media_check_end(void)
{
    if (attached_count == 0)
        return;
    for (size_t i = 0; i < sim.machine_count; i++) {
        struct machine *m = &sim.machines[i], *before = sim.at;

        if (!is_alive(m) || !care_of(m)->open)
            continue;
        sim.at = m;
        check_folder(m);
        check_rows(m);
        sim.at = before;
    }
    if (ledger_records(sim.hub->hub->ledger, KIND_REFERRAL, NULL, see_offer,
                       sim.hub->hub) != 0)
        sim_fail("the offers cannot be read");
}
