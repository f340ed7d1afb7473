/* common/bundle/carry.c - see carry.h. */
#include "common/bundle/carry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/bundle/words.h"

enum {
    PROGRESS_MS = 1000,
    KEPT_FREE = 1 << 20 /* on the stick, for its own books */
};

bool carry_size_parse(uint64_t *out, const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);
    uint64_t unit = 1;

    if (end == text || text[0] == '-')
        return false;
    if (*end == 'k' || *end == 'K')
        unit = 1024;
    else if (*end == 'M')
        unit = 1024 * 1024;
    else if (*end == 'G')
        unit = 1024 * 1024 * 1024;
    if (unit != 1)
        end++;
    if (*end != '\0' || value > INT64_MAX / unit)
        return false;
    *out = value * unit;
    return *out >= CARRY_SIZE_LEAST;
}

bool carry_files_parse(int64_t *out, const char *text)
{
    uint64_t bytes = 0;

    if (strcmp(text, "none") != 0 && !carry_size_parse(&bytes, text))
        return false;
    *out = (int64_t)bytes;
    return true;
}

static int64_t number_of(const struct json *in, const char *key)
{
    int64_t value = 0;

    (void)json_get_i64(in, key, &value);
    return value;
}

static void show_progress(const struct carrier *c, int64_t *next_ms,
                          uint64_t bytes, uint64_t of)
{
    if (!c->progress || clock_mono_ms() < *next_ms)
        return;
    if (*next_ms != 0 && of > 0)
        (void)fprintf(stderr, "%llu%%\n",
                      (unsigned long long)(bytes * 100 / of));
    else if (*next_ms != 0)
        (void)fprintf(stderr, "%llu KiB\n", (unsigned long long)(bytes / 1024));
    *next_ms = clock_mono_ms() + PROGRESS_MS;
}

/* ---- export */

struct exporting {
    const struct carrier *c;
    const struct carry_order *order;
    struct bundle_writer *writer;
    struct buf path; /* of the file under way */
    struct json *paths;
    struct json *cursor; /* NULL: not begun */
    uint64_t bytes;      /* in finished files */
    uint64_t blocks;
    int64_t safe; /* position up to which all is on the stick */
    int64_t files, pieces, left_files, left_bytes; /* of reports */
    uint64_t file_bytes;                           /* of blocks with pieces */
    int64_t progress_ms;
    bool last, damaged;
};

static int open_file(struct exporting *x, struct error *err)
{
    size_t part = json_count(x->paths) + 1;
    int rc;

    buf_clear(&x->path);
    buf_add_text(&x->path, x->order->path);
    if (part > 1)
        buf_printf(&x->path, ".%zu", part);
    rc = bundle_writer_new(&x->writer, buf_text(&x->path), err);
    if (rc == 0)
        json_add_text(x->paths, buf_text(&x->path));
    return rc;
}

static int close_file(struct exporting *x, struct error *err)
{
    int rc = bundle_writer_finish(x->writer, err);

    if (rc != 0)
        x->safe = -1; /* nobody knows how much of it is on the stick */
    x->bytes += bundle_writer_size(x->writer);
    bundle_writer_free(&x->writer);
    return rc;
}

/* What files may still take: as asked for, and as the stick has room. */
static void set_room(const struct exporting *x, struct json *args)
{
    uint64_t room = bundle_writer_room(x->writer);

    room = room > KEPT_FREE ? room - KEPT_FREE : 0;
    if (x->order->files >= 0 && (uint64_t)x->order->files <= x->file_bytes)
        room = 0;
    else if (x->order->files >= 0 &&
             (uint64_t)x->order->files - x->file_bytes < room)
        room = (uint64_t)x->order->files - x->file_bytes;
    json_set_i64(args, "room", room > INT64_MAX ? INT64_MAX : (int64_t)room);
}

static struct json *ask_block(struct exporting *x, struct error *err)
{
    struct json *args = json_object_new();

    if (x->order->unit != NULL)
        json_set_text(args, "unit", x->order->unit);
    if (x->cursor != NULL)
        json_set(args, "cursor", x->cursor);
    else if (x->order->after >= 0)
        json_set_i64(args, "after", x->order->after);
    if (x->order->whole)
        json_set_flag(args, "whole", true);
    set_room(x, args);
    x->cursor = NULL;
    return x->c->call(x->c->who, "bundle.make", args, err);
}

