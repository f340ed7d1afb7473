/* common/web/upload.c - see upload.h. */
#include "common/web/upload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/crypto/mac.h"

enum {
    TOKEN_BYTES = 32,
    TAG_BYTES = 8,
    RECORD_BYTES = UPLOAD_PART + BOX_OVERHEAD,
    DONE_LIMIT = 8192,
    KEEP_S = 24 * 3600 /* then nobody comes for it */
};
#define ALL_BYTES (UINT64_C(1) << 30)  /* in the folder */
#define FREE_BYTES (UINT64_C(8) << 20) /* stay free on the disk */
#define DONE_CONTEXT "lienxa upload done"

/* ---- which one */

static void make_key(struct upload *u, const uint8_t token[TOKEN_BYTES],
                     const char *id)
{
    struct bytes raw = bytes_of(token, TOKEN_BYTES);
    struct hash key, whose = crypto_sha256(&raw, 1);
    char text[80];

    (void)snprintf(text, sizeof text, "lienxa upload 1\n%s", id);
    key = mac_sha256(raw, bytes_of_text(text));
    memcpy(u->key, key.bytes, sizeof u->key);
    hex_encode(u->tag, whose.bytes, TAG_BYTES);
    mem_wipe(&key, sizeof key);
}

int upload_open(struct upload *u, const char *folder, const char *token,
                const char *word, const char *size, struct error *err)
{
    uint8_t raw[TOKEN_BYTES];
    char id[ID_TEXT_BYTES];
    struct id parsed;

    memset(u, 0, sizeof *u);
    if (!id_parse(&parsed, word))
        return error_set(err, ERR_INVALID, "a UUID names what is handed in");
    if (size == NULL || *size < '1' || *size > '9' || strlen(size) > 12 ||
        strspn(size, "0123456789") != strlen(size))
        return error_set(err, ERR_INVALID, "size: how many bytes will come");
    u->size = strtoull(size, NULL, 10);
    if (u->size > UPLOAD_MOST)
        return error_set(err, ERR_REFUSED,
                         "the file is larger than %d MB: make a shorter film "
                         "or a smaller picture",
                         UPLOAD_MOST >> 20);
    if (!hex_decode(raw, sizeof raw, token))
        return error_set(err, ERR_INVALID, "not a session");
    make_key(u, raw, id_text(id, &parsed));
    mem_wipe(raw, sizeof raw);
    (void)snprintf(u->folder, sizeof u->folder, "%s", folder);
    (void)snprintf(u->part, sizeof u->part, "%s/%s-%s-%llu.part", folder,
                   u->tag, id, (unsigned long long)u->size);
    (void)snprintf(u->done, sizeof u->done, "%s/%s-%s-%llu.done", folder,
                   u->tag, id, (unsigned long long)u->size);
    return 0;
}

void upload_close(struct upload *u) { mem_wipe(u, sizeof *u); }

static unsigned parts_of(const struct upload *u)
{
    return (unsigned)((u->size + UPLOAD_PART - 1) / UPLOAD_PART);
}

static size_t part_bytes(const struct upload *u, unsigned part)
{
    uint64_t left = u->size - (uint64_t)part * UPLOAD_PART;

    return left < UPLOAD_PART ? (size_t)left : UPLOAD_PART;
}

static void context_of(char out[64], unsigned part)
{
    (void)snprintf(out, 64, "lienxa upload part %u", part);
}

/* Whole parts in the file: what a crash left behind them is none. */
static unsigned parts_here(const struct upload *u, int fd)
{
    struct stat now;
    unsigned count = 0;
    uint64_t end = 0;

    if (fstat(fd, &now) != 0)
        return 0;
    while (count < parts_of(u) &&
           (end += part_bytes(u, count) + BOX_OVERHEAD) <=
               (uint64_t)now.st_size)
        count++;
    return count;
}

static uint64_t bytes_here(const struct upload *u, unsigned parts)
{
    uint64_t bytes = (uint64_t)parts * UPLOAD_PART;

    return bytes < u->size ? bytes : u->size;
}

