/* common/backup/sealed_read.c - telling whose a sealed file is, and opening it:
 * pieces -> zstd -> members -> files. What is wrong is told apart in words,
 * because somebody reads them on the day the machine is lost. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/backup/sealed_inside.h"
#include "common/base/clock.h"
#include "common/base/file.h"
#include "common/base/mem.h"
#include "common/crypto/digest.h"
#include "common/wire/squeeze.h"

/* ---- the text in front */

struct source {
    int fd;
    const char *path;
    uint64_t size;     /* of the file */
    uint64_t at;       /* where the next piece begins */
    struct buf head;   /* text, sealed key, secretstream header */
    size_t text_bytes; /* of `head` */
    struct backup_label label;
};

static void source_close(struct source *s)
{
    if (s->fd >= 0)
        (void)close(s->fd);
    buf_free(&s->head);
}

/* Up to `size` bytes from `at`; how many there were, or negative. */
static ssize_t read_at(int fd, uint8_t *out, size_t size, uint64_t at)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(fd, out + done, size - done, (off_t)(at + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        done += (size_t)n;
    }
    return (ssize_t)done;
}

/* The value of "key value\n" at `*at`, which moves on. */
static bool take_line(const char **at, const char *key, char *out, size_t size)
{
    size_t length = strlen(key);
    const char *end = strchr(*at, '\n');
    const char *value = *at + length + 1;

    if (end == NULL || strncmp(*at, key, length) != 0 || (*at)[length] != ' ' ||
        value > end || (size_t)(end - value) >= size)
        return false;
    memcpy(out, value, (size_t)(end - value));
    out[end - value] = '\0';
    *at = end + 1;
    return true;
}

static bool read_lines(struct backup_label *out, const char *text)
{
    char made[CLOCK_TEXT_BYTES];

    memset(out, 0, sizeof *out);
    return take_line(&text, "program", out->program, sizeof out->program) &&
           take_line(&text, "home", out->home, sizeof out->home) &&
           take_line(&text, "name", out->name, sizeof out->name) &&
           take_line(&text, "made", made, sizeof made) &&
           take_line(&text, "version", out->version, sizeof out->version) &&
           clock_parse(&out->made_ms, made) && text[0] == '\n';
}

static int not_ours(const struct source *s, struct error *err)
{
    return error_set(err, ERR_VERSION, "%s is not a copy made by lienxa",
                     s->path);
}

static int cut_short(const struct source *s, struct error *err)
{
    return error_set(err, ERR_DAMAGED,
                     "%s is cut short: its end is missing. Fetch the file "
                     "again from where it was kept, or take an older copy",
                     s->path);
}

/* Text, key and header into s->head. */
static int read_head(struct source *s, struct error *err)
{
    static const char first[] = BACKUP_MARK BACKUP_FORMAT "\n";
    char text[BACKUP_HEAD_LIMIT + 1];
    ssize_t n = read_at(s->fd, (uint8_t *)text, BACKUP_HEAD_LIMIT, 0);
    const char *end;
    size_t all;

    if (n < 0)
        return error_set(err, ERR_IO, "cannot read %s: %s", s->path,
                         strerror(errno));
    text[n] = '\0';
    if (strncmp(text, BACKUP_MARK, sizeof BACKUP_MARK - 1) != 0)
        return not_ours(s, err);
    if (strncmp(text, first, sizeof first - 1) != 0)
        return error_set(err, ERR_VERSION,
                         "%s was made by a later lienxa: install that version "
                         "first",
                         s->path);
    end = strstr(text, "\n\n");
    if (end == NULL || !read_lines(&s->label, text + sizeof first - 1))
        return s->size < BACKUP_HEAD_LIMIT ? cut_short(s, err)
                                           : not_ours(s, err);
    s->text_bytes = (size_t)(end + 2 - text);
    all = s->text_bytes + BACKUP_KEY_BOX + SECRET_STREAM_HEADER_BYTES;
    buf_reserve(&s->head, all);
    if (read_at(s->fd, s->head.data, all, 0) != (ssize_t)all)
        return cut_short(s, err);
    s->head.size = all;
    s->at = all;
    return 0;
}

static int check_end(const struct source *s, struct error *err)
{
    size_t size = sizeof BACKUP_END - 1;
    uint8_t end[sizeof BACKUP_END];

    if (s->size < s->at + SECRET_STREAM_OVERHEAD + size ||
        read_at(s->fd, end, size, s->size - size) != (ssize_t)size ||
        memcmp(end, BACKUP_END, size) != 0)
        return cut_short(s, err);
    return 0;
}