static int write_block(struct exporting *x, struct bytes block,
                       struct error *err)
{
    int rc;

    if (x->order->size > 0 &&
        bundle_writer_size(x->writer) > BUNDLE_MAGIC_BYTES &&
        bundle_writer_size(x->writer) + block.size > x->order->size &&
        ((rc = close_file(x, err)) != 0 || (rc = open_file(x, err)) != 0))
        return rc;
    return bundle_writer_add(x->writer, block, err);
}

static int next_block(struct exporting *x, struct error *err)
{
    struct json *made = ask_block(x, err);
    struct buf block = {0};
    int rc = ERR_REFUSED;

    if (made == NULL)
        return rc;
    if (bundle_block_text(&block, made, err) == 0 &&
        (rc = write_block(x, buf_bytes(&block), err)) == 0) {
        x->blocks++;
        x->last = json_get_flag(made, "last");
        x->damaged = x->damaged || json_get_flag(made, "damaged");
        x->cursor = json_take(made, "cursor");
        x->safe = number_of(made, "done_to");
        if (number_of(made, "pieces") > x->pieces)
            x->file_bytes += block.size;
        x->files = number_of(made, "files");
        x->pieces = number_of(made, "pieces");
        x->left_files = number_of(made, "left_files");
        x->left_bytes = number_of(made, "left_bytes");
        show_progress(x->c, &x->progress_ms,
                      x->bytes + bundle_writer_size(x->writer), 0);
    }
    buf_free(&block);
    json_free(&made);
    return rc;
}

static void note_done(const struct exporting *x)
{
    struct json *args = json_object_new(), *out;

    json_set_text(args, "what", "export");
    if (x->order->unit != NULL)
        json_set_text(args, "unit", x->order->unit);
    json_set_i64(args, "bytes", (int64_t)x->bytes);
    json_set_i64(args, "to", x->safe);
    out = x->c->call(x->c->who, "bundle.done", args, NULL);
    json_free(&out);
}

static void give(struct json *out)
{
    struct buf text = {0};

    json_write(&text, out);
    (void)puts(buf_text(&text));
    buf_free(&text);
    json_free(&out);
}

/* Photos and files of reports. */
static void say_media(const struct exporting *x)
{
    long long left_kib = (long long)(x->left_bytes + 1023) / 1024;

    if (x->pieces > 0)
        printf("Tệp đính kèm trong gói: %lld tệp trọn vẹn, %lld mảnh.\n"
               "Attachments in the bundle: %lld whole, %lld piece(s).\n",
               (long long)x->files, (long long)x->pieces, (long long)x->files,
               (long long)x->pieces);
    if (x->left_files > 0)
        printf("Còn %lld tệp đính kèm (%lld KiB) chưa vừa: chúng đi đầu trong "
               "gói sau.\n"
               "%lld attachment(s) (%lld KiB) did not fit: they go first in "
               "the next bundle.\n",
               (long long)x->left_files, left_kib, (long long)x->left_files,
               left_kib);
}

static void say_exported(struct exporting *x)
{
    unsigned long long kib = (unsigned long long)(x->bytes + 1023) / 1024;
    size_t files = json_count(x->paths);

    if (x->c->as_json) {
        struct json *out = json_object_new();

        json_set(out, "files", x->paths);
        x->paths = NULL;
        json_set_i64(out, "bytes", (int64_t)x->bytes);
        json_set_i64(out, "blocks", (int64_t)x->blocks);
        json_set_i64(out, "to", x->safe);
        json_set_flag(out, "damaged", x->damaged);
        json_set_i64(out, "media", x->files);
        json_set_i64(out, "pieces", x->pieces);
        json_set_i64(out, "media_left", x->left_files);
        json_set_i64(out, "media_left_bytes", x->left_bytes);
        give(out);
        return;
    }
    for (size_t i = 0; i < files; i++)
        (void)puts(json_text(json_at(x->paths, i)));
    say_media(x);
    printf("Đã ghi %zu tệp, %llu KiB. Rút USB an toàn, mang đến nơi nhận, rồi "
           "gõ ở đó:\n"
           "Written: %zu file(s), %llu KiB. Eject the stick, carry it over, "
           "and type there:\n"
           "  %s bundle import FILE\n",
           files, kib, files, kib,
           x->order->unit != NULL ? "lienxa-node" : "lienxa-hub");
    if (x->damaged)
        printf("Một phần dữ liệu hỏng chưa mang đi được: gõ `verify`.\n"
               "A part is damaged and could not be written: run `verify`.\n");
}