uint64_t upload_have(const struct upload *u)
{
    int fd = open(u->part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    uint64_t have;

    if (fd < 0)
        return file_exists(u->done) ? u->size : 0;
    have = bytes_here(u, parts_here(u, fd));
    (void)close(fd);
    return have;
}

static int say_disk(int number, struct error *err)
{
    if (number == ENOSPC || number == EDQUOT)
        return error_set(err, ERR_FULL,
                         "the disk of this machine is full: nothing more is "
                         "taken until there is room");
    return error_set(err, ERR_IO,
                     "the disk of this machine did not take it: %s",
                     strerrordesc_np(number));
}

/* ---- how much there is of others' */

struct shares {
    uint64_t ours, all;
    unsigned count;
};

static void add_share(const struct upload *u, const char *name,
                      const struct stat *now, struct shares *out)
{
    const char *size = strrchr(name, '-');

    out->all += (uint64_t)now->st_size;
    if (strncmp(name, u->tag, 2 * TAG_BYTES) != 0 || size == NULL)
        return;
    out->ours += strtoull(size + 1, NULL, 10);
    out->count++;
}

/* What nobody came for goes on the way. */
static int look_through(const struct upload *u, struct shares *out)
{
    char path[UPLOAD_PATH_BYTES + 300];
    const struct dirent *entry;
    DIR *dir = opendir(u->folder);
    struct stat now;
    time_t today = time(NULL);

    memset(out, 0, sizeof *out);
    if (dir == NULL)
        return errno;
    while ((entry = readdir(dir)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", u->folder, entry->d_name);
        if (lstat(path, &now) != 0 || !S_ISREG(now.st_mode))
            continue;
        if (today - now.st_mtime >= KEEP_S)
            (void)unlink(path);
        else
            add_share(u, entry->d_name, &now, out);
    }
    (void)closedir(dir);
    return 0;
}

/* Is there room for the rest of it when `have` bytes have come? A file takes
 * three times its size until it is taken: as it came, as it is kept, and its
 * original. Asked at each part, since those of other logins come as well. */
static int check_room(const struct upload *u, uint64_t have, struct error *err)
{
    uint64_t more = 3 * u->size - have;
    struct shares shares;
    struct statvfs disk;
    int rc = look_through(u, &shares);

    if (rc != 0)
        return say_disk(rc, err);
    if (have == 0 && (shares.count >= UPLOAD_FILES ||
                      shares.ours + u->size > UPLOAD_SESSION))
        return error_set(err, ERR_REFUSED,
                         "too much was attached since you logged in: save the "
                         "report, then add what is missing");
    if (shares.all + more > ALL_BYTES ||
        (statvfs(u->folder, &disk) == 0 &&
         (uint64_t)disk.f_bavail * disk.f_frsize < more + FREE_BYTES))
        return say_disk(ENOSPC, err);
    return 0;
}

/* ---- a part comes */

/* Its descriptor, locked, or a code. One at a time begins one: what there is of
 * others is counted before. */
static int open_part(const struct upload *u, unsigned part, struct error *err)
{
    static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;
    int fd = open(u->part, O_RDWR | O_CLOEXEC | O_NOFOLLOW), rc = 0;

    if (fd < 0 && errno == ENOENT && part > 0)
        return error_set(err, ERR_CONFLICT, "what came before is not here");
    if (fd < 0 && errno == ENOENT) {
        (void)pthread_mutex_lock(&one);
        rc = check_room(u, 0, err);
        if (rc == 0)
            fd = open(u->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        (void)pthread_mutex_unlock(&one);
    }
    if (rc != 0)
        return rc;
    if (fd >= 0 && flock(fd, LOCK_EX) == 0)
        return fd;
    rc = say_disk(errno, err);
    if (fd >= 0)
        (void)close(fd);
    return rc;
}

static int write_all(int fd, struct bytes bytes, uint64_t at)
{
    while (bytes.size > 0) {
        ssize_t n = pwrite(fd, bytes.data, bytes.size, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        bytes.data += n;
        bytes.size -= (size_t)n;
        at += (uint64_t)n;
    }
    return 0;
}

/* Nothing of it stays when it cannot be whole. */
static int append(const struct upload *u, int fd, unsigned part,
                  struct bytes bytes, struct error *err)
{
    uint64_t at = (uint64_t)part * RECORD_BYTES;
    struct buf box = {0};
    char context[64];
    int rc;

    context_of(context, part);
    box_close(&box, u->key, context, bytes);
    rc = write_all(fd, buf_bytes(&box), at);
    if (rc != 0)
        (void)!ftruncate(fd, (off_t)at);
    buf_free(&box);
    return rc == 0 ? 0 : say_disk(rc, err);
}

static bool read_part_number(const struct upload *u, const char *word,
                             unsigned *out)
{
    if (word == NULL || *word == '\0' || strlen(word) > 4 ||
        strspn(word, "0123456789") != strlen(word))
        return false;
    *out = (unsigned)strtoul(word, NULL, 10);
    return *out < parts_of(u);
}

int upload_put(struct upload *u, const char *word, struct bytes bytes,
               uint64_t *have, struct error *err)
{
    unsigned part, here;
    int fd, rc = 0;

    *have = 0;
    if (!read_part_number(u, word, &part) || bytes.size != part_bytes(u, part))
        return error_set(err, ERR_INVALID,
                         "part: its number from 0; each has %d bytes but the "
                         "last",
                         UPLOAD_PART);
    if (file_exists(u->done)) {
        *have = u->size;
        return 0;
    }
    if ((fd = open_part(u, part, err)) < 0)
        return fd;
    here = parts_here(u, fd);
    if (part == here && part > 0)
        rc = check_room(u, bytes_here(u, here), err);
    if (part == here && rc == 0 && (rc = append(u, fd, part, bytes, err)) == 0)
        here++;
    *have = bytes_here(u, here);
    (void)close(fd);
    if (rc != 0)
        return rc;
    return part < here
               ? 0
               : error_set(err, ERR_CONFLICT, "another part is the next one");
}

/* ---- the whole */

static int read_part(const struct upload *u, int fd, unsigned part,
                     struct buf *out)
{
    size_t size = part_bytes(u, part) + BOX_OVERHEAD;
    struct buf box = {0};
    char context[64];
    ssize_t n;
    int rc;

    context_of(context, part);
    buf_reserve(&box, size);
    n = pread(fd, box.data, size, (off_t)((uint64_t)part * RECORD_BYTES));
    rc = n != (ssize_t)size
             ? ERR_DAMAGED
             : box_open(out, u->key, context, bytes_of(box.data, size));
    buf_free(&box);
    return rc;
}

static int put_together(const struct upload *u, int in, int out)
{
    struct buf part = {0};
    int rc = parts_here(u, in) == parts_of(u) ? 0 : ERR_CONFLICT;

    for (unsigned i = 0; rc == 0 && i < parts_of(u); i++) {
        buf_clear(&part);
        rc = read_part(u, in, i, &part);
        if (rc == 0 &&
            write_all(out, buf_bytes(&part), (uint64_t)i * UPLOAD_PART) != 0)
            rc = ERR_IO;
    }
    buf_wipe(&part);
    return rc;
}

static bool hash_fits(const struct upload *u, int fd, const char *should)
{
    void *all = mmap(NULL, (size_t)u->size, PROT_READ, MAP_SHARED, fd, 0);
    struct bytes bytes = bytes_of(all, (size_t)u->size);
    struct hash hash;
    char text[HASH_TEXT_BYTES];

    if (all == MAP_FAILED)
        return false;
    hash = crypto_sha256(&bytes, 1);
    (void)munmap(all, (size_t)u->size);
    return should != NULL && strcmp(hash_text(text, &hash), should) == 0;
}

int upload_whole(struct upload *u, const char *sha256, struct error *err)
{
    int in = open(u->part, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = memfd_create("upload", MFD_CLOEXEC);
    int rc = in < 0    ? ERR_CONFLICT
             : out < 0 ? ERR_IO
                       : check_room(u, u->size, err);

    if (rc == 0)
        rc = put_together(u, in, out);

    if (in >= 0)
        (void)close(in);
    if (rc == 0 && hash_fits(u, out, sha256))
        return out;
    if (out >= 0)
        (void)close(out);
    if (rc == ERR_FULL)
        return rc;
    if (rc == ERR_IO)
        return error_set(err, rc, "not enough memory now");
    if (rc == ERR_CONFLICT)
        return error_set(err, rc, "not all of it is here");
    upload_throw(u);
    return error_set(err, ERR_CONFLICT,
                     "the file did not arrive as it was sent: it is sent once "
                     "more");
}

void upload_throw(struct upload *u) { (void)unlink(u->part); }

int upload_done(struct upload *u, const struct json *file, struct error *err)
{
    struct buf text = {0}, box = {0};
    int rc;

    json_write(&text, file);
    box_close(&box, u->key, DONE_CONTEXT, buf_bytes(&text));
    rc = file_write(u->done, buf_bytes(&box), 0600, err);
    if (rc == 0)
        upload_throw(u);
    buf_wipe(&text);
    buf_free(&box);
    return rc;
}

struct json *upload_ready(const struct upload *u)
{
    struct buf box = {0}, text = {0};
    struct json *file = NULL;

    if (file_read(&box, u->done, DONE_LIMIT, NULL) == 0 &&
        box_open(&text, u->key, DONE_CONTEXT, buf_bytes(&box)) == 0)
        file = json_parse(buf_bytes(&text), NULL);
    buf_wipe(&text);
    buf_free(&box);
    return file;
}

void upload_drop(struct upload *u)
{
    static const char *const ends[] = {"", ".sealed"};
    struct json *file = upload_ready(u);
    const char *spool = json_get_text(file, "spool");
    char path[UPLOAD_PATH_BYTES + 100];
    struct id id;

    for (size_t i = 0; spool != NULL && id_parse(&id, spool) && i < 2; i++) {
        (void)snprintf(path, sizeof path, "%s/%s%s", u->folder, spool, ends[i]);
        (void)unlink(path);
    }
    upload_throw(u);
    (void)unlink(u->done);
    json_free(&file);
}

void upload_clean_name(char out[UPLOAD_NAME_BYTES], const char *name)
{
    size_t size;

    for (const char *at = name; *at != '\0'; at++)
        if (*at == '/' || *at == '\\')
            name = at + 1;
    size = strlen(name);
    while (size >= UPLOAD_NAME_BYTES) /* at the beginning of a letter */
        do
            size--;
        while (size > 0 && ((unsigned char)name[size] & 0xc0) == 0x80);
    memcpy(out, name, size);
    out[size] = '\0';
    for (char *at = out; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f)
            *at = ' ';
    if (strspn(out, " .") == strlen(out))
        (void)snprintf(out, UPLOAD_NAME_BYTES, "file");
}