static int source_open(struct source *s, const char *path, struct error *err)
{
    struct stat seen;
    int rc;

    memset(s, 0, sizeof *s);
    s->path = path;
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0 || fstat(s->fd, &seen) != 0)
        return error_set(err, errno == ENOENT ? ERR_MISSING : ERR_IO,
                         "cannot open %s: %s", path, strerror(errno));
    if (!S_ISREG(seen.st_mode))
        return not_ours(s, err);
    s->size = (uint64_t)seen.st_size;
    if ((rc = read_head(s, err)) != 0)
        return rc;
    return check_end(s, err);
}

int backup_read_label(struct backup_label *out, const char *path,
                      struct error *err)
{
    struct source s;
    int rc = source_open(&s, path, err);

    *out = s.label;
    source_close(&s);
    return rc;
}

/* ---- members into files */

enum reading { READ_LENGTH, READ_NAME, READ_SIZE, READ_CONTENT, READ_DONE };

struct extraction {
    const char *folder;
    struct backup_member *members, *member;
    size_t count;
    enum reading state;
    uint8_t word[BACKUP_NAME_LIMIT + 1]; /* length, name or size so far */
    size_t have, want;
    uint64_t left; /* of the content */
    int fd;
    struct error *err;
};

static void expect(struct extraction *x, enum reading state, size_t want)
{
    x->state = state;
    x->have = 0;
    x->want = want;
}

static int not_a_member(struct extraction *x)
{
    return error_set(x->err, ERR_VERSION,
                     "the copy holds something this version does not know: "
                     "install the version that made it");
}

static int write_failed(struct extraction *x)
{
    return error_set(x->err,
                     errno == ENOSPC || errno == EDQUOT ? ERR_FULL : ERR_IO,
                     "cannot write %s below %s: %s", x->member->name, x->folder,
                     strerror(errno));
}