/* How to go on when the stick gave up. */
static int say_how(const struct exporting *x, int rc, struct error *err)
{
    struct error why = *err;

    if (x->blocks == 0 || rc == ERR_REFUSED || rc == ERR_EXISTS)
        return rc;
    if (x->safe < 0 || x->order->unit != NULL) /* a hub knows no place */
        return error_set(err, rc,
                         "%s. What is on it is good; make the bundle again on "
                         "another stick (a repeat is harmless)",
                         why.text);
    return error_set(err, rc,
                     "%s. What is on it is good, up to %lld; the rest on "
                     "another stick: bundle export FILE --after %lld",
                     why.text, (long long)x->safe, (long long)x->safe);
}

int carry_export(const struct carrier *c, const struct carry_order *order,
                 struct error *err)
{
    struct exporting x = {
        .c = c, .order = order, .paths = json_array_new(), .safe = -1};
    int rc = open_file(&x, err);

    while (rc == 0 && !x.last)
        rc = next_block(&x, err);
    if (rc == 0)
        rc = close_file(&x, err);
    if (rc != 0 && x.writer != NULL &&
        bundle_writer_finish(x.writer, NULL) != 0)
        x.safe = -1;
    if (rc != 0)
        rc = say_how(&x, rc, err);
    bundle_writer_free(&x.writer);
    if (rc == 0) {
        note_done(&x);
        say_exported(&x);
    }
    json_free(&x.cursor);
    json_free(&x.paths);
    buf_free(&x.path);
    return rc;
}

/* ---- import */

static const char *const sums[] = {
    "new",          "known",         "aside",        "refused",
    "held_back",    "alerts",        "objects",      "pieces",
    "pieces_known", "pieces_passed", "pieces_wrong", "files"};
enum {
    SUM_NEW,
    SUM_KNOWN,
    SUM_ASIDE,
    SUM_REFUSED,
    SUM_HELD_BACK,
    SUM_ALERTS,
    SUM_OBJECTS,
    SUM_PIECES,
    SUM_PIECES_KNOWN,
    SUM_PIECES_PASSED,
    SUM_PIECES_WRONG,
    SUM_FILES,
    SUM_COUNT
};

struct importing {
    const struct carrier *c;
    const char *path;
    struct bundle_reader *reader;
    int64_t sums[SUM_COUNT];
    int64_t blocks, bad;     /* taken; refused */
    int64_t acked, expected; /* -1: not told */
    int64_t made, number;    /* of the block taken last */
    bool last, forked, later, part;
    char bundle[ID_TEXT_BYTES], unit[64], problem[ERROR_TEXT_BYTES];
    int64_t progress_ms;
};

static void add_up(struct importing *m, const struct json *out)
{
    const char *problem = json_get_text(out, "problem");
    const char *unit = json_get_text(out, "unit");

    const char *bundle = json_get_text(out, "bundle");

    m->last = m->last || json_get_flag(out, "last");
    (void)json_get_i64(out, "number", &m->number);
    if (bundle != NULL)
        (void)snprintf(m->bundle, sizeof m->bundle, "%s", bundle);
    (void)json_get_i64(out, "made", &m->made);
    if (unit != NULL)
        (void)snprintf(m->unit, sizeof m->unit, "%s", unit);
    if (problem != NULL) {
        m->bad++;
        if (m->problem[0] == '\0')
            (void)snprintf(m->problem, sizeof m->problem, "%s", problem);
        return;
    }
    m->blocks++;
    for (size_t i = 0; i < SUM_COUNT; i++)
        m->sums[i] += number_of(out, sums[i]);
    (void)json_get_i64(out, "acked", &m->acked);
    (void)json_get_i64(out, "expected", &m->expected);
    m->forked = m->forked || json_get_flag(out, "forked");
    m->later = m->later || json_get_flag(out, "later");
}

static int take_block(struct importing *m, struct bytes block,
                      struct error *err)
{
    struct json *args = json_object_new(), *out;
    struct buf text = {0};

    base64url_encode(&text, block);
    json_set_text(args, "block", buf_text(&text));
    buf_free(&text);
    if ((out = m->c->call(m->c->who, "bundle.take", args, err)) == NULL)
        return ERR_REFUSED;
    add_up(m, out);
    json_free(&out);
    show_progress(m->c, &m->progress_ms, bundle_reader_at(m->reader),
                  bundle_reader_size(m->reader));
    return 0;
}

/* ---- a bundle in several files */

/* Behind FILE.2 stands FILE.3, as open_file names them. False: it has no such
 * name. */
static bool next_number(struct buf *out, const char *path)
{
    const char *dot = strrchr(path, '.');
    char *end = NULL;
    unsigned long number = dot != NULL ? strtoul(dot + 1, &end, 10) : 0;

    if (number < 2 || number >= INT32_MAX || *end != '\0')
        return false;
    buf_printf(out, "%.*s.%lu", (int)(dot - path), path, number + 1);
    return true;
}

static bool follows(const struct importing *m, struct bytes blob)
{
    struct signed_bytes around;
    struct bundle_block block;
    char bundle[ID_TEXT_BYTES];

    return wire_bundle_block_decode(&block, &around, blob, NULL) == 0 &&
           strcmp(id_text(bundle, &block.bundle), m->bundle) == 0 &&
           m->number >= 0 && block.number == (uint64_t)m->number + 1;
}

static bool goes_on_in(const struct importing *m, const char *path)
{
    struct bundle_reader *reader = NULL;
    struct bytes block;
    bool so = bundle_reader_new(&reader, path, NULL) == 0 &&
              bundle_reader_next(reader, &block, NULL) == 0 &&
              follows(m, block);

    bundle_reader_free(&reader);
    return so;
}

/* Ends this file where the next one, which lies beside it, begins? Then it was
 * made so; else the rest of it was lost on the way. A first one may be called
 * anything, "26.11" too. */
static bool is_part(const struct importing *m)
{
    struct buf path = {0};
    bool part;

    if (m->last || m->blocks == 0)
        return false;
    buf_printf(&path, "%s.2", m->path);
    part = goes_on_in(m, buf_text(&path));
    buf_clear(&path);
    if (!part && next_number(&path, m->path))
        part = goes_on_in(m, buf_text(&path));
    buf_free(&path);
    return part;
}

static struct json *summary(const struct importing *m)
{
    struct json *out = json_object_new();
    char when[CLOCK_TEXT_BYTES];

    json_set_text(out, "file", m->path);
    if (m->unit[0] != '\0')
        json_set_text(out, "unit", m->unit);
    json_set_text(out, "made", m->made > 0 ? clock_text(when, m->made) : NULL);
    for (size_t i = 0; i < SUM_COUNT; i++)
        json_set_i64(out, sums[i], m->sums[i]);
    json_set_i64(out, "blocks", m->blocks);
    json_set_i64(out, "refused_blocks", m->bad);
    json_set_i64(out, "torn", (int64_t)bundle_reader_torn(m->reader));
    json_set_flag(out, "whole", m->last);
    if (m->acked >= 0)
        json_set_i64(out, "acked", m->acked);
    if (m->expected >= 0)
        json_set_i64(out, "expected", m->expected);
    if (m->problem[0] != '\0')
        json_set_text(out, "problem", m->problem);
    json_set_flag(out, "forked", m->forked);
    return out;
}

static void say_pieces(const long long n[SUM_COUNT])
{
    if (n[SUM_PIECES] + n[SUM_PIECES_KNOWN] > 0)
        printf("Tệp đính kèm: thêm %lld tệp trọn vẹn; %lld mảnh mới, %lld đã "
               "có.\n"
               "Attachments: %lld more are whole; %lld piece(s) new, %lld "
               "known.\n",
               n[SUM_FILES], n[SUM_PIECES], n[SUM_PIECES_KNOWN], n[SUM_FILES],
               n[SUM_PIECES], n[SUM_PIECES_KNOWN]);
    if (n[SUM_PIECES_PASSED] > 0)
        printf("%lld mảnh chưa dùng được (thiếu phần trước của gói, hoặc báo "
               "cáo của nó đã bị xóa): đưa phần trước vào, rồi đưa lại tệp "
               "này.\n"
               "%lld piece(s) could not be used yet (an earlier part of the "
               "bundle is missing, or their report was erased): take in the "
               "earlier part, then this file again.\n",
               n[SUM_PIECES_PASSED], n[SUM_PIECES_PASSED]);
}