static int begin_member(struct extraction *x)
{
    char path[4400];

    x->member->found = true;
    (void)snprintf(path, sizeof path, "%s/%s", x->folder, x->member->name);
    x->fd =
        open(path, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    return x->fd < 0 ? write_failed(x) : 0;
}

static int end_member(struct extraction *x)
{
    int rc = fsync(x->fd) == 0 ? 0 : write_failed(x);

    (void)close(x->fd);
    x->fd = -1;
    expect(x, READ_LENGTH, 2);
    return rc;
}

static int take_name(struct extraction *x)
{
    x->word[x->have] = '\0';
    x->member = NULL;
    for (size_t i = 0; i < x->count; i++)
        if (strcmp(x->members[i].name, (const char *)x->word) == 0)
            x->member = &x->members[i];
    if (x->member == NULL || x->member->found)
        return not_a_member(x);
    expect(x, READ_SIZE, 8);
    return 0;
}

static int take_word(struct extraction *x)
{
    size_t length;
    int rc;

    if (x->state == READ_LENGTH) {
        length = (size_t)x->word[0] << 8 | x->word[1];
        if (length > BACKUP_NAME_LIMIT)
            return not_a_member(x);
        expect(x, length == 0 ? READ_DONE : READ_NAME, length);
        return 0;
    }
    if (x->state == READ_NAME)
        return take_name(x);
    x->left = get_u64(x->word);
    if (x->left > x->member->limit)
        return error_set(x->err, ERR_FULL, "%s in the copy is too large",
                         x->member->name);
    if ((rc = begin_member(x)) != 0)
        return rc;
    x->state = READ_CONTENT;
    return x->left == 0 ? end_member(x) : 0;
}

static int take_content(struct extraction *x, struct bytes *bytes)
{
    size_t want = x->left < bytes->size ? (size_t)x->left : bytes->size;
    ssize_t n = write(x->fd, bytes->data, want);

    if (n < 0)
        return errno == EINTR ? 0 : write_failed(x);
    *bytes = bytes_of(bytes->data + n, bytes->size - (size_t)n);
    x->left -= (uint64_t)n;
    return x->left == 0 ? end_member(x) : 0;
}

/* What zstd gave back (struct squeeze_sink). */
static int take(void *who, struct bytes bytes)
{
    struct extraction *x = who;
    int rc = 0;

    while (rc == 0 && bytes.size > 0) {
        if (x->state == READ_DONE) {
            rc = not_a_member(x);
        } else if (x->state == READ_CONTENT) {
            rc = take_content(x, &bytes);
        } else {
            x->word[x->have++] = bytes.data[0];
            bytes = bytes_of(bytes.data + 1, bytes.size - 1);
            if (x->have == x->want)
                rc = take_word(x);
        }
    }
    return rc;
}

static int check_all_found(struct extraction *x)
{
    if (x->state != READ_DONE)
        return error_set(x->err, ERR_DAMAGED, "the copy ends in the middle");
    for (size_t i = 0; i < x->count; i++)
        if (x->members[i].needed && !x->members[i].found)
            return error_set(x->err, ERR_DAMAGED, "the copy lacks %s",
                             x->members[i].name);
    return 0;
}

/* ---- pieces */

static int altered(const struct source *s, uint64_t at, struct error *err)
{
    return error_set(err, ERR_DAMAGED,
                     "%s was altered or its disk is failing, near byte %llu: "
                     "nothing of it is used. Take another copy",
                     s->path, (unsigned long long)at);
}

static int open_stream(const struct source *s, const struct seal_key *key,
                       struct secret_stream **out, struct error *err)
{
    const uint8_t *box = s->head.data + s->text_bytes;
    struct buf file_key = {0};
    int rc;

    rc = seal_open(&file_key, key, bytes_of(box, BACKUP_KEY_BOX));
    if (rc != 0 || file_key.size != SECRET_STREAM_KEY_BYTES) {
        rc = error_set(err, ERR_REFUSED,
                       "these two shares do not open %s (or its first lines "
                       "were altered): they belong to another key. It is the "
                       "copy of %s \"%s\" (%s)",
                       s->path, s->label.program, s->label.name, s->label.home);
    } else {
        *out = secret_stream_open(file_key.data, box + BACKUP_KEY_BOX);
        rc = *out == NULL ? altered(s, s->text_bytes, err) : 0;
    }
    if (file_key.room > 0)
        mem_wipe(file_key.data, file_key.room);
    buf_free(&file_key);
    return rc;
}

struct pipe {
    struct source *source;
    struct secret_stream *stream;
    struct unsqueeze *unsqueeze;
    struct buf sealed, piece;
    struct error *err;
};

/* The next piece through zstd to the members. */
static int pass_piece(struct pipe *p, struct bytes context, bool *last)
{
    struct source *s = p->source;
    uint64_t end = s->size - (sizeof BACKUP_END - 1);
    uint64_t left = end - s->at;
    size_t want =
        left < BACKUP_SEALED_PIECE ? (size_t)left : BACKUP_SEALED_PIECE;
    int rc;

    buf_clear(&p->sealed);
    buf_clear(&p->piece);
    buf_reserve(&p->sealed, BACKUP_SEALED_PIECE);
    if (read_at(s->fd, p->sealed.data, want, s->at) != (ssize_t)want)
        return error_set(p->err, ERR_IO, "cannot read %s: %s", s->path,
                         strerror(errno));
    p->sealed.size = want;
    if (secret_stream_pull(p->stream, &p->piece, buf_bytes(&p->sealed), context,
                           last) != 0)
        return altered(s, s->at, p->err);
    s->at += want;
    if (*last != (s->at == end))
        return altered(s, s->at, p->err);
    rc = unsqueeze_push(p->unsqueeze, buf_bytes(&p->piece));
    if (rc == ERR_DAMAGED && p->err->text[0] == '\0')
        return altered(s, s->at, p->err);
    return rc;
}

static int pass_all(struct pipe *p)
{
    struct bytes head = buf_bytes(&p->source->head);
    struct hash hash = crypto_sha256(&head, 1);
    struct bytes context = bytes_of(hash.bytes, sizeof hash.bytes);
    bool last = false;
    int rc = 0;

    while (rc == 0 && !last) {
        rc = pass_piece(p, context, &last);
        context = bytes_of(NULL, 0);
    }
    return rc;
}

int backup_extract(const char *path, const struct seal_key *key,
                   const char *folder, struct backup_member *members,
                   size_t count, struct error *err)
{
    struct error own = {""}, *words = err != NULL ? err : &own;
    struct extraction x = {.folder = folder,
                           .members = members,
                           .count = count,
                           .fd = -1,
                           .err = words};
    struct source source;
    struct pipe p = {.source = &source, .err = words};
    int rc;

    expect(&x, READ_LENGTH, 2);
    words->text[0] = '\0';
    p.unsqueeze = unsqueeze_new((struct squeeze_sink){take, &x});
    if ((rc = source_open(&source, path, words)) == 0 &&
        (rc = open_stream(&source, key, &p.stream, words)) == 0 &&
        (rc = pass_all(&p)) == 0)
        rc = check_all_found(&x);
    if (x.fd >= 0)
        (void)close(x.fd);
    if (p.piece.room > 0)
        mem_wipe(p.piece.data, p.piece.room);
    buf_free(&p.piece);
    buf_free(&p.sealed);
    secret_stream_free(&p.stream);
    unsqueeze_free(&p.unsqueeze);
    source_close(&source);
    return rc;
}