static void say_imported(const struct importing *m)
{
    long long n[SUM_COUNT];

    for (size_t i = 0; i < SUM_COUNT; i++)
        n[i] = (long long)m->sums[i];
    if (m->c->as_json) {
        give(summary(m));
        return;
    }
    printf("Đã nhận: %lld mới, %lld đã có, %lld bị từ chối, %lld cảnh báo.\n"
           "Taken in: %lld new, %lld known, %lld refused, %lld alert(s).\n",
           n[SUM_NEW], n[SUM_KNOWN], n[SUM_REFUSED], n[SUM_ALERTS], n[SUM_NEW],
           n[SUM_KNOWN], n[SUM_REFUSED], n[SUM_ALERTS]);
    say_pieces(n);
    if (n[SUM_ASIDE] > 0)
        printf("%lld để riêng và đã được tính: phần trước, từ số %lld, còn "
               "thiếu.\n"
               "%lld are kept aside and count already: what stands before "
               "them, from %lld on, is missing.\n",
               n[SUM_ASIDE], (long long)m->expected, n[SUM_ASIDE],
               (long long)m->expected);
    if (m->forked)
        printf("Một bên đã được phục hồi từ bản cũ: phải nối mạng một lần để "
               "khớp lại.\n"
               "One side was set back to an older copy: only a line can settle "
               "it.\n");
    if (!m->last && m->part)
        printf("Đây là một phần: hãy đưa tiếp tệp kế bên nó vào.\n"
               "This is one part: take in the file beside it, too.\n");
    else if (!m->last)
        printf("Tệp này không đủ, phần cuối bị thiếu: chép lại tệp rồi đưa "
               "vào lần nữa. Phần đã có là tốt.\n"
               "This file is not whole, its end is missing: copy it again and "
               "take it in once more. What was there is good.\n");
    if (n[SUM_HELD_BACK] > 0)
        printf("%lld không hiểu được, xem `quarantine list`.\n"
               "%lld were not understood, see `quarantine list`.\n",
               n[SUM_HELD_BACK], n[SUM_HELD_BACK]);
}

static void note_import(const struct importing *m)
{
    struct json *args = summary(m), *out;

    json_set_text(args, "what", "import");
    out = m->c->call(m->c->who, "bundle.done", args, NULL);
    json_free(&out);
}

/* What is to be done about it, in one line. */
static int judge(const struct importing *m, struct error *err)
{
    unsigned long long torn = bundle_reader_torn(m->reader);

    if (m->bad > 0)
        return error_set(err, ERR_REFUSED, "%lld block(s) were refused: %s",
                         (long long)m->bad, m->problem);
    if (m->later)
        return error_set(err, ERR_FULL,
                         "there is no room here for all of it (this machine's "
                         "disk, or what one commune's attachments may take of "
                         "it): make room and take the same file in again");
    if (torn > 0)
        return error_set(err, ERR_DAMAGED,
                         "%llu part(s) of %s are torn: copy the file again, or "
                         "take in another copy; what was whole is here",
                         torn, m->path);
    if (!m->last && !m->part)
        return error_set(err, ERR_DAMAGED,
                         "%s is not whole, its end is missing: copy the rest "
                         "again (the whole file) and take it in once more, or "
                         "the part that was made after it; what was there is "
                         "here",
                         m->path);
    if (m->sums[SUM_PIECES_WRONG] > 0)
        return error_set(err, ERR_DAMAGED,
                         "%lld piece(s) of attachments are not what they "
                         "should be: copy the file again, or let it be made "
                         "anew; the rest is here",
                         (long long)m->sums[SUM_PIECES_WRONG]);
    if (m->sums[SUM_REFUSED] > 0)
        return error_set(err, ERR_REFUSED,
                         "%lld change(s) were refused, see the log",
                         (long long)m->sums[SUM_REFUSED]);
    return 0;
}

int carry_import(const struct carrier *c, const char *path, struct error *err)
{
    struct importing m = {.c = c, .path = path, .acked = -1, .expected = -1};
    struct bytes block;
    int rc = bundle_reader_new(&m.reader, path, err);

    if (rc != 0)
        return rc;
    while ((rc = bundle_reader_next(m.reader, &block, err)) == 0 &&
           (rc = take_block(&m, block, err)) == 0)
        ;
    m.part = is_part(&m);
    say_imported(&m);
    note_import(&m);
    rc = rc == ERR_MISSING &&
                 bundle_reader_at(m.reader) >= bundle_reader_size(m.reader)
             ? judge(&m, err)
             : rc;
    bundle_reader_free(&m.reader);
    return rc;
}
